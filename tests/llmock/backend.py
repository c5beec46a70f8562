"""`llmock` behind the face of our own fake provider, so that the conformance suite can ask it the same.

It keeps every request and every answer as bytes, and turns the words that steer our fake into llmock's scenarios.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from llmock.scenarios import Delay, Fail, Match, Reply, SlowFirstToken, StreamFault
from llmock.testing import LLMockServer

from limelight.testing.fake.steering import EARLY, PACES, RETRY_AFTER_S

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from typing_extensions import Self

    from limelight.testing.fake import Answer

SPOKEN = " ".join(f"Word {number} of a long and even-tempered answer." for number in range(12))
"""Long enough to be left in the middle."""
FAULTS = {"truncated": "truncate", "disconnect": "disconnect"}
FAILING = re.compile(r"fail-(\d{3})(?:x(\d+))?$")


@dataclass
class Exchange:
    """One request as it came over the wire, and the bytes of its answer."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    served: str
    """The path that llmock sees."""
    status: int | None = None
    answer: bytearray = field(default_factory=bytearray)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name.lower()), None)

    def json(self) -> Any:
        return json.loads(self.body)


class LLMock:
    """What the suite knows of a backend."""

    def __init__(self) -> None:
        self.server = LLMockServer()
        self._inner = self.server.app
        self._set_up: dict[tuple[str, str], bool] = {}
        self._gap_s = 0.0
        self.requests: list[Exchange] = []
        self.numbers = itertools.count(1)
        """What every id is drawn from, begun anew at each `reset`."""
        self.server.app = self  # type: ignore[assignment]

    def __enter__(self) -> Self:
        running = self.server.start()._server
        assert running is not None
        running.config.date_header = False  # no two seconds are alike
        running.server_state.default_headers = list(running.config.encoded_headers)
        return self

    def __exit__(self, *caught: object) -> None:
        self.server.stop()

    @property
    def state(self) -> Any:
        return self._inner.state

    @property
    def url(self) -> str:
        return str(self.server.url)

    def __getattr__(self, name: str) -> str:
        """`openai_url` and the like, as that vendor's client library wants its base URL."""
        vendor, _, rest = name.rpartition("_")
        if rest != "url" or vendor not in BASES:
            raise AttributeError(name)
        return f"{self.server.url}{BASES[vendor]}"

    def script(self, answer: Answer) -> None:
        """Only how fast: what the answers say is llmock's own affair."""
        assert not answer.parts
        self._gap_s = answer.pace.gap_s

    def reset(self) -> None:
        self.state.llmock.reset()
        self._set_up.clear()
        self._gap_s = 0.0
        self.numbers = itertools.count(1)
        self.requests.clear()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        for wanted, there in ALIASES.items():
            scope = {**scope, "path": scope["path"].replace(wanted, there)}
        body, again = await _read(receive)
        exchange = Exchange(
            scope["method"],
            scope["raw_path"].decode(),
            scope["query_string"].decode(),
            tuple((key.decode(), value.decode("latin-1")) for key, value in scope["headers"]),
            body,
            scope["path"],
        )
        self.requests.append(exchange)
        self._direct(exchange)
        await self._inner(scope, again, self._sending(exchange, send))

    def _direct(self, exchange: Exchange) -> None:
        """What llmock shall do with this request."""
        scenarios, path = self.state.llmock.scenarios, Match(path=exchange.served)
        asked = _decoded(exchange.body)
        told = asked.keys() | (asked.get("generationConfig") or {}).keys()
        if not told & SHAPING and "format" not in (asked.get("text") or {}):
            scenarios.add(Reply(text=SPOKEN, match=path))
        named = MODEL_IN_PATH.search(exchange.path)
        for word in (named[1] if named else str(asked.get("model", ""))).split("+")[1:]:
            if failing := FAILING.match(word):
                self._fail(exchange, word, int(failing[1]), failing[2])
            elif word in FAULTS:
                scenarios.add(StreamFault(FAULTS[word], after_chunks=EARLY, match=path))  # type: ignore[arg-type]
            elif word in PACES:
                late = SlowFirstToken if asked.get("stream") else Delay
                scenarios.add(late(PACES[word].first_byte_s, match=path))

    def _fail(self, exchange: Exchange, word: str, status: int, times: str | None) -> None:
        """For good, or the first few times that this path is asked so."""
        key = (exchange.path, word)
        if not self._set_up.setdefault(key, False):
            self._set_up[key] = True
            self.state.llmock.scenarios.add(
                Fail(
                    status,
                    retry_after=RETRY_AFTER_S if status == 429 else None,
                    times=int(times) if times else None,
                    match=Match(path=exchange.served),
                )
            )

    def _sending(self, exchange: Exchange, send: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
        async def sent(message: Mapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
            elif exchange.answer and self._gap_s:
                await asyncio.sleep(self._gap_s)
            exchange.answer += message.get("body", b"")
            await send(message)

        return sent


BASES = {
    "openai": "/v1",
    "anthropic": "/anthropic",
    "groq": "/groq",
    "together": "/together/v1",
    "mistral": "/mistral",
    "cohere": "/cohere",
    "google": "/gemini",
}
"""Below the root, as far as the client libraries do not add it themselves."""
ALIASES = {"/gemini/v1/": "/gemini/v1beta/"}
"""The same endpoints under the version that llmock knows."""
MODEL_IN_PATH = re.compile(r"/models/([^/:]+):")
SHAPING = frozenset(
    {"tools", "response_format", "output_format", "output_config", "responseMimeType", "responseSchema"}
)
"""Parts of a request that say of what shape the answer is: then llmock makes it."""


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        decoded = json.loads(body)
    except ValueError:
        return {}
    return decoded if isinstance(decoded, dict) else {}


async def _read(receive: Any) -> tuple[bytes, Any]:
    """The whole body, and a `receive` that gives it again."""
    body, messages = b"", []
    while True:
        messages.append(await receive())
        body += messages[-1].get("body", b"")
        if not messages[-1].get("more_body"):
            break

    async def again() -> Any:
        return messages.pop(0) if messages else await receive()

    return body, again
