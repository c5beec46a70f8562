"""What the API asks of the store: every statement stands here, with bound parameters."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from limelight.server.query.language import Compare, Condition, Has, Says
from limelight.server.store.aggregate import FACETS, Summary, settle
from limelight.server.store.sqlite import MINUTE_NS, Store

COLUMNS = {"cost": "cost", "tokens": "tokens", "duration": "duration_ms", "ttft": "ttft_ms"}
MAX_COUNT = 10_000
MAX_SAMPLE = 20_000
WORD_HITS = 5_000
FEW = 2_000
"""Traces that are looked at one by one without a second thought."""
FOREVER = 2**62
LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Window:
    """Traces that began in it, `from` included."""

    from_ns: int = 0
    to_ns: int = FOREVER


@dataclass(frozen=True, slots=True)
class Where:
    sql: str
    values: tuple[Any, ...]


class Reader:
    def __init__(self, store: Store) -> None:
        self._store = store

    def traces(
        self, conditions: Sequence[Condition], window: Window, limit: int, before: tuple[int, int] | None
    ) -> tuple[list[Any], tuple[int, int] | None]:
        """Rows newest first, and where the next page begins."""
        with self._store.reading() as sql:
            where = self._where(sql, conditions, window)
            page = "AND (sort_ns, id) < (?, ?)" if before else ""
            rows = sql.execute(
                f"SELECT sort_ns, id, row FROM trace WHERE {where.sql} {page} ORDER BY sort_ns DESC, id DESC LIMIT ?",
                (*where.values, *(before or ()), limit + 1),
            ).fetchall()
        shown = rows[:limit]
        return [msgspec.Raw(row[2]) for row in shown], shown[-1][:2] if len(rows) > limit else None

    def count(self, conditions: Sequence[Condition], window: Window) -> tuple[int, bool]:
        """How many traces there are, up to a limit; is it the limit?"""
        with self._store.reading() as sql:
            if not conditions:
                return _count(sql, window), False
            where = self._where(sql, conditions, window)
            total = sql.execute(
                f"SELECT count(*) FROM (SELECT 1 FROM trace WHERE {where.sql} LIMIT ?)", (*where.values, MAX_COUNT)
            ).fetchone()[0]
            return total, total >= MAX_COUNT

    def span_range(self) -> tuple[float | None, float | None]:
        with self._store.reading() as sql:
            first, last = sql.execute(
                "SELECT (SELECT min(sort_ns) FROM trace), (SELECT max(sort_ns) FROM trace)"
            ).fetchone()
        return (None, None) if first is None else (first / 1_000_000, last / 1e6)

    def histogram(self, conditions: Sequence[Condition], window: Window, buckets: int) -> list[dict[str, Any]]:
        width = max(1, (window.to_ns - window.from_ns) // buckets)
        with self._store.reading() as sql:
            if conditions or width < MINUTE_NS or _count(sql, window) <= MAX_SAMPLE:
                where = self._where(sql, conditions, window)
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
            {
                "t_ms": (window.from_ns + slot * width) / 1_000_000,
                "total": found.get(slot, (0, 0))[0],
                "errors": found.get(slot, (0, 0))[1],
            }
            for slot in range(buckets)
        ]

    def facets(self, conditions: Sequence[Condition], window: Window) -> list[dict[str, Any]]:
        with self._store.reading() as sql:
            few = conditions or _count(sql, window) <= MAX_SAMPLE // 10
            rows = self._some_facets(sql, conditions, window) if few else self._all_facets(sql, window)
        grouped: dict[str, list[dict[str, Any]]] = {field: [] for field in FACETS}
        for field, value, total, errors in rows:
            if total > 0:
                grouped[field].append({"value": value, "count": total, "errors": errors})
        return [{"field": _SHOWN.get(field, field), "values": values[:50]} for field, values in grouped.items()]

    def _all_facets(self, sql: sqlite3.Connection, window: Window) -> list[Any]:
        return sql.execute(
            f"SELECT field, value, sum(total) AS n, sum(errors) FROM rollup WHERE field IN ({_marks(FACETS)}) AND minute BETWEEN ? AND ? "
            "GROUP BY field, value ORDER BY n DESC",
            (*FACETS, window.from_ns // MINUTE_NS - 60, window.to_ns // MINUTE_NS),
        ).fetchall()

    def _some_facets(self, sql: sqlite3.Connection, conditions: Sequence[Condition], window: Window) -> list[Any]:
        where = self._where(sql, conditions, window)
        return sql.execute(
            f"WITH found AS MATERIALIZED (SELECT id, status FROM trace WHERE {where.sql} ORDER BY sort_ns DESC LIMIT ?) "
            "SELECT field.name, term.value, count(*) AS n, sum(found.status = 'error') FROM found JOIN term ON term.trace = found.id "
            f"JOIN field ON field.id = term.field WHERE field.name IN ({_marks(FACETS)}) GROUP BY 1, 2 ORDER BY n DESC",
            (*where.values, MAX_SAMPLE // 10, *FACETS),
        ).fetchall()

    def complete(self, field: str, prefix: str) -> list[str]:
        with self._store.reading() as sql:
            if not field:
                return [
                    name
                    for (name,) in sql.execute(
                        "SELECT name FROM field WHERE name >= ? AND name < ? ORDER BY name LIMIT 50",
                        (prefix, prefix + LAST_CHARACTER),
                    )
                ]
            rows = sql.execute(
                "SELECT DISTINCT value FROM term WHERE field = (SELECT id FROM field WHERE name = ?) AND value >= ? AND value < ? LIMIT 30",
                (_STORED.get(field, field), prefix, prefix + LAST_CHARACTER),
            )
            return [value for (value,) in rows]

    def trace(self, trace_id: str) -> tuple[Any, list[dict[str, Any]]] | None:
        """The trace's row and its spans' rows, oldest first."""
        with self._store.reading() as sql:
            found = sql.execute("SELECT id, row FROM trace WHERE trace_id = ?", (trace_id,)).fetchone()
            if found is None:
                return None
            return msgspec.json.decode(found[1]), self._rows(sql, found[0])

    def _rows(self, sql: sqlite3.Connection, trace: int) -> list[dict[str, Any]]:
        rows = sql.execute("SELECT summary FROM span WHERE trace = ? ORDER BY started_ns, id", (trace,))
        summaries = [self._summary(summary) for (summary,) in rows]
        settle(summaries)
        return [one.row for one in summaries]

    def span(self, trace_id: str, span_id: str) -> dict[str, Any] | None:
        """A span's row and the rest of it, its messages put back."""
        with self._store.reading() as sql:
            found = sql.execute(
                "SELECT span.trace, summary, detail FROM span JOIN trace ON trace.id = span.trace WHERE trace_id = ? AND span_id = ?",
                (trace_id, span_id),
            ).fetchone()
            if found is None:
                return None
            detail = msgspec.json.decode(self._store.unpacked(found[2]))
            content = self._content(sql, detail.pop("blobs"))
            earlier = self._earlier(sql, found[0], self._summary(found[1]))
            row = next(row for row in self._rows(sql, found[0]) if row["span_id"] == span_id)
        detail["new_from"] = _new_from(detail["input"], earlier)
        endings = detail.pop("endings")
        detail["input"] = [{"name": None, "finish_reason": None, **content[name]} for name in detail["input"]]
        detail["output"] = [
            {"name": None, **content[name], "finish_reason": ending}
            for name, ending in zip(detail["output"], endings, strict=True)
        ]
        detail["system"] = [part for name in detail["system"] for part in content[name]]
        detail["tools"] = content[detail["tools"]] if detail["tools"] else []
        return {**row, **detail}

    def _summary(self, packed: bytes) -> Summary:
        return _decode_summary(self._store.unpacked(packed))

    def _content(self, sql: sqlite3.Connection, blobs: dict[str, int]) -> dict[str, Any]:
        names = {blob: name for name, blob in blobs.items()}
        rows = sql.execute(f"SELECT id, body FROM blob WHERE id IN ({_marks(names)})", tuple(names)).fetchall()
        return {names[blob]: json.loads(self._store.unpacked(body)) for blob, body in rows}

    def _earlier(self, sql: sqlite3.Connection, trace: int, span: Summary) -> list[list[str]]:
        """The messages, by name, of the LLM calls of this trace that began before."""
        rows = sql.execute(
            "SELECT summary, detail FROM span WHERE trace = ? AND started_ns < ? ORDER BY started_ns DESC LIMIT 20",
            (trace, span.started_ns),
        )
        details = (
            msgspec.json.decode(self._store.unpacked(detail))
            for summary, detail in rows
            if self._summary(summary).row["kind"] == "llm"
        )
        return [detail["input"] + detail["output"] for detail in details]

    def size(self) -> dict[str, int]:
        with self._store.reading() as sql:
            spans, traces, waiting = sql.execute(
                "SELECT (SELECT count(*) FROM span), (SELECT count(*) FROM trace), (SELECT count(*) FROM unindexed)"
            ).fetchone()
        files = [self._store.path.with_name(self._store.path.name + suffix) for suffix in ("", "-wal")]
        return {
            "spans": spans,
            "traces": traces,
            "waiting": waiting,
            "bytes": sum(file.stat().st_size for file in files if file.exists()),
        }

    def _where(self, sql: sqlite3.Connection, conditions: Sequence[Condition], window: Window) -> Where:
        pieces, values = ["sort_ns >= ? AND sort_ns < ?"], [window.from_ns, window.to_ns]
        fields = (
            dict(sql.execute("SELECT name, id FROM field")) if any(isinstance(one, Has) for one in conditions) else {}
        )
        rarest = _rarest(sql, conditions, fields, window)
        for condition in conditions:
            where = _condition(condition, fields, listed=condition is rarest)
            pieces.append(f"({where.sql}) IS NOT TRUE" if condition.negated else where.sql)
            values += where.values
        return Where(" AND ".join(pieces), tuple(values))


