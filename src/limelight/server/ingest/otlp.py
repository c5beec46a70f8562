"""OTLP requests, protobuf or JSON, as spans this server understands."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from limelight.core.dialects.span import Span, SpanEvent

MAX_BYTES = 64_000_000
"""Of one request, unpacked."""


class RejectedError(ValueError):
    """A request that cannot be taken; the text says why and what to do."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class Incoming:
    """One span as it arrived."""

    trace_id: str
    span_id: str
    parent_id: str | None
    started_ns: int
    ended_ns: int
    span: Span
    scope_version: str
    links: tuple[tuple[str, str], ...] = ()


def unpacked(body: bytes, encoding: str) -> bytes:
    """The body without its compression; a bomb is refused before it has grown."""
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "deflate"}:
        raise RejectedError(f"content-encoding {encoding!r} is not understood: send gzip or none", 415)
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        whole = unpacker.decompress(body, MAX_BYTES)
    except zlib.error as error:
        raise RejectedError(f"the body is not valid {encoding}: {error}") from None
    if unpacker.unconsumed_tail:
        raise RejectedError(f"the request is larger than {MAX_BYTES:,} bytes: send smaller batches", 413)
    return whole


def from_protobuf(body: bytes) -> list[Incoming]:
    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(body)
    except DecodeError:
        raise RejectedError("the body is no OTLP ExportTraceServiceRequest in protobuf") from None
    return list(_spans(request))


def _spans(request: Any) -> Iterator[Incoming]:
    for resource_spans in request.resource_spans:
        resource = _pairs(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            scope = scope_spans.scope
            for span in scope_spans.spans:
                yield Incoming(
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent_id=span.parent_span_id.hex() or None,
                    started_ns=span.start_time_unix_nano,
                    ended_ns=span.end_time_unix_nano,
                    span=Span(
                        name=span.name,
                        attributes=_pairs(span.attributes),
                        events=tuple(
                            SpanEvent(e.name, e.time_unix_nano or None, _pairs(e.attributes)) for e in span.events
                        ),
                        status=_STATUS.get(span.status.code, "unset"),
                        status_message=span.status.message,
                        scope=scope.name,
                        resource=resource,
                    ),
                    scope_version=scope.version,
                    links=tuple((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
                )


_STATUS: dict[int, Any] = {1: "ok", 2: "error"}


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
            return value.double_value
        case "array_value":
            return [_value(item) for item in value.array_value.values]
        case "kvlist_value":
            return _pairs(value.kvlist_value.values)
        case "bytes_value":
            return f"<{len(value.bytes_value)} bytes>"
        case _:
            return None


def from_json(body: bytes) -> list[Incoming]:
    try:
        request = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RejectedError(f"the body is no JSON: {error}") from None
    try:
        return list(_json_spans(request))
    except (AttributeError, KeyError, TypeError, ValueError, binascii.Error) as error:
        raise RejectedError(f"the body is no OTLP ExportTraceServiceRequest in JSON: {error!r}") from None


def _json_spans(request: Any) -> Iterator[Incoming]:
    for resource_spans in request.get("resourceSpans", ()):
        resource = _json_pairs(resource_spans.get("resource", {}))
        for scope_spans in resource_spans.get("scopeSpans", ()):
            scope = scope_spans.get("scope", {})
            for span in scope_spans.get("spans", ()):
                yield _json_span(span, scope, resource)


def _json_span(span: Any, scope: Any, resource: dict[str, Any]) -> Incoming:
    status = span.get("status", {})
    code = status.get("code", 0)
    return Incoming(
        trace_id=_hex(span["traceId"], 16),
        span_id=_hex(span["spanId"], 8),
        parent_id=_hex(span["parentSpanId"], 8) if span.get("parentSpanId") else None,
        started_ns=int(span.get("startTimeUnixNano", 0)),
        ended_ns=int(span.get("endTimeUnixNano", 0)),
        span=Span(
            name=str(span.get("name", "")),
            attributes=_json_pairs(span),
            events=tuple(
                SpanEvent(str(e.get("name", "")), int(e.get("timeUnixNano", 0)) or None, _json_pairs(e))
                for e in span.get("events", ())
            ),
            status=_STATUS.get(
                code if isinstance(code, int) else {"STATUS_CODE_OK": 1, "STATUS_CODE_ERROR": 2}.get(code, 0), "unset"
            ),
            status_message=str(status.get("message", "")),
            scope=str(scope.get("name", "")),
            resource=resource,
        ),
        scope_version=str(scope.get("version", "")),
        links=tuple((_hex(link["traceId"], 16), _hex(link["spanId"], 8)) for link in span.get("links", ())),
    )


def _hex(raw: str, size: int) -> str:
    """OTLP's JSON writes ids in hex; some senders write base64, as protobuf's JSON mapping would."""
    if len(raw) == size * 2:
        return bytes.fromhex(raw).hex()
    decoded = base64.b64decode(raw, validate=True)
    if len(decoded) != size:
        raise ValueError(f"an id of {len(decoded)} bytes where {size} belong")
    return decoded.hex()


def _json_pairs(holder: Any) -> dict[str, Any]:
    return {str(pair["key"]): _json_value(pair.get("value", {})) for pair in holder.get("attributes", ())}


def _json_value(value: Any) -> Any:
    for kind, found in value.items():
        match kind:
            case "stringValue" | "boolValue":
                return found
            case "intValue":
                return int(found)
            case "doubleValue":
                return float(found)
            case "arrayValue":
                return [_json_value(item) for item in found.get("values", ())]
            case "kvlistValue":
                return {str(pair["key"]): _json_value(pair.get("value", {})) for pair in found.get("values", ())}
            case "bytesValue":
                return f"<{len(found) * 3 // 4} bytes>"
    return None
