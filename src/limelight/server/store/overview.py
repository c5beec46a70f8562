"""What calls cost and how long they took, over time and by model: from rollups, however many spans there are."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TypeAlias

from limelight.server.api.measures import CalledModel, Measured, MeasuredBucket, Overview, Quantiles, Tokens
from limelight.server.store import sketch
from limelight.server.store.conditions import Window
from limelight.server.store.rollups import LONG_S, SHORT_S, Calls

SECOND_NS = 1_000_000_000
DETAILED_S = 2 * 86_400
"""Windows up to this long are told from the short slots."""
_TOKENS = ("input", "output", "cache_read", "cache_write", "reasoning")
_NOTHING = (0, 0, 0, 0.0, 0, 0.0, *[None] * len(_TOKENS), 0, 0)
_Group: TypeAlias = "dict[Any, _Sum]"


class _Sum:
    __slots__ = ("row",)

    def __init__(self) -> None:
        self.row: tuple[Any, ...] = _NOTHING

    def add(self, row: tuple[Any, ...]) -> None:
        """A row of `calls` without its key, its sketches unpacked."""
        mine = self.row
        self.row = row if mine is _NOTHING else tuple(map(_plus, mine, row))

    def told(self) -> dict[str, Any]:
        calls, errors, _, duration_ms, priced, cost, *tokens, latency, ttft = self.row
        output = tokens[1]
        within, first = (sketch.quantiles(one, 0.5, 0.95, 0.99) for one in (latency, ttft))
        return {
            "calls": calls,
            "errors": errors,
            "tokens": Tokens(**dict(zip(_TOKENS, tokens, strict=True))),
            "cost": cost if priced else None,
            "unpriced": calls - priced,
            "latency_ms": Quantiles(p50=within[0], p95=within[1], p99=within[2]),
            "ttft_ms": Quantiles(p50=first[0], p95=first[1], p99=first[2]),
            "tokens_per_s": output * 1000 / duration_ms if output is not None and duration_ms else None,
        }


def _plus(one: Any, other: Any) -> Any:
    return one if other is None else other if one is None else one + other


def of_calls(calls: Iterable[Calls], window: Window, buckets: int) -> Overview:
    rows = (
        (one.slot * SHORT_S, (one.provider, one.model, one.operation),
         (one.calls, one.errors, one.ended, one.duration_ms, one.priced, one.cost, one.input, one.output, one.cache_read,
          one.cache_write, one.reasoning, sketch.unpacked(one.latency), sketch.unpacked(one.ttft)))
        for one in calls
    )  # fmt: skip
    return _overview(rows, window, buckets)


def of_rollups(sql: sqlite3.Connection, window: Window, buckets: int) -> Overview:
    """To the whole slot; where a bucket is shorter than one, it holds the slots that begin in it."""
    seconds = (window.to_ns - window.from_ns) / SECOND_NS
    width = SHORT_S if seconds <= DETAILED_S else LONG_S
    from_s, step = window.from_ns / SECOND_NS, seconds / buckets
    asked = (width, from_s, step, width, int(from_s) // width, int(from_s + seconds) // width)
    callees = {
        number: tuple(callee) for number, *callee in sql.execute("SELECT id, provider, model, operation FROM callee")
    }
    sketches: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for bucket, callee, latency, ttft in sql.execute(_SKETCHES, asked):
        both = sketches[bucket, callee]
        both[0] += sketch.unpacked(latency)
        both[1] += sketch.unpacked(ttft)
    rows = (
        (from_s + (bucket + 0.5) * step, callees[callee], (*sums, *sketches[bucket, callee]))
        for bucket, callee, *sums in sql.execute(_SUMS, asked)
    )
    return _overview(rows, window, buckets)


_FOUND = "CAST(max(0, slot * ? - ?) / ? AS INTEGER) AS bucket, callee"
_WITHIN = "FROM calls WHERE width = ? AND slot >= ? AND slot <= ?"
_SKETCHES = f"SELECT {_FOUND}, latency, ttft {_WITHIN}"
_SUMS = (
    f"SELECT {_FOUND}, sum(calls), sum(errors), sum(ended), sum(duration_ms), sum(priced), sum(cost), sum(input), sum(output), "
    f"sum(cache_read), sum(cache_write), sum(reasoning) {_WITHIN} GROUP BY bucket, callee"
)


def _overview(rows: Iterable[tuple[float, tuple[str, ...], tuple[Any, ...]]], window: Window, buckets: int) -> Overview:
    from_s, step = window.from_ns / SECOND_NS, (window.to_ns - window.from_ns) / SECOND_NS / buckets
    cells: _Group = defaultdict(_Sum)
    for at, callee, row in rows:
        cells[max(0, min(int((at - from_s) / step), buckets - 1)), callee].add(row)
    total = _Sum()
    times: _Group = defaultdict(_Sum)
    models: _Group = defaultdict(_Sum)
    for (bucket, callee), one in cells.items():
        for group in (total, times[bucket], models[callee]):
            group.add(one.row)
    return Overview(
        from_ms=window.from_ns / 1e6,
        to_ms=window.to_ns / 1e6,
        bucket_ms=step * 1000,
        total=Measured(**total.told()),
        buckets=[
            MeasuredBucket(t_ms=(from_s + bucket * step) * 1000, **times.get(bucket, _Sum()).told())
            for bucket in range(buckets)
        ],
        models=[
            CalledModel(provider=callee[0] or None, model=callee[1] or None, operation=callee[2] or None, **one.told())
            for callee, one in sorted(models.items(), key=lambda item: -item[1].row[0])
        ],
    )
