"""Requests and results of the Model Context Protocol, as either end has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limelight.core.plain import plain
from limelight.core.wire.read import as_table, first, said, tables, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TOOL, PROMPT, RESOURCE, LIST, INITIALIZE = "tools/call", "prompts/get", "resources/read", "tools/list", "initialize"
NAMED = frozenset({TOOL, PROMPT})
"""Requests that call something by its name."""


def given(method: str, params: Any) -> Any:
    """What a request asks with, beside the name of what it asks for."""
    body = as_table(params) or {}
    if method in NAMED:
        return plain(body.get("arguments"))
    if method == INITIALIZE:
        return None
    rest = {key: plain(value) for key, value in body.items() if key not in _ENVELOPE and value is not None}
    return rest or None


_ENVELOPE = frozenset({"meta", "_meta"})


def result(method: str, answer: Any) -> Any:
    """What came of a request, in few words where its answer is long and always the same."""
    body = as_table(answer)
    if body is None:
        return None if answer is None else plain(answer)
    if method == TOOL:
        return tool_result(body)
    if method == LIST:
        return [text(tool, "name") for tool in tables(body, "tools")]
    if method == INITIALIZE:
        server = first(body, "serverInfo", "server_info")
        return {"server": _short(server), "protocol": first(body, "protocolVersion", "protocol_version")}
    return {key: _short(value) for key, value in body.items() if key not in _ENVELOPE and value is not None}


def tool_result(body: Mapping[str, Any]) -> Any:
    """What a tool says to programs, or else to people: one text is a text."""
    structured = first(body, "structuredContent", "structured_content")
    if structured is not None:
        return plain(structured)
    parts: Sequence[Any] = [_text(part) for part in tables(body, "content")]
    return parts[0] if len(parts) == 1 else parts


def is_failed(answer: Any) -> bool:
    """Does a tool say that it has failed?"""
    found = first(as_table(answer) or {}, "isError", "is_error")
    return found is True


def _text(part: Mapping[str, Any]) -> Any:
    return text(part, "text") if said(part, "type") == "text" else _short(part)


def _short(value: Any) -> Any:
    """Without what was not said."""
    if (body := as_table(value)) is not None:
        return {str(key): _short(each) for key, each in body.items() if each is not None}
    return [_short(each) for each in value] if isinstance(value, (list, tuple)) else plain(value)


def name(params: Any) -> str | None:
    body = as_table(params) or {}
    return said(body, "name")


def uri(params: Any) -> str | None:
    found = (as_table(params) or {}).get("uri")
    return None if found is None else str(found)
