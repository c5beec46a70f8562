"""OpenTelemetry-style instrumentors: `OpenAIInstrumentor().instrument(tracer_provider=…)`.

Here OpenTelemetry's rule holds: no content unless `capture_content=True` or the environment says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry import trace

from limelight.sdk.api import Limelight
from limelight.sdk.config import content_asked_for
from limelight.sdk.switches import switch

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = [
    "AnthropicInstrumentor",
    "BaseInstrumentor",
    "BedrockInstrumentor",
    "CohereInstrumentor",
    "GoogleGenAIInstrumentor",
    "GroqInstrumentor",
    "HuggingFaceInstrumentor",
    "LiteLLMInstrumentor",
    "MistralInstrumentor",
    "OllamaInstrumentor",
    "OpenAIInstrumentor",
    "TogetherInstrumentor",
]


class BaseInstrumentor:
    """The protocol of `opentelemetry.instrumentation`, without depending on it."""

    library = ""
    _active: Limelight | None = None

    def instrumentation_dependencies(self) -> Collection[str]:
        """The distribution that is traced, as a requirement."""
        return (switch(self.library).integration.package,)

    def instrument(self, *, tracer_provider: Any = None, capture_content: bool | None = None, **settings: Any) -> None:
        """Make spans in `tracer_provider`, the global one by default.  Twice is once."""
        if type(self)._active is not None:
            return
        settings.pop("skip_dep_check", None)
        settings.pop("raise_exception_on_conflict", None)
        content = content_asked_for() if capture_content is None else capture_content
        provider = tracer_provider or trace.get_tracer_provider()
        active = Limelight(tracer_provider=provider, capture_content=content, **settings)
        active.instrument(self.library)
        type(self)._active = active

    def uninstrument(self, **_: Any) -> None:
        """Undo `instrument` completely."""
        active, type(self)._active = type(self)._active, None
        if active is not None:
            active.shutdown()


class OpenAIInstrumentor(BaseInstrumentor):
    """Traces the `openai` package."""

    library = "openai"


class AnthropicInstrumentor(BaseInstrumentor):
    """Traces the `anthropic` package."""

    library = "anthropic"


class BedrockInstrumentor(BaseInstrumentor):
    """Traces Bedrock's calls of `boto3`, `aioboto3` and `aiobotocore`."""

    library = "bedrock"


class GoogleGenAIInstrumentor(BaseInstrumentor):
    """Traces the `google-genai` package."""

    library = "google"


class CohereInstrumentor(BaseInstrumentor):
    """Traces the `cohere` package."""

    library = "cohere"


class MistralInstrumentor(BaseInstrumentor):
    """Traces the `mistralai` package."""

    library = "mistral"


class GroqInstrumentor(BaseInstrumentor):
    """Traces the `groq` package."""

    library = "groq"


class TogetherInstrumentor(BaseInstrumentor):
    """Traces the `together` package."""

    library = "together"


class OllamaInstrumentor(BaseInstrumentor):
    """Traces the `ollama` package."""

    library = "ollama"


class HuggingFaceInstrumentor(BaseInstrumentor):
    """Traces the inference clients of `huggingface_hub`."""

    library = "huggingface"


class LiteLLMInstrumentor(BaseInstrumentor):
    """Traces `litellm`: its functions and its router, and nothing that they call a second time."""

    library = "litellm"
