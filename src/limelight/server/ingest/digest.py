"""A span, understood: what is stored of it, what it is found by, and what the lists show."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from limelight.core.dialects import detect, keys
from limelight.core.dialects.genai import dumps, messages_json, parts_json
from limelight.core.model import Cost, Media, Message, Record, Text, ToolCall, Usage
from limelight.core.pricing import cost
from limelight.server.ingest.otlp import Incoming

PREVIEW_CHARS = 300
BILLED = frozenset({"llm", "embedding", "rerank"})
_CONTENT = (keys.SYSTEM, keys.INPUT_MESSAGES, keys.OUTPUT_MESSAGES, keys.TOOL_DEFINITIONS)
MAX_TERM_CHARS = 200
USAGE = ("input", "output", "cache_read", "cache_write", "reasoning")


@dataclass(frozen=True, slots=True)
class Digest:
    """Everything the store writes of one span."""

    incoming: Incoming
    kind: str
    status: str
    provider: str | None
    model: str | None
    service: str | None
    error_type: str | None
    response_id: str | None
    row: dict[str, Any]
    """A `SpanRow` of the API."""
    detail: dict[str, Any]
    """The rest of a `SpanDetail`, its messages by hash."""
    blobs: dict[bytes, tuple[bytes, str]]
    """Hash -> (JSON, its words): content that many spans share."""
    terms: frozenset[tuple[str, str]]
    """What its trace is found by: field and value."""
    user_id: str | None
    session_id: str | None
    first_input: str | None
    last_output: str | None
    tags: tuple[str, ...]
    environment: str | None


def digest(incoming: Incoming) -> Digest:
    dialect = detect.detect(incoming.span)
    record = _priced(dialect.read(incoming.span), incoming.started_ns)
    blobs: dict[bytes, tuple[bytes, str]] = {}
    resource = incoming.span.resource
    row = _row(incoming, record)
    detail = _detail(incoming, record, dialect.name, blobs)
    environment = resource.get("deployment.environment.name") or resource.get("deployment.environment")
    return Digest(
        incoming=incoming,
        kind=record.kind,
        status=row["status"],
        provider=record.provider,
        model=row["model"],
        service=row["service"],
        error_type=row["error_type"],
        response_id=record.response.id,
        row=row,
        detail=detail,
        blobs=blobs,
        terms=frozenset(_terms(incoming, record, row, environment)),
        user_id=record.user_id,
        session_id=record.session_id,
        first_input=row["preview_in"],
        last_output=row["preview_out"],
        tags=record.tags,
        environment=environment if isinstance(environment, str) else None,
    )


def _priced(record: Record, started_ns: int) -> Record:
    if record.kind not in BILLED or record.cost.provenance != "unknown":
        return record
    at = dt.datetime.fromtimestamp(started_ns / 1e9, dt.timezone.utc)
    return replace(record, cost=cost(record, at=at))


def _row(incoming: Incoming, record: Record) -> dict[str, Any]:
    failure = record.failure
    service = incoming.span.resource.get("service.name")
    return {
        "span_id": incoming.span_id,
        "parent_id": incoming.parent_id,
        "name": incoming.span.name,
        "kind": record.kind,
        "operation": record.operation,
        "provider": record.provider,
        "model": record.request.model or record.response.model,
        "status": _status(record, incoming),
        "status_message": (failure.message if failure else incoming.span.status_message) or None,
        "error_type": failure.type if failure else None,
        "started_ms": incoming.started_ns / 1e6,
        "duration_ms": max(0, incoming.ended_ns - incoming.started_ns) / 1e6 if incoming.ended_ns else None,
        "ttft_ms": _ms(record.timing.first_chunk_s),
        "attempts": _attempts(record),
        "usage": usage(record.response.usage),
        "cost": cost_table(record.cost),
        "tool_name": record.name if record.kind == "tool" else None,
        "agent_name": record.name if record.kind in {"agent", "workflow"} else None,
        "service": service if isinstance(service, str) else None,
        "preview_in": _asked(record) or _shown(record.input),
        "preview_out": _last_text(record) or _shown(record.output),
        "counted": True,
        "placeholder": False,
    }


def _status(record: Record, incoming: Incoming) -> str:
    if record.failure is not None or incoming.span.status == "error":
        return "error"
    return "incomplete" if record.outcome in {"incomplete", "cancelled"} else "ok"


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000


def _attempts(record: Record) -> list[dict[str, Any]]:
    return [
        {"at_ms": tried.at_ns / 1e6, "status": tried.status, "wait_ms": _ms(tried.wait_s)} for tried in record.attempts
    ]


def usage(counts: Usage) -> dict[str, Any]:
    known = {name: getattr(counts, name) for name in USAGE}
    said = any(count is not None for count in known.values())
    return {**known, "provenance": "estimated" if counts.estimated else "reported" if said else "unknown"}


def cost_table(price: Cost) -> dict[str, Any]:
    return {
        "total": price.total, "input": price.input, "output": price.output, "cache_read": price.cache_read,
        "cache_write": price.cache_write, "reasoning": None, "currency": "USD", "provenance": price.provenance,
        "source": price.source, "formula": price.formula,
    }  # fmt: skip


def _detail(incoming: Incoming, record: Record, dialect: str, blobs: dict[bytes, tuple[bytes, str]]) -> dict[str, Any]:
    span, request, response, failure = incoming.span, record.request, record.response, record.failure
    timing = record.timing
    tools = json.loads(dumps([_tool(tool) for tool in request.tools]))
    return {
        "system": [_kept(parts_json(request.system), _words(request.system), blobs)] if request.system else [],
        "input": [_kept_message(message, blobs) for message in request.messages],
        "output": [_kept_message(message, blobs) for message in response.messages],
        "tools": _kept(dumps(tools), "", blobs) if tools else None,
        "params": dict(request.params),
        "response_id": response.id,
        "response_model": response.model,
        "finish_reasons": [message.finish_reason for message in response.messages if message.finish_reason],
        "service_tier": response.service_tier,
        "user_id": record.user_id,
        "session_id": record.session_id,
        "tags": list(record.tags),
        "metadata": dict(record.metadata),
        "server_address": record.server_address,
        "input_value": record.input,
        "output_value": record.output,
        "timing": {
            "ttft_ms": _ms(timing.first_chunk_s),
            "first_content_ms": _ms(timing.first_content_s),
            "chunks": timing.chunks,
            "tokens_per_s": timing.tokens_per_s,
            "streamed": timing.chunks is not None or timing.first_chunk_s is not None,
            "attempts": _attempts(record),
        },
        "events": [
            {
                "name": event.name,
                "at_ms": (event.at_ns or incoming.ended_ns) / 1e6,
                "attributes": dict(event.attributes),
            }
            for event in span.events
        ],
        "exception": None
        if failure is None
        else {"type": failure.type, "message": failure.message, "stacktrace": failure.stacktrace},
        "http_status": failure.status if failure else None,
        "request_id": failure.request_id if failure else None,
        "links": [{"trace_id": trace, "span_id": one} for trace, one in incoming.links],
        "attributes": {key: value for key, value in span.attributes.items() if key not in _CONTENT},
        "resource": dict(span.resource),
        "scope": {"name": span.scope or None, "version": incoming.scope_version or None},
        "dialect": dialect,
        "truncated": False,
    }


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


def _asked(record: Record) -> str | None:
    """The question of this call: the last thing the user said, what stands before it being history."""
    for message in reversed(record.request.messages):
        if message.role == "user":
            for part in message.parts:
                if isinstance(part, Text) and part.content.strip():
                    return _short(part.content)
    return None


def _last_text(record: Record) -> str | None:
    for message in reversed(record.response.messages):
        texts = [part.content for part in message.parts if isinstance(part, Text) and part.content.strip()]
        if texts:
            return _short(" ".join(texts))
        if calls := [part for part in message.parts if isinstance(part, ToolCall)]:
            return _short(", ".join(f"{call.name}({dumps(call.arguments)})" for call in calls))
    return None


def _shown(value: Any) -> str | None:
    return None if value is None else _short(value if isinstance(value, str) else dumps(value))


def _short(text: str) -> str:
    squeezed = " ".join(text[: PREVIEW_CHARS * 2].split())
    return squeezed if len(squeezed) <= PREVIEW_CHARS else squeezed[: PREVIEW_CHARS - 1] + "…"


def _terms(incoming: Incoming, record: Record, row: dict[str, Any], environment: Any) -> Iterator[tuple[str, str]]:
    """What a trace is found by: field and value."""
    fields = {
        "model": (record.request.model, record.response.model), "provider": (record.provider,), "service": (row["service"],),
        "kind": (record.kind,), "operation": (record.operation,), "error": (row["error_type"],),
        "tool": (row["tool_name"], *(part.name for message in record.response.messages for part in message.parts if isinstance(part, ToolCall))),
        "agent": (row["agent_name"],), "user": (record.user_id,), "session": (record.session_id,), "tag": record.tags,
        "env": (environment,), "name": (incoming.span.name,),
    }  # fmt: skip
    for field, values in fields.items():
        for value in values:
            if isinstance(value, str) and value:
                yield field, value[:MAX_TERM_CHARS]
    for key, value in (*incoming.span.attributes.items(), *((f"metadata.{k}", v) for k, v in record.metadata.items())):
        if (
            key not in _CONTENT
            and isinstance(value, (str, bool, int))
            and len(shown := _scalar(value)) <= MAX_TERM_CHARS
        ):
            yield f"attr.{key}", shown


def _scalar(value: str | bool | int) -> str:
    return value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