def _rarest(
    sql: sqlite3.Connection, conditions: Sequence[Condition], fields: dict[str, int], window: Window
) -> Condition | None:
    """The condition with the fewest traces, when they are few: going through those beats looking at all, newest first."""
    counted: list[tuple[int, int]] = []
    for at, condition in enumerate(conditions):
        if isinstance(condition, Has) and not condition.negated and condition.field != "status":
            where = _terms(*_named(condition), fields)
            probe = (
                f"SELECT count(*) FROM (SELECT 1 FROM term WHERE {where.sql} AND sort_ns >= ? AND sort_ns < ? LIMIT ?)"
            )
            found = sql.execute(probe, (*where.values, window.from_ns, window.to_ns, FEW)).fetchone()[0]
            counted.append((found, at))
    fewest, at = min(counted, default=(FEW, 0))
    return conditions[at] if fewest < FEW else None


def _count(sql: sqlite3.Connection, window: Window) -> int:
    """Whole minutes from the rollups, the broken ones at both ends trace by trace."""
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


def _condition(condition: Condition, fields: dict[str, int], *, listed: bool) -> Where:
    match condition:
        case Has("status", wanted):
            return _any("status", wanted)
        case Has():
            return _has(_terms(*_named(condition), fields), listed=listed or not _is_one(condition))
        case Compare(measure, comparison, amount):
            return Where(f"{COLUMNS[measure]} {comparison} ?", (amount,))
        case Says(words):
            quoted = '"' + words.replace('"', '""').rstrip("*") + '"' + ("*" if words.endswith("*") else "")
            return Where(
                "id IN (SELECT trace FROM use WHERE blob IN (SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT ?))",
                (quoted, WORD_HITS),
            )


