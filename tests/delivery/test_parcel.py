"""A request taken apart: nothing is changed but what is cut, and what is spoilt is recognised."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1 import trace_pb2
from opentelemetry.trace import SpanContext

from limelight.core.dialects.genai import Event
from limelight.pipeline import otlp
from limelight.pipeline.otlp import Finished
from limelight.pipeline.parcel import Parcel, rejected, shortened


def span(name: str, **attributes: Any) -> bytes:
    context = SpanContext(1, 2, False)
    event = Event("exception", 5, {"exception.stacktrace": attributes.pop("stack", "short")})
    return otlp.span(Finished(context, context, name, True, 1, 2, attributes, (event,), (), "said no"))


def parcel(*spans: bytes) -> Parcel:
    return Parcel(otlp.resource({"service.name": "s"}), otlp.scope("limelight", "1"), spans)


def decoded(one: bytes) -> trace_pb2.Span:
    return trace_pb2.Span.FromString(one)


@given(st.lists(st.text(max_size=30), min_size=1, max_size=9))
def test_what_is_read_again_is_what_was_written(names: list[str]) -> None:
    whole = parcel(*(span(name, number=number, texts=[name]) for number, name in enumerate(names)))
    assert Parcel.read(whole.body()) == Parcel(whole.resource, whole.scope, list(whole.spans))
    left, right = whole.halves()
    assert [*left.spans, *right.spans] == [*whole.spans]


@given(st.binary(max_size=200))
def test_what_is_spoilt_is_a_value_error(noise: bytes) -> None:
    sound = parcel(span("one", text="x" * 300)).body()
    for body in (noise, sound[: len(noise)], sound[:-1], noise + sound):
        try:
            read = Parcel.read(body)
        except ValueError:
            continue
        assert read.spans


def test_half_a_file_is_no_parcel() -> None:
    body = parcel(span("one", text="x" * 300), span("two")).body()
    for size in (0, 1, 10, len(body) // 2, len(body) - 1):
        with pytest.raises(ValueError, match=r"cut off|without a span"):
            Parcel.read(body[:size])
    with pytest.raises(ValueError, match="none that we write"):
        Parcel.read(b"\x00" * 50)


def test_only_long_texts_are_cut_and_they_say_so() -> None:
    messages = json.dumps([{"role": "user", "parts": [{"type": "text", "content": "y" * 5_000}], "n": 1}])
    before = span("one", plain="x" * 5_000, messages=messages, short="kept", number=7, stack="z" * 5_000)
    after = decoded(shortened(before, 100))
    said = {pair.key: pair.value for pair in after.attributes}
    assert said["plain"].string_value == "x" * 100 + ("… [4,900 of 5,000 characters cut: the receiver takes no more]")
    (message,) = json.loads(said["messages"].string_value)
    assert message["parts"][0]["content"].startswith("y" * 100 + "… [4,900 of")
    assert (message["role"], message["n"]) == ("user", 1)
    assert (said["short"].string_value, said["number"].int_value) == ("kept", 7)
    assert after.events[0].attributes[0].value.string_value.startswith("z" * 100 + "… [")
    untouched = decoded(before)
    for field in ("trace_id", "span_id", "parent_span_id", "name", "kind", "start_time_unix_nano", "status", "flags"):
        assert getattr(after, field) == getattr(untouched, field)


def test_with_no_limit_left_json_becomes_a_text() -> None:
    after = decoded(shortened(span("one", messages=json.dumps(["y"] * 500), broken="[" + "y" * 500), 0))
    said = {pair.key: pair.value.string_value for pair in after.attributes}
    assert json.loads(said["messages"]).startswith("… [2,500 of 2,500 characters cut")
    assert said["broken"].startswith("… [501 of 501")


def test_how_many_spans_were_rejected_is_read_from_the_answer() -> None:
    partial = ExportTracePartialSuccess(rejected_spans=300, error_message="too old")
    assert rejected(ExportTraceServiceResponse(partial_success=partial).SerializeToString()) == 300
    assert rejected(b"") == 0
    assert rejected(ExportTraceServiceResponse().SerializeToString()) == 0
    assert rejected(b'{"partialSuccess": {}}') == 0
    assert rejected(b"ok") == 0


def test_a_parcel_is_what_the_official_classes_read() -> None:
    cut = parcel(span("one", text="x" * 900)).shortened(10)
    (resource,) = ExportTraceServiceRequest.FromString(cut.body()).resource_spans
    assert resource.scope_spans[0].spans[0].name == "one"
