"""Cohere's Chat API, version 2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limelight.core.model import Failure, Message, Part, Reasoning, Request, Response, Text, ToolCall, ToolResult
from limelight.core.plain import plain
from limelight.core.wire import openai_parts
from limelight.core.wire.cohere_parts import document_data, documents, merged, params, usage
from limelight.core.wire.read import Table, as_table, decoded, listed, number, said, table, tables, text, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CONTENT = frozenset({"messages", "tools", "documents"})
_PIECES = {"content-delta": "content", "tool-plan-delta": "tool_plan", "tool-call-start": "tool_calls"}
"""Events that bring something of the answer, and where in their message it lies."""


def request(body: Table) -> Request:
    body = merged(body)
    return Request(
        model=said(body, "model"),
        messages=documents(body) + tuple(_message(each) for each in tables(body, "messages")),
        tools=openai_parts.tools(body),
        params=params(body, CONTENT),
    )


def response(body: Table) -> Response:
    answer = table(body, "message")
    finish = said(body, "finish_reason")
    return Response(
        id=said(body, "id"),
        messages=(Message("assistant", tuple(_parts(answer)), finish_reason=finish),) if answer else (),
        usage=usage(table(body, "usage")),
        failure=Failure("error", words, code=finish) if (words := text(body, "error")) else None,
    )


def _message(body: Table) -> Message:
    role = openai_parts.role(body, "user")
    if role == "tool":
        return Message(role, tuple(_result(body)))
    return Message(role, tuple(_parts(body)))


def _result(body: Table) -> Iterator[Part]:
    """What a tool gave back: a text, or documents."""
    found = [data for part in openai_parts.parts(body.get("content")) for data in document_data(part)]
    if found:
        yield ToolResult(found[0] if len(found) == 1 else found, said(body, "tool_call_id"))
    else:
        yield from openai_parts.result(body.get("content"), said(body, "tool_call_id"))


def _parts(body: Table) -> Iterator[Part]:
    """Of a message asked or answered.  The plan for its tools is a thought that is told apart."""
    if plan := text(body, "tool_plan"):
        yield Reasoning(plan)
    blocks = list(openai_parts.parts(body.get("content")))
    cited = [openai_parts.kept(each) for each in tables(body, "citations")]
    opening = next((at for at, block in enumerate(blocks) if isinstance(block, Text)), None)
    for at, block in enumerate(blocks):
        mine = tuple(one for one in cited if one.get("content_index", opening) == at)
        yield Text(block.content, mine) if mine and isinstance(block, Text) else block
    for call in tables(body, "tool_calls"):
        named = table(call, "function")
        yield ToolCall(text(named, "name"), plain(decoded(named.get("arguments"))), said(call, "id"))


def is_content(event: Table) -> bool:
    key = _PIECES.get(text(event, "type"))
    return key is not None and told(table(table(event, "delta"), "message").get(key))


def fold(events: Sequence[Table]) -> Table:
    """Put the events of a stream together into the answer they describe."""
    whole = _Answer()
    for event in events:
        if (body := as_table(event)) is not None:
            whole.add(body)
    return whole.body()


class _Answer:
    """A streamed answer, growing."""

    __slots__ = ("_blocks", "_calls", "_citations", "_head", "_plan")

    def __init__(self) -> None:
        self._head: dict[str, Any] = {}
        self._plan: list[str] = []
        self._blocks: dict[int, dict[str, Any]] = {}
        self._calls: dict[int, dict[str, Any]] = {}
        self._citations: list[Any] = []

    def add(self, event: Table) -> None:
        delta = table(event, "delta")
        message = table(delta, "message")
        at = number(event, "index") or 0
        match text(event, "type"):
            case "content-start" | "content-delta":
                _grow(self._blocks.setdefault(at, {}), table(message, "content"), "text", "thinking")
            case "tool-plan-delta":
                self._plan.append(text(message, "tool_plan"))
            case "tool-call-start" | "tool-call-delta":
                call = table(message, "tool_calls")
                grown = self._calls.setdefault(at, {"function": {}})
                grown["id"] = said(call, "id") or grown.get("id")
                _grow(grown["function"], table(call, "function"), "name", "arguments")
            case "citation-start":
                cited = message.get("citations")
                self._citations += listed(cited) or ([cited] if as_table(cited) else [])
            case "message-start":
                self._head["id"] = event.get("id")
            case "message-end":
                self._head.update({key: delta.get(key) for key in ("finish_reason", "usage", "error")})
            case _:
                pass

    def body(self) -> Table:
        message = {
            "content": [_block(self._blocks[at]) for at in sorted(self._blocks) if self._blocks[at]],
            "tool_plan": "".join(self._plan),
            "tool_calls": [self._calls[at] for at in sorted(self._calls)],
            "citations": self._citations,
        }
        said_so = any(message.values())
        return {**self._head, **({"message": message} if said_so or "finish_reason" in self._head else {})}


def _grow(whole: dict[str, Any], piece: Table, *keys: str) -> None:
    for key in keys:
        if more := text(piece, key):
            whole[key] = whole.get(key, "") + more


def _block(grown: dict[str, Any]) -> Table:
    return {**grown, "type": "thinking" if "thinking" in grown else "text"}
