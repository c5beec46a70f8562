"""The rounds of a run, and the figures that come of them."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.overhead.fleet import Sink, Worker

MEASURED = {
    "a": "2 short messages",
    "b": "40 messages, 60 KB, the history resent and one message new",
    "c": "one stream of 200 chunks",
    "d": "an answer with 5 tool calls",
    "e": "50 concurrent async calls, per call",
    "f": "embeddings of 64 inputs",
}
ALONE = {"a": 400, "b": 400, "c": 20}
"""Cases measured without the vendor's work, and calls in a block."""


@dataclass
class Pairs:
    """Blocks with tracing off, each beside its neighbour with tracing on; nanoseconds a call."""

    off: list[dict[str, float]] = field(default_factory=list)
    on: list[dict[str, float]] = field(default_factory=list)

    def bare_us(self, what: str) -> float:
        return statistics.median(block[what] for block in self.off) / 1e3

    def added_us(self, what: str) -> float:
        return statistics.median(on[what] - off[what] for off, on in zip(self.off, self.on, strict=True)) / 1e3


@dataclass
class Figures:
    """What one contender was measured to cost."""

    cases: dict[str, Pairs] = field(default_factory=dict)
    alone: dict[str, Pairs] = field(default_factory=dict)
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Case -> what the sink had of one block: calls, spans, and whether prompt and answer were in it."""


def warm_up(worker: Worker, sink: Sink, cases: Iterable[str]) -> Figures:
    """One block of each case, not counted; looks at what comes out at the other end."""
    figures = Figures()
    for case in cases:
        sink.taken()
        worker.ask("block", case=case, traced=False, calls=5)
        made = worker.ask("block", case=case, traced=True)["calls"]
        taken = sink.taken()
        letter = case[0]
        figures.seen[case] = {
            "calls": made,
            "spans": taken["spans"],
            "asked": f"{letter}-asked" in taken["marks"],
            "answered": f"{letter}-answered" in taken["marks"],
        }
    return figures


def round_of(worker: Worker, figures: Figures, cases: Sequence[str]) -> None:
    """One block off and one block on, of every case."""
    for case in cases:
        pairs = figures.cases.setdefault(case, Pairs())
        pairs.off.append(_block(worker.ask("block", case=case, traced=False)))
        pairs.on.append(_block(worker.ask("block", case=case, traced=True)))
    for case, calls in ALONE.items():
        if case in cases:
            pairs = figures.alone.setdefault(case, Pairs())
            pairs.off.append({"own": worker.ask("alone", case=case, traced=False, calls=calls)})
            pairs.on.append({"own": worker.ask("alone", case=case, traced=True, calls=calls)})


def _block(noted: dict[str, Any]) -> dict[str, float]:
    return {
        "between": statistics.median(noted["between"]),
        "own": statistics.median(noted["own"]),
        "p99": quantile(noted["between"], 0.99),
        "total": noted["total"] / noted["calls"],
    }


def quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


@dataclass(frozen=True)
class Soak:
    """Many calls of case a back to back, beside bare ones before and after."""

    median_added_us: float
    """Of all calls, those that the background works beside among them.  Wall clock, like the next."""
    p99_added_us: float
    p99_added_cpu_us: float
    total_added_us: float
    pace: float
    """Calls a second, as a share of what the bare client makes."""
    delivered: float
    rss_mb: float


def soak(worker: Worker, sink: Sink, calls: int) -> Soak:
    sink.taken()
    noted = worker.ask("soak", calls=calls)
    spans = sink.taken()["spans"]
    traced, bare = noted["traced"], noted["bare"]

    def before(what: str, share: float) -> float:
        return statistics.mean(quantile(one[what], share) for one in bare)

    return Soak(
        median_added_us=(quantile(traced["wall"], 0.5) - before("wall", 0.5)) / 1e3,
        p99_added_us=(quantile(traced["wall"], 0.99) - before("wall", 0.99)) / 1e3,
        p99_added_cpu_us=(quantile(traced["between"], 0.99) - before("between", 0.99)) / 1e3,
        total_added_us=(
            traced["total"] / traced["calls"] - statistics.mean(one["total"] / one["calls"] for one in bare)
        )
        / 1e3,
        pace=traced["calls"] / traced["seconds"] / statistics.mean(one["calls"] / one["seconds"] for one in bare),
        delivered=spans / (calls + 500),
        rss_mb=noted["rss_growth"] / 1e6,
    )
