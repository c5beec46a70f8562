"""The `anthropic` package, 0.34 to 2."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

import anthropic
import pydantic

from tests.conformance.stainless import OPENINGS, WAYS, copies
from tests.conformance.subject import Ask, Subject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.conformance.subject import Backend, Style

MODEL = "claude-opus-4-8"
QUESTION = [{"role": "user", "content": "What is the weather in Oslo?"}]
WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


class Forecast(pydantic.BaseModel):
    city: str
    degrees: int


def build(backend: Backend, style: Style, **options: Any) -> Any:
    given = {"base_url": backend.anthropic_url, "api_key": "any", "max_retries": 0, "timeout": 10.0, **options}
    kind: Any = anthropic.Anthropic if style == "sync" else anthropic.AsyncAnthropic
    if "http_client" not in given:  # loading certificates takes 20 ms
        transport: Any = anthropic.DefaultHttpxClient if style == "sync" else anthropic.DefaultAsyncHttpxClient
        given["http_client"] = transport(verify=False)
    return kind(**given)


def batch(backend: Backend) -> Mapping[str, Any]:
    headers = {"x-api-key": "any", "anthropic-version": "2023-06-01", "content-type": "application/json"}
    url = f"{backend.anthropic_url}/v1/messages/batches"
    request = urllib.request.Request(url, json.dumps({"requests": REQUESTS}).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return {"message_batch_id": json.load(answer)["id"]}


REQUESTS = [{"custom_id": "one", "params": {"model": MODEL, "max_tokens": 50, "messages": QUESTION}}]

ASKS = (
    Ask(
        "messages",
        "messages.create",
        {
            "model": MODEL,
            "max_tokens": 200,
            "messages": QUESTION,
            "system": "Be brief.",
            "metadata": {"user_id": "u-1"},
        },
        streaming={"stream": True},
        helper="stream",
    ),
    Ask(
        "messages, tools",
        "messages.create",
        {
            "model": f"{MODEL}+tools-twice",
            "max_tokens": 200,
            "messages": [
                *QUESTION,
                {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "now", "input": {}}]},
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "noon"}]},
                {"role": "assistant", "content": "It is noon."},
                {"role": "user", "content": "And the weather in Oslo?"},
            ],
            "tools": [
                {"name": "weather", "description": "Now", "input_schema": WEATHER},
                {"name": "forecast", "input_schema": WEATHER},
            ],
            "tool_choice": {"type": "any"},
            "stop_sequences": ["END"],
        },
        streaming={"stream": True},
        helper="stream",
    ),
    Ask(
        "messages, thinking",
        "messages.create",
        {
            "model": MODEL,
            "max_tokens": 4000,
            "messages": QUESTION,
            "thinking": {"type": "enabled", "budget_tokens": 1024},
        },
        streaming={"stream": True},
        helper="stream",
    ),
    Ask(
        "messages, cached",
        "messages.create",
        {
            "model": f"{MODEL}+cached+cache-write",
            "max_tokens": 200,
            "system": [{"type": "text", "text": "Long. " * 50, "cache_control": {"type": "ephemeral"}}],
            "messages": QUESTION,
        },
        streaming={"stream": True},
        helper="stream",
    ),
    Ask(
        "messages, parsed",
        "messages.parse",
        {"model": MODEL, "max_tokens": 200, "messages": QUESTION, "output_format": Forecast},
    ),
    Ask(
        "messages, as beta",
        "beta.messages.create",
        {"model": MODEL, "max_tokens": 200, "messages": QUESTION, "betas": ["context-1m-2025-08-07"]},
        streaming={"stream": True},
        helper="stream",
    ),
    Ask(
        "messages, parsed as beta",
        "beta.messages.parse",
        {"model": MODEL, "max_tokens": 200, "messages": QUESTION, "output_format": Forecast},
    ),
    Ask(
        "messages, caching as beta",
        "beta.prompt_caching.messages.create",
        {"model": MODEL, "max_tokens": 200, "messages": QUESTION},
        streaming={"stream": True},
        helper="stream",
    ),
    Ask(
        "completion",
        "completions.create",
        {"model": "claude-2.1", "max_tokens_to_sample": 20, "prompt": "\n\nHuman: Hello\n\nAssistant:"},
        streaming={"stream": True},
        streamed={"limelight.tokens_per_second": None},
    ),
    Ask(
        "token count",
        "messages.count_tokens",
        {"model": MODEL, "messages": QUESTION},
    ),
    Ask(
        "token count, as beta",
        "beta.messages.count_tokens",
        {"model": MODEL, "messages": QUESTION},
    ),
    Ask("batch", "messages.batches.create", {"requests": REQUESTS}, steered=False),
    Ask("batch, fetched", "messages.batches.retrieve", {}, prepare=batch, steered=False),
    Ask("batch, cancelled", "messages.batches.cancel", {}, prepare=batch, steered=False),
    Ask("batch, as beta", "beta.messages.batches.create", {"requests": REQUESTS}, steered=False),
)

ANTHROPIC = Subject(
    name="anthropic",
    build=build,
    ways=WAYS,
    openings=OPENINGS,
    talks=("messages", "messages, as beta"),
    asks=ASKS,
    error=anthropic.APIStatusError,
    broken=anthropic.APIConnectionError,
    stream_types=(anthropic.Stream, anthropic.AsyncStream),
    copies=copies,
)
