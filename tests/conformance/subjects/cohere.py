"""The `cohere` package, 5 to 7, with both versions of its API."""

from __future__ import annotations

import contextlib
import inspect
from types import AsyncGeneratorType, GeneratorType
from typing import TYPE_CHECKING, Any

import cohere
import cohere.core
import httpx

from tests.conformance import ways
from tests.conformance.drive import entered, settle
from tests.conformance.stainless import can_ask_raw, raw
from tests.conformance.subject import Ask, Opening, Subject, Way
from tests.conformance.ways import can_stream, looped, method_at, value

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from tests.conformance.subject import Backend, Seen, Style

MODEL = "command-a-03-2025"
QUESTION = [{"role": "user", "content": "What is the weather in Oslo?"}]
WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
FACTS = [{"id": "doc-0", "data": {"text": "Oslo is by the fjord."}}]
CITY = {"city": {"type": "str", "description": "Where", "required": True}}
ARTICLE = "Oslo is the capital of Norway, and lies at the end of a long fjord, with hills all around. " * 4
OPTIONS = frozenset(inspect.signature(cohere.Client.__init__).parameters)


def build(backend: Backend, style: Style, **options: Any) -> Any:
    """The first version's client has the second's as its `v2`."""
    kind: Any = cohere.Client if style == "sync" else cohere.AsyncClient
    transport: Any = httpx.Client if style == "sync" else httpx.AsyncClient
    sending = transport(verify=False, timeout=10.0)  # loading certificates takes 20 ms
    given = {"max_retries": 0, **options} if "max_retries" in OPTIONS else options
    url: str = backend.cohere_url  # type: ignore[attr-defined]
    client = kind("any", base_url=url, httpx_client=sending, **given)
    if not hasattr(client, "__exit__") and not hasattr(client, "__aexit__"):
        setattr(client, *(("close", sending.close) if style == "sync" else ("aclose", sending.aclose)))
    return client


def is_sound(client: Any) -> bool:
    """Before version 6, streams break letters that come in two pieces, and a retry sends a file without the rest."""
    return "max_retries" in OPTIONS


def raw_streaming(client: Any, ask: Ask, arguments: Mapping[str, Any]) -> Any:
    path, _, name = (ask.streamer or ask.method).rpartition(".")
    part = method_at(client, path) if path else client
    return getattr(part.with_raw_response, name)(**arguments)


def can_stream_raw(client: Any, ask: Ask) -> bool:
    return can_stream(client, ask) and can_ask_raw(client, ask)


async def raw_value(result: Any) -> Seen:
    response = await settle(result)
    return [type(response), response.status_code, response.headers, *await value(response.data)]


async def raw_stream(result: Any) -> Seen:
    async with entered(result) as response:
        return [type(response), response.status_code, response.headers, *await looped(response.data)]


@contextlib.asynccontextmanager
async def leaving_raw(client: Any, ask: Ask, arguments: Mapping[str, Any]) -> AsyncIterator[Any]:
    async with entered(raw_streaming(client, ask, arguments)) as response:
        yield response.data


WAYS = {
    **ways.WAYS,
    "raw": Way(raw, raw_value, needs=can_ask_raw),
    "raw stream": Way(raw_streaming, raw_stream, "stream", can_stream_raw),
}

