"""Our spans in somebody's own `TracerProvider`, with the identity they had while they ran."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, cast

from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode, TracerProvider

if TYPE_CHECKING:
    from collections.abc import Callable

    from limelight.engine.span import Live
    from limelight.pipeline.otlp import Finished


DEFAULT_ATTRIBUTES = 128
"""OpenTelemetry's own limit."""


class IntoProvider:
    """Makes a real span of a finished one, in the background, for the provider's processors and exporters."""

    def __init__(self, provider: TracerProvider, version: str, withholds: Callable[[], bool] | None = None) -> None:
        """Nothing is made while `withholds` says so."""
        self._withholds = withholds
        self._ids = _Remembered()
        self._tracer = cast("Any", provider.get_tracer("limelight", version))
        self._sampler: Any = getattr(self._tracer, "sampler", None)
        if self._sampler is not None:  # an SDK tracer; this one is ours alone
            from opentelemetry.sdk.trace.sampling import ALWAYS_ON

            self._tracer.id_generator, self._tracer.sampler = self._ids, ALWAYS_ON

    def allow_many_attributes(self) -> None:
        """As many as a span has, where nobody has set another limit than OpenTelemetry's own: a long chat in a flat dialect has hundreds."""
        limits = getattr(self._tracer, "_span_limits", None)
        if limits is not None and limits.max_span_attributes == DEFAULT_ATTRIBUTES:
            self._tracer._span_limits = raised = copy.copy(limits)
            raised.max_span_attributes = None

    @property
    def samples(self) -> bool:
        """Does the provider have a sampler that can be asked?"""
        return self._sampler is not None

    def shows(self) -> bool:
        """Do our spans go through it just now?"""
        return self._withholds is None or not self._withholds()

    def sampled(self, live: Live) -> bool:
        """Ask the provider's own sampler, as it would have been asked at the start."""
        answer = self._sampler.should_sample(live.parent, live.trace_id, live.name, SpanKind.CLIENT, {})
        return bool(answer.decision.is_sampled())

    def __call__(self, done: Finished, live: Live) -> None:
        if self._withholds is not None and self._withholds():
            return
        self._ids.trace_id, self._ids.span_id = done.context.trace_id, done.context.span_id
        span = self._tracer.start_span(
            done.name,
            context=live.parent,
            kind=SpanKind.CLIENT if done.is_client else SpanKind.INTERNAL,
            attributes=dict(done.attributes),
            links=[trace.Link(context, about) for context, about in done.links],
            start_time=done.start_ns,
        )
        for event in done.events:
            span.add_event(event.name, event.attributes, event.at_ns or done.end_ns)
        if done.error is not None:
            span.set_status(Status(StatusCode.ERROR, done.error))
        elif done.is_ok:
            span.set_status(Status(StatusCode.OK))
        span.end(done.end_ns)


class _Remembered:
    """An id generator that gives the ids a span already has."""

    trace_id = 0
    span_id = 0

    def generate_trace_id(self) -> int:
        return self.trace_id

    def generate_span_id(self) -> int:
        return self.span_id

    def is_trace_id_random(self) -> bool:
        return True
