"""Where a trace's time went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

WAITING = frozenset({"llm", "embedding", "rerank"})


def breakdown(trace: dict[str, Any], spans: Sequence[dict[str, Any]]) -> dict[str, float | None]:
    """Milliseconds in which a model, a tool or neither was at work; spans that overlap count once."""
    model = covered(_times(spans, WAITING))
    tool = covered(_times(spans, {"tool", "retrieval"}))
    busy = covered(_times(spans, WAITING | {"tool", "retrieval"}))
    total = trace["duration_ms"]
    return {"llm_ms": model, "tool_ms": tool, "idle_ms": None if total is None else max(0.0, total - busy)}


def covered(intervals: Iterable[tuple[float, float]]) -> float:
    """The length of the union."""
    total, until = 0.0, float("-inf")
    for start, end in sorted(intervals):
        total += max(0.0, end - max(start, until))
        until = max(until, end)
    return total


def _times(spans: Sequence[dict[str, Any]], kinds: Iterable[str]) -> list[tuple[float, float]]:
    wanted = frozenset(kinds)
    return [
        (one["started_ms"], one["started_ms"] + (one["duration_ms"] or 0.0)) for one in spans if one["kind"] in wanted
    ]
