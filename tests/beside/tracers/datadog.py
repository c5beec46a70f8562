"""Datadog, whose spans are not OpenTelemetry's."""

from __future__ import annotations

from typing import Any

from tests.beside import recorded

_kept: list[Any] = []


def start() -> None:
    import ddtrace
    from ddtrace.trace import TraceFilter, tracer

    class Keeping(TraceFilter):
        def process_trace(self, trace: Any) -> None:
            _kept.append(list(trace))

    tracer.configure(trace_processors=[Keeping()])
    ddtrace.patch(openai=True, anthropic=True, raise_errors=True)

    from ddtrace.opentelemetry import TracerProvider
    from opentelemetry import trace

    trace.set_tracer_provider(TracerProvider())


def around() -> Any:
    from ddtrace.trace import tracer

    return tracer.trace("request")


def told() -> list[dict[str, Any]]:
    spans = [span for trace in _kept for span in trace]
    names = {span.span_id: span.name for span in spans}
    return [
        {
            "name": span.name,
            "parent": names.get(span.parent_id, "a stranger") if span.parent_id else None,
            "resource": span.resource,
            "service": span.service,
            "error": span.error,
            "attributes": recorded.plain(span.get_tags()),
        }
        for span in sorted(spans, key=lambda one: (one.start_ns, one.duration_ns))
    ]
