"""What the API asks of the store."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from limelight.server.api import answers
from limelight.server.api.lines import line
from limelight.server.api.measures import Overview
from limelight.server.query.language import Condition, Says
from limelight.server.store import aggregate, conditions, overview, search, segments, span
from limelight.server.store.conditions import FOREVER, Said, Where, Window
from limelight.server.store.rollups import MINUTE_NS, Frame, decode_frame
from limelight.server.store.shelf import MASK, SHIFT
from limelight.server.store.sqlite import Store
from limelight.server.summary import FACETS

__all__ = ["FOREVER", "Reader", "Window"]

MAX_COUNT = 5_000
MAX_SAMPLE = 20_000
FEW = 300
"""Traces that are gone through one by one where rollups would tell it less exactly."""
NEWEST = 2_000
"""Of what a filter finds, those whose values are counted."""
LAST_CHARACTER = "\U0010ffff"
PACKS = 12
"""That are kept unpacked: whoever reads one message reads its neighbours."""


class Reader:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._packs: OrderedDict[int, list[bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def traces(
        self, asked: Sequence[Condition], window: Window, limit: int, before: tuple[int, int] | None
    ) -> tuple[list[Any], tuple[int, int] | None, tuple[int, bool]]:
        """Rows newest first, where the next page begins, and how many there are, up to a limit: is it the limit?"""
        with self._store.reading() as sql:
            where = self._where(sql, asked, window)
            if where.is_few:
                found = _ids(sql, where)
                count = len(found), where.is_cut
                rows = [one for one in found if before is None or one < before][: limit + 1]
            else:
                rows = _ids(sql, where, limit + 1, before)
                count = counted(sql, where, window, MAX_COUNT) if asked else (_count(sql, window), False)
                count = max(count[0], len(rows)), count[1]
            shown = rows[:limit]
            frames = [self._frame(frame).row for frame in _frames(sql, [trace for _, trace in shown])]
        return frames, shown[-1] if len(rows) > limit else None, count

    def _frame(self, packed: bytes) -> Frame:
        return decode_frame(self._store.packing.unpacked(packed))

    def span_range(self) -> tuple[float | None, float | None]:
        with self._store.reading() as sql:
            first, last = sql.execute(
                "SELECT (SELECT min(sort_ns) FROM trace), (SELECT max(sort_ns) FROM trace)"
            ).fetchone()
        return (None, None) if first is None else (first / 1_000_000, last / 1e6)

    def histogram(self, asked: Sequence[Condition], window: Window, buckets: int) -> list[answers.Bucket]:
        width = max(1, (window.to_ns - window.from_ns) // buckets)
        with self._store.reading() as sql:
            if asked or width < MINUTE_NS or _count(sql, window) <= MAX_SAMPLE:
                where = self._where(sql, asked, window)
                rows = sql.execute(
                    f"SELECT (sort_ns - ?) / ? AS slot, count(*), sum(status = 'error') FROM (SELECT sort_ns, status FROM trace WHERE {where.sql} "
                    "ORDER BY sort_ns DESC LIMIT ?) GROUP BY slot",
                    (window.from_ns, width, *where.values, MAX_SAMPLE),
                ).fetchall()
            else:
                rows = sql.execute(
                    "SELECT (minute * ? - ?) / ? AS slot, sum(total), sum(errors) FROM rollup WHERE field = '' AND minute BETWEEN ? AND ? GROUP BY slot",
                    (MINUTE_NS, window.from_ns, width, *_minutes(window)),
                ).fetchall()
        found = {max(0, min(slot, buckets - 1)): (total, errors) for slot, total, errors in rows}
        return [
            answers.Bucket(t_ms=(window.from_ns + slot * width) / 1_000_000, total=total, errors=errors)
            for slot in range(buckets)
            for total, errors in (found.get(slot, (0, 0)),)
        ]

    def facets(self, asked: Sequence[Condition], window: Window) -> list[answers.Facet]:
        with self._store.reading() as sql:
            few = asked or _count(sql, window) <= FEW
            rows = self._some_facets(sql, asked, window) if few else _all_facets(sql, window)
        grouped: dict[str, list[answers.FacetValue]] = {field: [] for field in FACETS}
        for field, value, total, errors in rows:
            if total > 0 and len(grouped[field]) < 50:
                grouped[field].append(answers.FacetValue(value=value, count=total, errors=errors))
        return [answers.Facet(field=_SHOWN.get(field, field), values=values) for field, values in grouped.items()]

    def _some_facets(self, sql: sqlite3.Connection, asked: Sequence[Condition], window: Window) -> Iterable[Any]:
        where = self._where(sql, asked, window)
        newest = f"SELECT frame FROM trace WHERE {where.sql} ORDER BY sort_ns DESC LIMIT ?"
        counted: dict[tuple[str, str], list[int]] = {}
        for (packed,) in sql.execute(newest, (*where.values, NEWEST)):
            share = self._frame(packed).share
            for field, value in share.facets:
                counts = counted.setdefault((field, value), [0, 0])
                counts[0] += 1
                counts[1] += share.failed
        return ((*key, *counts) for key, counts in sorted(counted.items(), key=lambda item: (-item[1][0], item[0])))

    def complete(self, field: str, prefix: str) -> list[str]:
        with self._store.reading() as sql:
            if not field:
                names = "SELECT name FROM field WHERE name >= ? AND name < ? ORDER BY name LIMIT 50"
                return [name for (name,) in sql.execute(names, (prefix, prefix + LAST_CHARACTER))]
            rows = sql.execute(
                "SELECT value FROM value WHERE field = (SELECT id FROM field WHERE name = ?) AND value >= ? AND value < ? LIMIT 30",
                (_STORED.get(field, field), prefix, prefix + LAST_CHARACTER),
            )
            return [value for (value,) in rows]

    def trace(self, trace_id: str) -> tuple[answers.TraceRow, list[answers.SpanLine]] | None:
        """The trace's row and its spans', oldest first."""
        with self._store.reading() as sql:
            found = _found(sql, trace_id)
            if found is None:
                return None
            spans = segments.summaries(sql, self._entry(sql), found)
        spans.sort(key=lambda one: one.started_ns)
        left_out = aggregate.uncounted(spans)
        row = aggregate.trace_row(trace_id, spans, left_out)
        return row, [line(one, one.span_id not in left_out) for one in spans]

    def span(self, trace_id: str, span_id: str) -> dict[str, Any] | None:
        """A span's row and the rest of it, its content put back."""
        with self._store.reading() as sql:
            found = _found(sql, trace_id)
            if found is None or len(span_id) != 16 or not _is_hex(span_id):
                return None
            uncounted = self._frame(_frames(sql, [found])[0]).uncounted
            return span.read(sql, self._entry(sql), found, span_id, span_id not in uncounted)

    def _entry(self, sql: sqlite3.Connection) -> Callable[[int], bytes]:
        def entry(number: int) -> bytes:
            entries, place = self._entries(sql, number >> SHIFT), number & MASK
            return entries[place] if place < len(entries) else b""

        return entry

    def _entries(self, sql: sqlite3.Connection, pack: int) -> list[bytes]:
        with self._lock:
            if pack in self._packs:
                self._packs.move_to_end(pack)
                return self._packs[pack]
        row = sql.execute("SELECT body FROM pack WHERE id = ?", (pack,)).fetchone()
        entries = self._store.packing.entries(row[0]) if row else []
        with self._lock:
            self._packs[pack] = entries
            if len(self._packs) > PACKS:
                self._packs.popitem(last=False)
        return entries

    def overview(self, window: Window, buckets: int) -> Overview:
        with self._store.reading() as sql:
            if _count(sql, window) <= FEW:
                frames = sql.execute(
                    "SELECT frame FROM trace WHERE sort_ns >= ? AND sort_ns < ?", (window.from_ns, window.to_ns)
                )
                calls = [one for (packed,) in frames for one in self._frame(packed).share.calls]
                return overview.of_calls(calls, window, buckets)
            return overview.of_rollups(sql, window, buckets)

    def size(self) -> dict[str, int]:
        with self._store.reading() as sql:
            tally = dict(sql.execute("SELECT name, value FROM tally"))
            (waiting,) = sql.execute("SELECT EXISTS (SELECT 1 FROM unindexed)").fetchone()
        files = [self._store.path.with_name(self._store.path.name + suffix) for suffix in ("", "-wal")]
        size = sum(file.stat().st_size for file in files if file.exists())
        return {"spans": tally["spans"], "traces": tally["traces"], "waiting": waiting, "bytes": size}

    def _where(self, sql: sqlite3.Connection, asked: Sequence[Condition], window: Window) -> Where:
        def saying(words: Says) -> Said:
            return search.traces(sql, words, window, self._entry(sql))

        return conditions.where(sql, asked, window, saying)


