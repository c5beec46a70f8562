"""Cohere's first APIs: chat, generate, summarize."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limelight.core.model import Message, Part, Request, Response, Role, Text, Tool, ToolCall, ToolResult
from limelight.core.plain import plain
from limelight.core.wire.cohere_parts import documents, merged, params, usage
from limelight.core.wire.openai_parts import kept
from limelight.core.wire.read import Table, as_table, given, listed, number, said, table, tables, text, told

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CONTENT = frozenset({"message", "preamble", "chat_history", "documents", "tools", "tool_results"})
_ROLES: dict[str, Role] = {"USER": "user", "CHATBOT": "assistant", "SYSTEM": "system", "TOOL": "tool"}
_FOUND = ("citations", "documents", "search_queries", "search_results", "tool_calls")
"""Lists that events of a stream bring, under the names they have in the answer."""


def request(body: Table) -> Request:
    body = merged(body)
    asked = (Message("user", (Text(words),)),) if (words := text(body, "message")) else ()
    results = tuple(_results(body))
    return Request(
        model=said(body, "model"),
        system=(Text(words),) if (words := text(body, "preamble")) else (),
        messages=(
            *documents(body),
            *(_turn(each) for each in tables(body, "chat_history")),
            *asked,
            *((Message("tool", results),) if results else ()),
        ),
        tools=tuple(_tool(each) for each in tables(body, "tools")),
        params=params(body, CONTENT),
    )


def _turn(body: Table) -> Message:
    """A message of the history, which says its role in capitals."""
    words = text(body, "message")
    parts = (*((Text(words),) if words else ()), *_calls(body), *_results(body))
    return Message(_ROLES.get(text(body, "role").upper(), "user"), parts)


def _calls(body: Table) -> Iterator[Part]:
    for call in tables(body, "tool_calls"):
        yield ToolCall(text(call, "name"), plain(call.get("parameters")))


def _results(body: Table) -> Iterator[Part]:
    for result in tables(body, "tool_results"):
        yield ToolResult(plain(result.get("outputs")))


def _tool(body: Table) -> Tool:
    return Tool(
        text(body, "name"), description=said(body, "description"), parameters=plain(body.get("parameter_definitions"))
    )


def response(body: Table) -> Response:
    words = text(body, "text")
    cited = tuple(kept(each) for each in tables(body, "citations"))
    parts = (*((Text(words, cited),) if words else ()), *_calls(body))
    finish = said(body, "finish_reason")
    searched = [text(each, "text") for each in tables(body, "search_queries")]
    return Response(
        id=said(body, "response_id") or said(body, "generation_id"),
        messages=(Message("assistant", parts, finish_reason=finish),) if parts or finish else (),
        usage=usage(table(body, "meta")),
        extra={"search.queries": searched} if searched else {},
    )


def is_content(event: Table) -> bool:
    """A piece of text, or of the calls for tools."""
    return bool(text(event, "text")) or text(event, "event_type").startswith("tool-calls")


def fold(events: Sequence[Table]) -> Table:
    """The last event of a whole stream repeats the answer; what that leaves out, the others have told."""
    bodies = [body for event in events if (body := as_table(event)) is not None]
    whole: dict[str, Any] = {"text": "".join(_words(body) for body in bodies)}
    for body in bodies:
        whole.update(given(body, "generation_id", "finish_reason"))
        for key in _FOUND:
            whole.setdefault(key, []).extend(listed(body.get(key)))
    ending = next((body for body in reversed(bodies) if text(body, "event_type") == "stream-end"), {})
    return {**whole, **{key: value for key, value in table(ending, "response").items() if told(value)}}


def _words(event: Table) -> str:
    """The text of an event, unless it is a thought about the tools, which the calls repeat."""
    return text(event, "text") if text(event, "event_type") == "text-generation" else ""


def generate_request(body: Table) -> Request:
    body = merged(body)
    words = text(body, "prompt")
    return Request(
        model=said(body, "model"),
        messages=(Message("user", (Text(words),)),) if words else (),
        params=params(body, frozenset({"prompt"})),
    )


def generate_response(body: Table) -> Response:
    return Response(
        id=said(body, "id"),
        messages=tuple(_generation(each) for each in tables(body, "generations")),
        usage=usage(table(body, "meta")),
    )


def _generation(body: Table) -> Message:
    words = text(body, "text")
    return Message("assistant", (Text(words),) if words else (), finish_reason=said(body, "finish_reason"))


def generate_fold(events: Sequence[Table]) -> Table:
    """As `fold`; the pieces say which of several generations they belong to."""
    pieces: dict[int, list[str]] = {}
    whole: dict[str, Any] = {}
    for event in events:
        body = as_table(event) or {}
        if words := text(body, "text"):
            pieces.setdefault(number(body, "index") or 0, []).append(words)
        whole.update({key: value for key, value in table(body, "response").items() if told(value)})
    made = [{"text": "".join(pieces[at])} for at in sorted(pieces)]
    return {"generations": made, **whole}


def summarize_request(body: Table) -> Request:
    """What shall be made shorter, and in which manner."""
    body = merged(body)
    how = text(body, "additional_command")
    words = text(body, "text")
    return Request(
        model=said(body, "model"),
        system=(Text(how),) if how else (),
        messages=(Message("user", (Text(words),)),) if words else (),
        params=params(body, frozenset({"text", "additional_command"})),
    )


def summarize_response(body: Table) -> Response:
    words = text(body, "summary")
    return Response(
        id=said(body, "id"),
        messages=(Message("assistant", (Text(words),)),) if words else (),
        usage=usage(table(body, "meta")),
    )
