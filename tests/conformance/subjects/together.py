"""The `together` package, since 2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import together

from tests.conformance.stainless import OPENINGS, WAYS
from tests.conformance.subject import Ask, Subject
from tests.conformance.subjects.openai import QUESTION, WEATHER, recording

if TYPE_CHECKING:
    from tests.conformance.subject import Backend, Style

if not hasattr(together, "Stream"):
    raise ModuleNotFoundError("version 1 is another make of client", name="together>=2")

MODEL = "Qwen/Qwen3-Next-80B-A3B-Instruct"


def build(backend: Backend, style: Style, **options: Any) -> Any:
    kind: Any = together.Together if style == "sync" else together.AsyncTogether
    transport: Any = together.DefaultHttpxClient if style == "sync" else together.DefaultAsyncHttpxClient
    given = {"base_url": backend.together_url, "api_key": "any", "max_retries": 0, "timeout": 10.0, **options}  # type: ignore[attr-defined]
    given.setdefault("http_client", transport(verify=False))
    return kind(**given)


ASKS = (
    Ask(
        "chat",
        "chat.completions.create",
        {"model": MODEL, "messages": QUESTION, "temperature": 0.5, "max_tokens": 200, "top_k": 40},
        streaming={"stream": True},
    ),
    Ask(
        "chat, tools and reasoning",
        "chat.completions.create",
        {
            "model": f"{MODEL}+tools+reasoning+reasoning-content",
            "messages": QUESTION,
            "tools": [{"type": "function", "function": {"name": "weather", "parameters": WEATHER}}],
        },
        streaming={"stream": True},
    ),
    Ask(
        "completion",
        "completions.create",
        {"model": MODEL, "prompt": "Once upon a time", "max_tokens": 20},
        streaming={"stream": True},
    ),
    Ask("embeddings", "embeddings.create", {"model": "BAAI/bge-base-en-v1.5", "input": ["Oslo", "Bergen"]}),
    Ask("image", "images.generate", {"model": "black-forest-labs/FLUX.1-schnell", "prompt": "A fjord", "steps": 4}),
    Ask(
        "ranking",
        "rerank.create",
        {
            "model": "mixedbread-ai/Mxbai-Rerank-Large-V2",
            "query": "rain in Oslo",
            "top_n": 2,
            "documents": ["Sun in Rome", "Rain in Oslo", "Snow in Oslo"],
        },
    ),
    Ask("transcription", "audio.transcriptions.create", {"model": "openai/whisper-large-v3"}, prepare=recording),
    Ask("translation", "audio.translations.create", {"model": "openai/whisper-large-v3"}, prepare=recording),
    Ask(
        "speech",
        "audio.speech.create",
        {"model": "cartesia/sonic", "voice": "friendly sidekick", "input": "Good evening, Oslo."},
        unfolded={"gen_ai.response.time_to_first_chunk": "<time>", "limelight.chunks": "<chunks>"},
    ),
)

TOGETHER = Subject(
    name="together",
    build=build,
    ways=WAYS,
    openings=OPENINGS,
    talks=("chat",),
    asks=ASKS,
    error=together.APIStatusError,
    broken=together.APIConnectionError,
    stream_types=(together.Stream, together.AsyncStream),
    copies=lambda client: (client.with_options(timeout=5),),
)
