"""Langfuse's stand-in for the openai module, over a provider that it makes global."""

from __future__ import annotations

from typing import Any

from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.beside import recorded

_kept = InMemorySpanExporter()


def start() -> None:
    from langfuse import Langfuse

    Langfuse(public_key="pk-any", secret_key="sk-any", base_url="http://127.0.0.1:9", span_exporter=_kept)
    import langfuse.openai  # noqa: F401 - it patches the module


def around() -> Any:
    from langfuse import get_client

    return get_client().start_as_current_observation(name="request")


def told() -> list[dict[str, Any]]:
    from langfuse import get_client

    get_client().flush()
    return recorded.otel(_kept.get_finished_spans())
