"""OpenTelemetry's GenAI conventions up to 1.36: `gen_ai.system`, content in per-message events or two attributes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from limelight.core.dialects import genai_parts, genai_read
from limelight.core.dialects import legacy_keys as old
from limelight.core.dialects.content import decoded
from limelight.core.dialects.span import Span, SpanEvent
from limelight.core.model import JSON, Message, Part, Record, Text, ToolCall, ToolResult
from limelight.core.wire.read import Table, listed, said, table, tables, text


def read(span: Span) -> Record:
    record = genai_read.read(span)
    given, answered = list(_events(span.events, choices=False)), list(_events(span.events, choices=True))
    request, response = record.request, record.response
    if not request.messages:
        found = tuple(given) or _attribute(span, old.PROMPT, "user")
        request = dataclasses.replace(request, messages=found)
    if not any(message.parts for message in response.messages):
        found = tuple(answered) or _attribute(span, old.COMPLETION, "assistant") or response.messages
        response = dataclasses.replace(response, messages=found)
    return dataclasses.replace(record, request=request, response=response)


def _events(events: Iterable[SpanEvent], choices: bool) -> Iterable[Message]:
    for event in events:
        if event.name == old.CHOICE_EVENT and choices:
            yield _choice(_body(event))
        elif (role := old.MESSAGE_EVENTS.get(event.name)) and not choices:
            yield _message({"role": role, **_body(event)})


def _body(event: SpanEvent) -> Table:
    """The body travelled in attributes, each structured value as JSON text."""
    return {
        key: decoded(value) if key in ("message", "tool_calls") else value for key, value in event.attributes.items()
    }


def _choice(body: Table) -> Message:
    inner = table(body, "message") or body
    found = _message({"role": "assistant", **inner})
    return dataclasses.replace(found, finish_reason=said(body, "finish_reason"))


def _attribute(span: Span, key: str, role: str) -> tuple[Message, ...]:
    value = span.attributes.get(key)
    for event in span.events:
        if value is None and old.CONTENT_EVENTS.get(event.name) == key:
            value = event.attributes.get(key)
    found = decoded(value)
    if isinstance(found, str):
        return (_message({"role": role, "content": found}),)
    return tuple(_message({"role": role, **item}) for item in listed(found) if isinstance(item, Mapping))


def _message(body: Table) -> Message:
    if "parts" in body:
        return genai_parts.message(body)
    role = genai_parts.ROLES.get(text(body, "role"), "user")
    content, call_id = body.get("content"), said(body, "id") or said(body, "tool_call_id")
    if role == "tool":
        return Message(role, (ToolResult(content, call_id),))
    return Message(role, (*_content(content), *_calls(body)), name=said(body, "name"))


def _content(content: JSON) -> Iterable[Part]:
    if isinstance(content, str):
        yield Text(content)
    for item in listed(content):
        if isinstance(item, Mapping) and isinstance(item.get("text"), str):
            yield Text(item["text"])


def _calls(body: Table) -> Iterable[Part]:
    for call in tables(body, "tool_calls"):
        inner = table(call, "function") or call
        yield ToolCall(text(inner, "name"), decoded(inner.get("arguments")), said(call, "id"))
