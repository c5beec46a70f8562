"""Logfire, which sends nothing away."""

from __future__ import annotations

from typing import Any

from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.beside import recorded

_kept = InMemorySpanExporter()


def start() -> None:
    import logfire

    logfire.configure(send_to_logfire=False, console=False, additional_span_processors=[SimpleSpanProcessor(_kept)])
    logfire.instrument_openai()
    logfire.instrument_anthropic()


def around() -> Any:
    import logfire

    return logfire.span("request")


def told() -> list[dict[str, Any]]:
    return recorded.otel(_kept.get_finished_spans())
