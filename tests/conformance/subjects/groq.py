"""The `groq` package, before and since 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import groq

from tests.conformance.stainless import OPENINGS, WAYS
from tests.conformance.subject import Ask, Subject
from tests.conformance.subjects.openai import QUESTION, WEATHER, recording

if TYPE_CHECKING:
    from tests.conformance.subject import Backend, Style

MODEL = "openai/gpt-oss-20b"
NO_TIER = {"limelight.response.service_tier": None}
"""A stream does not tell it."""


def build(backend: Backend, style: Style, **options: Any) -> Any:
    kind: Any = groq.Groq if style == "sync" else groq.AsyncGroq
    given = {"base_url": backend.groq_url, "api_key": "any", "max_retries": 0, "timeout": 10.0, **options}  # type: ignore[attr-defined]
    if hasattr(groq, "DefaultHttpxClient"):
        transport: Any = groq.DefaultHttpxClient if style == "sync" else groq.DefaultAsyncHttpxClient
        given.setdefault("http_client", transport(verify=False))
    return kind(**given)


ASKS = (
    Ask(
        "chat",
        "chat.completions.create",
        {"model": MODEL, "messages": QUESTION, "temperature": 0.5, "max_completion_tokens": 200},
        streaming={"stream": True},
        streamed=NO_TIER,
    ),
    Ask(
        "chat, tools and reasoning",
        "chat.completions.create",
        {
            "model": f"{MODEL}+tools+reasoning+reasoning-content",
            "messages": QUESTION,
            "tools": [{"type": "function", "function": {"name": "weather", "parameters": WEATHER}}],
            "reasoning_format": "parsed",
        },
        streaming={"stream": True},
        streamed=NO_TIER,
    ),
    Ask(
        "chat, without usage",
        "chat.completions.create",
        {"model": f"{MODEL}+no-usage", "messages": QUESTION},
        streaming={"stream": True},
        streamed={**NO_TIER, "limelight.tokens_per_second": None},  # an estimate gives no speed
    ),
    Ask(
        "transcription",
        "audio.transcriptions.create",
        {"model": "whisper-large-v3", "language": "en"},
        prepare=recording,
    ),
    Ask("translation", "audio.translations.create", {"model": "whisper-large-v3"}, prepare=recording),
    Ask(
        "speech",
        "audio.speech.create",
        {
            "model": "canopylabs/orpheus-v1-english",
            "voice": "autumn",
            "input": "Good evening, Oslo.",
            "response_format": "wav",
        },
        unfolded={"gen_ai.response.time_to_first_chunk": "<time>", "limelight.chunks": "<chunks>"},
    ),
    Ask("embeddings", "embeddings.create", {"model": "nomic-embed-text-v1_5", "input": ["Oslo", "Bergen"]}),
    Ask(
        "batch",
        "batches.create",
        {"input_file_id": "file-none", "endpoint": "/v1/chat/completions", "completion_window": "24h"},
        steered=False,
    ),
)

GROQ = Subject(
    name="groq",
    build=build,
    ways=WAYS,
    openings=OPENINGS,
    talks=("chat",),
    asks=ASKS,
    error=groq.APIStatusError,
    broken=groq.APIConnectionError,
    stream_types=(groq.Stream, groq.AsyncStream),
    copies=lambda client: (client.with_options(timeout=5),),
)
