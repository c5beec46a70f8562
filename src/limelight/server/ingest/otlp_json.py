"""OTLP requests in JSON as spans this server understands."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

import msgspec

from limelight.core.dialects.content import MAX_DEPTH, decoded
from limelight.core.dialects.span import Span, SpanEvent, SpanStatus
from limelight.server.ingest.body import RejectedError
from limelight.server.ingest.otlp import STATUS, Incoming, began, finite, instant, is_entry

_LONG = 2**63
_STATUS_NAMES: dict[Any, SpanStatus] = {"STATUS_CODE_OK": "ok", "STATUS_CODE_ERROR": "error", **STATUS}


def from_json(body: bytes) -> list[Incoming]:
    request = _parsed(body)
    try:
        return list(_spans(request))
    except (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError) as error:
        about = f"{type(error).__name__}: {error}"[:200]
        raise RejectedError("malformed", f"the body is no OTLP ExportTraceServiceRequest in JSON ({about})") from None


def _parsed(body: bytes) -> Any:
    """Quickly where it is clean; what a stricter reader refuses (half characters, `NaN`) is mended."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        pass
    text = body.decode("utf-8-sig", "replace")
    value = decoded(text)
    if value is text:
        raise RejectedError("malformed", "the body is no JSON")
    return value


def _spans(request: Any) -> Iterator[Incoming]:
    for resource_spans in _listed(request, "resourceSpans"):
        resource = _pairs(resource_spans.get("resource") or {})
        for scope_spans in _listed(resource_spans, "scopeSpans"):
            for span in _listed(scope_spans, "spans"):
                yield _incoming(span, scope_spans.get("scope") or {}, resource)


def _incoming(span: Any, scope: Any, resource: dict[str, Any]) -> Incoming:
    status, attributes = span.get("status") or {}, _pairs(span)
    started, ended = int(span.get("startTimeUnixNano") or 0), int(span.get("endTimeUnixNano") or 0)
    return Incoming(
        trace_id=_id(span.get("traceId"), 16),
        span_id=_id(span.get("spanId"), 8),
        parent_id=_id(span.get("parentSpanId"), 8) or None,
        started_ns=began(started, ended),
        ended_ns=instant(ended),
        span=Span(
            name=str(span.get("name") or ""),
            attributes=attributes,
            events=tuple(_event(event) for event in _listed(span, "events")),
            status=_STATUS_NAMES.get(status.get("code"), "unset"),
            status_message=str(status.get("message") or ""),
            scope=str(scope.get("name") or ""),
            resource=resource,
        ),
        scope_version=str(scope.get("version") or ""),
        links=tuple((_id(link.get("traceId"), 16), _id(link.get("spanId"), 8)) for link in _listed(span, "links")),
        is_entry=is_entry(int(span.get("flags") or 0), attributes),
    )


def _event(event: Any) -> SpanEvent:
    at_ns = instant(int(event.get("timeUnixNano") or 0))
    return SpanEvent(str(event.get("name") or ""), at_ns or None, _pairs(event))


def _listed(holder: Any, key: str) -> list[Any]:
    """Senders write `null` for a list with nothing in it."""
    return list(holder.get(key) or ())


def _id(raw: Any, size: int) -> str:
    """OTLP's JSON writes ids in hex; some senders write base64, as protobuf's JSON mapping would.  Empty if it is neither."""
    if not isinstance(raw, str):
        return ""
    try:
        data = bytes.fromhex(raw) if len(raw) == size * 2 else base64.b64decode(raw, validate=True)
    except (ValueError, binascii.Error):
        return ""
    return data.hex() if len(data) == size and any(data) else ""


def _pairs(holder: Any) -> dict[str, Any]:
    return {str(pair["key"]): _value(pair.get("value"), 0) for pair in _listed(holder, "attributes")}


def _value(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        return "<…>"
    for kind, found in (value or {}).items():
        match kind:
            case "stringValue":
                return str(found)
            case "boolValue":
                return found is True or found == "true"
            case "intValue":
                return count if -_LONG <= (count := int(found)) < _LONG else str(count)
            case "doubleValue":
                return finite(float(found))
            case "arrayValue":
                return [_value(item, depth + 1) for item in _listed(found, "values")]
            case "kvlistValue":
                return {str(pair["key"]): _value(pair.get("value"), depth + 1) for pair in _listed(found, "values")}
            case "bytesValue":
                return f"<{len(found) * 3 // 4} bytes>"
    return None
