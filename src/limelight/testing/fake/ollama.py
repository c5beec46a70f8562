"""Ollama: one JSON object, or one a line; the last counts tokens and tells where the time went, in nanoseconds."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from limelight.testing.fake import openai_chat, openai_media, sse
from limelight.testing.fake.bodies import BadRequestError
from limelight.testing.fake.exchange import Event, Json, Reply
from limelight.testing.fake.prompt import Prompt
from limelight.testing.fake.script import Text, Thought, ToolCall
from limelight.testing.fake.tokens import pieces, weigh
from limelight.testing.fake.vendor import Route, Vendor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from limelight.testing.fake.exchange import Request
    from limelight.testing.fake.script import Failure
    from limelight.testing.fake.vendor import Take

CREATED = "2026-02-25T06:13:20.{:06d}Z"
FINISH = {"length": "length"}


def read_chat(body: Json) -> Prompt:
    found = openai_chat.read({**body, **_limits(body), "messages": [_spoken(each) for each in _messages(body)]})
    return replace(found, stream=body.get("stream", True), schema=_schema(body), body=body, json_mode=_is_json(body))


def _messages(body: Json) -> list[Json]:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise BadRequestError("messages are required")
    return messages


def _spoken(message: Json) -> Json:
    return {key: value for key, value in message.items() if key in ("role", "content")}


def read_prompt(body: Json) -> Prompt:
    asked = {**body, **_limits(body), "messages": [{"role": "user", "content": body.get("prompt") or ""}]}
    found = openai_chat.read(asked)
    return replace(found, stream=body.get("stream", True), schema=_schema(body), body=body, json_mode=_is_json(body))


def _limits(body: Json) -> Json:
    options = body.get("options") or {}
    return {"max_tokens": options.get("num_predict"), "stop": options.get("stop"), "tools": body.get("tools")}


def _schema(body: Json) -> Json | None:
    return body["format"] if isinstance(body.get("format"), dict) else None


def _is_json(body: Json) -> bool:
    return body.get("format") == "json"


def read_text(body: Json) -> Prompt:
    asked = body.get("input") or body.get("prompt") or ""
    if "model" not in body:
        raise BadRequestError("model is required")
    return Prompt("embedding", body["model"], str(asked), input_tokens=weigh(asked), body=body)


def chat(take: Take) -> Reply:
    return _reply(take, "message")


def generate(take: Take) -> Reply:
    return _reply(take, "response")


def _reply(take: Take, where: str) -> Reply:
    said = list(_pieces(take, where))
    if not take.prompt.stream:
        return Reply({**_head(take, 0), **_whole(said, where), **_end(take)})
    lines = [{**_head(take, at), **piece, "done": False} for at, piece in enumerate(said)]
    empty: Json = {"message": {"role": "assistant", "content": ""}} if where == "message" else {"response": ""}
    lines.append({**_head(take, len(said)), **empty, **_end(take)})
    return Reply(
        events=tuple(Event(sse.dump(line) + b"\n") for line in lines), headers={"content-type": "application/x-ndjson"}
    )


def _head(take: Take, at: int) -> Json:
    return {"model": take.prompt.model, "created_at": CREATED.format(at)}


def _end(take: Take) -> Json:
    tally = take.tally
    spent = {"prompt_eval_duration": tally.input * 10_000, "eval_duration": tally.output * 1_000_000}
    total = {"total_duration": sum(spent.values()) + 5_000_000, "load_duration": 5_000_000}
    counts = {"prompt_eval_count": tally.input, "eval_count": tally.output} if take.answer.says_usage else {}
    return {"done": True, "done_reason": FINISH.get(take.answer.ending(), "stop"), **total, **spent, **counts}


def _pieces(take: Take, where: str) -> Iterator[Json]:
    for part in take.answer.parts:
        match part:
            case Thought(text) if take.body.get("think"):
                yield from (_piece(where, "thinking", token) for token in pieces(text))
            case Text(text):
                yield from (_piece(where, "content", token) for token in pieces(text))
            case ToolCall(name, arguments) if where == "message":
                given = json.loads(arguments) if isinstance(arguments, str) else arguments
                call = {"id": take.ids("call_", 8).lower(), "function": {"name": name, "arguments": dict(given)}}
                yield {"message": {"role": "assistant", "content": "", "tool_calls": [call]}}
            case _:
                pass


def _piece(where: str, field: str, token: str) -> Json:
    if where == "message":
        return {"message": {"role": "assistant", "content": "", field: token}}
    return {"response": "", ("response" if field == "content" else field): token}


def _whole(said: list[Json], where: str) -> Json:
    """All the pieces in one."""
    if where == "response":
        return _joined(said, ("response", "thinking"))
    told = _joined([each["message"] for each in said], ("content", "thinking"))
    calls = [call for each in said for call in each["message"].get("tool_calls", ())]
    return {"message": {"role": "assistant", **told, **({"tool_calls": calls} if calls else {})}}


def _joined(said: list[Json], fields: tuple[str, ...]) -> Json:
    texts = {field: "".join(each.get(field) or "" for each in said) for field in fields}
    return {field: text for field, text in texts.items() if text or field == fields[0]}


def embed(take: Take) -> Reply:
    given = take.body.get("input") or ""
    texts = given if isinstance(given, list) else [given]
    vectors = [openai_media.vector(str(text), take.body.get("dimensions") or 8) for text in texts]
    counts = {"total_duration": 2_000_000, "load_duration": 1_000_000, "prompt_eval_count": take.tally.input}
    return Reply({"model": take.prompt.model, "embeddings": vectors, **counts})


def embeddings(take: Take) -> Reply:
    return Reply({"embedding": openai_media.vector(take.prompt.text, 8)})


def error(failure: Failure, prompt: Prompt, request_id: str) -> Json:
    missing = f"model '{prompt.model}' not found, try pulling it first"
    return {"error": failure.message or (missing if failure.status == 404 else f"error {failure.status}")}


def key(request: Request) -> Any:
    """A server of one's own asks for none."""
    return request.header("authorization") or "none asked for"


OLLAMA = Vendor(
    name="ollama",
    claims=lambda request: request.path in ("/api/chat", "/api/generate", "/api/embed", "/api/embeddings"),
    routes=(
        Route("POST", "/api/chat", chat, read_chat),
        Route("POST", "/api/generate", generate, read_prompt),
        Route("POST", "/api/embed", embed, read_text),
        Route("POST", "/api/embeddings", embeddings, read_text),
    ),
    error=error,
    error_event=lambda take: Event(b'{"error":"an error was encountered while running the model"}\n'),
    headers=lambda take, request_id: {},
    request_id=lambda ids: "",
    key=key,
)
