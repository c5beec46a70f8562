"""See what every LLM call of your program did: `import limelight; limelight.init()`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from limelight import exporters as exporters
    from limelight.sdk.api import (
        Instrumented,
        Limelight,
        agent,
        current_span,
        flush,
        init,
        instance,
        instrument,
        shutdown,
        span,
        stats,
        trace,
        uninstrument,
        wrap,
    )
    from limelight.sdk.business import event, outcome
    from limelight.sdk.calls import llm_call, llm_instrumented, set_llm_attributes, set_token_usage, tool_call
    from limelight.sdk.client_options import ClientOptions
    from limelight.sdk.config import Config, ConfigError
    from limelight.sdk.context import context
    from limelight.sdk.generation import OPERATIONS, LLMCall, ToolCall
    from limelight.sdk.named import (
        wrap_anthropic,
        wrap_bedrock,
        wrap_cohere,
        wrap_google,
        wrap_groq,
        wrap_mistral,
        wrap_openai,
    )
    from limelight.sdk.stats import Stats
    from limelight.sdk.step import Step
    from limelight.version import VERSION as __version__  # noqa: N811

__all__ = [
    "OPERATIONS",
    "ClientOptions",
    "Config",
    "ConfigError",
    "Instrumented",
    "LLMCall",
    "Limelight",
    "Stats",
    "Step",
    "ToolCall",
    "__version__",
    "agent",
    "context",
    "current_span",
    "event",
    "flush",
    "init",
    "instance",
    "instrument",
    "llm_call",
    "llm_instrumented",
    "outcome",
    "set_llm_attributes",
    "set_token_usage",
    "shutdown",
    "span",
    "stats",
    "tool_call",
    "trace",
    "uninstrument",
    "wrap",
    "wrap_anthropic",
    "wrap_bedrock",
    "wrap_cohere",
    "wrap_google",
    "wrap_groq",
    "wrap_mistral",
    "wrap_openai",
]

_HOMES = {
    "ClientOptions": "sdk.client_options",
    "Config": "sdk.config",
    "ConfigError": "sdk.config",
    "LLMCall": "sdk.generation",
    "OPERATIONS": "sdk.generation",
    "Stats": "sdk.stats",
    "Step": "sdk.step",
    "ToolCall": "sdk.generation",
    "context": "sdk.context",
    "event": "sdk.business",
    "llm_call": "sdk.calls",
    "llm_instrumented": "sdk.calls",
    "outcome": "sdk.business",
    "set_llm_attributes": "sdk.calls",
    "set_token_usage": "sdk.calls",
    "tool_call": "sdk.calls",
    "wrap_anthropic": "sdk.named",
    "wrap_bedrock": "sdk.named",
    "wrap_cohere": "sdk.named",
    "wrap_google": "sdk.named",
    "wrap_groq": "sdk.named",
    "wrap_mistral": "sdk.named",
    "wrap_openai": "sdk.named",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for: importing Limelight alone costs next to nothing."""
    if name == "__version__":
        from limelight.version import VERSION

        return VERSION
    if name not in __all__ and name != "exporters":
        raise AttributeError(f"module `limelight` has no attribute {name!r}")
    from importlib import import_module

    if name == "exporters":
        return import_module("limelight.exporters")
    value = getattr(import_module(f"limelight.{_HOMES.get(name, 'sdk.api')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
