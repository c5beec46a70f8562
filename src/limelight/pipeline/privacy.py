"""The last look at what is about to leave: whatever cannot be masked is dropped and counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from opentelemetry.trace import SpanContext

from limelight.core.dialects.genai import Event
from limelight.engine.guard import guarded
from limelight.pipeline import stages

if TYPE_CHECKING:
    from limelight.core.masking import Masker
    from limelight.core.model import Record

Links: TypeAlias = Sequence[tuple[SpanContext, Mapping[str, Any]]]
DROPPED = "[masking failed]"


def record(masker: Masker | None, found: Record) -> Record:
    if masker is None:
        return found
    with guarded("masking"):
        return masker.record(found)
    masker.dropped += 1
    return stages.bodiless(found)


def text(masker: Masker | None, said: str) -> str:
    if masker is None or not said:
        return said
    with guarded("masking a text"):
        return masker.text(said)
    masker.dropped += 1
    return DROPPED


def table(masker: Masker | None, attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    if masker is None or not attributes:
        return attributes
    with guarded("masking attributes"):
        return masker.attributes(attributes)
    masker.dropped += 1
    return {}


def events(masker: Masker | None, found: Sequence[tuple[str, int, Mapping[str, Any]]]) -> tuple[Event, ...]:
    return tuple(Event(text(masker, name), at, dict(table(masker, about))) for name, at, about in found)


def links(masker: Masker | None, found: Links) -> Links:
    return tuple((context(masker, linked), table(masker, about)) for linked, about in found)


def context(masker: Masker | None, own: SpanContext) -> SpanContext:
    """Without the trace state that came with it, if there is something in that."""
    if masker is None or not own.trace_state:
        return own
    header = own.trace_state.to_header()
    if text(masker, header) == header:
        return own
    return SpanContext(own.trace_id, own.span_id, own.is_remote, own.trace_flags)
