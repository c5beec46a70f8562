"""What can be asked of the client libraries that are installed, as parameters for tests.

All of it is some thousands of calls.  `make test` makes those that differ most; the others are marked slow.
"""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.drive import farewell, settle
from tests.conformance.subject import NOWHERE, Style, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.conformance.subject import Ask


FIRST_WAYS = ("plain", "stream")
THOROUGH = ("openai", "anthropic")


@cache
def _built(name: str, style: Style, build: Any) -> Any:
    """A client to look at: it has been closed."""

    async def client() -> Any:
        built = await settle(build(NOWHERE, style))
        await farewell(built)
        return built

    return asyncio.run(client())


def _each(subjects: Sequence[Subject], styles: tuple[str, ...] = ()) -> Iterator[tuple[Subject, Style, Any]]:
    for subject in subjects:
        for style in subject.styles:
            if style in (styles or subject.styles):
                yield subject, style, _built(subject.name, style, subject.build)


def choices(subjects: Sequence[Subject], *forms: str) -> list[Any]:
    """Everything that the installed clients can be asked, in every way."""
    return [
        pytest.param(
            subject, said, way, style, id=f"{subject}-{ask}-{name}-{style}", marks=_marks(subject, ask, style, name)
        )
        for subject, style, client in _each(subjects)
        for ask in subject.asks
        for said in [subject.ask_in(style, ask)]
        for name, way in subject.ways.items()
        if way.needs(client, said) and (not forms or way.form in forms)
    ]


def talks(subjects: Sequence[Subject], *styles: Style) -> list[Any]:
    """The operations to talk with, sync and async."""
    return [
        pytest.param(subject, said, style, id=f"{subject}-{said}-{style}", marks=_marks(subject, said, style))
        for subject, style, client in _each(subjects, styles)
        for said in _talks(subject, style, client)
    ]


def first_talks(subjects: Sequence[Subject], *styles: Style) -> list[Any]:
    """Of each library one operation to talk with."""
    return [one for one in talks(subjects, *styles) if one.values[1].name == one.values[0].talks[0]]


def heavy(parameters: Sequence[Any]) -> list[Any]:
    """For what takes a second and asks more of us than of a library: slow, but for two of them."""
    return [one if one.values[0].name in THOROUGH else slowly(one) for one in parameters]


def slowly(one: Any) -> Any:
    return pytest.param(*one.values, id=one.id, marks=[*one.marks, pytest.mark.slow])


def openings(subjects: Sequence[Subject], *styles: Style) -> list[Any]:
    """Every way to a stream of text."""
    return [
        pytest.param(
            subject,
            said,
            opening,
            style,
            id=f"{subject}-{said}-{name}-{style}",
            marks=_marks(subject, said, style, name),
        )
        for subject, style, client in _each(subjects, styles)
        for said in _talks(subject, style, client)
        for name, opening in subject.openings.items()
        if opening.needs(client, said) and (not opening.by or _has(subject, style, opening.by))
    ]


def _marks(subject: Subject, ask: Ask, style: Style, way: str = "") -> Sequence[pytest.MarkDecorator]:
    """Slow, unless it is a plain call or stream, or any way of the two libraries that have the most of them."""
    is_thorough = ask.name == subject.talks[0] and subject.name in THOROUGH
    is_first = style == "sync" and way in ("", *FIRST_WAYS, next(iter(subject.openings), ""))
    is_only = way == "" and ask.name == subject.talks[0]
    return () if is_thorough or is_first or is_only else (pytest.mark.slow,)


def _talks(subject: Subject, style: Style, client: Any) -> list[Ask]:
    asked = [subject.ask_in(style, subject.ask(name)) for name in subject.talks]
    return [ask for ask in asked if subject.ways["stream"].needs(client, ask)]


def _has(subject: Subject, style: Style, methods: tuple[str, ...]) -> bool:
    kind = subject.stream_types[-1 if style == "async" else 0]
    return any(hasattr(kind, name) for name in methods)