ASKS = (
    Ask(
        "chat",
        "v2.chat",
        {"model": MODEL, "messages": QUESTION, "temperature": 0.5, "k": 3, "p": 0.9, "seed": 7, "max_tokens": 200},
        streamer="v2.chat_stream",
    ),
    Ask(
        "chat, tools",
        "v2.chat",
        {
            "model": f"{MODEL}+tools-twice",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "What time is it?"},
                {
                    "role": "assistant",
                    "tool_plan": "I will look at the clock.",
                    "tool_calls": [{"id": "now_1", "type": "function", "function": {"name": "now", "arguments": "{}"}}],
                },
                {
                    "role": "tool",
                    "tool_call_id": "now_1",
                    "content": [{"type": "document", "document": {"data": {"time": "noon"}}}],
                },
                {"role": "assistant", "content": "It is noon."},
                {"role": "user", "content": [{"type": "text", "text": "And the weather in Oslo?"}]},
            ],
            "tools": [
                {
                    "type": "function",
                    "function": {"name": "weather", "description": "Now", "parameters": WEATHER},
                },
                {"type": "function", "function": {"name": "forecast", "parameters": WEATHER}},
            ],
            "stop_sequences": ["END"],
        },
        streamer="v2.chat_stream",
    ),
    Ask(
        "chat, thinking",
        "v2.chat",
        {"model": "command-a-reasoning-08-2025", "messages": QUESTION, "thinking": {"type": "enabled"}},
        streamer="v2.chat_stream",
        present=is_sound,
    ),
    Ask(
        "chat, cited and cached",
        "v2.chat",
        {"model": f"{MODEL}+citations+cached", "messages": QUESTION, "documents": FACTS},
        streamer="v2.chat_stream",
        present=is_sound,
    ),
    Ask(
        "chat, first version",
        "chat",
        {
            "model": "command-r-plus",
            "message": "What is the weather in Oslo?",
            "preamble": "Be brief.",
            "chat_history": [{"role": "USER", "message": "Hello"}, {"role": "CHATBOT", "message": "Good day."}],
            "temperature": 0.5,
        },
        streamer="chat_stream",
    ),
    Ask(
        "chat, first version, tools",
        "chat",
        {
            "model": "command-r-plus+tools",
            "message": "What is the weather in Oslo?",
            "tools": [{"name": "weather", "description": "Now", "parameter_definitions": CITY}],
        },
        streamer="chat_stream",
        present=lambda client: hasattr(cohere, "ClientV2"),  # the first of all does not know every event
    ),
    Ask(
        "chat, first version, cited",
        "chat",
        {"model": "command-r-plus+citations", "message": "Where is Oslo?", "documents": [{"text": "By the fjord."}]},
        streamer="chat_stream",
    ),
    Ask(
        "generation",
        "generate",
        {"model": "command", "prompt": "Once upon a time", "max_tokens": 20, "num_generations": 2},
    ),
    Ask("summary", "summarize", {"model": "command", "text": ARTICLE, "additional_command": "in French"}),
    Ask(
        "embeddings",
        "v2.embed",
        {
            "model": "embed-v4.0",
            "texts": ["Oslo", "Bergen"],
            "input_type": "search_document",
            "embedding_types": ["float", "binary"],
        },
    ),
    Ask("embeddings, first version", "embed", {"model": "embed-english-light-v3.0", "texts": ["Oslo", "Bergen"]}),
    Ask("ranking", "v2.rerank", {"model": "rerank-v3.5", "query": "By the fjord", "documents": ["Hills", "The fjord"]}),
    Ask(
        "ranking, first version",
        "rerank",
        {"model": "rerank-english-v3.0", "query": "By the fjord", "documents": [{"text": "Hills"}, {"text": "Fjord"}]},
    ),
    Ask(
        "classification",
        "classify",
        {
            "model": "embed-english-v3.0",
            "inputs": ["It rains"],
            "examples": [{"text": "It snows", "label": "weather"}, {"text": "Buy now", "label": "advertising"}],
        },
    ),
    Ask(
        "document",
        "v2.parse",
        {"model": "parse-v5.0", "document": {"type": "image_url", "image_url": "https://example.com/page.png"}},
    ),
    Ask(
        "transcription",
        "audio.transcriptions.create",
        {"model": "cohere-transcribe-03-2026", "language": "en", "file": ("say.mp3", b"ID3 not much", "audio/mpeg")},
        present=is_sound,
    ),
)

COHERE = Subject(
    name="cohere",
    build=build,
    ways=WAYS,
    openings={**ways.OPENINGS, "raw stream, left": Opening(leaving_raw, can_stream_raw)},
    talks=("chat", "chat, first version"),
    asks=ASKS,
    error=cohere.core.ApiError,
    broken=httpx.ConnectError,
    stream_types=(GeneratorType, AsyncGeneratorType),
    retries_streams=False,
    request_id=lambda error: (getattr(error, "headers", None) or {}).get("x-debug-trace-id"),
    retrying=(lambda times: {"max_retries": times}) if "max_retries" in OPTIONS else None,
)
