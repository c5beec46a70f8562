"""Pieces that Google's APIs have in common: contents and their parts, tools, usage."""

from __future__ import annotations

import base64
import inspect
from typing import TYPE_CHECKING, Any

from limelight.core.model import Media, Message, Other, Part, Reasoning, Text, Tool, ToolCall, ToolResult, Usage
from limelight.core.plain import plain
from limelight.core.wire.camel import each, inner, several, spelled, word
from limelight.core.wire.media import from_base64, from_url, modality_of
from limelight.core.wire.read import JSON, Table, first, number, said, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_SERVER_SIDE = ("executable_code", "code_execution_result", "tool_call", "tool_response")
"""Parts by which the model tells what it did with a tool that Google runs."""
_WORDS = {str: "string", int: "integer", float: "number", bool: "boolean", list: "array", dict: "object"}
_TYPES = {name.__name__: word for name, word in _WORDS.items()}


def conversation(contents: Any) -> Iterator[Message]:
    """What `contents` takes: messages, parts, texts, pictures, or one of these.  Parts side by side are one message."""
    loose: list[Part] = []
    for item in several(contents):
        body = spelled(item)
        if isinstance(item, list) or (body is not None and ("parts" in body or "role" in body)):
            yield from _gathered(loose)
            loose = []
            yield message(body or {"parts": item})
        else:
            loose += parts(item)
    yield from _gathered(loose)


def _gathered(loose: list[Part]) -> Iterator[Message]:
    if loose:
        yield Message("assistant" if any(type(part) is ToolCall for part in loose) else "user", tuple(loose))


def message(body: Table) -> Message:
    found = tuple(part for item in several(body.get("parts")) for part in parts(item))
    said_role = text(body, "role")
    if said_role == "model":
        return Message("assistant", found)
    kinds = {type(part) for part in found}
    if said_role in ("function", "tool") or (ToolResult in kinds and Text not in kinds):
        return Message("tool", found)
    return Message("system" if said_role == "system" else "user", found)


def parts(value: Any) -> Iterator[Part]:
    """A part in any form: a text, JSON, an SDK's object, an uploaded file, a picture of the imaging library."""
    if isinstance(value, str):
        if value:
            yield Text(value)
    elif (body := spelled(value)) is None:
        yield from _picture(value)
    else:
        yield from _opened(body)


def _opened(body: Table) -> Iterator[Part]:
    if words := text(body, "text"):
        yield Reasoning(words) if body.get("thought") is True else Text(words)
    if blob := inner(body, "inline_data"):
        yield media(blob)
    if file := inner(body, "file_data"):
        yield linked(file, "file_uri")
    if call := inner(body, "function_call"):
        yield ToolCall(text(call, "name"), plain(first(call, "args")) or {}, said(call, "id"))
    if given := inner(body, "function_response"):
        yield from _result(given)
    for kind in _SERVER_SIDE:
        if done := inner(body, kind):
            yield Other(kind, pruned(dict(done)))
    if "mime_type" in body:  # a blob or a file, with no part around it
        yield linked(body, "uri") if said(body, "uri") else media(body)


def _result(body: Table) -> Iterator[Part]:
    """What a tool gave back; pictures in it stand beside it."""
    yield ToolResult(plain(body.get("response")), said(body, "id"))
    for item in several(body.get("parts")):
        yield from parts(item)


def media(body: Table) -> Media:
    """Bytes: base64 in JSON, as they are in an SDK's object."""
    kind = said(body, "mime_type")
    content = first(body, "data", "image_bytes", "video_bytes", "bytes_base64_encoded")
    if isinstance(content, bytes):
        content = base64.b64encode(content).decode("ascii")
    return from_base64(content if isinstance(content, str) else "", modality_of(kind), kind)


def linked(body: Table, key: str) -> Media:
    kind = said(body, "mime_type")
    return from_url(text(body, key), modality_of(kind), kind)


def _picture(value: Any) -> Iterator[Part]:
    """A picture that is still one of the imaging library's; its pixels are left alone."""
    if type(value).__module__.startswith("PIL."):
        form = getattr(value, "format", None)
        yield Media("image", f"image/{form.lower()}" if isinstance(form, str) else None)


def tools(offered: Any) -> Iterator[Tool]:
    for item in several(offered):
        body = spelled(item)
        if body is None:
            yield from _function(item)
            continue
        for declared in each(body, "function_declarations"):
            yield declaration(declared)
        for kind, config in body.items():
            if kind != "function_declarations" and config is not None:
                yield Tool(kind, kind, parameters=pruned(config) or None)


def declaration(body: Table) -> Tool:
    schema = first(body, "parameters", "parameters_json_schema")
    return Tool(text(body, "name"), "function", said(body, "description"), schema if schema is None else pruned(schema))


def _function(value: Any) -> Iterator[Tool]:
    """A Python function that the client calls by itself, or whatever else it knows to make a tool of."""
    if inspect.isroutine(value):
        yield Tool(value.__name__, "function", inspect.getdoc(value), _schema(value))
    elif not isinstance(value, (str, bytes, int, float)):
        yield Tool(type(value).__name__, "mcp")


def _schema(function: Callable[..., Any]) -> JSON:
    """Of the parameters of a function, in small: the client makes a fuller one when the call is under way."""
    known = getattr(function, "__annotations__", {})
    code = getattr(function, "__code__", None)
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if code is not None else tuple(known)
    return {"type": "object", "properties": {name: _typed(known.get(name)) for name in names if name != "self"}}


def _typed(annotation: Any) -> JSON:
    name = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    return {"type": _TYPES[name]} if name in _TYPES else {}


def usage(body: Table, searches: int | None = None) -> Usage:
    """Google counts thoughts beside the answer, and what its tools read beside the prompt; we count them within."""
    prompt, read = number(body, "prompt_token_count"), number(body, "tool_use_prompt_token_count")
    spoken, thought = number(body, "candidates_token_count"), number(body, "thoughts_token_count")
    got, gave = _by_modality(body, "prompt_tokens_details"), _by_modality(body, "candidates_tokens_details")
    return Usage(
        input=_sum(prompt, read),
        output=_sum(spoken, thought),
        cache_read=number(body, "cached_content_token_count"),
        reasoning=thought,
        input_audio=got.get("AUDIO"),
        input_image=got.get("IMAGE"),
        output_audio=gave.get("AUDIO"),
        output_image=gave.get("IMAGE"),
        searches=searches,
    )


def _sum(count: int | None, more: int | None) -> int | None:
    return count if more is None else (count or 0) + more


def _by_modality(body: Table, key: str) -> dict[str, int]:
    counted = ((word(item, "modality"), number(item, "token_count")) for item in each(body, key))
    return {modality: count for modality, count in counted if modality and count is not None}


def searches(grounding: Sequence[Table], model: str | None) -> int | None:
    """Searches that are billed: each query from Gemini 3 on, before that each answer that has searched."""
    queries = [len(several(found.get("web_search_queries"))) for found in grounding]
    if (model or "").startswith(("gemini-1", "gemini-2")):
        return sum(map(bool, queries)) or None
    return sum(queries) or None


def pruned(value: Any) -> JSON:
    """As plain JSON, without the many fields of an SDK's object that nobody has set."""
    return _without_none(plain(value))


def _without_none(value: Any) -> JSON:
    match value:
        case dict():
            return {key: _without_none(item) for key, item in value.items() if item is not None}
        case list():
            return [_without_none(item) for item in value]
        case _:
            return value
