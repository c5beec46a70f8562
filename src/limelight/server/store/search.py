"""Which traces hold some words: the index says where each word stands, the content whether they stand together."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from limelight.server.query.language import Says
from limelight.server.store.conditions import FOREVER, Said, Window
from limelight.server.store.segments import Entry
from limelight.server.store.words import says, tokens, words

MOST_HITS = 1_000
MOST_READ = 400
"""Segments, the newest, that are read to see whether the words of a phrase stand together."""

_Hit: TypeAlias = tuple[int, int, int, bool]


def traces(sql: sqlite3.Connection, asked: Says, window: Window, entry: Entry) -> Said:
    """The traces that say it, among the newest that have its words at all."""
    wanted = tokens(asked.words)
    if not wanted:
        return Said(())
    is_prefix = asked.words.endswith("*")
    match = " ".join(f'"{word}"' for word in wanted) + ("*" if is_prefix else "")
    holds = says(wanted, is_prefix=is_prefix)
    is_word = len(wanted) == 1
    most = MOST_HITS if is_word else MOST_READ
    hits = _hits(sql, match, window, most)
    found = {trace for trace, first, contents, _ in hits if is_word or _in(holds, first, contents, entry)}
    found.update(_users(sql, [hit for hit in hits if hit[3]], holds, entry))
    return Said(sorted(found), is_cut=len(hits) == most)


def _hits(sql: sqlite3.Connection, match: str, window: Window, limit: int) -> list[_Hit]:
    """Trace, entries, and whether others share them.  What an end of time leaves out is not counted."""
    ended = "LEFT JOIN trace ON trace.id = segment.trace " if window.to_ns < FOREVER else ""
    within = "AND (trace.sort_ns < ? OR segment.shared) " if ended else ""
    asked = (
        "SELECT segment.trace, segment.first, segment.contents, segment.shared FROM words "
        f"CROSS JOIN segment ON segment.id = words.rowid {ended} WHERE words MATCH ? {within} ORDER BY words.rowid DESC LIMIT ?"
    )
    return sql.execute(asked, (match, *((window.to_ns,) if ended else ()), limit)).fetchall()


def _users(sql: sqlite3.Connection, hits: Sequence[_Hit], holds: Callable[[str], bool], entry: Entry) -> Iterator[int]:
    """Who uses content that came with another trace, if it is what was found."""
    for _, first, contents, _ in hits:
        seen: dict[int, bool] = {}
        shared = sql.execute("SELECT entry, trace FROM use WHERE entry >= ? AND entry < ?", (first, first + contents))
        for number, trace in shared:
            if number not in seen:
                seen[number] = _in(holds, number, 1, entry)
            if seen[number]:
                yield trace


def _in(holds: Callable[[str], bool], first: int, contents: int, entry: Entry) -> bool:
    return any(holds(words(entry(number))) for number in range(first, first + contents))
