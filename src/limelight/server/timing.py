"""Where a trace's time went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from limelight.server.api.answers import SpanLine
from limelight.server.summary import BILLED

STEPS = frozenset({"tool", "retrieval"})


def breakdown(total_ms: float | None, spans: Sequence[SpanLine]) -> dict[str, float | None]:
    """Milliseconds in which a model, a tool or neither was at work; spans that overlap count once."""
    model, tool = covered(_times(spans, BILLED)), covered(_times(spans, STEPS))
    busy = covered(_times(spans, BILLED | STEPS))
    return {"llm_ms": model, "tool_ms": tool, "idle_ms": None if total_ms is None else max(0.0, total_ms - busy)}


def covered(intervals: Iterable[tuple[float, float]]) -> float:
    """The length of the union."""
    total, until = 0.0, float("-inf")
    for start, end in sorted(intervals):
        total += max(0.0, end - max(start, until))
        until = max(until, end)
    return total


def _times(spans: Sequence[SpanLine], kinds: frozenset[str]) -> list[tuple[float, float]]:
    return [(one.started_ms, one.started_ms + (one.duration_ms or 0.0)) for one in spans if one.kind in kinds]
