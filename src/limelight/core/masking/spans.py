"""Where in a text something was found, and how the text is searched in linear time.

Every search goes from cheap to exact: a literal or a long run of token characters is found in C at gigabytes
a second, and only there a pattern of bounded length looks closer.  Texts that hold neither cost nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

Span: TypeAlias = tuple[int, int, str]
"""Start, end, kind."""
Finder: TypeAlias = Callable[[str, bytes, int], Iterator[Span]]
"""(whole text, window of it as `folded`, where the window starts) -> what begins in the window."""

WINDOW = 65_536
"""Characters searched by one call into C, so that other threads get their turn."""
OVERLAP = 64
"""Longer than any literal that starts a search."""


def folded(text: str) -> bytes:
    """One byte a character, ASCII letters in lower case, all other characters `?`: fast to search, same positions."""
    return text.encode("latin-1", "replace").lower()


def found(text: str, finders: Iterable[Finder]) -> Iterator[Span]:
    """Everything the finders see, window by window; neighbours may report one thing twice."""
    for start in range(0, len(text), WINDOW):
        window = folded(text[start : start + WINDOW + OVERLAP])
        for finder in finders:
            yield from finder(text, window, start)


def positions(window: bytes, literal: bytes) -> Iterator[int]:
    """Every place of a literal in the window."""
    at = window.find(literal)
    while at >= 0:
        yield at
        at = window.find(literal, at + len(literal))


def merged(spans: Iterable[Span]) -> list[Span]:
    """In order and without overlaps; what overlaps becomes one and keeps the kind of the longer."""
    joined: list[Span] = []
    for start, end, kind in sorted(spans, key=lambda span: (span[0], -span[1])):
        if joined and start < joined[-1][1]:
            first, last, known = joined[-1]
            joined[-1] = first, max(last, end), known if last - first >= end - start else kind
        else:
            joined.append((start, end, kind))
    return joined
