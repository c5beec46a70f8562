"""How stored spans go again: replaced by a later form of themselves, or deleted with their trace and wiped from the file."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from limelight.server.ingest.content import named
from limelight.server.ingest.digest import Digest, terms
from limelight.server.store import segments
from limelight.server.store.segments import REPLACED, Segment
from limelight.server.store.shelf import Names, Shelf
from limelight.server.store.terms import Term, Terms
from limelight.server.store.words import words

WIPED_PAGES = 500
NOBODY = 0
"""The trace of content whose own is gone while others need it."""


@dataclass
class _Old:
    """What is left behind by spans that were replaced."""

    terms: set[Term] = field(default_factory=set)
    content: set[int] = field(default_factory=set)
    details: list[int] = field(default_factory=list)


class Erasing:
    """On the writer's thread, inside its transaction; `wipe` outside of one."""

    def __init__(self, sql: sqlite3.Connection, shelf: Shelf, names: Names, terms: Terms) -> None:
        self._sql, self._shelf, self._names, self._terms = sql, shelf, names, terms
        self._is_merging = False

    def replace(self, trace: int, sort_ns: int, again: Mapping[str, Digest]) -> tuple[set[str], int]:
        """Take away the stored forms of these spans where they differ: (the ids of those that do not, how many do)."""
        same: set[str] = set()
        old = _Old()
        for segment in segments.of_trace(self._sql, trace):
            gone = []
            for place, summary in segment.live(self._shelf.entry):
                one = again.get(summary.span_id)
                if one is None:
                    continue
                entry = self._shelf.entry(segment.detail(place))
                content, detail = segments.read_detail(entry)
                if summary == one.summary and entry == self._rewritten(one, content):
                    same.add(summary.span_id)
                    continue
                gone.append(place)
                old.terms |= terms(summary, detail)
                old.content |= set(content)
                old.details.append(segment.detail(place))
            self._leave_out(segment, gone)
        if old.details:
            self._take_away(trace, sort_ns, old, [one for name, one in again.items() if name not in same])
        return same, len(old.details)

    def _rewritten(self, one: Digest, content: Iterable[int]) -> bytes | None:
        """The entry that the span would have, if this is its content."""
        numbers = {named(self._shelf.entry(number)): number for number in set(content)}
        if not one.entries.keys() <= numbers.keys():
            return None
        return segments.detail_entry(segments.numbered(one.content, numbers), one)

    def _leave_out(self, segment: Segment, places: list[int]) -> None:
        if places:
            ids = segment.ids
            for place in places:
                ids[place] = REPLACED
            self._sql.execute("UPDATE segment SET ids = ? WHERE id = ?", (b"".join(ids), segment.id))

    def _take_away(self, trace: int, sort_ns: int, old: _Old, new: list[Digest]) -> None:
        """What was left behind, except what the trace's other spans and the new forms have too."""
        lost = old.terms - {term for one in new for term in one.terms}
        needed = {known[0] for one in new for name in one.entries if (known := self._names.get(name)) is not None}
        content = old.content - needed
        if lost or content:
            for segment in segments.of_trace(self._sql, trace):
                for place, summary in segment.live(self._shelf.entry):
                    where, detail = segments.read_detail(self._shelf.entry(segment.detail(place)))
                    content -= set(where)
                    lost -= terms(summary, detail)
        self._terms.remove(trace, sort_ns, lost)
        self._erase(self._unused(trace, content), old.details)

    def trace(self, trace: int, sort_ns: int) -> int:
        """Delete everything but the content that others use; how many spans there were."""
        self._sql.execute("INSERT OR IGNORE INTO chore VALUES ('wipe')")
        self._sql.execute("PRAGMA secure_delete = ON")
        self._is_merging = False
        self._shelf.flush()
        found: set[Term] = set()
        content, details, spans = set[int](), list[int](), 0
        own = segments.of_trace(self._sql, trace)
        for segment in own:
            for place, summary in segment.live(self._shelf.entry):
                where, detail = segments.read_detail(self._shelf.entry(segment.detail(place)))
                found |= terms(summary, detail)
                content |= set(where)
                spans += 1
            content |= set(segment.entries)
            details += [segment.detail(place) for place in range(len(segment.ids))]
            details.append(segment.summaries)
        self._terms.remove(trace, sort_ns, found)
        self._sql.execute("DELETE FROM trace WHERE id = ?", (trace,))
        self._sql.execute("DELETE FROM stale WHERE trace = ?", (trace,))
        self._orphan(own)
        self._erase(self._unused(trace, content), details)
        self._sql.execute("DELETE FROM use WHERE trace = ?", (trace,))
        self._drop(own)
        return spans

    def _orphan(self, own: Iterable[Segment]) -> None:
        """The segments of a trace that is gone stay as long as somebody needs what came with them."""
        for segment in own:
            self._sql.execute("UPDATE segment SET trace = ?, ids = x'' WHERE id = ?", (NOBODY, segment.id))
            self._names.orphan(entry for number in segment.entries if (entry := self._shelf.entry(number)))

    def _unused(self, trace: int, content: Iterable[int]) -> list[int]:
        """Those that nobody needs when this trace does not: its own, and what it used of a trace that is gone."""
        numbers = sorted(content)
        self._sql.executemany("DELETE FROM use WHERE entry = ? AND trace = ?", [(number, trace) for number in numbers])
        used = "SELECT 1 FROM use WHERE entry = ? LIMIT 1"
        free = [number for number in numbers if self._sql.execute(used, (number,)).fetchone() is None]
        return [number for number in free if segments.holding(self._sql, number).trace in (trace, NOBODY)]

    def _erase(self, content: Iterable[int], details: Iterable[int]) -> None:
        """Empty these entries, and let nobody find their words."""
        content = [number for number in content if self._shelf.entry(number)]
        by_segment: dict[int, set[int]] = defaultdict(set)
        held: dict[int, Segment] = {}
        for number in content:
            segment = segments.holding(self._sql, number)
            held[segment.id] = segment
            by_segment[segment.id].add(number)
        for segment_id, numbers in by_segment.items():
            self._reindex(held[segment_id], numbers)
        self._names.forget([self._shelf.entry(number) for number in content])
        self._shelf.wipe([*content, *details])
        self._drop(held.values())

    def _drop(self, some: Iterable[Segment]) -> None:
        """Those that no trace has and nothing is left of."""
        empty = [one for one in some if not any(self._shelf.entry(number) for number in one.entries)]
        self._sql.executemany("DELETE FROM segment WHERE id = ? AND trace = ?", [(one.id, NOBODY) for one in empty])

    def _reindex(self, segment: Segment, gone: set[int]) -> None:
        entries = {number: self._shelf.entry(number) for number in segment.entries}
        rest = [entry for number, entry in entries.items() if number not in gone and entry]
        if self._sql.execute("SELECT 1 FROM unindexed WHERE segment = ?", (segment.id,)).fetchone():
            if not rest:
                self._sql.execute("DELETE FROM unindexed WHERE segment = ?", (segment.id,))
            return
        before = "\n".join(map(words, entries.values()))
        self._sql.execute("INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)", (segment.id, before))
        if rest:
            self._sql.execute("INSERT INTO unindexed VALUES (?)", (segment.id,))

    def wipe(self) -> bool:
        """Work off a piece of what deleting left in the file: words in the index's older parts, pages in the log.

        Is there more?
        """
        if self._sql.execute("SELECT 1 FROM chore WHERE name = 'wipe'").fetchone() is None:
            return False
        self._sql.execute("PRAGMA secure_delete = ON")
        pages = WIPED_PAGES if self._is_merging else -WIPED_PAGES
        before = self._sql.total_changes
        self._sql.execute("INSERT INTO words (words, rank) VALUES ('merge', ?)", (pages,))
        self._is_merging = True
        if self._sql.total_changes - before >= 2:  # https://www.sqlite.org/fts5.html#the_merge_command
            return True
        if self._sql.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            return True
        self._sql.execute("DELETE FROM chore WHERE name = 'wipe'")
        self._sql.execute("PRAGMA secure_delete = OFF")
        self._is_merging = False
        return False
