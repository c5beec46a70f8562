"""What the suite has to know of a client library: data, and how its clients hand out what they have."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from tests.conformance.drive import farewell, settle

Style = Literal["sync", "async"]
Seen = list[Any]
"""Everything a caller can see of a result: types, values, ids, chunk after chunk."""


class Backend(Protocol):
    """Whoever answers: for each wire format it speaks, `NAME_url`."""

    url: str


class _Nowhere:
    """Where no provider is."""

    url = "http://127.0.0.1:1"

    def __getattr__(self, name: str) -> str:
        if not name.endswith("_url"):
            raise AttributeError(name)
        return self.url


NOWHERE: Backend = _Nowhere()


@dataclass(frozen=True)
class Way:
    """One way of asking, and of reading what comes back to its end."""

    ask: Callable[..., Any]
    """(client, ask, arguments) -> what the client's method returns; to be awaited if need be."""
    read: Callable[[Any], Awaitable[Seen]]
    form: Literal["whole", "stream", "unfolded"] = "whole"
    """Does the answer come in one piece, in the vendor's own, or as the caller reads it off the response?"""
    needs: Callable[[Any, Ask], bool] = lambda client, ask: True
    """Has this version of the client that way of asking?"""


@dataclass(frozen=True)
class Opening:
    """One way to a stream, for those who do not read it to its end."""

    open: Callable[[Any, Ask, Mapping[str, Any]], AbstractAsyncContextManager[Any]]
    """(client, ask, arguments) -> the stream, to iterate over; leaving ends it as the vendor says it is ended."""
    needs: Callable[[Any, Ask], bool]
    by: tuple[str, ...] = ()
    """Methods of which the class of the stream must have one."""
    some: int | None = None
    """Pieces after which some text, but not all of it, has come; the subject's unless given."""


@dataclass(frozen=True)
class Ask:
    """One operation of a client."""

    name: str
    method: str
    """Dotted path from the client."""
    arguments: Mapping[str, Any]
    streaming: Mapping[str, Any] | None = None
    """Further arguments by which the answer streams."""
    streamer: str | None = None
    """Where another method gives the stream: its path."""
    streamed: Mapping[str, Any] = field(default_factory=dict)
    """What a streamed answer's span says otherwise than `spans/….json`; None for what it does not say."""
    whole: Mapping[str, Any] = field(default_factory=dict)
    """The same for an answer in one piece, where this version of the client drops some of it."""
    unfolded: Mapping[str, Any] = field(default_factory=dict)
    """The same for an answer in one piece that the caller reads off the response as it comes."""
    helper: str | None = None
    """The method that gives a manager of a helper stream."""
    steered: bool = True
    """Can the answer be steered?"""
    prepare: Callable[[Backend], Mapping[str, Any]] | None = None
    """Ask the backend for what must exist beforehand; gives further arguments."""
    present: Callable[[Any], bool] = lambda client: True
    """Can this version of the client do it, as far as the path of the method does not tell?"""

    @property
    def said(self) -> str | None:
        """The argument that holds what is said to the model."""
        return next((name for name in ("messages", "input", "contents", "message") if name in self.arguments), None)

    def __str__(self) -> str:
        return self.name


def by_model(arguments: Mapping[str, Any], *words: str) -> dict[str, Any]:
    """Steer by the name of the model, which stands in `model` or `modelId`."""
    key = "modelId" if "modelId" in arguments else "model"
    return {**arguments, key: "+".join((arguments[key], *words))}


def by_header(arguments: Mapping[str, Any], *words: str) -> dict[str, Any]:
    """Steer by a header, for clients that look at the model's name and take `extra_headers`."""
    return {**arguments, "extra_headers": {"x-limelight-steer": " ".join(words)}}


def request_id(error: Any) -> str | None:
    """From the answer: the oldest clients have no attribute for it, and not every vendor gives one."""
    response = getattr(error, "response", None)
    headers = getattr(error, "headers", None) or getattr(response, "headers", None) or {}
    return next((headers[name] for name in ("x-request-id", "request-id") if name in headers), None)


@dataclass(frozen=True)
class Subject:
    """One client library."""

    name: str
    """As its file, the file of its spans, and our integration are called."""
    build: Callable[..., Any]
    """(backend, style, **options) -> a client, or an awaitable that gives one."""
    ways: Mapping[str, Way]
    openings: Mapping[str, Opening]
    asks: Sequence[Ask]
    talks: Sequence[str]
    """Operations that answer with a text and can be streamed: for what need not be tried with all of them."""
    error: type[Exception] | tuple[type[Exception], ...]
    """What every refusal of this library is."""
    broken: type[Exception] | tuple[type[Exception], ...]
    """What a connection that cannot be made is."""
    stream_types: tuple[type, ...]
    """What a streamed answer is an instance of, sync and async."""
    module: str = ""
    """The library's package, where it is not called like the subject."""
    styles: tuple[Style, ...] = ("sync", "async")
    twin: Callable[[str], str] = lambda path: path
    """From the path of a sync method to that of its async one."""
    steer: Callable[..., dict[str, Any]] = by_model
    """(arguments, *words) -> arguments by which the fake provider does what the words say."""
    some: int = 8
    """Pieces of a stream after which some text, but not all of it, has come."""
    retrying: Callable[[int], Mapping[str, Any]] | None = lambda times: {"max_retries": times}
    """Options of `build` by which the client tries again so often; None where it never does."""
    retries_streams: bool = True
    """Does it try again as well where it was asked for a stream?"""
    retry_after_s: float | None = 0.02
    """What the provider says about when to come again."""
    identified: bool = True
    """Does every answer have a request id?"""
    request_id: Callable[[Exception], str | None] = request_id
    copies: Callable[[Any], Sequence[Any]] = lambda client: ()
    """Clients made from a client: they are wrapped if it is."""
    wraps: bool = True
    """Are there clients to wrap, or only a module's functions?"""
    volatile: frozenset[str] = frozenset()
    """Fields of an answer that the client fills by clock or by lot."""

    unsaid: frozenset[str] = frozenset()
    """Attributes of the spans for which this version of the client has nothing."""

    @property
    def root(self) -> str:
        return self.module or self.name

    def ask(self, name: str) -> Ask:
        return next(ask for ask in self.asks if ask.name == name)

    def ask_in(self, style: Style, ask: Ask) -> Ask:
        """The same operation by the names that it has in this style."""
        if style == "sync":
            return ask
        return replace(ask, method=self.twin(ask.method), streamer=ask.streamer and self.twin(ask.streamer))

    async def client(self, backend: Backend, style: Style, **options: Any) -> Any:
        """A client that is closed when the test ends."""
        _open.append(await settle(self.build(backend, style, **options)))
        return _open[-1]

    def __str__(self) -> str:
        return self.name


_open: list[Any] = []


async def close_clients() -> None:
    while _open:
        await farewell(_open.pop())
