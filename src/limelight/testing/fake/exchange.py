"""The values that travel between the HTTP server and the wire formats."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from limelight.testing.fake.script import INSTANT, Fault, Pace

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request exactly as it arrived."""

    method: str
    path: str
    """Without the query string, still percent-encoded."""
    query: str
    headers: tuple[tuple[str, str], ...]
    """In order and spelling of the wire."""
    body: bytes

    def header(self, name: str) -> str | None:
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    def json(self) -> Any:
        """The decoded body; raises `ValueError` when it is not JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream.  A `str` is written as it is, a table as JSON, both as a server-sent event; bytes are
    framed already."""

    data: Json | str | bytes
    name: str | None = None
    padding: int = 0
    """Blanks before the closing brace, as Anthropic sends them."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer, and how fast and how badly."""

    body: Json | bytes = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    events: tuple[Event, ...] | None = None
    """A stream of events instead of a body."""
    pace: Pace = INSTANT
    fault: Fault | None = None
    error_event: Event | None = None
    """How this vendor reports an error in the middle of a stream."""


@dataclass(slots=True)
class Exchange:
    """One request and what became of its answer: an entry of `FakeProvider.requests`."""

    request: Request
    status: int | None = None
    events_sent: int = 0
    ending: Literal["open", "complete", "cut", "client left"] = "open"

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def path(self) -> str:
        return self.request.path

    @property
    def query(self) -> str:
        return self.request.query

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        return self.request.headers

    @property
    def body(self) -> bytes:
        return self.request.body

    def header(self, name: str) -> str | None:
        return self.request.header(name)

    def json(self) -> Any:
        return self.request.json()
