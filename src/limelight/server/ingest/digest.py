"""A span, understood: what is stored of it, what it is found by, and what the lists show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from limelight.core.dialects import detect, keys
from limelight.core.dialects.genai import dumps
from limelight.core.model import Cost, Record, Text, ToolCall, Usage
from limelight.core.pricing import cost
from limelight.server.api.answers import Status
from limelight.server.ingest.content import Content, Entries, Name, encoded, kept
from limelight.server.ingest.detail import detail, ms
from limelight.server.ingest.otlp import Incoming
from limelight.server.summary import BILLED, Counts, Price, Summary, Try

PREVIEW_CHARS = 160
MAX_TERM_CHARS = 200


@dataclass(frozen=True, slots=True)
class Digest:
    """Everything the store writes of one span."""

    trace_id: str
    summary: Summary
    detail: bytes
    """The rest of a `SpanDetail`, in JSON."""
    content: Content[Name]
    entries: Entries
    """What `content` names."""
    terms: frozenset[tuple[str, str]]
    """What its trace is found by: field and value."""
    dialect: str
    client: tuple[str, str]
    """The sender's SDK and its version."""


def digest(incoming: Incoming) -> Digest:
    span = incoming.span
    dialect = detect.detect(span)
    record = dialect.read(span)
    price = _price(record, incoming.started_ns)
    entries: Entries = {}
    content = kept(record, entries)
    summary = _summary(incoming, record, price)
    rest = detail(incoming, record, dialect.name, price)
    sdk = span.resource.get("telemetry.sdk.name") or span.scope or "unknown"
    return Digest(
        trace_id=incoming.trace_id,
        summary=summary,
        detail=encoded(rest),
        content=content,
        entries=entries,
        terms=terms(summary, rest),
        dialect=dialect.name,
        client=(str(sdk), str(span.resource.get("telemetry.sdk.version") or "")),
    )


def _price(record: Record, started_ns: int) -> Cost:
    if record.kind not in BILLED or record.cost.provenance != "unknown":
        return record.cost
    return cost(record, at=dt.datetime.fromtimestamp(started_ns / 1e9, dt.timezone.utc))


def _summary(incoming: Incoming, record: Record, price: Cost) -> Summary:
    failure, resource = record.failure, incoming.span.resource
    kind = record.kind
    return Summary(
        incoming.span_id,
        incoming.started_ns,
        kind,
        incoming.parent_id,
        incoming.ended_ns,
        incoming.span.name,
        _status(record, incoming),
        record.operation,
        record.provider,
        record.request.model or record.response.model,
        _text(resource.get("service.name")),
        _counts(record.response.usage),
        _dollars(price),
        ms(record.timing.first_chunk_s),
        _asked(record) or _shown(record.input),
        _last_text(record) or _shown(record.output),
        (failure.message if failure else incoming.span.status_message) or None,
        (failure.type or None) if failure else None,
        record.name if kind == "tool" else None,
        record.name if kind in {"agent", "workflow"} else None,
        record.response.id,
        record.user_id,
        record.session_id,
        _text(resource.get("deployment.environment.name") or resource.get("deployment.environment")),
        tuple(record.tags),
        tuple(
            call.name for message in record.response.messages for call in message.parts if isinstance(call, ToolCall)
        ),
        tuple(Try(tried.at_ns / 1_000_000, tried.status, ms(tried.wait_s)) for tried in record.attempts),
        incoming.is_entry,
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _status(record: Record, incoming: Incoming) -> Status:
    if record.failure is not None or incoming.span.status == "error":
        return "error"
    if not incoming.ended_ns:
        return "running"
    return "incomplete" if record.outcome in {"incomplete", "cancelled"} else "ok"


def _counts(usage: Usage) -> Counts | None:
    known = usage.input, usage.output, usage.cache_read, usage.cache_write, usage.reasoning
    if known == _SILENT and not usage.estimated:
        return None
    if usage.estimated:
        return Counts(*known, "estimated", tuple(sorted(usage.estimated)))
    return Counts(*known, "reported")


_SILENT = (None,) * 5


def _dollars(price: Cost) -> Price | None:
    if price.provenance == "unknown" and price.total is None:
        return None
    return Price(price.total, price.input, price.output, price.cache_read, price.cache_write, price.provenance)


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


def terms(summary: Summary, rest: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """What a trace is found by, of what is stored of a span: the same whenever it is asked."""
    return frozenset(_terms(summary, rest))


def _terms(summary: Summary, rest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    named = {
        "model": summary.model, "response_model": rest["response_model"], "provider": summary.provider,
        "operation": summary.operation, "kind": summary.kind, "tool": summary.tool_name, "agent": summary.agent_name,
        "user": summary.user_id, "session": summary.session_id, "name": summary.name, "service": summary.service,
        "error": summary.error_type, "env": summary.environment,
    }  # fmt: skip
    for field, value in named.items():
        if value:
            yield field, value[:MAX_TERM_CHARS]
    for field, values in (("tool", summary.asks), ("tag", summary.tags)):
        for value in values:
            if value:
                yield field, value[:MAX_TERM_CHARS]
    for key, value in rest["attributes"].items():
        if (shown := _scalar(value)) is not None and (key not in FIELD_OF or named[FIELD_OF[key]] != shown):
            yield f"attr.{key}", shown
    for key, value in rest["metadata"].items():
        if (shown := _scalar(value)) is not None:
            yield f"attr.metadata.{key}", shown


FIELD_OF = {
    keys.REQUEST_MODEL: "model", keys.RESPONSE_MODEL: "response_model", keys.PROVIDER: "provider",
    keys.OPERATION: "operation", keys.KIND: "kind", keys.TOOL_NAME: "tool", keys.AGENT_NAME: "agent",
    keys.USER: "user", keys.SESSION: "session", keys.ERROR_TYPE: "error",
}  # fmt: skip
"""Attributes that nearly always say what a field says: only where they do not, they are terms of their own."""


def _scalar(value: Any) -> str | None:
    """A value short enough to be looked for as a whole."""
    if isinstance(value, str):
        return value if len(value) <= MAX_TERM_CHARS else None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else None


def decoded_detail(body: bytes) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(body)
    return found
