"""A span, understood: what is stored of it, what it is found by, and what the lists show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from limelight.core.dialects import detect
from limelight.core.dialects.genai import dumps
from limelight.core.model import Cost, Record, Text, ToolCall, Usage
from limelight.core.pricing import cost
from limelight.server.ingest.detail import Blobs, attempts, detail, ms, searchable
from limelight.server.ingest.otlp import Incoming

PREVIEW_CHARS = 300
BILLED = frozenset({"llm", "embedding", "rerank"})
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
    blobs: Blobs
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
    blobs: Blobs = {}
    resource = incoming.span.resource
    row = _row(incoming, record)
    described = detail(incoming, record, dialect.name, blobs)
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
        detail=described,
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
        "error_type": (failure.type or None) if failure else None,
        "started_ms": incoming.started_ns / 1_000_000,
        "duration_ms": max(0, incoming.ended_ns - incoming.started_ns) / 1_000_000 if incoming.ended_ns else None,
        "ttft_ms": ms(record.timing.first_chunk_s),
        "attempts": attempts(record),
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
    if not incoming.ended_ns:
        return "running"
    return "incomplete" if record.outcome in {"incomplete", "cancelled"} else "ok"


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
        "model": (row["model"],), "response_model": (record.response.model,), "provider": (record.provider,), "service": (row["service"],),
        "kind": (record.kind,), "operation": (record.operation,), "error": (row["error_type"],),
        "tool": (row["tool_name"], *(part.name for message in record.response.messages for part in message.parts if isinstance(part, ToolCall))),
        "agent": (row["agent_name"],), "user": (record.user_id,), "session": (record.session_id,), "tag": record.tags,
        "env": (environment,), "name": (incoming.span.name,),
    }  # fmt: skip
    for field, values in fields.items():
        for value in values:
            if isinstance(value, str) and value:
                yield field, value[:MAX_TERM_CHARS]
    for key, value in (
        *searchable(incoming.span.attributes),
        *((f"metadata.{k}", v) for k, v in record.metadata.items()),
    ):
        if isinstance(value, (str, bool, int)) and len(shown := _scalar(value)) <= MAX_TERM_CHARS:
            yield f"attr.{key}", shown


def _scalar(value: str | bool | int) -> str:
    return value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