def _ids(
    sql: sqlite3.Connection, where: Where, limit: int = -1, before: tuple[int, int] | None = None
) -> list[tuple[int, int]]:
    """When they began, and their ids, newest first."""
    page = "AND (sort_ns, id) < (?, ?)" if before else ""
    newest = f"SELECT sort_ns, id FROM trace WHERE {where.sql} {page} ORDER BY sort_ns DESC, id DESC LIMIT ?"
    return sql.execute(newest, (*where.values, *(before or ()), limit)).fetchall()


def _frames(sql: sqlite3.Connection, traces: Sequence[int]) -> list[bytes]:
    """In the order asked for."""
    marks = ",".join("?" * len(traces))
    found = dict(sql.execute(f"SELECT id, frame FROM trace WHERE id IN ({marks})", traces).fetchall())
    return [found[trace] for trace in traces]


def counted(sql: sqlite3.Connection, where: Where, window: Window, newest: int) -> tuple[int, bool]:
    """How many of the newest traces fit; is that perhaps not all?"""
    looked_at = (
        "(SELECT id, sort_ns, status, duration_ms, cost, tokens, ttft_ms FROM trace "
        "WHERE sort_ns >= ? AND sort_ns < ? ORDER BY sort_ns DESC LIMIT ?) AS trace"
    )
    among = window.from_ns, window.to_ns, newest
    (total,) = sql.execute(f"SELECT count(*) FROM {looked_at} WHERE {where.sql}", (*among, *where.values)).fetchone()
    more = "SELECT count(*) FROM (SELECT 1 FROM trace WHERE sort_ns >= ? AND sort_ns < ? LIMIT ?)"
    return total, sql.execute(more, (window.from_ns, window.to_ns, newest + 1)).fetchone()[0] > newest


