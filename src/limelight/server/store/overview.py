"""What calls cost and how long they took, over time and by model: from rollups, however many spans there are."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from limelight.server.api.measures import CalledModel, Measured, MeasuredBucket, Overview, Quantiles, Tokens
from limelight.server.store import sketch
from limelight.server.store.conditions import Window
from limelight.server.store.rollups import LONG_S, SHORT_S, Calls

SECOND_NS = 1_000_000_000
DETAILED_S = 2 * 86_400
"""Windows up to this long are told from the short slots."""
_TOKENS = ("input", "output", "cache_read", "cache_write", "reasoning")
_Group: TypeAlias = "dict[Any, _Sum]"


class _Sum:
    def __init__(self) -> None:
        self.calls = self.errors = self.ended = self.priced = 0
        self.duration_ms = self.cost = 0.0
        self.tokens: list[int | None] = [None] * len(_TOKENS)
        self.latency = self.ttft = 0

    def add(self, row: tuple[Any, ...]) -> None:
        """A row of `calls` without its key, its sketches unpacked."""
        calls, errors, ended, duration_ms, priced, cost, *tokens, latency, ttft = row
        self.calls += calls
        self.errors += errors
        self.ended += ended
        self.duration_ms += duration_ms
        self.priced += priced
        self.cost += cost
        self.tokens = [
            mine if more is None else (mine or 0) + more for mine, more in zip(self.tokens, tokens, strict=True)
        ]
        self.latency += latency
        self.ttft += ttft

    def told(self) -> dict[str, Any]:
        output, seconds = self.tokens[1], self.duration_ms / 1000
        latency, ttft = (sketch.quantiles(one, 0.5, 0.95, 0.99) for one in (self.latency, self.ttft))
        return {
            "calls": self.calls,
            "errors": self.errors,
            "tokens": Tokens(**dict(zip(_TOKENS, self.tokens, strict=True))),
            "cost": self.cost if self.priced else None,
            "unpriced": self.calls - self.priced,
            "latency_ms": Quantiles(p50=latency[0], p95=latency[1], p99=latency[2]),
            "ttft_ms": Quantiles(p50=ttft[0], p95=ttft[1], p99=ttft[2]),
            "tokens_per_s": output / seconds if output is not None and seconds else None,
        }


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
    callees = {number: callee for number, *callee in sql.execute("SELECT id, provider, model, operation FROM callee")}
    found = sql.execute(
        "SELECT slot, callee, calls, errors, ended, duration_ms, priced, cost, input, output, cache_read, cache_write, reasoning, latency, ttft "
        "FROM calls WHERE width = ? AND slot >= ? AND slot <= ?",
        (width, window.from_ns // (width * SECOND_NS), window.to_ns // (width * SECOND_NS)),
    )
    unpacked: Callable[[bytes], int] = sketch.unpacked
    rows = (
        (slot * width, tuple(callees[callee]), (*sums, unpacked(latency), unpacked(ttft)))
        for slot, callee, *sums, latency, ttft in found
    )
    return _overview(rows, window, buckets)


def _overview(rows: Iterable[tuple[int, tuple[str, ...], tuple[Any, ...]]], window: Window, buckets: int) -> Overview:
    from_s, step = window.from_ns / SECOND_NS, (window.to_ns - window.from_ns) / SECOND_NS / buckets
    cells: _Group = defaultdict(_Sum)
    for at, callee, row in rows:
        cells[max(0, min(int((at - from_s) / step), buckets - 1)), callee].add(row)
    total = _Sum()
    times: _Group = defaultdict(_Sum)
    models: _Group = defaultdict(_Sum)
    for (bucket, callee), one in cells.items():
        row = (
            one.calls,
            one.errors,
            one.ended,
            one.duration_ms,
            one.priced,
            one.cost,
            *one.tokens,
            one.latency,
            one.ttft,
        )
        for group in (total, times[bucket], models[callee]):
            group.add(row)
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
            for callee, one in sorted(models.items(), key=lambda item: -item[1].calls)
        ],
    )
