"""The `google-genai` package, 1.0 to 3, with the Gemini API."""

from __future__ import annotations

from collections.abc import Generator
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import google.genai
import httpx
import pydantic
from google.genai import errors, types

from tests.conformance.subject import Ask, Subject
from tests.conformance.ways import OPENINGS, WAYS

if TYPE_CHECKING:
    from tests.conformance.subject import Backend, Style

MODEL = "gemini-2.5-flash"
QUESTION = "What is the weather in Oslo?"
STREAM = "models.generate_content_stream"
WEATHER = {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]}
PIXEL = bytes.fromhex("89504e470d0a1a0a")
RELEASE = tuple(map(int, version("google-genai").split(".")))
WHOLE = RELEASE >= (1, 30)
"""Earlier ones drop what they do not know of an answer: its id, its thoughts, its tokens by modality."""
TOOLS = [
    {
        "function_declarations": [
            {"name": "weather", "description": "Now", "parameters": WEATHER},
            {"name": "forecast", "parameters": WEATHER},
        ]
    }
]


class Forecast(pydantic.BaseModel):
    city: str
    degrees: int


def build(backend: Backend, style: Style, retries: int = 0, **options: Any) -> Any:
    given: dict[str, Any] = {"base_url": backend.google_url, "timeout": 10_000, **options}  # type: ignore[attr-defined]
    known = getattr(types.HttpOptions, "model_fields", {})
    if "client_args" in known:
        # Loading certificates takes 20 ms.  Without a transport of its own it would take aiohttp, which warns.
        transport = httpx.AsyncHTTPTransport(verify=False)
        given |= {"client_args": {"verify": False}, "async_client_args": {"verify": False, "transport": transport}}
    if retries:
        given["retry_options"] = {"attempts": retries + 1, "initial_delay": 0.01, "max_delay": 0.02}
    client = google.genai.Client(api_key="any", http_options=given)  # type: ignore[arg-type]
    return client if style == "sync" else client.aio


ASKS = (
    Ask(
        "content",
        "models.generate_content",
        {
            "model": MODEL,
            "contents": QUESTION,
            "config": {"system_instruction": "Be brief.", "temperature": 0.5, "max_output_tokens": 200},
        },
        streamer=STREAM,
    ),
    Ask(
        "content, tools",
        "models.generate_content",
        {
            "model": f"{MODEL}+tools-twice",
            "contents": [
                {"role": "user", "parts": [{"text": "What time is it?"}]},
                {"role": "model", "parts": [{"function_call": {"name": "now", "args": {"zone": "CET"}}}]},
                {"role": "user", "parts": [{"function_response": {"name": "now", "response": {"result": "noon"}}}]},
                {"role": "model", "parts": [{"text": "It is noon."}]},
                {"role": "user", "parts": [{"text": "And the weather in Oslo?"}]},
            ],
            "config": {
                "tools": TOOLS,
                "tool_config": {"function_calling_config": {"mode": "ANY"}},
                "stop_sequences": ["END"],
            },
        },
        streamer=STREAM,
    ),
    Ask(
        "content, thinking",
        "models.generate_content",
        {"model": MODEL, "contents": QUESTION, "config": {"thinking_config": {"include_thoughts": True}}},
        streamer=STREAM,
        present=lambda client: WHOLE,
    ),
    Ask(
        "content, cached",
        "models.generate_content",
        {"model": f"{MODEL}+cached", "contents": [QUESTION], "config": {"cached_content": "cachedContents/one"}},
        streamer=STREAM,
    ),
    Ask(
        "content, as JSON",
        "models.generate_content",
        {
            "model": MODEL,
            "contents": QUESTION,
            "config": {"response_mime_type": "application/json", "response_schema": Forecast},
        },
        streamer=STREAM,
    ),
    Ask(
        "content, with a picture",
        "models.generate_content",
        {"model": MODEL, "contents": [types.Part.from_bytes(data=PIXEL, mime_type="image/png"), "What is this?"]},
        streamer=STREAM,
        present=lambda client: WHOLE,
    ),
    Ask(
        "content, searching",
        "models.generate_content",
        {"model": MODEL, "contents": QUESTION, "config": {"tools": [{"google_search": {}}]}},
        streamer=STREAM,
    ),
    Ask(
        "content, filtered",
        "models.generate_content",
        {"model": f"{MODEL}+filter", "contents": QUESTION},
        streamer=STREAM,
    ),
    Ask(
        "interaction",
        "interactions.create",
        {"model": MODEL, "input": QUESTION, "generation_config": {"thinking_level": "low"}},
        streaming={"stream": True},
        present=lambda client: RELEASE >= (2,),
    ),
    Ask(
        "embeddings",
        "models.embed_content",
        {"model": "gemini-embedding-001", "contents": ["One", "Two"], "config": {"output_dimensionality": 16}},
    ),
    Ask("token count", "models.count_tokens", {"model": MODEL, "contents": QUESTION}),
    Ask(
        "cache",
        "caches.create",
        {"model": MODEL, "config": {"contents": "Long. " * 50, "system_instruction": "Be brief.", "ttl": "60s"}},
        present=lambda client: WHOLE,
    ),
)

GOOGLE = Subject(
    name="google",
    module="google.genai",
    build=build,
    ways=WAYS,
    openings=OPENINGS,
    asks=ASKS,
    talks=("content",),
    error=errors.APIError,
    broken=Exception,
    stream_types=(Generator,),
    some=4,
    styles=("sync", "async") if WHOLE else ("sync",),  # the first ones' coroutines block, and cannot be cancelled
    retrying=(lambda times: {"retries": times}) if WHOLE else None,
    identified=False,
    unsaid=frozenset() if WHOLE else frozenset({"gen_ai.response.id"}),
)
