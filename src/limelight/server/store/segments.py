"""Spans of one trace that came together: how they are written, and read again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec

from limelight.server.ingest.content import Content, Name
from limelight.server.ingest.digest import Digest, decoded_detail
from limelight.server.summary import Opening, Summary, decode, openings

MOST_SPANS = 256
REPLACED = bytes(8)
_decode_content = msgspec.json.Decoder(Content[int]).decode
_FIND = "SELECT id, trace, first, contents, summaries, ids FROM segment "
Entry: TypeAlias = Callable[[int], bytes]
"""An entry by its number; empty when it is wiped."""


@dataclass(frozen=True, slots=True)
class Segment:
    id: int
    trace: int
    first: int
    """Its first entry."""
    contents: int
    summaries: int
    """The entry that holds them."""
    spans: bytes

    @property
    def ids(self) -> list[bytes]:
        return [self.spans[at : at + 8] for at in range(0, len(self.spans), 8)]

    @property
    def entries(self) -> range:
        """The content that came with it."""
        return range(self.first, self.first + self.contents)

    def detail(self, place: int) -> int:
        """The entry of one span's detail."""
        return self.first + self.contents + place

    def place(self, span_id: bytes) -> int | None:
        return next((place for place, one in enumerate(self.ids) if one == span_id), None)

    def live(self, entry: Entry) -> Iterator[tuple[int, Summary]]:
        """The spans that no later segment has replaced, and their places."""
        found = decode(entry(self.summaries)) if self.spans else []
        return ((place, one) for place, (name, one) in enumerate(zip(self.ids, found, strict=True)) if name != REPLACED)

    def openings(self, entry: Entry) -> Iterator[tuple[int, Opening]]:
        found = openings(entry(self.summaries)) if self.spans else []
        return ((place, one) for place, (name, one) in enumerate(zip(self.ids, found, strict=True)) if name != REPLACED)


def of_trace(sql: sqlite3.Connection, trace: int) -> list[Segment]:
    rows = sql.execute(_FIND + "WHERE trace = ? ORDER BY id", (trace,))
    return [Segment(*row) for row in rows]


def holding(sql: sqlite3.Connection, entry: int) -> Segment:
    """The segment that an entry came with."""
    found = sql.execute(_FIND + "WHERE first <= ? ORDER BY first DESC LIMIT 1", (entry,))
    return Segment(*found.fetchone())


def summaries(sql: sqlite3.Connection, entry: Entry, trace: int) -> list[Summary]:
    return [one for segment in of_trace(sql, trace) for _, one in segment.live(entry)]


def detail_entry(content: Content[int], one: Digest) -> bytes:
    """Where a span's content is, then its detail: two lines."""
    return b"d" + msgspec.json.encode(content) + b"\n" + one.detail


def numbered(content: Content[Name], numbers: dict[Name, int]) -> Content[int]:
    def of(name: Name | None) -> int | None:
        return None if name is None else numbers[name]

    return Content(
        system=of(content.system),
        input=[numbers[name] for name in content.input],
        output=[numbers[name] for name in content.output],
        tools=of(content.tools),
        input_value=of(content.input_value),
        output_value=of(content.output_value),
    )


def read_content(entry: bytes) -> Content[int]:
    return _decode_content(entry[1:].partition(b"\n")[0])


def read_detail(entry: bytes) -> tuple[Content[int], dict[str, Any]]:
    where, _, rest = entry[1:].partition(b"\n")
    return _decode_content(where), decoded_detail(rest)


def span_ids(digests: Iterable[Digest]) -> bytes:
    return b"".join(bytes.fromhex(one.summary.span_id) for one in digests)


def pieces(digests: Sequence[Digest]) -> Iterator[Sequence[Digest]]:
    return (digests[at : at + MOST_SPANS] for at in range(0, len(digests), MOST_SPANS))
