"""An answer of which nobody says whose it is: its shape tells which codec reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limelight.core.model import Message, Request, Response, Text
from limelight.core.plain import plain
from limelight.core.wire import anthropic_messages, openai_chat, openai_responses
from limelight.core.wire.params import settings
from limelight.core.wire.read import Table, as_table, first, listed, said

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTENT = frozenset({"messages", "prompt", "input", "query", "contents", "text", "tools"})


def request(body: Table) -> Request:
    """The arguments of somebody's own method: parameters by the names that clients give them."""
    content = first(body, "messages", "prompt", "input", "query", "contents", "text")
    tools = {"tools": body["tools"]} if body.get("tools") else {}
    messages = content if isinstance(content, (list, tuple)) else [] if content is None else [content]
    whole = openai_chat.request({"messages": [_asked(each) for each in messages], **tools})
    return Request(said(body, "model"), messages=whole.messages, tools=whole.tools, params=settings(body, CONTENT))


def response(body: Table) -> Response:
    if "choices" in body:
        return openai_chat.response(body)
    if "output" in body and listed(body["output"]):
        return openai_responses.response(body)
    if "content" in body or "stop_reason" in body:
        return anthropic_messages.response(body)
    words = first(body, "text", "output", "answer", "response", "completion")
    usage = openai_chat.response({"usage": body.get("usage")}).usage
    messages = () if words is None else (Message("assistant", (Text(_words(words)),)),)
    return Response(said(body, "id"), said(body, "model"), messages, usage)


def fold(chunks: Sequence[Table]) -> Table:
    """Pieces of text, or the events of a provider's stream."""
    if any("choices" in chunk for chunk in chunks):
        return openai_chat.fold(chunks)
    if any(str(chunk.get("type", "")).startswith("response.") for chunk in chunks):
        return openai_responses.fold(chunks)
    if any(chunk.get("type") == "message_start" for chunk in chunks):
        return anthropic_messages.fold(chunks)
    return {"text": "".join(_words(first(chunk, "text", "content", "delta") or "") for chunk in chunks)}


def _asked(each: Any) -> Any:
    return each if isinstance(each, str) or as_table(each) is not None else str(plain(each))


def _words(value: Any) -> str:
    return value if isinstance(value, str) else str(plain(value))
