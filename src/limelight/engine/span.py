"""A span that takes notes: real for everyone who asks, understood in the background.

An SDK span costs its caller some ten microseconds to start and end.  This one costs an
identity and a few appends; the pipeline makes the real thing of it when it has ended.
"""

from __future__ import annotations

import os
import random
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from opentelemetry import trace
from opentelemetry.context import _RUNTIME_CONTEXT, Context, attach, create_key, get_current
from opentelemetry.context.contextvars_context import ContextVarsRuntimeContext
from opentelemetry.trace import SpanContext, Status, StatusCode, TraceFlags
from opentelemetry.trace.propagation import _SPAN_KEY  # `set_span_in_context` copies the context twice

from limelight.core.model import Record
from limelight.core.sampling import Start
from limelight.engine.guard import unfailing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opentelemetry.util.types import Attributes, AttributeValue

_ids = random.Random(os.urandom(16))
os.register_at_fork(after_in_child=lambda: _ids.seed(os.urandom(16))) if hasattr(os, "register_at_fork") else None

_OURS = create_key("limelight-span")
"""The innermost span of ours: another tracer's may be current inside of it, which our backend does not hear of."""
CALL = create_key("limelight-call")
"""The call under way that is not OpenTelemetry's current span; None within a step of ours inside it."""
_SAMPLED, _DROPPED = TraceFlags(TraceFlags.SAMPLED), TraceFlags(TraceFlags.DEFAULT)


class Sink(Protocol):
    """Where ended spans go; the pipeline behind the engine."""

    injects: bool
    """May a provider be asked for more than the caller asks for?"""

    @property
    def begun(self) -> Callable[[Any], object] | None:
        """Told of each call that begins, if somebody wants to know.  May not fail."""

    @property
    def shows(self) -> Callable[[], bool] | None:
        """Do spans go where the program's own spans go?  None: never."""

    def submit(self, span: Live) -> None:
        """Take over an ended span.  Returns at once and never raises."""

    def opened(self, span: Any) -> None:
        """Remember a stream under way, to be ended with the program if nobody else ends it."""

    def sampled(self, span: Live) -> bool:
        """Decide, once for each span, whether it is kept."""


@dataclass(slots=True)
class Notes:
    """What was said about a span through OpenTelemetry's own `Span` interface."""

    attributes: dict[str, AttributeValue] = field(default_factory=dict)
    events: list[tuple[str, int, Mapping[str, AttributeValue]]] = field(default_factory=list)
    links: list[tuple[SpanContext, Mapping[str, AttributeValue]]] = field(default_factory=list)
    status: Status | None = None


