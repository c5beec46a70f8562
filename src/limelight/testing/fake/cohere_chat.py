"""Cohere chat, version 2."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from limelight.testing.fake import openai_chat
from limelight.testing.fake.bodies import BadRequestError
from limelight.testing.fake.exchange import Event, Json, Reply
from limelight.testing.fake.script import Finish, Part, Refusal, Text, Thought, ToolCall
from limelight.testing.fake.tokens import pieces, weigh
from limelight.testing.fake.vendor import Ids, Take, objects, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from limelight.testing.fake.prompt import Prompt

FINISH: dict[Finish, str] = {
    "stop": "COMPLETE",
    "length": "MAX_TOKENS",
    "tool": "TOOL_CALL",
    "refusal": "COMPLETE",
    "filter": "ERROR",
}
FRAME = 60
"""Tokens of Cohere's own instructions, which the model reads before anything else, and nobody is billed for."""


def uuid(ids: Ids) -> str:
    return "-".join(ids.hex("", length) for length in (8, 4, 4, 4, 12))


def read(body: Json) -> Prompt:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadRequestError("invalid request: all elements in history must have a message.")
    if not body.get("model"):
        raise BadRequestError("invalid request: model is required")
    prompt = openai_chat.read({**body, "messages": objects(messages, "messages"), "tool_choice": _choice(body)})
    since = _since_last_user(messages)
    shape = body.get("response_format") or {}
    schema = shape.get("json_schema") or shape.get("schema")
    return replace(
        prompt,
        tool_results=tuple(_result(each.get("content")) for each in since if each.get("role") == "tool"),
        schema=schema,
        json_mode=shape.get("type") == "json_object" and schema is None,
        reasons=_reasons(body),
        input_tokens=weigh(messages) + weigh(body.get("tools")) + weigh(body.get("documents")),
        stop=tuple(body.get("stop_sequences") or ()),
        body=body,
    )


def _choice(body: Json) -> str:
    return str(body.get("tool_choice") or "auto").lower()


def _since_last_user(messages: list[Json]) -> list[Json]:
    user = [at for at, message in enumerate(messages) if message.get("role") == "user"]
    return messages[user[-1] + 1 :] if user else messages


def _result(content: Any) -> str:
    if isinstance(content, list):
        return " ".join(json.dumps((each.get("document") or {}).get("data")) for each in content)
    return text_of(content)


def _reasons(body: Json) -> bool:
    asked = body.get("thinking") or {}
    able = str(body.get("model")).startswith("command-a-reasoning")
    return bool(asked.get("type") == "enabled" or (able and asked.get("type") != "disabled"))


def usage(take: Take) -> Json:
    """What is billed, what the model has read and written, and what of that came out of the cache."""
    tally = take.tally
    counted: Json = {"input_tokens": tally.input + FRAME, "output_tokens": tally.output}
    if tally.reasoning:
        counted["reasoning_tokens"] = tally.reasoning
    billed = {"input_tokens": tally.input, "output_tokens": tally.output}
    return {"billed_units": billed, "tokens": counted, "cached_tokens": tally.cache_read}


def reply(take: Take) -> Reply:
    if take.prompt.stream:
        return Reply(events=(*_events(take), Event("[DONE]")), headers={"content-type": "text/event-stream"})
    body: Json = {"id": uuid(take.ids), "message": _message(take), "finish_reason": FINISH[take.answer.ending()]}
    if take.answer.says_usage:
        body["usage"] = usage(take)
    return Reply(body)


def _message(take: Take) -> Json:
    parts = take.answer.parts
    message: Json = {"role": "assistant"}
    if content := [_block(part) for part in parts if isinstance(part, (Text, Refusal, Thought))]:
        message["content"] = content
    if calls := [_call(part) for part in parts if isinstance(part, ToolCall)]:
        message |= {"tool_plan": _plan(take), "tool_calls": calls}
    if citations := list(_citations(parts)):
        message["citations"] = citations
    return message


def _block(part: Text | Refusal | Thought) -> Json:
    """A refusal is a text like any other."""
    kind = "thinking" if isinstance(part, Thought) else "text"
    return {"type": kind, kind: part.text}


def _plan(take: Take) -> str:
    """A model that has thought needs no plan."""
    if any(isinstance(part, Thought) for part in take.answer.parts):
        return ""
    names = " and ".join(part.name for part in take.answer.parts if isinstance(part, ToolCall))
    return f"I will ask {names} first."


def _call(call: ToolCall) -> Json:
    """Its id follows from the call itself, so that it is the same one whether it streams or not."""
    function = {"name": call.name, "arguments": openai_chat.arguments(call)}
    return {"id": Ids(str(function)).hex(f"{call.name}_", 12), "type": "function", "function": function}


def _citations(parts: tuple[Part, ...]) -> Iterator[Json]:
    for at, part in enumerate(part for part in parts if not isinstance(part, ToolCall)):
        for number, url in enumerate(part.cites if isinstance(part, Text) else ()):
            assert isinstance(part, Text)
            source = {"type": "document", "id": f"doc-{number}", "document": {"id": f"doc-{number}", "url": url}}
            where = {"start": 0, "end": len(part.text), "text": part.text, "content_index": at}
            yield {**where, "sources": [source], "type": "TEXT_CONTENT"}


def _events(take: Take) -> Iterator[Event]:
    opening = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
    yield _event("message-start", {"message": opening}, id=uuid(take.ids))
    yield from (_event("tool-plan-delta", {"message": {"tool_plan": each}}) for each in pieces(_planned(take)))
    blocks = calls = 0
    for part in take.answer.parts:
        match part:
            case ToolCall():
                yield from _call_events(part, calls)
                calls += 1
            case Text() | Refusal() | Thought():
                yield from _block_events(part, blocks)
                blocks += 1
            case _:
                pass
    for at, citation in enumerate(_citations(take.answer.parts)):
        yield _event("citation-start", {"message": {"citations": citation}}, index=at)
        yield _event("citation-end", None, index=at)
    told: Json = {"finish_reason": FINISH[take.answer.ending()]}
    yield _event("message-end", {**told, "usage": usage(take)} if take.answer.says_usage else told)


def _planned(take: Take) -> str:
    return _plan(take) if any(isinstance(part, ToolCall) for part in take.answer.parts) else ""


def _block_events(part: Text | Refusal | Thought, at: int) -> Iterator[Event]:
    kind = "thinking" if isinstance(part, Thought) else "text"
    yield _event("content-start", {"message": {"content": {"type": kind, kind: ""}}}, index=at)
    for piece in pieces(part.text):
        yield _event("content-delta", {"message": {"content": {kind: piece}}}, index=at)
    yield _event("content-end", None, index=at)


def _call_events(call: ToolCall, at: int) -> Iterator[Event]:
    whole = _call(call)
    named = {**whole, "function": {"name": call.name, "arguments": ""}}
    yield _event("tool-call-start", {"message": {"tool_calls": named}}, index=at)
    for piece in pieces(whole["function"]["arguments"]):
        yield _event("tool-call-delta", {"message": {"tool_calls": {"function": {"arguments": piece}}}}, index=at)
    yield _event("tool-call-end", None, index=at)


def _event(kind: str, delta: Json | None, **more: Any) -> Event:
    data: Json = {"type": kind, **more}
    return Event(data if delta is None else {**data, "delta": delta}, kind)


def error_event(take: Take) -> Event:
    return _event("message-end", {"finish_reason": "ERROR", "error": "internal server error"})
