"""The `mistralai` package, 1 to 3."""

from __future__ import annotations

import inspect
from importlib import import_module
from types import AsyncGeneratorType, GeneratorType
from typing import TYPE_CHECKING, Any

import mistralai
import pydantic

from tests.conformance.subject import Ask, Opening, Subject
from tests.conformance.ways import OPENINGS, WAYS, can_stream, closing

if TYPE_CHECKING:
    from tests.conformance.subject import Backend, Style

CLIENT: Any = import_module("mistralai" if hasattr(mistralai, "Mistral") else "mistralai.client")
"""Where the client's classes are: in the package itself until version 2."""
SDK: Any = inspect.getmodule(CLIENT.Mistral)
HTTP: Any = SDK.httpx
"""The HTTP library of this version."""
ERRORS: Any = import_module(f"{CLIENT.__name__}.{'errors' if CLIENT is not mistralai else 'models'}")
STREAMS: Any = import_module(f"{CLIENT.__name__}.utils.eventstreaming")
STREAM_TYPES = tuple(
    getattr(STREAMS, name, otherwise)
    for name, otherwise in (("EventStream", GeneratorType), ("EventStreamAsync", AsyncGeneratorType))
)
CALL: Any = getattr(import_module(f"{CLIENT.__name__}.models"), "FunctionCallEntry", None)
NO_MODEL_OF_A_CALL = {} if "model" in getattr(CALL, "model_fields", ()) else {"gen_ai.response.model": None}
"""Version 1 drops the model that asks for a tool."""
MODEL = "mistral-large-latest"
QUESTION = [{"role": "user", "content": "What is the weather in Oslo?"}]
WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = [
    {"type": "function", "function": {"name": "weather", "description": "Now", "parameters": WEATHER}},
    {"type": "function", "function": {"name": "forecast", "parameters": WEATHER}},
]


class Forecast(pydantic.BaseModel):
    city: str
    degrees: int


def build(backend: Backend, style: Style, retries: int = 0, **options: Any) -> Any:
    """The client leaves it to us to close the HTTP clients that it was given; certificates take 20 ms to load."""
    given = {"client": HTTP.Client(verify=False), "async_client": HTTP.AsyncClient(verify=False)}
    if retries:
        options["retry_config"] = waiting(retries)
    url: str = backend.mistral_url  # type: ignore[attr-defined]
    client = CLIENT.Mistral(api_key="any", server_url=url, timeout_ms=10_000, **given, **options)
    if style == "sync":
        client.close = given["client"].close
    else:
        client.aclose = given["async_client"].aclose
    return client


def waiting(times: int) -> Any:
    """It tries again for so many milliseconds, not so many times: each wait is as long as the server says, or one."""
    module = import_module(f"{CLIENT.__name__}.utils.retries")
    patience = 5_000 if times > 1 else 20
    return module.RetryConfig("backoff", module.BackoffStrategy(20, 20, 1.0, patience), False)


def twin(path: str) -> str:
    return f"{path}_async"


def can_think(client: Any) -> bool:
    """Thoughts came with version 1.9; by then, retries worked."""
    return hasattr(import_module(f"{CLIENT.__name__}.models"), "ThinkChunk")


def can_tell(client: Any) -> bool:
    """The very first version trips over calls of tools, and asks agents for nothing."""
    return hasattr(STREAMS, "EventStream")


SPOKEN = {
    "gen_ai.usage.input_tokens": 5,
    "gen_ai.usage.output_tokens": 31,
    "limelight.cost.formula": "5 input × $1.00/M + 31 output × $2.00/M",
    "limelight.cost.input": 5e-06,
    "limelight.cost.output": 6.2e-05,
    "limelight.cost.provenance": "priced",
    "limelight.cost.source": "flat",
    "limelight.cost.total": 6.7e-05,
}
"""Speech tells what it took only where it streams."""

