"""What is written, on the writer's thread, inside its transaction."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec

from limelight.server.api.answers import TraceRow
from limelight.server.ingest.content import Name, is_resent
from limelight.server.ingest.digest import Digest
from limelight.server.store import aggregate, bulk, segments
from limelight.server.store.erasing import Erasing
from limelight.server.store.packing import Packing
from limelight.server.store.rollups import MINUTE_NS, Frame, Rollups, Share, calls_of, decode_frame
from limelight.server.store.seen import Seen
from limelight.server.store.shelf import MASK, SHIFT, Names, Shelf
from limelight.server.store.terms import Terms
from limelight.server.store.words import words
from limelight.server.summary import Summary

REST = 10.0
"""A trace whose row took a second to make rests so many before it is made again."""
SHORT_S = 0.002
"""What takes no longer is done at once, always."""
_encode = msgspec.json.encode


class Writer:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._sql = connection
        self._packing = packing = Packing.of(connection)
        self._shelf, self._names = Shelf(connection, packing), Names(connection)
        self._terms, self._rollups, self._seen = Terms(connection), Rollups(connection), Seen()
        self._erasing = Erasing(connection, self._shelf, self._names, self._terms)
        self._touched: dict[str, TraceRow] = {}
        self._tally = {"spans": 0, "traces": 0}
        self._rests: dict[int, float] = {}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._sql.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._finish()
            self._sql.execute("COMMIT")
        except BaseException:  # raised again; an interrupt, too, must not leave half of it
            if self._sql.in_transaction:  # a full disk ends it by itself
                self._sql.execute("ROLLBACK")
            for noted in (self._names, self._terms, self._rollups, self._seen, self._touched, self._shelf):
                noted.clear()
            self._tally = dict.fromkeys(self._tally, 0)
            raise

    def take_changed(self) -> list[TraceRow]:
        rows, self._touched = list(self._touched.values()), {}
        return rows

    def add(self, digests: Sequence[Digest]) -> int:
        self._names.learn(name for one in digests for name, entry in one.entries.items() if is_resent(entry))
        by_trace: dict[str, dict[str, Digest]] = {}
        for one in digests:
            by_trace.setdefault(one.trace_id, {})[one.summary.span_id] = one
        for trace_id, ours in by_trace.items():
            self._add_trace(trace_id, list(ours.values()))
        return len(digests)

    def _add_trace(self, trace_id: str, digests: Sequence[Digest]) -> None:
        found = self._sql.execute(
            "SELECT id, sort_ns FROM trace WHERE trace_id = ?", (bytes.fromhex(trace_id),)
        ).fetchone()
        if found is None:
            trace, sort_ns = self._new_trace(trace_id, [one.summary for one in digests])
        else:
            trace, sort_ns = found
            digests = self._fresh(trace, sort_ns, digests)
        for piece in segments.pieces(digests):
            self._put_segment(trace, piece)
        self._seen.add(trace, (one.summary.span_id for one in digests))
        self._terms.add(trace, sort_ns, {term for one in digests for term in one.terms})
        self._tally["spans"] += len(digests)
        if found is not None and digests:
            self._renew_soon(trace)

    def _fresh(self, trace: int, sort_ns: int, digests: Sequence[Digest]) -> Sequence[Digest]:
        """The spans that are not stored already; of those that are stored otherwise, the old form goes."""
        known = self._seen.of(trace, lambda: self._span_ids(trace))
        again = {one.summary.span_id: one for one in digests if one.summary.span_id in known}
        if not again:
            return digests
        same, replaced = self._erasing.replace(trace, sort_ns, again)
        self._tally["spans"] -= replaced
        return [one for one in digests if one.summary.span_id not in same]

    def _span_ids(self, trace: int) -> Iterator[str]:
        for (ids,) in self._sql.execute("SELECT ids FROM segment WHERE trace = ?", (trace,)):
            yield from (ids[at : at + 8].hex() for at in range(0, len(ids), 8))

    def _put_segment(self, trace: int, digests: Sequence[Digest]) -> None:
        shelf = self._shelf
        first = shelf.next(shelf.content)
        numbers, brought = self._put_content(trace, digests)
        for one in digests:
            shelf.put(shelf.content, segments.detail_entry(segments.numbered(one.content, numbers), one))
        summaries = shelf.put(shelf.summaries, _encode([one.summary for one in digests]))
        insert = "INSERT INTO segment (trace, first, contents, summaries, ids) VALUES (?,?,?,?,?)"
        values = trace, first, brought, summaries, segments.span_ids(digests)
        segment = self._sql.execute(insert, values).lastrowid
        if brought:
            self._sql.execute("INSERT INTO unindexed VALUES (?)", (segment,))
        shelf.end_segment()

    def _put_content(self, trace: int, digests: Sequence[Digest]) -> tuple[dict[Name, int], int]:
        """The number of each piece of content, and how many of them are new."""
        numbers: dict[Name, int] = {}
        brought, named, used = 0, [], set()
        for one in digests:
            for name, entry in one.entries.items():
                if name in numbers:
                    continue
                known = self._names.get(name)
                numbers[name] = self._shelf.put(self._shelf.content, entry) if known is None else known[0]
                if known is None:
                    brought += 1
                    if is_resent(entry):
                        named.append((name, numbers[name], trace))
                elif known[1] != trace:
                    used.add((known[0], trace))
        self._names.add(named)
        self._sql.executemany("INSERT OR IGNORE INTO use VALUES (?,?)", sorted(used))
        self._sql.executemany(_SHARED, [(entry,) for entry, _ in used])
        return numbers, brought

    def _new_trace(self, trace_id: str, summaries: Sequence[Summary]) -> tuple[int, int]:
        sort_ns = min(one.started_ns for one in summaries)
        columns = self._columns(trace_id, sort_ns, None, summaries)
        insert = "INSERT INTO trace (status, duration_ms, cost, tokens, ttft_ms, frame, trace_id, sort_ns) VALUES (?,?,?,?,?,?,?,?)"
        self._tally["traces"] += 1
        trace = self._sql.execute(insert, (*columns, bytes.fromhex(trace_id), sort_ns)).lastrowid
        return int(trace or 0), sort_ns

    def _renew_soon(self, trace: int) -> None:
        """Large traces that grow span by span are not gone through for every one of them."""
        if time.monotonic() >= self._rests.get(trace, 0.0):
            self._renew(trace)
        else:
            self._sql.execute("INSERT OR IGNORE INTO stale VALUES (?)", (trace,))

    def _renew(self, trace: int) -> None:
        began = time.monotonic()
        find = "SELECT trace_id, sort_ns, frame FROM trace WHERE id = ?"
        trace_id, sort_ns, frame = self._sql.execute(find, (trace,)).fetchone()
        self._sql.execute("DELETE FROM stale WHERE trace = ?", (trace,))
        old = decode_frame(self._packing.unpacked(frame)).share
        summaries = segments.summaries(self._sql, self._shelf.entry, trace)
        columns = self._columns(trace_id.hex(), sort_ns, old, summaries)
        self._sql.execute(
            "UPDATE trace SET status=?, duration_ms=?, cost=?, tokens=?, ttft_ms=?, frame=? WHERE id=?",
            (*columns, trace),
        )
        took = time.monotonic() - began
        self._rests.pop(trace, None)
        if took > SHORT_S:
            self._rests[trace] = time.monotonic() + REST * took

    def renew_stale(self) -> bool:
        """Make the rows anew that have rested enough.  Were there any?"""
        rows = self._sql.execute("SELECT trace FROM stale").fetchall()
        now = time.monotonic()
        due = [trace for (trace,) in rows if now >= self._rests.get(trace, 0.0)]
        if due:
            with self.transaction():
                for trace in due:
                    self._renew(trace)
        self._rests = {trace: until for trace, until in self._rests.items() if until > now}
        return bool(rows)

    def _columns(
        self, trace_id: str, sort_ns: int, old: Share | None, summaries: Sequence[Summary]
    ) -> tuple[object, ...]:
        """What a trace's row says, and what follows from it elsewhere."""
        left_out = aggregate.uncounted(summaries)
        row = aggregate.trace_row(trace_id, summaries, left_out)
        values = sorted(aggregate.facets(summaries))
        share = Share(sort_ns // MINUTE_NS, row.status == "error", values, calls_of(summaries, left_out))
        self._rollups.replace(old, share)
        self._touched[trace_id] = row
        frame = Frame(share, sorted(left_out), msgspec.Raw(_encode(row)))
        usage = row.usage
        tokens = None if usage.provenance == "unknown" else (usage.input or 0) + (usage.output or 0)
        return row.status, row.duration_ms, row.cost.total, tokens, row.ttft_ms, self._packing.packed(_encode(frame))

    def delete(self, trace_id: str) -> bool:
        """Remove a trace, the content only it used, and its share of every count."""
        try:
            name = bytes.fromhex(trace_id)
        except ValueError:
            return False
        find = "SELECT id, sort_ns, frame FROM trace WHERE trace_id = ?"
        found = self._sql.execute(find, (name,)).fetchone()
        if found is None:
            return False
        trace, sort_ns, frame = found
        self._rollups.replace(decode_frame(self._packing.unpacked(frame)).share, None)
        self._tally["traces"] -= 1
        self._tally["spans"] -= self._erasing.trace(trace, sort_ns)
        self._seen.drop(trace)
        return True

    def _finish(self) -> None:
        """What is gathered during a transaction and written at its end."""
        self._shelf.flush()
        self._terms.write()
        self._rollups.write()
        for name, more in self._tally.items():
            if more:
                self._sql.execute("UPDATE tally SET value = value + ? WHERE name = ?", (more, name))
        self._tally = dict.fromkeys(self._tally, 0)

    def index_words(self, limit: int) -> int:
        """Make some of the content that waits findable by its words; how many segments there were."""
        waiting = "SELECT id, first, contents FROM unindexed JOIN segment ON id = segment ORDER BY id LIMIT ?"
        rows = self._sql.execute(waiting, (limit,)).fetchall()
        if rows:
            with self.transaction():
                bulk.insert(self._sql, "INSERT INTO words (rowid, text)", list(self._texts(rows)))
                self._sql.executemany("DELETE FROM unindexed WHERE segment = ?", [(row[0],) for row in rows])
        return len(rows)

    def _texts(self, rows: Sequence[tuple[int, int, int]]) -> Iterator[tuple[int, str]]:
        pack, entries = -1, list[bytes]()
        for segment, first, contents in rows:
            if first >> SHIFT != pack:
                pack, entries = first >> SHIFT, self._shelf.entries(first >> SHIFT)
            place = first & MASK
            yield segment, "\n".join(map(words, entries[place : place + contents]))

    def wipe(self) -> bool:
        return self._erasing.wipe()

    def close(self) -> None:
        self._sql.execute("PRAGMA optimize")
        self._sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._sql.close()


_SHARED = "UPDATE segment SET shared = 1 WHERE shared = 0 AND id = (SELECT id FROM segment WHERE first <= ? ORDER BY first DESC LIMIT 1)"
