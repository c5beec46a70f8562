"""Messages, parts and tools out of the JSON that OpenTelemetry's GenAI attributes hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from limelight.core.dialects.content import decoded
from limelight.core.model import (
    JSON,
    Media,
    Message,
    Other,
    Part,
    Reasoning,
    Role,
    Text,
    Tool,
    ToolCall,
    ToolResult,
)
from limelight.core.wire.read import Table, listed, number, said, table, text

ROLES: dict[str, Role] = {
    "system": "system", "developer": "system", "user": "user", "human": "user", "assistant": "assistant",
    "model": "assistant", "ai": "assistant", "tool": "tool", "function": "tool",
}  # fmt: skip
_TOOL_FIELDS = frozenset({"type", "name", "description", "parameters"})


def messages(value: JSON) -> tuple[Message, ...]:
    """A list of messages, as JSON text or as the list itself."""
    return tuple(message(item) for item in listed(decoded(value)) if isinstance(item, Mapping))


def message(body: Table) -> Message:
    return Message(
        role=ROLES.get(text(body, "role"), "user"),
        parts=parts(body.get("parts")),
        name=said(body, "name"),
        finish_reason=said(body, "finish_reason"),
    )


def parts(value: JSON) -> tuple[Part, ...]:
    return tuple(part for item in listed(decoded(value)) if (part := _part(item)) is not None)


def tools(value: JSON) -> tuple[Tool, ...]:
    return tuple(_tool(item) for item in listed(decoded(value)) if isinstance(item, Mapping))


def _part(item: JSON) -> Part | None:
    if isinstance(item, str):
        return Text(item)
    if not isinstance(item, Mapping):
        return None
    kind = text(item, "type")
    match kind:
        case "text":
            return Text(text(item, "content"), tuple(listed(item.get("citations"))))
        case "reasoning" | "thinking":
            return Reasoning(text(item, "content"))
        case "tool_call":
            return ToolCall(text(item, "name"), decoded(item.get("arguments")), said(item, "id"))
        case "tool_call_response":
            return ToolResult(item.get("response", item.get("result")), said(item, "id"))
        case "uri" | "file" | "blob":
            return _media(item)
    return Other(kind or "unknown", {key: value for key, value in item.items() if key != "type"})


def _media(item: Table) -> Media:
    mime_type = said(item, "mime_type") or said(item, "media_type")
    return Media(
        modality=said(item, "modality") or (mime_type or "document").partition("/")[0],
        mime_type=mime_type,
        uri=_string(item.get("uri")),
        file_id=_string(item.get("file_id")),
        content=_string(item.get("content")),
        size=number(item, "size"),
    )


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _tool(item: Table) -> Tool:
    """A tool as OpenTelemetry describes it, or as it stood in an OpenAI request."""
    inner = table(item, "function") or item
    rest = {key: value for key, value in inner.items() if key not in _TOOL_FIELDS}
    kind = text(item, "type") or "function"
    return Tool(
        name=text(inner, "name") or kind,
        type=kind,
        description=_string(inner.get("description")),
        parameters=inner.get("parameters", rest or None),
    )
