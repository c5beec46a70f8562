"""The dialects that can be asked for: what is written in each is read again, and reads like what others write in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limelight.core.dialects import Name, detect, genai, indexed_keys, openinference_keys
from limelight.core.dialects.content import decoded
from limelight.core.dialects.span import Span, SpanEvent
from limelight.core.dialects.turns import sorted_out, turns
from limelight.core.dialects.written import WRITERS, spoken
from limelight.core.model import Message, Part, Record, ToolCall, ToolResult
from tests.core.test_dialect_genai import END_NS, VALUES, records

SPANS = Path(__file__).parents[1] / "conformance" / "spans"
NAMES = tuple(WRITERS)
CHOICES: list[tuple[Name, ...]] = [
    ("indexed",),
    ("openinference",),
    ("genai", "openinference"),
    ("genai", "indexed"),
    NAMES,
]


def carried(record: Record, dialects: Sequence[Name]) -> Span:
    """The record as a span that has travelled in these dialects."""
    written = genai.write(record)
    attributes = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in spoken(dialects, record, written.attributes).items()
    }
    return Span(
        name="a",
        attributes=attributes,
        events=tuple(SpanEvent(event.name, event.at_ns or END_NS, event.attributes) for event in written.events),
        status="error" if written.error is not None else "unset",
        status_message=written.error or "",
    )


def told(record: Record) -> Record:
    """What a flat dialect can tell of a record: instructions as the first message, and so on as `turns` says."""
    request, response = record.request, record.response
    return replace(
        record,
        request=replace(request, system=(), messages=tuple(map(in_order, turns(request)))),
        response=replace(response, messages=tuple(map(in_order, response.messages))),
    )


def in_order(message: Message) -> Message:
    said, calls = sorted_out(message.parts)
    return replace(message, parts=tuple(map(plain, (*said, *calls))))


def plain(part: Part) -> Part:
    """A result is text to them, and a value of JSON to us."""
    match part:
        case ToolResult():
            return replace(part, response=decoded(part.response))
        case ToolCall():
            return replace(part, arguments=decoded(part.arguments))
        case _:
            return part


def alike(record: Record, dialects: Sequence[Name]) -> None:
    span = carried(record, dialects)
    found = detect.read(span)
    if "genai" in dialects:
        assert found == record
    else:
        assert told(found) == told(record)


def recorded() -> Iterator[Any]:
    """The spans of every operation of every provider, as the conformance suite compares them."""
    for file in sorted(SPANS.glob("*.json")):
        for name, said in json.loads(file.read_text(encoding="utf-8")).items():
            yield pytest.param(said, id=f"{file.stem}-{name}")


def sent(said: Mapping[str, Any]) -> Span:
    attributes = {key: value for key, value in said.items() if key not in {"name", "kind", "parent", "error", "events"}}
    events = tuple(SpanEvent(one["event"], END_NS, one) for one in said.get("events", ()))
    return Span(said["name"], attributes, events, "error" if "error" in said else "unset", said.get("error", ""))


@pytest.mark.parametrize("said", list(recorded()))
def test_every_recorded_call_reads_the_same_in_every_dialect(said: Mapping[str, Any]) -> None:
    record = detect.read(sent(said))
    for dialects in CHOICES:
        alike(record, dialects)


@settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(records())
def test_whatever_is_written_beside_the_default_dialect_is_read_whole(record: Record) -> None:
    for dialects in CHOICES[2:]:
        assert detect.read(carried(record, dialects)) == record


@settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(records())
def test_a_flat_dialect_tells_what_it_can(record: Record) -> None:
    """Choices that ended for a reason among choices that did not are the one thing OpenInference has no word for."""
    reasons = {message.finish_reason is None for message in record.response.messages}
    for dialects in CHOICES[:2]:
        if len(reasons) < 2 or dialects == ("indexed",):
            alike(record, dialects)


STEMS = (*indexed_keys.CONTENTS, *openinference_keys.CONTENTS, "")
LEAVES = ("0", "0.role", "0.content", "0.tool_calls.0.name", "1.message.role", "1.message.contents.0.message_content.type",
    "1.message.contents.0.message_content.image.image.url", "x.y", "99999999999.role", "0.document.content", "")  # fmt: skip
WHOLE = [
    value
    for module in (indexed_keys, openinference_keys)
    for name, value in vars(module).items()
    if name.isupper() and isinstance(value, str)
]
ODD = st.dictionaries(
    st.sampled_from(WHOLE) | st.builds(str.__add__, st.sampled_from(STEMS), st.sampled_from(LEAVES)),
    VALUES | VALUES.map(json.dumps) | st.sampled_from(["LLM", "RETRIEVER", "chat", "tool", "image", "user"]),
    max_size=10,
)


@settings(max_examples=150, deadline=None, database=None)
@given(ODD)
def test_nothing_said_in_a_flat_dialect_is_too_odd_to_read(attributes: dict[str, Any]) -> None:
    for dialect in detect.DIALECTS[:2]:
        record = dialect.read(Span("a", attributes))
        spoken(NAMES, record, genai.write(record).attributes)
