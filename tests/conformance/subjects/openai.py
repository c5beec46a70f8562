"""The `openai` package, 1.6 to 3."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

import openai
import pydantic

from tests.conformance.stainless import OPENINGS, WAYS, copies
from tests.conformance.subject import Ask, Subject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.conformance.subject import Backend, Style

MODEL = "gpt-4o"
QUESTION = [{"role": "user", "content": "What is the weather in Oslo?"}]
WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city", "days"],
    "additionalProperties": False,
}


class Forecast(pydantic.BaseModel):
    city: str
    degrees: int


def build(backend: Backend, style: Style, **options: Any) -> Any:
    given = {"base_url": backend.openai_url, "api_key": "any", "max_retries": 0, "timeout": 10.0, **options}
    kind: Any = openai.OpenAI if style == "sync" else openai.AsyncOpenAI
    if "http_client" not in given and hasattr(openai, "DefaultHttpxClient"):  # loading certificates takes 20 ms
        transport: Any = openai.DefaultHttpxClient if style == "sync" else openai.DefaultAsyncHttpxClient
        given["http_client"] = transport(verify=False)
    return kind(**given)


def post(backend: Backend, path: str, body: Mapping[str, Any]) -> Any:
    headers = {"authorization": "Bearer any", "content-type": "application/json"}
    request = urllib.request.Request(f"{backend.openai_url}/{path}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def batch(backend: Backend) -> Mapping[str, Any]:
    about = {"input_file_id": "file-none", "endpoint": "/v1/chat/completions", "completion_window": "24h"}
    return {"batch_id": post(backend, "batches", about)["id"]}


def stored(backend: Backend) -> Mapping[str, Any]:
    return {"response_id": post(backend, "responses", {"model": MODEL, "input": "Remember this."})["id"]}


def picture(backend: Backend) -> Mapping[str, Any]:
    return {"image": ("in.png", b"\x89PNG\r\n\x1a\n not much of a picture", "image/png")}


def recording(backend: Backend) -> Mapping[str, Any]:
    return {"file": ("say.mp3", b"ID3 not much of a recording", "audio/mpeg")}


NO_USAGE = {
    "gen_ai.usage.input_tokens": "<guess>",
    "gen_ai.usage.output_tokens": "<guess>",
    "gen_ai.usage.cache_read.input_tokens": None,
    "gen_ai.usage.reasoning.output_tokens": None,
    "gen_ai.usage.audio.input_tokens": None,
    "gen_ai.usage.audio.output_tokens": None,
    "limelight.usage.provenance": "estimated",
    "limelight.usage.estimated": ["input", "output"],
    "limelight.cost.cache_read": None,
    "limelight.cost.formula": "<guess>",
    "limelight.cost.input": "<guess>",
    "limelight.cost.output": "<guess>",
    "limelight.cost.provenance": "estimated",
    "limelight.cost.total": "<guess>",
    "limelight.tokens_per_second": None,
}
"""A chat streams its usage only when it was asked for; otherwise we guess, and say so."""

ASKS = (
    Ask(
        "chat",
        "chat.completions.create",
        {"model": MODEL, "messages": QUESTION, "temperature": 0.5, "seed": 7, "user": "u-1"},
        streaming={"stream": True},
        streamed=NO_USAGE,
        helper="stream",
    ),
    Ask(
        "chat, streamed usage",
        "chat.completions.create",
        {"model": MODEL, "messages": QUESTION, "stream_options": {"include_usage": True}},
        streaming={"stream": True},
        helper="stream",
    ),
    Ask(
        "chat, tools",
        "chat.completions.create",
        {
            "model": f"{MODEL}+tools-twice",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": [{"type": "text", "text": "Weather in Oslo, now and tomorrow?"}]},
            ],
            "tools": [
                {
                    "type": "function",
                    "function": {"name": "weather", "description": "Now", "strict": True, "parameters": WEATHER},
                },
                {"type": "function", "function": {"name": "forecast", "strict": True, "parameters": WEATHER}},
            ],
            "tool_choice": "auto",
            "max_tokens": 200,
            "stop": ["END"],
        },
        streaming={"stream": True},
        streamed=NO_USAGE,
        helper="stream",
    ),
    Ask(
        "chat, several choices",
        "chat.completions.create",
        {"model": MODEL, "messages": QUESTION, "n": 3, "response_format": {"type": "json_object"}},
        streaming={"stream": True},
        streamed=NO_USAGE,
    ),
    Ask(
        "chat, refused",
        "chat.completions.create",
        {"model": f"{MODEL}+refusal", "messages": QUESTION},
        streaming={"stream": True},
        streamed=NO_USAGE,
    ),
    Ask(
        "chat, parsed",
        "chat.completions.parse",
        {"model": MODEL, "messages": QUESTION, "response_format": Forecast},
        streamed=NO_USAGE,
        helper="stream",
    ),
    Ask(
        "chat, parsed as beta",
        "beta.chat.completions.parse",
        {"model": MODEL, "messages": QUESTION, "response_format": Forecast},
        streamed=NO_USAGE,
        helper="stream",
    ),
    Ask(
        "completion",
        "completions.create",
        {"model": "gpt-3.5-turbo-instruct", "prompt": "Once upon a time", "max_tokens": 20},
        streaming={"stream": True},
        streamed=NO_USAGE,
    ),
    Ask(
        "response",
        "responses.create",
        {"model": MODEL, "input": QUESTION, "instructions": "Be brief.", "temperature": 0.5},
        streaming={"stream": True},
        helper="stream",
    ),
    Ask(
        "response, tools and reasoning",
        "responses.create",
        {
            "model": "o4-mini+tools",
            "input": [{"role": "user", "content": [{"type": "input_text", "text": "Weather in Oslo?"}]}],
            "tools": [{"type": "function", "name": "weather", "parameters": WEATHER, "strict": True}],
            "reasoning": {"effort": "low", "summary": "auto"},
        },
        streaming={"stream": True},
        helper="stream",
    ),
    Ask(
        "response, parsed",
        "responses.parse",
        {"model": MODEL, "input": "What is the weather in Oslo?", "text_format": Forecast},
        helper="stream",
    ),
    Ask(
        "response, as beta",
        "beta.responses.create",
        {"model": MODEL, "input": "What is the weather in Oslo?"},
        streaming={"stream": True},
    ),
    Ask(
        "response, fetched",
        "responses.retrieve",
        {},
        prepare=stored,
        steered=False,
    ),
    Ask(
        "input tokens",
        "responses.input_tokens.count",
        {"model": MODEL, "input": "What is the weather in Oslo?"},
        steered=False,
    ),
    Ask(
        "embeddings",
        "embeddings.create",
        {"model": "text-embedding-3-small", "input": ["Oslo", "Bergen"], "dimensions": 8},
    ),
    Ask(
        "embeddings, as numbers",
        "embeddings.create",
        {"model": "text-embedding-3-small", "input": "Oslo", "encoding_format": "float"},
    ),
    Ask(
        "image",
        "images.generate",
        {"model": "gpt-image-1", "prompt": "A fjord", "size": "1024x1024"},
        streaming={"stream": True},
    ),
    Ask(
        "image, edited",
        "images.edit",
        {"model": "gpt-image-1", "prompt": "A fjord in winter"},
        prepare=picture,
        streaming={"stream": True},
    ),
    Ask(
        "image, varied",
        "images.create_variation",
        {"model": "dall-e-2"},
        prepare=picture,
    ),
    Ask(
        "speech",
        "audio.speech.create",
        {"model": "tts-1", "voice": "alloy", "input": "Good evening, Oslo."},
        unfolded={"gen_ai.response.time_to_first_chunk": "<time>", "limelight.chunks": "<chunks>"},
    ),
    Ask(
        "transcription",
        "audio.transcriptions.create",
        {"model": "gpt-4o-transcribe", "language": "en"},
        prepare=recording,
        streaming={"stream": True},
    ),
    Ask(
        "transcription, as text",
        "audio.transcriptions.create",
        {"model": "whisper-1", "response_format": "text"},
        unfolded={"gen_ai.response.time_to_first_chunk": "<time>", "limelight.chunks": "<chunks>"},
        prepare=recording,
    ),
    Ask(
        "translation",
        "audio.translations.create",
        {"model": "whisper-1"},
        prepare=recording,
    ),
    Ask(
        "moderation",
        "moderations.create",
        {"model": "omni-moderation-latest", "input": "I shall attack the problem."},
    ),
    Ask(
        "batch",
        "batches.create",
        {"input_file_id": "file-none", "endpoint": "/v1/chat/completions", "completion_window": "24h"},
        steered=False,
    ),
    Ask("batch, fetched", "batches.retrieve", {}, prepare=batch, steered=False),
    Ask("batch, cancelled", "batches.cancel", {}, prepare=batch, steered=False),
)

OPENAI = Subject(
    name="openai",
    build=build,
    ways=WAYS,
    openings=OPENINGS,
    talks=("chat", "response"),
    asks=ASKS,
    error=openai.APIStatusError,
    broken=openai.APIConnectionError,
    stream_types=(openai.Stream, openai.AsyncStream),
    copies=copies,
)
