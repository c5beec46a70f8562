"""OTLP requests in protobuf as spans this server understands."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from limelight.core.dialects import keys
from limelight.core.dialects.span import Span, SpanEvent, SpanStatus
from limelight.server.ingest.body import RejectedError

LAST_NS = 2**62 - 1
"""In the year 2116; nothing is taken to happen later."""
STATUS: dict[int, SpanStatus] = {1: "ok", 2: "error"}


@dataclass(frozen=True, slots=True)
class Incoming:
    """One span as it arrived."""

    trace_id: str
    span_id: str
    parent_id: str | None
    started_ns: int
    ended_ns: int
    """0 while it runs."""
    span: Span
    scope_version: str
    links: tuple[tuple[str, str], ...] = ()
    is_entry: bool = False
    """Is its parent another process's or another tracer's, which may never be heard of here?"""

    @property
    def is_identified(self) -> bool:
        """Ids of another length, or of nothing but zeros, are none."""
        return _is_id(self.trace_id, 32) and _is_id(self.span_id, 16)


def from_protobuf(body: bytes) -> list[Incoming]:
    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(body)
    except DecodeError:
        raise RejectedError("malformed", "the body is no OTLP ExportTraceServiceRequest in protobuf") from None
    return list(_spans(request))


def instant(time_ns: int) -> int:
    """A time as the store can hold it."""
    return max(0, min(time_ns, LAST_NS))


def began(started_ns: int, ended_ns: int) -> int:
    """When a span started that may not say so."""
    return instant(started_ns) or instant(ended_ns) or time.time_ns()


def finite(value: float) -> float | str:
    """JSON has no word for infinity."""
    return value if math.isfinite(value) else str(value)


def is_entry(flags: int, attributes: Mapping[str, Any]) -> bool:
    return flags & _REMOTE == _REMOTE or attributes.get(keys.ENTRY) is True


_REMOTE = 0x300
"""Bits of a span's flags: it is known where its parent was, and that was elsewhere."""


def _is_id(text: str, length: int) -> bool:
    return len(text) == length and text.strip("0") != ""


def _spans(request: Any) -> Iterator[Incoming]:
    for resource_spans in request.resource_spans:
        resource = _pairs(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                yield _incoming(span, scope_spans.scope, resource)


def _incoming(span: Any, scope: Any, resource: dict[str, Any]) -> Incoming:
    attributes = _pairs(span.attributes)
    return Incoming(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=_parent(span.parent_span_id.hex()),
        started_ns=began(span.start_time_unix_nano, span.end_time_unix_nano),
        ended_ns=instant(span.end_time_unix_nano),
        span=Span(
            name=span.name,
            attributes=attributes,
            events=tuple(
                SpanEvent(event.name, instant(event.time_unix_nano) or None, _pairs(event.attributes))
                for event in span.events
            ),
            status=STATUS.get(span.status.code, "unset"),
            status_message=span.status.message,
            scope=scope.name,
            resource=resource,
        ),
        scope_version=scope.version,
        links=tuple((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
        is_entry=is_entry(span.flags, attributes),
    )


def _parent(text: str) -> str | None:
    return text if _is_id(text, 16) else None


def _pairs(pairs: Any) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: Any) -> Any:
    match value.WhichOneof("value"):
        case "string_value":
            return value.string_value
        case "int_value":
            return value.int_value
        case "bool_value":
            return value.bool_value
        case "double_value":
            return finite(value.double_value)
        case "array_value":
            return [_value(item) for item in value.array_value.values]
        case "kvlist_value":
            return _pairs(value.kvlist_value.values)
        case "bytes_value":
            return f"<{len(value.bytes_value)} bytes>"
        case _:
            return None
