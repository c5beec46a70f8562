"""Mistral's conversations: what the provider keeps, entry by entry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from limelight.testing.fake import mistral_chat, openai_chat
from limelight.testing.fake.bodies import BadRequestError
from limelight.testing.fake.exchange import Event, Json, Reply
from limelight.testing.fake.script import ToolCall
from limelight.testing.fake.tokens import pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from limelight.testing.fake.prompt import Prompt
    from limelight.testing.fake.vendor import Take

SOURCE = "https://example.com/limelight"
CREATED = "2026-02-25T06:13:20.000000Z"


def read(body: Json) -> Prompt:
    inputs = body.get("inputs")
    if not inputs:
        raise BadRequestError("Field required: inputs")
    said = [{"role": "user", "content": inputs}] if isinstance(inputs, str) else [_message(each) for each in inputs]
    settings = body.get("completion_args") or {}
    asked = {
        "model": body.get("model") or mistral_chat.AGENT_MODEL,
        "messages": [{"role": "system", "content": body.get("instructions") or ""}, *said],
        "tools": body.get("tools"),
        "stream": body.get("stream"),
        **{key: settings.get(key) for key in ("max_tokens", "stop", "tool_choice", "response_format")},
    }
    return replace(mistral_chat.read(asked), operation="conversation", body=body)


def _message(entry: Json) -> Json:
    if entry.get("type") == "function.result":
        return {"role": "tool", "content": entry.get("result"), "tool_call_id": entry.get("tool_call_id")}
    return {"role": entry.get("role") or "user", "content": entry.get("content")}


def start(take: Take) -> Reply:
    return _reply(take, take.ids("conv_", 24))


def go_on(take: Take) -> Reply:
    """Append to a conversation, or start it anew from one of its entries."""
    return _reply(take, take.args[0])


def _reply(take: Take, conversation: str) -> Reply:
    if take.prompt.stream:
        return Reply(events=tuple(_events(take, conversation)))
    body = {"object": "conversation.response", "conversation_id": conversation, "outputs": list(_outputs(take))}
    return Reply({**body, "usage": _usage(take)} if take.answer.says_usage else {**body, "usage": {}})


def _usage(take: Take) -> Json:
    tally = take.tally
    counted = {"prompt_tokens": tally.input, "completion_tokens": tally.output}
    return {**counted, "total_tokens": tally.input + tally.output, "connector_tokens": None, "connectors": None}


def _outputs(take: Take) -> Iterator[Json]:
    """What was said is one entry, each call for a tool another."""
    calls = [part for part in take.answer.parts if isinstance(part, ToolCall)]
    said = tuple(part for part in take.answer.parts if not isinstance(part, ToolCall))
    if said and (content := mistral_chat.content(said)):
        entry = {**_entry("message.output", take), "role": "assistant"}
        yield {**entry, "content": content if isinstance(content, str) else [_linked(each) for each in content]}
    for call in calls:
        yield {**_entry("function.call", take), **_called(call)}


def _linked(chunk: Json) -> Json:
    """A reference is to what a tool of the provider's has found."""
    if chunk["type"] != "reference":
        return chunk
    return {"type": "tool_reference", "tool": "web_search", "title": "Limelight, explained", "url": SOURCE}


def _entry(kind: str, take: Take) -> Json:
    known = {"object": "entry", "type": kind, "created_at": CREATED, "completed_at": CREATED}
    return {
        **known,
        "id": take.ids(f"{kind[:3]}_", 24),
        "agent_id": take.body.get("agent_id"),
        "model": take.prompt.model,
    }


def _called(call: ToolCall) -> Json:
    return {"name": call.name, "tool_call_id": mistral_chat.call_id(call), "arguments": openai_chat.arguments(call)}


def _events(take: Take, conversation: str) -> Iterator[Event]:
    yield _event("conversation.response.started", conversation_id=conversation)
    for at, entry in enumerate(_outputs(take)):
        about = {"output_index": at, "id": entry["id"], "model": entry["model"], "agent_id": entry["agent_id"]}
        if entry["type"] == "function.call":
            called = {key: entry[key] for key in ("name", "tool_call_id")}
            for piece in pieces(entry["arguments"]):
                yield _event("function.call.delta", **about, **called, arguments=piece)
        else:
            for piece in _pieces(entry["content"]):
                yield _event("message.output.delta", **about, role="assistant", content_index=0, content=piece)
    yield _event("conversation.response.done", usage=_usage(take) if take.answer.says_usage else {})


def _pieces(content: str | list[Json]) -> Iterator[Any]:
    if isinstance(content, str):
        yield from pieces(content)
        return
    for chunk in content:
        yield from pieces(chunk["text"]) if chunk["type"] == "text" else [chunk]


def _event(kind: str, **said: Any) -> Event:
    return Event({"type": kind, "created_at": CREATED, **said}, kind)


def error_event(take: Take) -> Event:
    return _event("conversation.response.error", message="Service unavailable.", code=3000)
