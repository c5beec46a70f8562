"""Cohere's first APIs: chat, generate, summarize, each a line of JSON an event where it streams."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from limelight.testing.fake import sse
from limelight.testing.fake.bodies import BadRequestError
from limelight.testing.fake.cohere_chat import FINISH, usage, uuid
from limelight.testing.fake.exchange import Event, Json, Reply
from limelight.testing.fake.prompt import Prompt, Tool
from limelight.testing.fake.script import Refusal, Text, ToolCall
from limelight.testing.fake.tokens import pieces, weigh

if TYPE_CHECKING:
    from collections.abc import Iterator

    from limelight.testing.fake.vendor import Take

LINES = {"content-type": "application/stream+json"}
DEFAULT_MODEL = "command-r-plus"
_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "list": "array", "dict": "object"}


def read(body: Json) -> Prompt:
    if not isinstance(body.get("message"), str):
        raise BadRequestError(
            "invalid request: message must be at least 1 token long or tool results must be specified."
        )
    history = body.get("chat_history") or []
    results = body.get("tool_results") or []
    shape = body.get("response_format") or {}
    weighed = (body["message"], body.get("preamble"), history, body.get("tools"), body.get("documents"), results)
    return Prompt(
        operation="chat",
        model=str(body.get("model") or DEFAULT_MODEL),
        text=body["message"],
        system=str(body.get("preamble") or ""),
        turns=1 + sum(each.get("role") == "USER" for each in history),
        tools=tuple(_tool(each) for each in body.get("tools") or ()),
        tool_results=tuple(json.dumps(each.get("outputs")) for each in results),
        schema=shape.get("schema"),
        json_mode=shape.get("type") == "json_object" and "schema" not in shape,
        input_tokens=sum(map(weigh, weighed)),
        max_tokens=body.get("max_tokens"),
        stop=tuple(body.get("stop_sequences") or ()),
        stream=bool(body.get("stream")),
        body=body,
    )


def _tool(item: Json) -> Tool:
    """Parameters are described one by one, in Python's names for types."""
    given = item.get("parameter_definitions") or {}
    properties = {name: {"type": _TYPES.get(str(about.get("type")).lower(), "string")} for name, about in given.items()}
    wanted = [name for name, about in given.items() if about.get("required")]
    schema = {"type": "object", "properties": properties, "required": wanted}
    return Tool(str(item.get("name")), item.get("description") or "", schema)


def reply(take: Take) -> Reply:
    body = _answer(take)
    return Reply(events=tuple(_events(take, body)), headers=LINES) if take.prompt.stream else Reply(body)


def _answer(take: Take) -> Json:
    words = spoken(take)
    calls = [
        {"name": part.name, "parameters": _parameters(part)} for part in take.answer.parts if isinstance(part, ToolCall)
    ]
    history = list(take.body.get("chat_history") or ())
    body: Json = {
        "response_id": uuid(take.ids),
        "text": words or (_plan(calls) if calls else ""),
        "generation_id": uuid(take.ids),
        "chat_history": [
            *history,
            {"role": "USER", "message": take.prompt.text},
            {"role": "CHATBOT", "message": words},
        ],
        "finish_reason": "COMPLETE" if calls else FINISH[take.answer.ending()],
    }
    if calls:
        body["tool_calls"] = calls
    if citations := list(_citations(take)):
        body["citations"] = citations
        body["documents"] = [{"id": each["document_ids"][0], "url": each["url"]} for each in citations]
    if take.answer.says_usage:
        body["meta"] = meta(take)
    return body


def spoken(take: Take) -> str:
    return "".join(part.text for part in take.answer.parts if isinstance(part, (Text, Refusal)))


def _plan(calls: list[Json]) -> str:
    return f"I will ask {' and '.join(each['name'] for each in calls)} first."


def _parameters(call: ToolCall) -> Any:
    return json.loads(call.arguments) if isinstance(call.arguments, str) else dict(call.arguments)


def _citations(take: Take) -> Iterator[Json]:
    for part in take.answer.parts:
        for at, url in enumerate(part.cites if isinstance(part, Text) else ()):
            assert isinstance(part, Text)
            words = part.text
            yield {"start": 0, "end": len(words), "text": words, "document_ids": [f"web-search_{at}"], "url": url}


def meta(take: Take) -> Json:
    return {"api_version": {"version": "1"}, **usage(take)}


def line(kind: str, **said: Any) -> Event:
    return Event(sse.dump({"is_finished": kind == "stream-end", "event_type": kind, **said}) + b"\n")


def _events(take: Take, body: Json) -> Iterator[Event]:
    yield line("stream-start", generation_id=body["generation_id"])
    calls = body.get("tool_calls")
    for piece in pieces(body["text"]):
        yield line("tool-calls-chunk", text=piece, tool_call_delta={}) if calls else line("text-generation", text=piece)
    if citations := body.get("citations"):
        yield line("citation-generation", citations=citations)
    if calls:
        yield line("tool-calls-generation", text=body["text"], tool_calls=calls)
    yield line("stream-end", finish_reason=body["finish_reason"], response=body)


def read_generate(body: Json) -> Prompt:
    if not isinstance(body.get("prompt"), str):
        raise BadRequestError("invalid request: prompt must be at least 1 token long")
    return Prompt(
        operation="completion",
        model=str(body.get("model") or "command"),
        text=body["prompt"],
        input_tokens=weigh(body["prompt"]),
        max_tokens=body.get("max_tokens"),
        stop=tuple(body.get("stop_sequences") or ()),
        choices=int(body.get("num_generations") or 1),
        stream=bool(body.get("stream")),
        body=body,
    )


def generate(take: Take) -> Reply:
    finish = FINISH[take.answer.ending()]
    made = [{"id": uuid(take.ids), "text": spoken(take), "finish_reason": finish} for _ in range(take.prompt.choices)]
    body: Json = {"id": uuid(take.ids), "generations": made, "prompt": take.prompt.text}
    if not take.prompt.stream:
        return Reply({**body, "meta": meta(take)} if take.answer.says_usage else body)
    told = [line("text-generation", text=piece) for piece in pieces(spoken(take))]
    return Reply(events=(*told, line("stream-end", finish_reason=finish, response=body)), headers=LINES)


def read_summarize(body: Json) -> Prompt:
    if len(str(body.get("text") or "")) < MIN_CHARS:
        raise BadRequestError(f"invalid request: text must be longer than {MIN_CHARS} characters")
    return Prompt(
        "chat", str(body.get("model") or "command"), body["text"], input_tokens=weigh(body["text"]), body=body
    )


MIN_CHARS = 250


def summarize(take: Take) -> Reply:
    return Reply({"id": uuid(take.ids), "summary": spoken(take), "meta": meta(take)})
