"""Mistral's Conversations API: what the provider keeps, entry by entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limelight.core.model import Failure, Message, Other, Part, Request, Response, Text, ToolCall, ToolResult
from limelight.core.plain import plain
from limelight.core.wire import mistral_chat, openai_parts
from limelight.core.wire.params import settings
from limelight.core.wire.read import Table, as_table, decoded, listed, number, said, table, tables, text, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CONTENT = frozenset({"input", "instructions", "tools", "completion_args"})
_DELTAS = {"message.output.delta": "content", "function.call.delta": "arguments", "tool.execution.delta": "arguments"}
"""Events that bring pieces of an entry, and where in them."""


def request(body: Table) -> Request:
    body = mistral_chat.sent(body)
    asked = table(body, "completion_args")
    return Request(
        model=said(body, "model"),
        system=(Text(words),) if (words := text(body, "instructions")) else (),
        messages=tuple(_inputs(body.get("input"))),
        tools=openai_parts.tools(body),
        params={**settings(body, CONTENT), **settings(mistral_chat.sent(asked), frozenset())},
    )


def _inputs(given: Any) -> Iterator[Message]:
    if isinstance(given, str):
        yield Message("user", (Text(given),))
    for entry in listed(given):
        if (body := as_table(entry)) is None:
            continue
        if parts := tuple(_acted(body)):
            answered = any(isinstance(part, ToolResult) for part in parts)
            yield Message("tool" if answered else "assistant", parts)
        else:
            yield mistral_chat.message(body)


def response(body: Table) -> Response:
    """One message of everything the model said and did."""
    entries = list(tables(body, "outputs"))
    parts = tuple(part for entry in entries for part in _parts(entry))
    models = [model for entry in entries if (model := said(entry, "model"))]
    about = {"conversation.id": said(body, "conversation_id")}
    return Response(
        id=next((found for entry in reversed(entries) if (found := said(entry, "id"))), None),
        model=models[-1] if models else None,
        messages=(Message("assistant", parts),) if parts else (),
        usage=mistral_chat.usage(table(body, "usage")),
        failure=_failure(table(body, "error")),
        extra={key: value for key, value in about.items() if value is not None},
    )


def _failure(error: Table) -> Failure | None:
    code = said(error, "code") or number(error, "code")
    return Failure("error", text(error, "message"), code=None if code is None else str(code)) if error else None


def _parts(entry: Table) -> Iterator[Part]:
    acted = tuple(_acted(entry))
    yield from acted or mistral_chat.content(entry.get("content"))


def _acted(entry: Table) -> Iterator[Part]:
    """An entry that is no message."""
    match text(entry, "type"):
        case "function.call":
            arguments = plain(decoded(entry.get("arguments")))
            yield ToolCall(text(entry, "name"), arguments, said(entry, "tool_call_id"))
        case "function.result":
            yield ToolResult(plain(entry.get("result")), said(entry, "tool_call_id"))
        case "tool.execution":
            call = {"type": "tool.execution", "arguments": plain(decoded(entry.get("arguments")))}
            about = {"id": said(entry, "id"), "name": text(entry, "name"), "server_tool_call": call}
            yield Other(
                "server_tool_call", {**about, **({"info": plain(info)} if told(info := entry.get("info")) else {})}
            )
        case "agent.handoff":
            yield Other("agent_handoff", openai_parts.kept(entry, "type", "object", "created_at", "completed_at"))


def is_content(event: Table) -> bool:
    body = mistral_chat.chunk_of(event) or {}
    key = _DELTAS.get(text(body, "type"))
    return key is not None and told(body.get(key))


def fold(events: Sequence[Table]) -> Table:
    """Put the events of a stream together into the answer they describe."""
    whole: dict[str, Any] = {}
    entries: dict[int, dict[str, Any]] = {}
    for event in events:
        body = mistral_chat.chunk_of(event) or {}
        kind = text(body, "type")
        match kind:
            case "conversation.response.started":
                whole["conversation_id"] = body.get("conversation_id")
            case "conversation.response.done":
                whole["usage"] = body.get("usage")
            case "conversation.response.error":
                whole["error"] = {"message": body.get("message"), "code": body.get("code")}
            case _:
                _grow(entries.setdefault(number(body, "output_index") or 0, {}), kind, body)
    outputs = [_entry(entries[at]) for at in sorted(entries)]
    return {**whole, "outputs": [entry for entry in outputs if entry.get("type")]}


def _grow(entry: dict[str, Any], kind: str, event: Table) -> None:
    """Take what an event says of an entry: pieces behind pieces, anything else as it is."""
    noun, _, verb = kind.rpartition(".")
    key = _DELTAS.get(kind)
    pieces = entry.setdefault("pieces", [])
    entry.update(
        {name: value for name, value in event.items() if value is not None and name not in ("type", "pieces", key)}
    )
    entry["type"] = noun if verb in ("delta", "started", "done") else kind
    if key is not None and (piece := event.get(key)) is not None:
        pieces.append(piece)


def _entry(grown: dict[str, Any]) -> Table:
    pieces = grown.pop("pieces", [])
    if grown.get("type") == "message.output":
        return {**grown, "content": mistral_chat.joined(pieces)}
    if not pieces or any(not isinstance(piece, str) for piece in pieces):
        return {**grown, **({"arguments": pieces[-1]} if pieces else {})}
    return {**grown, "arguments": "".join(pieces)}
