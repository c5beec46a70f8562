"""The `huggingface_hub` package's inference clients."""

from __future__ import annotations

import contextlib
from types import AsyncGeneratorType, GeneratorType
from typing import TYPE_CHECKING, Any

import httpx
import huggingface_hub
from huggingface_hub.errors import HfHubHTTPError

from tests.conformance.subject import Ask, Subject
from tests.conformance.subjects.openai import QUESTION, WEATHER
from tests.conformance.ways import OPENINGS, WAYS

if TYPE_CHECKING:
    from tests.conformance.subject import Backend, Style

REFUSED: tuple[type[Exception], ...] = (HfHubHTTPError,)
BROKEN: tuple[type[Exception], ...] = (OSError, httpx.ConnectError)
with contextlib.suppress(ModuleNotFoundError):  # what the async client worked with before 1
    import aiohttp

    REFUSED = (*REFUSED, aiohttp.ClientResponseError)
with contextlib.suppress(ModuleNotFoundError):  # what the client works with since 2
    import httpx2

    BROKEN = (*BROKEN, httpx2.ConnectError)
MODEL = "Qwen/Qwen3-32B"


def build(backend: Backend, style: Style, **options: Any) -> Any:
    kind: Any = huggingface_hub.InferenceClient if style == "sync" else huggingface_hub.AsyncInferenceClient
    return kind(base_url=backend.huggingface_url, api_key="any", timeout=10.0, **options)  # type: ignore[attr-defined]


ASKS = (
    Ask(
        "chat",
        "chat_completion",
        {"model": MODEL, "messages": QUESTION, "temperature": 0.5, "stream_options": {"include_usage": True}},
        streaming={"stream": True},
    ),
    Ask(
        "chat, as OpenAI says it",
        "chat.completions.create",
        {
            "model": f"{MODEL}+tools",
            "messages": QUESTION,
            "tools": [{"type": "function", "function": {"name": "weather", "parameters": WEATHER}}],
            "stream_options": {"include_usage": True},
        },
        streaming={"stream": True},
    ),
    Ask(
        "text",
        "text_generation",
        {"prompt": "Once upon a time", "max_new_tokens": 20, "temperature": 0.5},
        streaming={"stream": True},
        streamed={"limelight.tokens_per_second": None},
        steered=False,
    ),
    Ask(
        "text, with details",
        "text_generation",
        {"prompt": "Once upon a time", "max_new_tokens": 20, "details": True},
        streaming={"stream": True},
        streamed={
            "gen_ai.usage.input_tokens": 10,
            "limelight.usage.estimated": None,
            "limelight.usage.provenance": None,
        },
        steered=False,
    ),
    Ask("features", "feature_extraction", {"text": "Oslo"}, steered=False),
)

HUGGINGFACE = Subject(
    name="huggingface",
    module="huggingface_hub",
    build=build,
    ways=WAYS,
    openings=OPENINGS,
    talks=("chat",),
    asks=ASKS,
    error=REFUSED,
    broken=BROKEN,
    stream_types=(GeneratorType, AsyncGeneratorType),
    retrying=None,
)
