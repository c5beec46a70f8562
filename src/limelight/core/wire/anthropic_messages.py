"""Anthropic's Messages API: plain and beta, direct and through Bedrock, Vertex and Foundry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from limelight.core import tokens
from limelight.core.model import (
    Failure,
    Media,
    Message,
    Other,
    Part,
    Reasoning,
    Request,
    Response,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
)
from limelight.core.plain import plain
from limelight.core.wire.media import from_base64, from_url
from limelight.core.wire.params import effort, merged, settings
from limelight.core.wire.read import (
    Table,
    as_table,
    decoded,
    given,
    listed,
    number,
    said,
    table,
    tables,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CONTENT = frozenset({"messages", "system", "tools"})
BEGUN = "begun"
"""In a folded stream that never came to its last count: its content when the first one was made."""
_SECRETS = ("authorization_token",)
_DELTAS = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}
"""Kinds of piece, and the field that holds it, in the piece as in the block it belongs to."""


def request(body: Table) -> Request:
    body = merged(body)
    params = settings(body, CONTENT)
    effort(params, "output_config")
    if (form := table(params, "output_config").get("format") or params.pop("output_format", None)) is not None:
        params["response_format"] = form
    if user := said(table(params, "metadata"), "user_id"):
        params["user"] = user
    if "mcp_servers" in params:
        params["mcp_servers"] = [_without(each, _SECRETS) for each in tables(params, "mcp_servers")]
    return Request(
        model=said(body, "model"),
        system=tuple(_content(body.get("system"))),
        messages=tuple(_message(each) for each in tables(body, "messages")),
        tools=tuple(_tool(each) for each in tables(body, "tools")),
        params=params,
    )


def _message(body: Table) -> Message:
    parts = tuple(_content(body.get("content")))
    if text(body, "role") == "system":
        return Message("system", parts)
    if text(body, "role") == "assistant":
        return Message("assistant", parts)
    results = any(type(part) is ToolResult for part in parts)
    return Message("tool" if results and not any(type(part) is Text for part in parts) else "user", parts)


def _tool(body: Table) -> Tool:
    """A function, or one that Anthropic has made or runs, which has no schema but settings."""
    kind = text(body, "type") or "custom"
    name = said(body, "name") or said(body, "mcp_server_name") or kind
    if kind == "custom":
        return Tool(name, "function", said(body, "description"), plain(body.get("input_schema")))
    return Tool(
        name,
        kind,
        said(body, "description"),
        plain(_without(body, ("type", "name", "description", "cache_control"))) or None,
    )


def response(body: Table) -> Response:
    said_usage = table(body, "usage")
    stop = said(body, "stop_reason")
    return Response(
        id=said(body, "id"),
        model=said(body, "model"),
        messages=(Message("assistant", tuple(_content(body.get("content"))), finish_reason=stop),) if body else (),
        usage=_growing(body, usage(said_usage)),
        service_tier=said(said_usage, "service_tier"),
        failure=_failure(table(body, "error")),
    )


def _growing(body: Table, counted: Usage) -> Usage:
    """The output of a stream that was left: of `message_start` it has the count of the first piece; what followed is guessed."""
    if BEGUN not in body or counted.output is None:
        return counted
    family = tokens.family_of(text(body, "model"))
    now, then = (tokens.of_answer(tuple(_content(body.get(key))), family) for key in ("content", BEGUN))
    return replace(counted, output=counted.output + max(round(now - then), 0), estimated=frozenset({"output"}))


def _failure(error: Table) -> Failure | None:
    """An `error` event in the midst of a stream that was read without the client's own check."""
    kind = said(error, "type")
    return Failure(kind or "error", text(error, "message"), code=kind) if error else None


def usage(body: Table) -> Usage:
    """Anthropic counts cached tokens beside the input; we count them within it.

    What it took to compact the conversation is billed, and counted in `iterations` only.
    """
    spent = (body, *(each for each in tables(body, "iterations") if text(each, "type") == "compaction"))
    fresh = _sum(spent, "input_tokens")
    read, written = _sum(spent, "cache_read_input_tokens"), _sum(spent, "cache_creation_input_tokens")
    return Usage(
        input=None if fresh is None else fresh + (read or 0) + (written or 0),
        output=_sum(spent, "output_tokens"),
        cache_read=read,
        cache_write=written,
        cache_write_1h=_sum([table(each, "cache_creation") for each in spent], "ephemeral_1h_input_tokens"),
        reasoning=number(table(body, "output_tokens_details"), "thinking_tokens"),
        searches=number(table(body, "server_tool_use"), "web_search_requests"),
    )


def _sum(bodies: Sequence[Table], key: str) -> int | None:
    counts = [count for body in bodies if (count := number(body, key)) is not None]
    return sum(counts) if counts else None


def _content(content: Any) -> Iterator[Part]:
    if isinstance(content, str):
        if content:
            yield Text(content)
        return
    for item in listed(content):
        if isinstance(item, str):
            yield Text(item)
        elif (block := as_table(item)) is not None:
            yield from _block(block)


