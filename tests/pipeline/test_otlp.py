"""Every byte we write, decoded with the official classes, is the span we meant."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1 import trace_pb2
from opentelemetry.trace import SpanContext, TraceFlags, TraceState

from limelight.core.dialects.genai import Event
from limelight.pipeline import otlp
from limelight.pipeline.otlp import Finished

long = st.builds(lambda unit, times: unit * times, st.text("aé漢🎭", min_size=1, max_size=5), st.integers(20, 4_000))
texts = st.text(max_size=300) | long
surrogates = st.text(st.characters(categories=("Cs", "L")), max_size=5)
scalars: Any = (
    texts
    | surrogates
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=True)
    | st.binary(max_size=300)
)
values = st.recursive(
    scalars | st.none(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)
attributes = st.dictionaries(st.text(min_size=1, max_size=40), values, max_size=8)
contexts = st.builds(
    SpanContext,
    st.integers(1, 2**128 - 1),
    st.integers(1, 2**64 - 1),
    st.booleans(),
    st.sampled_from([TraceFlags(0), TraceFlags(1)]),
    st.sampled_from([None, TraceState([("vendor", "one"), ("two", "2")])]),
)
times = st.integers(1, 2**63)
spans = st.builds(
    Finished,
    context=contexts,
    parent=st.none() | contexts,
    name=texts,
    is_client=st.booleans(),
    start_ns=times,
    end_ns=times,
    attributes=attributes,
    events=st.lists(st.builds(Event, texts, st.none() | times, attributes), max_size=3),
    links=st.lists(st.tuples(contexts, attributes), max_size=3),
    error=st.none() | texts,
    is_ok=st.booleans(),
)


def decoded(value: Any) -> Any:
    kind = value.WhichOneof("value")
    match kind:
        case "array_value":
            return [decoded(item) for item in value.array_value.values]
        case "kvlist_value":
            return {pair.key: decoded(pair.value) for pair in value.kvlist_value.values}
        case None:
            return None
        case _:
            return getattr(value, kind)


def pairs(found: Any) -> list[Any]:
    return [(pair.key, same(decoded(pair.value))) for pair in found]


def same(value: Any) -> Any:
    """A value as it must come out again: NaN equals itself, lists are lists, lone surrogates are question marks."""
    match value:
        case float() if math.isnan(value):
            return "NaN"
        case str():
            return value.encode("utf-8", "replace").decode()
        case dict():
            return {same(key): same(item) for key, item in value.items()}
        case list() | tuple():
            return [same(item) for item in value]
        case _:
            return value


def meant(about: Any) -> list[Any]:
    return [(same(key), same(value)) for key, value in about.items()]


@given(spans)
@settings(max_examples=150, deadline=None)
def test_a_span_is_what_the_official_classes_read(done: Finished) -> None:
    span = trace_pb2.Span.FromString(otlp.span(done))
    assert int.from_bytes(span.trace_id, "big") == done.context.trace_id
    assert int.from_bytes(span.span_id, "big") == done.context.span_id
    assert span.parent_span_id == (done.parent.span_id.to_bytes(8, "big") if done.parent else b"")
    assert span.trace_state == (done.context.trace_state.to_header() if done.context.trace_state else "")
    assert span.flags & 0xFF == done.context.trace_flags
    assert bool(span.flags & 0x200) == bool(done.parent and done.parent.is_remote)
    assert span.name == same(done.name)
    assert span.kind == (trace_pb2.Span.SPAN_KIND_CLIENT if done.is_client else trace_pb2.Span.SPAN_KIND_INTERNAL)
    assert (span.start_time_unix_nano, span.end_time_unix_nano) == (done.start_ns, done.end_ns)
    assert pairs(span.attributes) == meant(done.attributes)
    assert [(one.name, one.time_unix_nano, pairs(one.attributes)) for one in span.events] == [
        (same(event.name), event.at_ns or done.end_ns, meant(event.attributes)) for event in done.events
    ]
    assert [
        (int.from_bytes(one.trace_id, "big"), int.from_bytes(one.span_id, "big"), pairs(one.attributes))
        for one in span.links
    ] == [(context.trace_id, context.span_id, meant(about)) for context, about in done.links]
    status = "ERROR" if done.error is not None else "OK" if done.is_ok else "UNSET"
    assert trace_pb2.Status.StatusCode.Name(span.status.code) == f"STATUS_CODE_{status}"
    assert span.status.message == same(done.error or "")


@given(st.lists(spans, max_size=4), attributes)
@settings(max_examples=30, deadline=None)
def test_a_request_holds_its_spans_its_resource_and_its_scope(done: list[Finished], about: dict[str, Any]) -> None:
    body = otlp.request(map(otlp.span, done), otlp.resource(about), otlp.scope("limelight", "1.2"))
    (resource,) = ExportTraceServiceRequest.FromString(body).resource_spans
    assert pairs(resource.resource.attributes) == meant(about)
    (scope,) = resource.scope_spans
    assert (scope.scope.name, scope.scope.version) == ("limelight", "1.2")
    assert [span.name for span in scope.spans] == [same(one.name) for one in done]


class Word(str):
    """A kind of string, as an SDK's enumerations are."""

    __slots__ = ()


class Odd:
    def __str__(self) -> str:
        return "odd"


def test_kinds_of_scalars_and_strangers_are_written_as_what_they_are() -> None:
    given = {"word": Word("said"), "odd": Odd(), "table": st.none, "pair": (1, "two")}
    done = Finished(SpanContext(1, 2, False), None, "n", False, 1, 2, {**given, "table": {"a": True}}, (), (), None)
    found = trace_pb2.Span.FromString(otlp.span(done)).attributes
    assert pairs(found) == [("word", "said"), ("odd", "odd"), ("table", {"a": True}), ("pair", [1, "two"])]
