"""Pydantic AI's messages, settings and answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from limelight.core import names
from limelight.core.model import (
    Media,
    Message,
    Part,
    Reasoning,
    Record,
    Request,
    Response,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
)
from limelight.core.plain import plain
from limelight.core.wire.params import settings
from limelight.core.wire.read import EMPTY, Table, as_table, decoded, listed, number, said, table, tables, text

if TYPE_CHECKING:
    from collections.abc import Iterator


class Asked(NamedTuple):
    """What the framework hands to a model of its own."""

    model: Any
    messages: Any
    settings: Any
    parameters: Any


def record(asked: Asked, answered: Any, session: str | None) -> Record:
    """A model call that no client of ours has seen."""
    body = as_table(answered) or EMPTY
    provider = said(body, "provider_name") or getattr(asked.model, "system", None)
    return Record(
        kind="llm",
        operation="chat",
        provider=names.provider(provider) if isinstance(provider, str) and provider else "pydantic_ai",
        request=_request(asked),
        response=_response(body),
        session_id=session,
    )


def model_name(model: Any) -> str | None:
    name = getattr(model, "model_name", None)
    return name if isinstance(name, str) and name else None


def _request(asked: Asked) -> Request:
    sent = list(tables({"messages": list(asked.messages or ())}, "messages"))
    instructions = next((found for each in reversed(sent) if (found := said(each, "instructions"))), None)
    parameters = as_table(asked.parameters) or EMPTY
    offered = [*tables(parameters, "function_tools"), *tables(parameters, "output_tools")]
    return Request(
        model=model_name(asked.model),
        system=(Text(instructions),) if instructions else (),
        messages=tuple(message for each in sent for message in _messages(each)),
        tools=tuple(_tool(each) for each in offered),
        params=settings(as_table(asked.settings) or EMPTY, frozenset()),
    )


def _tool(body: Table) -> Tool:
    return Tool(
        text(body, "name"), description=said(body, "description"), parameters=plain(body.get("parameters_json_schema"))
    )


def _messages(body: Table) -> Iterator[Message]:
    """A request of theirs holds what we tell apart: the system's words, the user's, and results of tools."""
    if text(body, "kind") == "response":
        yield Message("assistant", tuple(_spoken(body)))
        return
    for part in tables(body, "parts"):
        content, name = part.get("content"), said(part, "tool_name")
        match text(part, "part_kind"):
            case "system-prompt":
                yield Message("system", (Text(text(part, "content")),))
            case "user-prompt":
                yield Message("user", tuple(_given(content)))
            case "tool-return" | "retry-prompt" if name:
                yield Message("tool", (ToolResult(plain(content), said(part, "tool_call_id")),))
            case "retry-prompt":
                yield Message("user", (Text(content if isinstance(content, str) else str(plain(content))),))


def _given(content: Any) -> Iterator[Part]:
    for each in [content] if isinstance(content, str) else listed(content):
        body = as_table(each) or EMPTY
        if isinstance(each, str):
            yield Text(each)
        elif content_text := said(body, "content"):
            yield Text(content_text)
        else:
            data = body.get("data")
            yield Media(
                text(body, "kind").partition("-")[0] or "file",
                mime_type=said(body, "media_type"),
                uri=said(body, "url"),
                size=len(data) if isinstance(data, bytes) else None,
            )


def _spoken(body: Table) -> Iterator[Part]:
    for part in tables(body, "parts"):
        match text(part, "part_kind"):
            case "text":
                yield Text(text(part, "content"))
            case "thinking":
                yield Reasoning(text(part, "content"))
            case "tool-call" | "builtin-tool-call":
                yield ToolCall(text(part, "tool_name"), arguments(part.get("args")), said(part, "tool_call_id"))


def _response(body: Table) -> Response:
    parts = tuple(_spoken(body))
    reason = said(body, "finish_reason")
    return Response(
        id=said(body, "provider_response_id"),
        model=said(body, "model_name"),
        messages=(Message("assistant", parts, finish_reason=reason),) if parts or reason else (),
        usage=_usage(table(body, "usage")),
    )


def _usage(body: Table) -> Usage:
    """Input and output are sums already; what nobody reported stands there as 0."""
    return Usage(
        input=number(body, "input_tokens") or None,
        output=number(body, "output_tokens") or None,
        cache_read=number(body, "cache_read_tokens") or None,
        cache_write=number(body, "cache_write_tokens") or None,
        reasoning=number(table(body, "details"), "reasoning_tokens"),
        input_audio=number(body, "input_audio_tokens") or None,
        output_audio=number(body, "output_audio_tokens") or None,
    )


def arguments(raw: Any) -> Any:
    return plain(decoded(raw))
