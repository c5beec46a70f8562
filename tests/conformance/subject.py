"""What the suite has to know of a provider: data, and how its clients hand out what they have."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Literal, Protocol

import pytest

Style = Literal["sync", "async"]
Seen = list[Any]
"""Everything a caller can see of a result: types, values, ids, chunk after chunk."""


class Backend(Protocol):
    """Whoever answers: one of the fake providers."""

    openai_url: str
    anthropic_url: str


@dataclass(frozen=True)
class Way:
    """One way of asking, and of reading what comes back to its end."""

    ask: Callable[..., Any]
    """(client, method, arguments) -> what the client's method returns; to be awaited if need be."""
    read: Callable[[Any], Awaitable[Seen]]
    form: Literal["whole", "stream", "unfolded"] = "whole"
    """Does the answer come in one piece, in the vendor's own, or as the caller reads it off the response?"""
    needs: Callable[[Any, Ask], bool] = lambda client, ask: True
    """Has this version of the client that way of asking?"""


@dataclass(frozen=True)
class Opening:
    """One way to a stream, for those who do not read it to its end."""

    open: Callable[[Any, Ask, Mapping[str, Any]], AbstractAsyncContextManager[Any]]
    """(client, method, arguments) -> the stream, to iterate over; leaving ends it as the vendor says it is ended."""
    needs: Callable[[Any, Ask], bool]
    some: int = 8
    """Pieces after which some text, but not all of it, has come with either provider."""


@dataclass(frozen=True)
class Ask:
    """One operation of a client."""

    name: str
    method: str
    """Dotted path from the client."""
    arguments: Mapping[str, Any]
    streaming: Mapping[str, Any] | None = None
    """Further arguments by which the answer streams."""
    streamed: Mapping[str, Any] = field(default_factory=dict)
    """What a streamed answer's span says otherwise than `spans/….json`; None for what it does not say."""
    unfolded: Mapping[str, Any] = field(default_factory=dict)
    """The same for an answer in one piece that the caller reads off the response as it comes."""
    helper: str | None = None
    """The method that gives a manager of a helper stream."""
    steered: bool = True
    """Can the answer be steered by the name of the model?"""
    prepare: Callable[[Backend], Mapping[str, Any]] | None = None
    """Ask the backend for what must exist beforehand; gives further arguments."""
    present: Callable[[Any], bool] = lambda client: True
    """Can this version of the client do it, as far as the path of the method does not tell?"""

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Subject:
    """One client library."""

    name: str
    build: Callable[..., Any]
    """(backend, style, **options) -> a client."""
    ways: Mapping[str, Way]
    openings: Mapping[str, Opening]
    asks: Sequence[Ask]
    talks: Sequence[str]
    """Operations that answer with a text and can be streamed: for what need not be tried with all of them."""
    error: type[Exception]
    """What every refusal of this library is."""
    broken: type[Exception]
    """What a connection that breaks is."""
    stream_types: tuple[type, ...]
    """What a streamed answer is an instance of, sync and async."""

    def ask(self, name: str) -> Ask:
        return next(ask for ask in self.asks if ask.name == name)

    def __str__(self) -> str:
        return self.name


NOWHERE = SimpleNamespace(openai_url="http://127.0.0.1:1/v1", anthropic_url="http://127.0.0.1:1")


def talks(subjects: Sequence[Subject], *styles: Style) -> list[Any]:
    """The operations to talk with, of the installed clients, sync and async: parameters for a test."""
    return [
        pytest.param(subject, ask, style, id=f"{subject}-{ask}-{style}")
        for subject in subjects
        for style in styles or ("sync", "async")
        for client in [subject.build(NOWHERE, style)]
        for ask in map(subject.ask, subject.talks)
        if subject.ways["stream"].needs(client, ask)
    ]


def openings(subjects: Sequence[Subject], *styles: Style) -> list[Any]:
    """Every way to a stream of text."""
    return [
        pytest.param(subject, ask, opening, style, id=f"{subject}-{ask}-{name}-{style}")
        for subject, ask, style in (talk.values for talk in talks(subjects, *styles))
        for client in [subject.build(NOWHERE, style)]
        for name, opening in subject.openings.items()
        if opening.needs(client, ask)
    ]


def choices(subjects: Sequence[Subject], *forms: str) -> list[Any]:
    """Everything that the installed clients can be asked, in every way: parameters for a test."""
    styles: tuple[Style, ...] = ("sync", "async")
    return [
        pytest.param(subject, ask, way, style, id=f"{subject}-{ask}-{name}-{style}")
        for subject in subjects
        for style in styles
        for client in [subject.build(NOWHERE, style)]
        for ask in subject.asks
        for name, way in subject.ways.items()
        if way.needs(client, ask) and (not forms or way.form in forms)
    ]
