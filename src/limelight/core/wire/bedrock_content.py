"""Content blocks of Bedrock's Converse API: tables with one key, which says what they are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from limelight.core.model import Media, Message, Other, Part, Reasoning, Text, Tool, ToolCall, ToolResult
from limelight.core.plain import plain
from limelight.core.wire.media import from_base64, from_bytes
from limelight.core.wire.read import Table, as_table, decoded, first, listed, said, table, tables, text

if TYPE_CHECKING:
    from collections.abc import Iterator

_TYPES = {
    "jpg": "image/jpeg", "txt": "text/plain", "md": "text/markdown", "html": "text/html", "csv": "text/csv",
    "pdf": "application/pdf", "doc": "application/msword", "xls": "application/vnd.ms-excel",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "mov": "video/quicktime", "mkv": "video/x-matroska", "three_gp": "video/3gpp", "mpg": "video/mpeg",
    "mp3": "audio/mpeg",
}  # fmt: skip
_MEDIA = ("image", "document", "video", "audio")
_MARKERS = frozenset({"cachePoint"})
"""Blocks that say nothing."""


def messages(body: Table) -> tuple[Message, ...]:
    return tuple(_message(each) for each in tables(body, "messages"))


def _message(body: Table) -> Message:
    parts = content(body.get("content"))
    if text(body, "role") == "assistant":
        return Message("assistant", parts)
    if text(body, "role") == "system":
        return Message("system", parts)
    results = any(type(part) is ToolResult for part in parts)
    return Message("tool" if results and not any(type(part) is Text for part in parts) else "user", parts)


def content(blocks: Any) -> tuple[Part, ...]:
    """The parts of a message, of the instructions, or of a tool's result."""
    found: list[Part] = []
    for each in [blocks] if isinstance(blocks, str) else listed(blocks):
        block = {"text": each} if isinstance(each, str) else as_table(each)
        for part in () if block is None else _block(block):
            if isinstance(part, Text) and not part.content and found and isinstance(found[-1], Text):
                found[-1] = replace(found[-1], citations=(*found[-1].citations, *part.citations))
            else:
                found.append(part)
    return tuple(found)


def _block(block: Table) -> Iterator[Part]:
    kind = next((key for key, value in block.items() if value is not None and key != "type"), "")
    inner = table(block, kind)
    match kind:
        case "text":
            if words := text(block, "text"):
                yield Text(words)
        case "reasoningContent":
            yield Reasoning(text(table(inner, "reasoningText"), "text"))
        case "toolUse":
            yield ToolCall(text(inner, "name"), plain(decoded(inner.get("input"))), said(inner, "toolUseId"))
        case "toolResult":
            yield from _result(inner)
        case "citationsContent":
            words = "".join(text(each, "text") for each in tables(inner, "content"))
            cited = tuple(plain(each) for each in tables(inner, "citations"))
            if words or cited:
                yield Text(words, cited)
        case "guardContent":
            guarded = table(inner, "text")
            yield from content([{"text": guarded.get("text")} if guarded else inner])
        case _ if kind in _MEDIA:
            yield _media(inner, kind)
        case _ if kind and kind not in _MARKERS:
            yield _other(inner, kind)


def _other(inner: Table, kind: str) -> Part:
    if kind == "searchResult":
        words = "".join(text(each, "text") for each in tables(inner, "content"))
        return Text(words, ({key: plain(value) for key, value in inner.items() if key in ("source", "title")},))
    if kind == "SDK_UNKNOWN_MEMBER":  # botocore is older than this kind of block
        return Other(text(inner, "name"))
    return Other(kind, {key: plain(value) for key, value in inner.items()})


def _result(body: Table) -> Iterator[Part]:
    """What a tool gave back; pictures and documents in it stand beside it."""
    blocks = list(tables(body, "content"))
    inner = content([each for each in blocks if "json" not in each])
    words = "".join(part.content for part in inner if isinstance(part, Text))
    said_all = [*([words] if words else []), *(plain(each["json"]) for each in blocks if "json" in each)]
    answer = said_all[0] if len(said_all) == 1 else said_all or ""
    if text(body, "status") == "error":
        answer = {"is_error": True, "content": answer}
    yield ToolResult(answer, said(body, "toolUseId"))
    yield from (part for part in inner if not isinstance(part, Text))


def _media(body: Table, modality: str) -> Media:
    """In bytes through the client, in base64 where a JSON body was written by hand."""
    source, form = table(body, "source"), text(body, "format")
    mime_type = _TYPES.get(form) or (f"{modality if modality != 'document' else 'text'}/{form}" if form else None)
    data = first(source, "bytes", "text")
    if isinstance(data, (bytes, bytearray)):
        return from_bytes(data, modality, mime_type)
    if isinstance(source.get("bytes"), str):
        return from_base64(text(source, "bytes"), modality, mime_type)
    words = text(source, "text") or "".join(text(each, "text") for each in tables(source, "content"))
    if words:
        return from_bytes(words.encode("utf-8", "replace"), modality, mime_type or "text/plain")
    return Media(modality, mime_type, uri=said(table(source, "s3Location"), "uri"))


def tools(config: Table) -> tuple[Tool, ...]:
    return tuple(_tool(each) for each in tables(config, "tools") if "cachePoint" not in each)


def _tool(body: Table) -> Tool:
    """A function, or one that Amazon runs."""
    if spec := table(body, "toolSpec"):
        schema = table(spec, "inputSchema").get("json")
        return Tool(text(spec, "name"), "function", said(spec, "description"), plain(decoded(schema)))
    kind = next(iter(body), "tool")
    return Tool(said(table(body, kind), "name") or kind, kind)
