"""The cases a to f: real `openai` calls, answered within the process.

Every prompt carries the mark `<case>-asked` and every answer `<case>-answered`, so that
the sink can tell who really reports content.
"""

from __future__ import annotations

import asyncio
import base64
import json
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
from openai import AsyncOpenAI, OpenAI

MODEL = "gpt-4o-mini"
CONCURRENT = 50
CHUNKS = 200
_WORDS = "the model reads what the user wrote and answers with a sentence about trains, weather and the price of tea"


@dataclass(frozen=True)
class Answer:
    """What the transport returns, as the pieces that would arrive from the network."""

    kind: str
    pieces: tuple[bytes, ...]


@dataclass(frozen=True)
class Case:
    name: str
    calls: int
    """Calls in a block: long enough for a median, short enough to pair with its neighbour."""
    answer: Answer
    arguments: Callable[[int], dict[str, Any]]
    """The arguments of the n-th call; the newest message differs from call to call."""
    run: Callable[[Any, dict[str, Any]], Any]
    is_async: bool = False
    weight: int = 1
    """Calls made by one `run`."""


class Canned(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Answers every request with what `answer` holds at the time."""

    answer: Answer

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        return self._response(request)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        await request.aread()
        await asyncio.sleep(0)  # concurrent calls take turns, as they do on a network
        return self._response(request)

    def _response(self, request: httpx2.Request) -> httpx2.Response:
        headers = {"content-type": self.answer.kind, "x-request-id": "req_bench"}
        return httpx2.Response(200, headers=headers, stream=_Pieces(self.answer.pieces), request=request)


class _Pieces(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    def __init__(self, pieces: tuple[bytes, ...]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


def clients(transport: Canned) -> tuple[OpenAI, AsyncOpenAI]:
    about: dict[str, Any] = {"api_key": "sk-bench", "base_url": "https://api.openai.com/v1", "max_retries": 0}
    return (
        OpenAI(http_client=httpx2.Client(transport=transport), **about),
        AsyncOpenAI(http_client=httpx2.AsyncClient(transport=transport), **about),
    )


def _text(chars: int) -> str:
    return (_WORDS * (chars // len(_WORDS) + 1))[:chars]


def _completion(message: dict[str, Any], reason: str = "stop") -> Answer:
    body = {
        "id": "chatcmpl-bench",
        "object": "chat.completion",
        "created": 1760000000,
        "model": "gpt-4o-mini-2024-07-18",
        "choices": [
            {"index": 0, "message": {"role": "assistant", **message}, "logprobs": None, "finish_reason": reason}
        ],
        "usage": _USAGE,
        "service_tier": "default",
        "system_fingerprint": "fp_bench",
    }
    return Answer("application/json", (json.dumps(body).encode(),))


_USAGE = {
    "prompt_tokens": 1200,
    "completion_tokens": 90,
    "total_tokens": 1290,
    "prompt_tokens_details": {"cached_tokens": 300, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
}


def _stream() -> Answer:
    """A role, pieces of text, the end, and the usage; the mark is split over two pieces."""
    pieces = ["a word "] * (CHUNKS - 5) + ["c-answ", "ered"]
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}, *({"content": piece} for piece in pieces)]
    events = [_chunk([{"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}], None) for delta in deltas]
    events.append(_chunk([{"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"}], None))
    events.append(_chunk([], _USAGE))
    return Answer("text/event-stream", (*events, b"data: [DONE]\n\n"))


def _chunk(choices: list[dict[str, Any]], usage: dict[str, Any] | None) -> bytes:
    body = {
        "id": "chatcmpl-bench",
        "object": "chat.completion.chunk",
        "created": 1760000000,
        "model": "gpt-4o-mini-2024-07-18",
        "service_tier": "default",
        "system_fingerprint": "fp_bench",
        "choices": choices,
        "usage": usage,
    }
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def _tool_calls() -> Answer:
    calls = [
        {
            "id": f"call_{n}",
            "type": "function",
            "function": {"name": "look_up", "arguments": json.dumps({"city": "Lyon", "day": n, "note": "d-answered"})},
        }
        for n in range(5)
    ]
    return _completion({"content": None, "refusal": None, "tool_calls": calls}, "tool_calls")


def _vectors() -> Answer:
    vector = base64.b64encode(struct.pack("<1536f", *(n / 1536 for n in range(1536)))).decode()
    body = {
        "object": "list",
        "model": "text-embedding-3-small",
        "data": [{"object": "embedding", "index": n, "embedding": vector} for n in range(64)],
        "usage": {"prompt_tokens": 640, "total_tokens": 640},
    }
    return Answer("application/json", (json.dumps(body).encode(),))


_TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": "Look a thing up.",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}, "day": {"type": "integer"}, "note": {"type": "string"}},
                "required": ["city"],
            },
        },
    }
    for name in ("look_up", "book", "cancel")
]


def _short(case: str, **more: Any) -> Callable[[int], dict[str, Any]]:
    def arguments(n: int) -> dict[str, Any]:
        messages = [
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "user", "content": f"{case}-asked: what is the {n}th word of the rhyme?"},
        ]
        return {"model": MODEL, "messages": messages, "temperature": 0.2, "max_tokens": 200, **more}

    return arguments


_HISTORY = [{"role": ("user", "assistant")[n % 2], "content": f"turn {n} (b-asked): {_text(1500)}"} for n in range(39)]


def _resent(n: int) -> dict[str, Any]:
    """An agent's conversation: the history of the last call again, and one new message."""
    return {"model": MODEL, "messages": [*_HISTORY, {"role": "user", "content": f"{n}: {_text(1500)}"}]}


def _all_new(n: int) -> dict[str, Any]:
    """The same size, but no message that was ever seen before: nothing can be remembered."""
    messages = [{**message, "content": f"{n} {message['content']}"} for message in _HISTORY]
    return {"model": MODEL, "messages": [*messages, {"role": "user", "content": f"{n}: {_text(1500)}"}]}


def _inputs(n: int) -> dict[str, Any]:
    return {"model": "text-embedding-3-small", "input": [f"f-asked {n} {k}: {_text(60)}" for k in range(64)]}


def _chat(client: Any, arguments: dict[str, Any]) -> Any:
    return client.chat.completions.create(**arguments)


def _read_stream(client: Any, arguments: dict[str, Any]) -> int:
    pieces = 0
    for chunk in client.chat.completions.create(**arguments):
        if chunk.choices and chunk.choices[0].delta.content:
            pieces += 1
    return pieces


async def _gathered(client: Any, arguments: dict[str, Any]) -> Any:
    return await asyncio.gather(*(client.chat.completions.create(**arguments) for _ in range(CONCURRENT)))


def _embed(client: Any, arguments: dict[str, Any]) -> Any:
    return client.embeddings.create(**arguments)


def _said(case: str) -> Answer:
    return _completion({"content": f"{case}-answered: it is «{_text(60)}».", "refusal": None})


_STREAMED = {"stream": True, "stream_options": {"include_usage": True}}

CASES = {
    case.name: case
    for case in (
        Case("a", 200, _said("a"), _short("a"), _chat),
        Case("b", 60, _said("b"), _resent, _chat),
        Case("c", 20, _stream(), _short("c", **_STREAMED), _read_stream),
        Case("d", 100, _tool_calls(), _short("d", tools=_TOOLS), _chat),
        Case("e", 4, _said("e"), _short("e"), _gathered, True, CONCURRENT),
        Case("f", 30, _vectors(), _inputs, _embed),
        Case("b_new", 30, _said("b"), _all_new, _chat),
    )
}