class Live(trace.Span):
    """A span under way."""

    __slots__ = (
        "_notes", "_span_context", "_started", "ended_ns", "is_parent", "name", "parent", "sink", "span_id", "started_ns",
        "trace_id",
    )  # fmt: skip

    is_call = False
    """Does it stand for a call of a model, so that what is sent beneath it is told already?"""
    holds_call = False
    """Has a traced call been made in place of the one it stands for?"""

    def __init__(self, sink: Sink, name: str, parent: Context) -> None:
        around = innermost(parent)
        self.is_parent = False
        """Has something begun inside?"""
        self.ended_ns: int | None = None
        self._notes: Notes | None = None
        self._span_context: SpanContext | None = None
        self.sink = sink
        self.name = name
        self.parent = parent
        """The context in which the span began."""
        self.trace_id = (_trace_id(around, parent) if around else 0) or _ids.getrandbits(128)
        self.span_id = _ids.getrandbits(64) or 1
        self.started_ns = time.time_ns()
        self._started = time.perf_counter_ns()

    def record(self) -> Record:
        """What this span means, as far as its own notes say; called in the background, after the end."""
        return Record()

    def starts(self) -> Start:
        """What a rule for sampling may ask about; called once, when the trace begins with this span."""
        return Start(self.name)

    def release(self) -> None:
        """Let go of what was noted, once it has been read."""

    def clock(self) -> int:
        """Nanoseconds since the epoch, on a clock that never steps back while the span runs."""
        return self.started_ns + time.perf_counter_ns() - self._started

    @property
    def began(self) -> int:
        """The reading of `perf_counter_ns` at its start: on a clock that a forked child shares."""
        return self._started

    def at(self, reading_ns: int) -> int:
        """A reading of `perf_counter_ns` as nanoseconds since the epoch."""
        return self.started_ns + reading_ns - self._started

    def context(self) -> Context:
        """The context in which this span is current."""
        return self.within(self.parent)

    def within(self, around: Context) -> Context:
        """The same in another place than where it began."""
        return Context({**around, _SPAN_KEY: self, _OURS: self, CALL: None})

    @property
    def has_notes(self) -> bool:
        return self._notes is not None

    @property
    def notes(self) -> Notes:
        if self._notes is None:
            self._notes = Notes()
        return self._notes

    @property
    def parent_context(self) -> SpanContext | None:
        around = nearest(self.parent).get_span_context()
        return around if around.is_valid else None

    # --- OpenTelemetry's Span -------------------------------------------------------------

    def get_span_context(self) -> SpanContext:
        if self._span_context is None:
            around = self.parent_context
            flags = _SAMPLED if self.sink.sampled(self) else _DROPPED
            state = around.trace_state if around else None
            self._span_context = SpanContext(self.trace_id, self.span_id, False, flags, state)
        return self._span_context

    def is_recording(self) -> bool:
        return self.ended_ns is None

    def set_attribute(self, key: str, value: AttributeValue) -> None:
        if self.ended_ns is None:
            self.notes.attributes[key] = value

    def set_attributes(self, attributes: Mapping[str, AttributeValue]) -> None:
        if self.ended_ns is None:
            self.notes.attributes.update(attributes)

    def add_event(self, name: str, attributes: Attributes = None, timestamp: int | None = None) -> None:
        if self.ended_ns is None:
            self.notes.events.append((name, timestamp or self.clock(), attributes or {}))

    def add_link(self, context: SpanContext, attributes: Attributes = None) -> None:
        if self.ended_ns is None:
            self.notes.links.append((context, attributes or {}))

    def update_name(self, name: str) -> None:
        self.name = name

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        if self.ended_ns is None:
            self.notes.status = status if isinstance(status, Status) else Status(status, description)

    def record_exception(
        self,
        exception: BaseException,
        attributes: Attributes = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        about = {"exception.type": type(exception).__qualname__, "exception.message": str(exception)}
        self.add_event("exception", {**about, **(attributes or {})}, timestamp)

    @unfailing("ending a span")
    def end(self, end_time: int | None = None) -> None:
        """End the span and hand it over.  The first end wins; later ones are ignored."""
        if self.ended_ns is None:
            self.ended_ns = end_time or self.clock()
            self.sink.submit(self)


def innermost(context: Context) -> Any:
    """What is under way around here: a call of ours, or else OpenTelemetry's current span, whosever it is."""
    return context.get(CALL) or context.get(_SPAN_KEY)


def shown(context: Context) -> Context:
    """A context for those who hand it on, in which a call of ours is current."""
    return context if (call := context.get(CALL)) is None else Context({**context, _SPAN_KEY: call})


def _remembered() -> Context:
    return Context({**get_current(), CALL: _UNDERWAY.get()})


_KEEPS = isinstance(_RUNTIME_CONTEXT, ContextVarsRuntimeContext)
"""Does a context hold what is put into it?  Datadog's, which may stand in for OpenTelemetry's, keeps the span alone."""
_UNDERWAY: ContextVar[Any] = ContextVar("limelight-underway", default=None)
here = get_current if _KEEPS else _remembered
"""The current context, with our call in it."""


def nearest(context: Context) -> trace.Span:
    """The span that a new one of ours belongs to: ours, if the current one is another tracer's inside of it."""
    if isinstance(call := context.get(CALL), Live):
        return call
    around = trace.get_current_span(context)
    if isinstance(around, Live):
        return around
    ours = context.get(_OURS)
    return ours if isinstance(ours, Live) and ours.trace_id == around.get_span_context().trace_id else around


def _trace_id(around: object, context: Context) -> int:
    """Of the trace that a new span inside `around` belongs to."""
    found = around if isinstance(around, Live) else nearest(context)
    if isinstance(found, Live):
        found.is_parent = True
        return found.trace_id
    return found.get_span_context().trace_id


@unfailing("entering a span")
def enter(span: Live, around: Context | None = None) -> Context:
    """Make `span` current, in the context in which it began unless another is given; `leave` puts back what was before."""
    attach(context := span.context() if around is None else span.within(around))
    if not _KEEPS:
        _UNDERWAY.set(context.get(CALL))
    return context


@unfailing("entering a span")
def enter_beside(span: Live) -> Context:
    """Let spans of ours belong to `span`, while another tracer's stays the current one for all others."""
    attach(context := Context({**get_current(), _OURS: span, CALL: None}))
    return context


@unfailing("leaving a span")
def leave(entered: Context | None, before: Context | None, *, error: BaseException | None = None) -> None:
    """Put back the context that was current before `enter`.

    By value and without a token: a generator or coroutine that the collector closes ends
    in somebody else's context, where a token would raise and where we must change nothing.
    Nor is there anything to put back when entering failed.
    """
    if entered is None or before is None:
        return
    if not isinstance(error, GeneratorExit) or get_current() is entered:
        attach(before)
    if not _KEEPS:
        _UNDERWAY.set(before.get(CALL))
