"""The `ollama` package, 0.3 to 0.6."""

from __future__ import annotations

from types import AsyncGeneratorType, GeneratorType
from typing import TYPE_CHECKING, Any

import httpx
import ollama

from tests.conformance.subject import Ask, Subject
from tests.conformance.subjects.openai import QUESTION, WEATHER
from tests.conformance.ways import OPENINGS, WAYS

if TYPE_CHECKING:
    from tests.conformance.subject import Backend, Style

MODEL = "qwen3"
TOOL = {"type": "function", "function": {"name": "weather", "description": "Looks out", "parameters": WEATHER}}


def build(backend: Backend, style: Style, **options: Any) -> Any:
    kind: Any = ollama.Client if style == "sync" else ollama.AsyncClient
    return kind(host=backend.ollama_url, timeout=10.0, **options)  # type: ignore[attr-defined]


ASKS = (
    Ask(
        "chat",
        "chat",
        {"model": MODEL, "messages": QUESTION, "options": {"temperature": 0.5, "num_predict": 200, "seed": 7}},
        streaming={"stream": True},
    ),
    Ask(
        "chat, thinking and tools",
        "chat",
        {"model": f"{MODEL}+tools+reasoning", "messages": QUESTION, "tools": [TOOL], "think": True},
        streaming={"stream": True},
    ),
    Ask(
        "chat, a picture",
        "chat",
        {"model": MODEL, "messages": [{"role": "user", "content": "What is this?", "images": ["iVBORw0KGgo="]}]},
        streaming={"stream": True},
    ),
    Ask(
        "text",
        "generate",
        {"model": MODEL, "prompt": "Once upon a time", "system": "Be brief.", "options": {"stop": ["END"]}},
        streaming={"stream": True},
    ),
    Ask("text, as JSON", "generate", {"model": MODEL, "prompt": "Name a city", "format": "json"}),
    Ask("embeddings", "embed", {"model": "nomic-embed-text", "input": ["Oslo", "Bergen"]}),
    Ask("embeddings, of one", "embeddings", {"model": "nomic-embed-text", "prompt": "Oslo"}),
)

OLLAMA = Subject(
    name="ollama",
    build=build,
    ways=WAYS,
    openings=OPENINGS,
    talks=("chat",),
    asks=ASKS,
    error=ollama.ResponseError,
    broken=(ConnectionError, httpx.ConnectError),
    stream_types=(GeneratorType, AsyncGeneratorType),
    retrying=None,
    identified=False,
)
