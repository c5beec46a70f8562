"""Counts that are kept while spans come, so that no page has to go through all of them."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeAlias

import msgspec

from limelight.server.store import bulk, sketch
from limelight.server.summary import BILLED, Summary

MINUTE_NS = 60_000_000_000
SHORT_S, LONG_S = 900, 3600
"""How wide the slots of `calls` are."""
_Callee: TypeAlias = tuple[str, str, str]
_SUMS = ("calls", "errors", "ended", "duration_ms", "priced", "cost")
_TOKENS = ("input", "output", "cache_read", "cache_write", "reasoning")


class Calls(msgspec.Struct, array_like=True):
    """Calls of one model that began in one short slot."""

    slot: int
    provider: str
    model: str
    operation: str
    calls: int = 0
    errors: int = 0
    ended: int = 0
    duration_ms: float = 0.0
    priced: int = 0
    cost: float = 0.0
    input: int | None = None
    output: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    reasoning: int | None = None
    latency: bytes = b""
    ttft: bytes = b""


class Share(msgspec.Struct, array_like=True):
    """What a trace has added to the rollups."""

    minute: int
    failed: bool
    facets: Sequence[tuple[str, str]]
    calls: Sequence[Calls]


class Frame(msgspec.Struct):
    """What is stored of a trace as a whole."""

    share: Share
    uncounted: Sequence[str]
    """Spans whose tokens another span tells too."""
    row: msgspec.Raw


decode_frame = msgspec.json.Decoder(Frame).decode


def calls_of(summaries: Iterable[Summary], left_out: AbstractSet[str]) -> list[Calls]:
    grouped: dict[tuple[int, _Callee], list[Summary]] = defaultdict(list)
    for one in summaries:
        if one.kind in BILLED and one.span_id not in left_out:
            callee = one.provider or "", one.model or "", one.operation or ""
            grouped[one.started_ns // (SHORT_S * 1_000_000_000), callee].append(one)
    return [_summed(slot, callee, spans) for (slot, callee), spans in grouped.items()]


def _summed(slot: int, callee: _Callee, spans: Sequence[Summary]) -> Calls:
    lasted = [ms for one in spans if (ms := one.duration_ms) is not None]
    prices = [one.cost.total for one in spans if one.cost is not None and one.cost.total is not None]
    usage = [one.usage for one in spans if one.usage is not None]
    tokens = {
        name: sum(known) if (known := [count for each in usage if (count := getattr(each, name)) is not None]) else None
        for name in _TOKENS
    }
    provider, model, operation = callee
    return Calls(
        slot=slot,
        provider=provider,
        model=model,
        operation=operation,
        calls=len(spans),
        errors=sum(one.status == "error" for one in spans),
        ended=len(lasted),
        duration_ms=sum(lasted),
        priced=len(prices),
        cost=sum(prices),
        latency=sketch.packed(sum(map(sketch.single, lasted))),
        ttft=sketch.packed(sum(sketch.single(one.ttft_ms) for one in spans if one.ttft_ms is not None)),
        **tokens,
    )


class Rollups:
    """Collects the differences of one transaction and writes them at its end."""

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql = sql
        self._facets: dict[tuple[str, int, str], list[int]] = {}
        self._calls: dict[tuple[int, int, _Callee], _Difference] = {}

    def clear(self) -> None:
        self._facets.clear()
        self._calls.clear()

    def replace(self, old: Share | None, new: Share | None) -> None:
        """A trace adds `new` where it has added `old` before."""
        for share, sign in ((old, -1), (new, 1)):
            if share is not None:
                self._add(share, sign)

    def _add(self, share: Share, sign: int) -> None:
        hour = share.minute - share.minute % 60
        keys = [("", share.minute, ""), *((field, hour, value) for field, value in share.facets)]
        for key in keys:
            counts = self._facets.setdefault(key, [0, 0])
            counts[0] += sign
            counts[1] += sign * share.failed
        for one in share.calls:
            callee = one.provider, one.model, one.operation
            for width in (SHORT_S, LONG_S):
                slot = one.slot * SHORT_S // width
                self._calls.setdefault((width, slot, callee), _Difference()).add(one, sign)

    def write(self) -> None:
        changed = [(key, counts) for key, counts in sorted(self._facets.items()) if counts != [0, 0]]
        bulk.insert(self._sql, _ADD, [(*key, *counts) for key, counts in changed], _ADD_UP)
        self._sql.executemany(_EMPTY, [key for key, counts in changed if counts[0] < 0])
        self._write_calls({key: one for key, one in self._calls.items() if not one.is_nothing})
        self.clear()

    def _write_calls(self, changed: dict[tuple[int, int, _Callee], _Difference]) -> None:
        callees = {callee: self._callee(callee) for callee in {callee for _, _, callee in changed}}
        differences = {
            (width, slot, callees[callee]): one
            for (width, slot, callee), one in sorted(changed.items(), key=lambda item: item[0])
        }
        for width, slot, callee, *row in bulk.found(self._sql, _FIND, list(differences)):
            differences[width, slot, callee].add(Calls(0, "", "", "", *row), 1)
        gone = [key for key, one in differences.items() if one.sums[0] <= 0]
        kept = [(*key, *one.values()) for key, one in differences.items() if one.sums[0] > 0]
        bulk.insert(self._sql, "INSERT OR REPLACE INTO calls", kept)
        self._sql.executemany("DELETE FROM calls WHERE width = ? AND slot = ? AND callee = ?", gone)

    def _callee(self, callee: _Callee) -> int:
        find = "SELECT id FROM callee WHERE provider = ? AND model = ? AND operation = ?"
        row = self._sql.execute(find, callee).fetchone()
        if row is None:
            insert = "INSERT INTO callee (provider, model, operation) VALUES (?,?,?)"
            return int(self._sql.execute(insert, callee).lastrowid or 0)
        return int(row[0])


_FIND = (
    f"SELECT width, slot, callee, {', '.join((*_SUMS, *_TOKENS))}, latency, ttft FROM asked "
    "CROSS JOIN calls ON width = asked.column1 AND slot = asked.column2 AND callee = asked.column3"
)
_ADD = "INSERT INTO rollup (field, minute, value, total, errors)"
_ADD_UP = (
    "ON CONFLICT (field, minute, value) DO UPDATE SET total = total + excluded.total, errors = errors + excluded.errors"
)
_EMPTY = "DELETE FROM rollup WHERE field = ? AND minute = ? AND value = ? AND total <= 0"


class _Difference:
    def __init__(self) -> None:
        self.sums: list[float] = [0] * len(_SUMS)
        self.tokens: list[int | None] = [None] * len(_TOKENS)
        self.latency = self.ttft = 0
        self.is_nothing = True

    def add(self, one: Calls, sign: int) -> None:
        self.sums = [mine + sign * getattr(one, name) for mine, name in zip(self.sums, _SUMS, strict=True)]
        self.tokens = [
            mine if (more := getattr(one, name)) is None else (mine or 0) + sign * more
            for mine, name in zip(self.tokens, _TOKENS, strict=True)
        ]
        self.latency += sign * sketch.unpacked(one.latency)
        self.ttft += sign * sketch.unpacked(one.ttft)
        self.is_nothing = not (any(self.sums) or any(self.tokens) or self.latency or self.ttft)

    def values(self) -> Iterator[object]:
        yield from self.sums
        yield from self.tokens
        yield sketch.packed(self.latency)
        yield sketch.packed(self.ttft)
