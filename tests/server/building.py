"""OTLP requests, written by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from limelight.core.dialects import keys

START_NS = 1_790_000_000_000_000_000
TRACE = "0af7651916cd43dd8448eb211c80319c"


def attribute(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case list() | tuple():
            return {"arrayValue": {"values": [attribute(item) for item in value]}}
        case dict():
            return {"kvlistValue": {"values": pairs(value)}}
        case _:
            return {"stringValue": value}


def pairs(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": attribute(value)} for key, value in values.items()]


def span(
    number: int = 1,
    *,
    parent: int | None = None,
    trace: str = TRACE,
    name: str = "step",
    at_ms: float = 0,
    ms: float | None = 100,
    error: str | None = None,
    attributes: Mapping[str, Any] | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """A span whose id is a number; `ms=None` has not ended."""
    start = START_NS + int(at_ms * 1e6)
    body: dict[str, Any] = {
        "traceId": trace,
        "spanId": f"{number:016x}",
        "name": name,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(0 if ms is None else start + int(ms * 1e6)),
        "attributes": pairs(attributes or {}),
        "status": {"code": 2, "message": error} if error is not None else {},
    }
    return body | ({} if parent is None else {"parentSpanId": f"{parent:016x}"}) | fields


def chat(
    number: int = 1,
    *,
    question: str | None = None,
    answer: str | None = None,
    tokens: tuple[int, int] | None = (12, 3),
    model: str = "gpt-4o-mini",
    attributes: Mapping[str, Any] | None = None,
    history: Iterable[Any] = (),
    **options: Any,
) -> dict[str, Any]:
    """A call to a model."""
    about: dict[str, Any] = {keys.OPERATION: "chat", keys.PROVIDER: "openai", keys.REQUEST_MODEL: model}
    if question is not None:
        about[keys.INPUT_MESSAGES] = json.dumps([*history, message("user", question)])
    if answer is not None:
        about[keys.OUTPUT_MESSAGES] = json.dumps([message("assistant", answer)])
    if tokens is not None:
        about[keys.USAGE["input"]], about[keys.USAGE["output"]] = tokens
    return span(number, name=f"chat {model}", attributes=about | dict(attributes or {}), **options)


def message(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def request(*spans: dict[str, Any], resource: Mapping[str, Any] | None = None) -> dict[str, Any]:
    about = {"service.name": "shop"} if resource is None else resource
    scope = {"name": "tests", "version": "1"}
    return {
        "resourceSpans": [{"resource": {"attributes": pairs(about)}, "scopeSpans": [{"scope": scope, "spans": spans}]}]
    }


def protobuf(body: Mapping[str, Any]) -> bytes:
    """The same request in protobuf."""
    whole = ExportTraceServiceRequest()
    for told in body["resourceSpans"]:
        resource = whole.resource_spans.add()
        resource.resource.attributes.extend(_pairs(told["resource"]["attributes"]))
        for scoped in told["scopeSpans"]:
            scope = resource.scope_spans.add()
            scope.scope.name, scope.scope.version = scoped["scope"]["name"], scoped["scope"]["version"]
            for one in scoped["spans"]:
                _fill(scope.spans.add(), one)
    return whole.SerializeToString()


def _fill(written: Any, one: Mapping[str, Any]) -> None:
    written.trace_id, written.span_id = bytes.fromhex(one["traceId"]), bytes.fromhex(one["spanId"])
    written.parent_span_id = bytes.fromhex(one.get("parentSpanId", ""))
    written.name, written.flags = one["name"], one.get("flags", 0)
    written.start_time_unix_nano, written.end_time_unix_nano = (
        int(one["startTimeUnixNano"]),
        int(one["endTimeUnixNano"]),
    )
    written.attributes.extend(_pairs(one["attributes"]))
    written.status.code, written.status.message = one["status"].get("code", 0), one["status"].get("message", "")


def _pairs(told: Iterable[Mapping[str, Any]]) -> list[KeyValue]:
    return [KeyValue(key=pair["key"], value=_any(pair["value"])) for pair in told]


def _any(value: Mapping[str, Any]) -> AnyValue:
    ((kind, found),) = value.items()
    match kind:
        case "stringValue":
            return AnyValue(string_value=found)
        case "boolValue":
            return AnyValue(bool_value=found)
        case "intValue":
            return AnyValue(int_value=int(found))
        case "doubleValue":
            return AnyValue(double_value=found)
        case "arrayValue":
            built = AnyValue()
            built.array_value.values.extend(_any(item) for item in found["values"])
            return built
        case _:
            built = AnyValue()
            built.kvlist_value.values.extend(_pairs(found["values"]))
            return built