ASKS = (
    Ask(
        "chat",
        "chat.complete",
        {"model": MODEL, "messages": QUESTION, "temperature": 0.5, "random_seed": 7, "max_tokens": 200},
        streamer="chat.stream",
    ),
    Ask(
        "chat, tools",
        "chat.complete",
        {
            "model": f"{MODEL}+tools-twice",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "What time is it?"},
                {
                    "role": "assistant",
                    "content": "",
                    "tool_calls": [{"id": "now000001", "function": {"name": "now", "arguments": "{}"}}],
                },
                {"role": "tool", "name": "now", "content": "noon", "tool_call_id": "now000001"},
                {"role": "assistant", "content": "It is noon."},
                {"role": "user", "content": [{"type": "text", "text": "And the weather in Oslo?"}]},
            ],
            "tools": TOOLS,
            "tool_choice": "any",
            "stop": ["END"],
        },
        streamer="chat.stream",
        present=can_tell,
    ),
    Ask(
        "chat, thinking",
        "chat.complete",
        {"model": "magistral-medium-latest", "messages": QUESTION},
        streamer="chat.stream",
        present=can_think,
    ),
    Ask(
        "chat, cited and cached",
        "chat.complete",
        {"model": f"{MODEL}+citations+cached", "messages": QUESTION},
        streamer="chat.stream",
        present=can_think,
    ),
    Ask(
        "chat, several choices", "chat.complete", {"model": MODEL, "messages": QUESTION, "n": 2}, streamer="chat.stream"
    ),
    Ask(
        "chat, parsed",
        "chat.parse",
        {"model": MODEL, "messages": QUESTION, "response_format": Forecast},
        streamer="chat.parse_stream",
    ),
    Ask(
        "agent",
        "agents.complete",
        {"agent_id": "ag_weather", "messages": QUESTION},
        streamer="agents.stream",
        present=can_tell,
        steered=False,
    ),
    Ask(
        "middle",
        "fim.complete",
        {"model": "codestral-latest", "prompt": "def weather(", "suffix": "return forecast", "max_tokens": 20},
        streamer="fim.stream",
    ),
    Ask(
        "conversation",
        "beta.conversations.start",
        {
            "model": f"{MODEL}+citations",
            "inputs": "What is the weather in Oslo?",
            "instructions": "Be brief.",
            "completion_args": {"temperature": 0.5},
        },
        streamer="beta.conversations.start_stream",
    ),
    Ask(
        "conversation, tools",
        "beta.conversations.start",
        {
            "model": f"{MODEL}+tools",
            "inputs": [{"type": "message.input", "role": "user", "content": "What is the weather in Oslo?"}],
            "tools": TOOLS[:1],
        },
        streamer="beta.conversations.start_stream",
        whole=NO_MODEL_OF_A_CALL,
    ),
    Ask(
        "conversation, continued",
        "beta.conversations.append",
        {
            "conversation_id": "conv_1",
            "inputs": [{"type": "function.result", "tool_call_id": "now000001", "result": "noon"}],
        },
        streamer="beta.conversations.append_stream",
        steered=False,
    ),
    Ask("embeddings", "embeddings.create", {"model": "mistral-embed", "inputs": ["Oslo", "Bergen"]}),
    Ask(
        "document",
        "ocr.process",
        {
            "model": "mistral-ocr-latest",
            "document": {"type": "document_url", "document_url": "https://example.com/paper.pdf"},
        },
    ),
    Ask(
        "transcription",
        "audio.transcriptions.complete",
        {"model": "voxtral-mini-latest", "file": {"file_name": "say.mp3", "content": b"ID3 not much"}},
        streamer="audio.transcriptions.stream",
    ),
    Ask(
        "speech",
        "audio.speech.complete",
        {"model": "voxtral-mini-tts", "input": "Good evening, Oslo.", "response_format": "mp3"},
        streaming={"stream": True},
        streamed=SPOKEN,
    ),
    Ask(
        "moderation",
        "classifiers.moderate",
        {"model": "mistral-moderation-latest", "inputs": ["I shall attack the problem."]},
    ),
    Ask(
        "moderation, of a talk",
        "classifiers.moderate_chat",
        {"model": "mistral-moderation-latest", "inputs": [{"role": "user", "content": "Attack!"}]},
    ),
    Ask(
        "classification",
        "classifiers.classify",
        {"model": "ft:classifier:ministral-3b-latest", "inputs": ["Is it raining?"]},
    ),
)


def request_id(error: Any) -> str | None:
    headers = getattr(getattr(error, "raw_response", None), "headers", None) or {}
    return headers.get("mistral-correlation-id")


MISTRAL = Subject(
    name="mistral",
    build=build,
    ways=WAYS,
    openings={**OPENINGS, "stream, closed": Opening(closing, can_stream, by=("close", "aclose"))},
    talks=("chat",),
    asks=ASKS,
    error=ERRORS.SDKError,
    broken=HTTP.ConnectError,
    stream_types=STREAM_TYPES,
    module="mistralai",
    twin=twin,
    retrying=(lambda times: {"retries": times}) if can_think(None) else None,
    retry_after_s=0.02,
    request_id=request_id,
)
