"""Other tracers in the same process, and the `TracerProvider` that they may share with the program."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from opentelemetry import trace as otel

if TYPE_CHECKING:
    from limelight.sdk.config import Config

MODEL_TRACERS = (
    "agentops",
    "ddtrace.llmobs",
    "langfuse",
    "langsmith.integrations.otel",
    "logfire",
    "openinference.instrumentation",
    "openlit",
    "opentelemetry.instrumentation.anthropic",
    "opentelemetry.instrumentation.google_genai",
    "opentelemetry.instrumentation.langchain",
    "opentelemetry.instrumentation.openai",
    "opentelemetry.instrumentation.openai_agents",
    "opentelemetry.instrumentation.openai_v2",
    "opentelemetry.util.genai",
    "traceloop",
)
"""Modules of those that report calls of models through OpenTelemetry themselves."""


def shared_provider(config: Config) -> Any:
    """The program's own TracerProvider, if our spans shall go through it though nobody has named it.

    They do where they have no backend of their own.  A provider of another kind than the SDK's could not keep the
    identity that a span had while it ran.
    """
    provider = otel.get_tracer_provider()
    if "endpoint" in config.given or isinstance(provider, (otel.ProxyTracerProvider, otel.NoOpTracerProvider)):
        return None
    from opentelemetry.sdk.trace import TracerProvider

    return provider if isinstance(provider, TracerProvider) else None


def others_trace_models() -> bool:
    """Would the backend behind a shared provider be told of each call twice?"""
    return any(name in sys.modules for name in MODEL_TRACERS)
