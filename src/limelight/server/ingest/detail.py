"""What the panel of one span shows beyond its row in the lists."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from limelight.core.dialects import keys
from limelight.core.dialects.genai import dumps, messages_json, parts_json
from limelight.core.model import Failure, Media, Message, Record, Timing, ToolCall
from limelight.server.ingest.otlp import Incoming

MAX_VALUE_CHARS = 200_000
_CONTENT = frozenset({keys.SYSTEM, keys.INPUT_MESSAGES, keys.OUTPUT_MESSAGES, keys.TOOL_DEFINITIONS})

Blobs: TypeAlias = dict[bytes, tuple[bytes, str]]
"""Hash -> (JSON, its words): content that many spans share."""


def detail(incoming: Incoming, record: Record, dialect: str, blobs: Blobs) -> dict[str, Any]:
    """A `SpanDetail` of the API without its row; messages go to `blobs` and leave their hash."""
    return {
        **_content(record, blobs),
        **_facts(record),
        **_problem(record.failure),
        **_raw(incoming),
        "timing": _timing(record.timing, record),
        "dialect": dialect,
    }


def attempts(record: Record) -> list[dict[str, Any]]:
    return [
        {"at_ms": tried.at_ns / 1_000_000, "status": tried.status, "wait_ms": ms(tried.wait_s)}
        for tried in record.attempts
    ]


def ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000


def searchable(attributes: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """The attributes that are no messages."""
    return ((key, value) for key, value in attributes.items() if key not in _CONTENT)


def _content(record: Record, blobs: Blobs) -> dict[str, Any]:
    request, response = record.request, record.response
    return {
        "system": [_kept(parts_json(request.system), _words(request.system), blobs)] if request.system else [],
        "input": [_kept_message(message, blobs) for message in request.messages],
        "output": [_kept_message(replace(message, finish_reason=None), blobs) for message in response.messages],
        "endings": [message.finish_reason for message in response.messages],
        "tools": _kept(dumps([_tool(tool) for tool in request.tools]), "", blobs) if request.tools else None,
        "input_value": record.input,
        "output_value": record.output,
    }


def _facts(record: Record) -> dict[str, Any]:
    response = record.response
    return {
        "params": dict(record.request.params),
        "response_id": response.id,
        "response_model": response.model,
        "finish_reasons": [message.finish_reason for message in response.messages if message.finish_reason],
        "service_tier": response.service_tier,
        "user_id": record.user_id,
        "session_id": record.session_id,
        "tags": list(record.tags),
        "metadata": dict(record.metadata),
        "server_address": record.server_address,
    }


def _problem(failure: Failure | None) -> dict[str, Any]:
    if failure is None:
        return {"exception": None, "http_status": None, "request_id": None}
    return {
        "exception": {
            "type": failure.type or None,
            "message": failure.message or None,
            "stacktrace": failure.stacktrace,
        },
        "http_status": failure.status,
        "request_id": failure.request_id,
    }


def _timing(timing: Timing, record: Record) -> dict[str, Any]:
    return {
        "ttft_ms": ms(timing.first_chunk_s),
        "first_content_ms": ms(timing.first_content_s),
        "chunks": timing.chunks,
        "tokens_per_s": timing.tokens_per_s,
        "streamed": timing.chunks is not None or timing.first_chunk_s is not None,
        "attempts": attempts(record),
    }


def _raw(incoming: Incoming) -> dict[str, Any]:
    span = incoming.span
    attributes, is_cut = _cut(dict(searchable(span.attributes)))
    last_ns = incoming.ended_ns or incoming.started_ns
    return {
        "events": [
            {"name": event.name, "at_ms": (event.at_ns or last_ns) / 1_000_000, "attributes": dict(event.attributes)}
            for event in span.events
        ],
        "links": [{"trace_id": trace, "span_id": one} for trace, one in incoming.links],
        "attributes": attributes,
        "resource": dict(span.resource),
        "scope": {"name": span.scope or None, "version": incoming.scope_version or None},
        "truncated": is_cut,
    }


def _cut(attributes: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """The raw attributes for the panel: what is longer than anybody reads is kept in part."""
    long = {
        key: value[:MAX_VALUE_CHARS] + "…"
        for key, value in attributes.items()
        if isinstance(value, str) and len(value) > MAX_VALUE_CHARS
    }
    return {**attributes, **long}, bool(long)


def _tool(tool: Any) -> dict[str, Any]:
    return {"name": tool.name, "description": tool.description, "parameters": tool.parameters, "type": tool.type}


def _kept_message(message: Message, blobs: dict[bytes, tuple[bytes, str]]) -> str:
    return _kept(messages_json([message])[1:-1], _words(message.parts), blobs)


def _kept(text: str, words: str, blobs: dict[bytes, tuple[bytes, str]]) -> str:
    body = text.encode("utf-8", "replace")
    name = hashlib.blake2b(body, digest_size=16)
    blobs.setdefault(name.digest(), (body, words))
    return name.hexdigest()


def _words(parts: Iterable[Any]) -> str:
    return "\n".join(filter(None, map(_part_words, parts)))


def _part_words(part: Any) -> str:
    match part:
        case ToolCall():
            return f"{part.name} {part.arguments if isinstance(part.arguments, str) else dumps(part.arguments)}"
        case Media():
            return ""
        case _ if hasattr(part, "response"):
            return part.response if isinstance(part.response, str) else dumps(part.response)
        case _:
            content = getattr(part, "content", None)
            return content if isinstance(content, str) else dumps(dict(part.fields)) if hasattr(part, "fields") else ""
