"""A program's own tracing, with its own exporter."""

from __future__ import annotations

from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.beside import recorded

_kept = InMemorySpanExporter()


def start() -> None:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(_kept))
    trace.set_tracer_provider(provider)


def around() -> Any:
    return trace.get_tracer("app").start_as_current_span("request")


def told() -> list[dict[str, Any]]:
    return recorded.otel(_kept.get_finished_spans())