def _found(sql: sqlite3.Connection, trace_id: str) -> int | None:
    if not _is_hex(trace_id):
        return None
    row = sql.execute("SELECT id FROM trace WHERE trace_id = ?", (bytes.fromhex(trace_id),)).fetchone()
    return row[0] if row else None


def _is_hex(text: str) -> bool:
    return len(text) % 2 == 0 and not text.strip("0123456789abcdef")


def _count(sql: sqlite3.Connection, window: Window) -> int:
    """Whole minutes from the rollups, the broken ones at both ends trace by trace."""
    if window == Window():
        return int(sql.execute("SELECT value FROM tally WHERE name = 'traces'").fetchone()[0])
    first, last = -(-window.from_ns // MINUTE_NS), window.to_ns // MINUTE_NS
    if first >= last:
        return _counted(sql, window.from_ns, window.to_ns)
    whole = sql.execute(
        "SELECT sum(total) FROM rollup WHERE field = '' AND minute >= ? AND minute < ?", (first, last)
    ).fetchone()[0]
    ends = (window.from_ns, first * MINUTE_NS), (last * MINUTE_NS, window.to_ns)
    return (whole or 0) + sum(_counted(sql, *end) for end in ends)


def _counted(sql: sqlite3.Connection, from_ns: int, to_ns: int) -> int:
    found = sql.execute("SELECT count(*) FROM trace WHERE sort_ns >= ? AND sort_ns < ?", (from_ns, to_ns)).fetchone()
    return int(found[0])


def _all_facets(sql: sqlite3.Connection, window: Window) -> list[Any]:
    return sql.execute(
        f"SELECT field, value, sum(total) AS n, sum(errors) FROM rollup WHERE field IN ({','.join('?' * len(FACETS))}) AND minute BETWEEN ? AND ? "
        "GROUP BY field, value ORDER BY n DESC, field, value",
        (*FACETS, window.from_ns // MINUTE_NS - 60, window.to_ns // MINUTE_NS),
    ).fetchall()


_SHOWN = {"error": "error_type", "env": "environment"}
_STORED = {shown: stored for stored, shown in _SHOWN.items()}


def _minutes(window: Window) -> tuple[int, int]:
    return window.from_ns // MINUTE_NS, window.to_ns // MINUTE_NS