def _named(condition: Has) -> tuple[Sequence[str], Sequence[str]]:
    """The fields it is about, and the values: an error's class goes without its module, a model by either name."""
    wanted = condition.values
    match condition.field:
        case "error":
            return ("error",), (*wanted, *(f"*.{one}" for one in wanted if "." not in one and not one.startswith("*")))
        case "model":
            return ("model", "response_model"), wanted
        case field:
            return (field,), wanted


def _is_one(condition: Has) -> bool:
    return len(condition.values) == 1 and "*" not in condition.values[0] and condition.field != "error"


def _terms(names: Sequence[str], wanted: Sequence[str], fields: dict[str, int]) -> Where:
    """Which rows of `term`; patterns scan the values of their fields only."""
    ids = [fields.get(name, -1) for name in names]
    test = _any("value", wanted)
    return Where(f"field IN ({_marks(ids)}) AND {test.sql}", (*ids, *test.values))


def _has(terms: Where, *, listed: bool) -> Where:
    """One look-up a trace; or, where the traces are few or the value is a pattern, a list of them."""
    if listed:
        return Where(f"id IN (SELECT trace FROM term WHERE {terms.sql})", terms.values)
    return Where(
        f"EXISTS (SELECT 1 FROM term WHERE {terms.sql} AND term.sort_ns = trace.sort_ns AND term.trace = trace.id)",
        terms.values,
    )


def _any(column: str, wanted: Iterable[str]) -> Where:
    """The column has one of these values, `*` standing for anything."""
    tests, values = [], []
    for value in wanted:
        tests.append(f"{column} {'GLOB' if '*' in value else '='} ?")
        values.append(value.replace("[", "[[]").replace("?", "[?]") if "*" in value else value)
    return Where(f"({' OR '.join(tests)})", tuple(values))


def _new_from(names: Sequence[str], earlier: Iterable[Sequence[str]]) -> int:
    """How many messages at the start the nearest earlier call had, counting its answer."""
    for before in earlier:
        shared = 0
        for mine, theirs in zip(names, before, strict=False):
            if mine != theirs:
                break
            shared += 1
        if shared:
            return shared
    return 0


_decode_summary = msgspec.json.Decoder(Summary).decode
_SHOWN = {"error": "error_type", "env": "environment"}
_STORED = {shown: stored for stored, shown in _SHOWN.items()}


def _minutes(window: Window) -> tuple[int, int]:
    return window.from_ns // MINUTE_NS, window.to_ns // MINUTE_NS


def _marks(values: Iterable[Any]) -> str:
    return ",".join("?" for _ in values)