def _block(block: Table) -> Iterator[Part]:
    kind = text(block, "type")
    match kind:
        case "text":
            if words := text(block, "text"):
                yield Text(words, tuple(plain(each) for each in tables(block, "citations")))
        case "thinking" | "redacted_thinking":
            yield Reasoning(text(block, "thinking"))
        case "tool_use":
            yield ToolCall(text(block, "name"), plain(decoded(block.get("input"))), said(block, "id"))
        case "tool_result":
            yield from _result(block)
        case "image" | "document" | "audio" | "video":
            yield _media(block, kind)
        case "search_result":
            words = "".join(text(each, "text") for each in tables(block, "content"))
            yield Text(words, (_without(block, ("content",)),))
        case _:
            yield _hosted(block, kind)


def _hosted(block: Table, kind: str) -> Other:
    """What Anthropic's own tools did, and whatever else may come."""
    if kind in ("server_tool_use", "mcp_tool_use"):
        call = {"type": kind, "arguments": plain(block.get("input"))}
        return Other(
            "server_tool_call", {"id": said(block, "id"), "name": text(block, "name"), "server_tool_call": call}
        )
    if kind.endswith("_tool_result"):
        answer = {"type": kind, "content": plain(block.get("content"))}
        about = {"id": said(block, "tool_use_id"), "server_tool_call_response": answer}
        return Other("server_tool_call_response", about)
    return Other(kind or "block", _without(block, ("type",)))


def _result(block: Table) -> Iterator[Part]:
    """What a tool gave back; pictures and documents in it stand beside it."""
    content = block.get("content")
    inner = tuple(_content(content))
    words = "".join(part.content for part in inner if type(part) is Text)
    answer = words if content is None or inner else plain(content)
    wrong = block.get("is_error") is True
    yield ToolResult({"is_error": True, "content": answer} if wrong else answer, said(block, "tool_use_id"))
    yield from (part for part in inner if type(part) is not Text)


def _media(block: Table, kind: str) -> Part:
    source = table(block, "source")
    mime_type = said(source, "media_type")
    match text(source, "type"):
        case "base64":
            return from_base64(text(source, "data"), kind, mime_type)
        case "url":
            return from_url(text(source, "url"), kind, mime_type)
        case "file":
            return Media(kind, mime_type, file_id=said(source, "file_id"))
        case _:
            return Other(kind, _without(block, ("type", "cache_control")))


def _without(body: Table, keys: Sequence[str]) -> dict[str, Any]:
    return {key: plain(value) for key, value in body.items() if key not in keys and value is not None}


def is_content(event: Table) -> bool:
    return text(event, "type") == "content_block_delta"


def fold(events: Sequence[Table]) -> Table:
    """Put the events of a stream together into the message they describe.

    Also takes what `messages.stream()` yields: the events that the helper adds to the
    provider's own repeat them, and have types that are passed over here.
    """
    whole: dict[str, Any] = {}
    blocks: dict[int, _Block] = {}
    is_counted = False
    for event in events:
        body = event if type(event) is dict else as_table(event)
        if body is None:
            continue
        match text(body, "type"):
            case "content_block_delta":
                at = number(body, "index") or 0
                if (block := blocks.get(at)) is None:
                    block = blocks[at] = _Block({})
                block.add(table(body, "delta"))
            case "content_block_start":
                blocks[number(body, "index") or 0] = _Block(table(body, "content_block"))
            case "message_start":
                whole.update(table(body, "message"))
            case "message_delta":
                whole.update(given(table(body, "delta"), "stop_reason", "stop_sequence"))
                whole["usage"] = {**table(whole, "usage"), **_given(table(body, "usage"))}
                is_counted = is_counted or number(table(body, "usage"), "output_tokens") is not None
            case "error":
                whole["error"] = table(body, "error")
            case _:
                pass
    if whole and not is_counted:
        whole[BEGUN] = [blocks[at].begun() for at in sorted(blocks)[:1]]
    return {**whole, "content": [blocks[at].whole() for at in sorted(blocks)]} if blocks or whole else {}


def _given(body: Table) -> Table:
    return {key: value for key, value in body.items() if value is not None}


class _Block:
    """One content block of a stream, growing."""

    __slots__ = ("_citations", "_pieces", "_start")

    def __init__(self, start: Table) -> None:
        self._start = start
        self._pieces: dict[str, list[str]] = {}
        self._citations: list[Any] = []

    def add(self, delta: Table) -> None:
        kind = text(delta, "type")
        key = _DELTAS.get(kind)
        if key is not None:
            piece = delta.get(key)
            if type(piece) is str:
                self._pieces.setdefault(key, []).append(piece)
        elif kind == "citations_delta" and "citation" in delta:
            self._citations.append(delta["citation"])

    def begun(self) -> Table:
        """The block as it was with its first piece."""
        first = _Block(self._start)
        first._pieces = {key: pieces[:1] for key, pieces in self._pieces.items()}
        return first.whole()

    def whole(self) -> Table:
        block = dict(self._start)
        for key, pieces in self._pieces.items():
            block[key] = text(block, key) + "".join(pieces)
        if typed := block.pop("partial_json", None):
            block["input"] = decoded(typed)
        if self._citations:
            block["citations"] = [*listed(block.get("citations")), *self._citations]
        if not text(block, "type"):
            block["type"] = "thinking" if "thinking" in block else "text"
        return block
