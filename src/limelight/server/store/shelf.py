"""Entries on disk: many in one frame, and each piece of content once, whoever repeats it."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from limelight.server.ingest.content import Name, named
from limelight.server.store import bulk
from limelight.server.store.packing import Packing

SHIFT = 20
MASK = (1 << SHIFT) - 1
CONTENT_BYTES, SUMMARY_BYTES = 512_000, 64_000
"""How much goes into one pack: the more, the better it packs; reading one entry means unpacking all."""
KNOWN = 30_000
_AT_ONCE = 900


class Pile:
    """Entries that wait to be packed together."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self.clear()

    def clear(self) -> None:
        self.pack: int | None = None
        self.entries: list[bytes] = []
        self._bytes = 0

    def add(self, entry: bytes) -> None:
        self.entries.append(entry)
        self._bytes += len(entry)

    @property
    def is_full(self) -> bool:
        return self._bytes >= self._most_bytes


class Shelf:
    """Where entries are put, on the writer's thread."""

    def __init__(self, sql: sqlite3.Connection, packing: Packing) -> None:
        self._sql = sql
        self._packing = packing
        self.content, self.summaries = Pile(CONTENT_BYTES), Pile(SUMMARY_BYTES)
        self.clear()

    def clear(self) -> None:
        """Forget what was not written: the transaction has failed."""
        self.content.clear()
        self.summaries.clear()
        self._read: tuple[int, list[bytes]] = 0, []
        row = self._sql.execute("SELECT seq FROM sqlite_sequence WHERE name = 'pack'").fetchone()
        self._last = row[0] if row else 0

    def next(self, pile: Pile) -> int:
        """The number of the entry that is put next."""
        if pile.pack is None:
            self._last += 1
            pile.pack = self._last
        return pile.pack << SHIFT | len(pile.entries)

    def put(self, pile: Pile, entry: bytes) -> int:
        number = self.next(pile)
        pile.add(entry)
        return number

    def end_segment(self) -> None:
        """What belongs together has been put."""
        for pile in (self.content, self.summaries):
            if pile.is_full:
                self._write(pile)

    def flush(self) -> None:
        self._write(self.content)
        self._write(self.summaries)

    def _write(self, pile: Pile) -> None:
        if pile.entries:
            body = self._packing.packed_entries(pile.entries)
            self._sql.execute("INSERT INTO pack (id, body) VALUES (?,?)", (pile.pack, body))
        pile.clear()

    def entries(self, pack: int) -> list[bytes]:
        """All of one pack, wiped ones empty."""
        for pile in (self.content, self.summaries):
            if pack == pile.pack:
                return pile.entries
        if pack != self._read[0]:
            row = self._sql.execute("SELECT body FROM pack WHERE id = ?", (pack,)).fetchone()
            self._read = pack, self._packing.entries(row[0]) if row else []
        return self._read[1]

    def entry(self, number: int) -> bytes:
        """Empty when it is wiped."""
        entries, place = self.entries(number >> SHIFT), number & MASK
        return entries[place] if place < len(entries) else b""

    def wipe(self, numbers: Iterable[int]) -> None:
        """Overwrite entries with nothing.  What waits is written first."""
        self.flush()
        by_pack: dict[int, list[int]] = {}
        for number in numbers:
            by_pack.setdefault(number >> SHIFT, []).append(number & MASK)
        for pack, places in by_pack.items():
            entries = self.entries(pack)
            for place in places:
                if place < len(entries):
                    entries[place] = b""
            if any(entries):
                body = self._packing.packed_entries(entries)
                self._sql.execute("UPDATE pack SET body = ? WHERE id = ?", (body, pack))
            else:
                self._sql.execute("DELETE FROM pack WHERE id = ?", (pack,))
                self._read = 0, []


class Names:
    """Which content is stored already: its number, and the trace that brought it."""

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql = sql
        self._known: OrderedDict[Name, tuple[int, int]] = OrderedDict()

    def clear(self) -> None:
        self._known.clear()

    def learn(self, names: Iterable[Name]) -> None:
        """Look up all that will be asked for, at once."""
        wanted = set(names)
        for name in wanted & self._known.keys():
            self._known.move_to_end(name)
        unknown = sorted(wanted - self._known.keys())
        for at in range(0, len(unknown), _AT_ONCE):
            some = unknown[at : at + _AT_ONCE]
            marks = ",".join("?" * len(some))
            for name, entry, trace in self._sql.execute(
                f"SELECT name, entry, trace FROM content WHERE name IN ({marks})", some
            ):
                self._known[name] = entry, trace
        while len(self._known) > KNOWN:
            self._known.popitem(last=False)

    def get(self, name: Name) -> tuple[int, int] | None:
        return self._known.get(name)

    def add(self, rows: Sequence[tuple[Name, int, int]]) -> None:
        bulk.insert(self._sql, "INSERT INTO content (name, entry, trace)", sorted(rows))
        for name, entry, trace in rows:
            self._known[name] = entry, trace

    def orphan(self, entries: Iterable[bytes]) -> None:
        """The trace that brought these is gone, and others need them."""
        self._sql.executemany(
            "UPDATE content SET trace = 0 WHERE name = ?", [(self._forgotten(one),) for one in entries]
        )

    def forget(self, entries: Iterable[bytes]) -> None:
        self._sql.executemany("DELETE FROM content WHERE name = ?", [(self._forgotten(one),) for one in entries])

    def _forgotten(self, entry: bytes) -> Name:
        name = named(entry)
        self._known.pop(name, None)
        return name
