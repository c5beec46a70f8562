"""What a wire format is written in: routes, how it reports errors, which requests are its own."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from limelight.testing.fake.bodies import BadRequestError
from limelight.testing.fake.prompt import OTHER, Prompt
from limelight.testing.fake.script import Answer, Failure, Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from limelight.testing.fake.exchange import Event, Json, Reply, Request


ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
EPOCH_S = 1_772_000_000
"""The fake's clock stands still, so that equal requests get equal answers."""


class Ids:
    """Identifiers that look random and are not: they follow from the request and how often it has come."""

    def __init__(self, seed: str, number: int = 1) -> None:
        self.seed = seed
        self._seed, self._made = f"{seed}/{number}", 0

    def __call__(self, prefix: str, length: int) -> str:
        return prefix + "".join(ALPHABET[byte % 62] for byte in self._bytes(length))

    def hex(self, prefix: str, length: int) -> str:
        return prefix + "".join("0123456789abcdef"[byte % 16] for byte in self._bytes(length))

    def uuid(self) -> str:
        given = self.hex("", 32)
        return "-".join((given[:8], given[8:12], given[12:16], given[16:20], given[20:]))

    def below(self, limit: int) -> int:
        return int.from_bytes(self._bytes(4), "big") % limit

    def _bytes(self, length: int) -> bytes:
        self._made += 1
        return hashlib.shake_128(f"{self._seed}/{self._made}".encode()).digest(length)


@dataclass(slots=True)
class Shelf:
    """What the provider remembers between requests."""

    kept: dict[str, Json] = field(default_factory=dict)
    """Responses, batches, files by id."""
    contents: dict[str, bytes] = field(default_factory=dict)
    """Bytes of files by id."""
    prefixes: dict[str, int] = field(default_factory=dict)
    """Cached prompt prefixes: digest to tokens."""


@dataclass(slots=True)
class Take:
    """One request on its way to a reply."""

    request: Request
    args: tuple[str, ...]
    """What the placeholders of the route's path stand for."""
    body: Json
    url: str
    """The server's own address."""
    ids: Ids
    shelf: Shelf
    ask: Callable[[str, Json], Reply]
    """Send a request of our own through the same provider: path, body."""
    prompt: Prompt = field(default_factory=lambda: Prompt(OTHER, ""))
    answer: Answer = field(default_factory=Answer)
    tally: Tally = field(default_factory=lambda: Tally(0, 0))


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint.  `{}` in the path stands for one segment."""

    method: str
    path: str
    reply: Callable[[Take], Reply]
    read: Callable[[Json], Prompt] | None = None
    """How to understand the body; without it the endpoint has nothing to say, but can fail."""

    def match(self, method: str, path: str) -> tuple[str, ...] | None:
        if method != self.method:
            return None
        pattern = re.escape(self.path).replace(r"\{\}", "([^/]+)")
        found = re.fullmatch(pattern, path.rstrip("/"))
        return None if found is None else found.groups()


@dataclass(frozen=True, slots=True)
class Vendor:
    name: str
    claims: Callable[[Request], bool]
    routes: Sequence[Route]
    error: Callable[[Failure, Prompt, str], Json]
    """The body of an HTTP error; the last argument is the request id."""
    error_event: Callable[[Take], Event]
    headers: Callable[[Take, str], dict[str, str]]
    """Headers of every answer, among them the request id."""
    request_id: Callable[[Ids], str]
    key: Callable[[Request], str | None]
    """The API key a request carries."""
    cached: Callable[[Prompt, Shelf], tuple[int, int]] = lambda prompt, shelf: (0, 0)
    """Tokens read from and written to the prompt cache by this request."""
    path: Callable[[Request], str] = lambda request: request.path
    """The path that the routes are matched with."""
    body: Callable[[Request, Json], Json] = lambda request, body: body
    """The body that the routes read, where the address says part of it."""
    dress: Callable[[Take, Reply], Reply] = lambda take, reply: reply
    """The last touch: what this host adds to the format it borrowed."""


def objects(value: Any, name: str) -> list[Json]:
    """A list of objects, or a bad request that says which one is none."""
    for at, item in enumerate(value):
        if not isinstance(item, dict):
            raise BadRequestError(f"Invalid type for '{name}[{at}]': expected an object, but got something else.")
    return list(value)


def text_of(content: Any) -> str:
    """The text of a message's content: a string, or a list of parts of any vendor."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    texts = [part if isinstance(part, str) else part.get("text") or text_of(part.get("content")) for part in content]
    return " ".join(text for text in texts if isinstance(text, str) and text)
