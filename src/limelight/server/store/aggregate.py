"""A trace out of its spans: one row for the lists, and what it adds to the rollups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from limelight.server.api.answers import CostLite, TraceRow, Usage
from limelight.server.summary import BILLED, Summary

COUNTS = ("input", "output", "cache_read", "cache_write", "reasoning")
MAX_STEPS = 64
"""Up the tree, which a sender may have drawn as a circle."""


def uncounted(summaries: Sequence[Summary]) -> set[str]:
    """Spans whose tokens another span tells too: of one call reported twice the inner, of an agent that repeats its calls' the agent."""
    by_id = {one.span_id: one for one in summaries}
    left_out = {one.span_id for one in summaries if one.kind in BILLED and not _is_outermost(one, by_id)}
    repeated: set[str] = set()
    for one in summaries:
        if one.says_usage and one.span_id not in left_out:
            _mark_above(one, by_id, repeated)
    left_out |= {
        one.span_id for one in summaries if one.span_id in repeated and one.kind not in BILLED and one.says_usage
    }
    return left_out


def _mark_above(one: Summary, by_id: dict[str, Summary], repeated: set[str]) -> None:
    """What stands above a span with usage of its own repeats it."""
    above = one.parent_id
    while above is not None and above in by_id and above not in repeated:
        repeated.add(above)
        above = by_id[above].parent_id


def _is_outermost(one: Summary, by_id: dict[str, Summary]) -> bool:
    above, steps = by_id.get(one.parent_id or ""), 0
    while above is not None and above is not one and steps < MAX_STEPS:
        if above.kind in BILLED and _is_same_call(one, above):
            return False
        above, steps = by_id.get(above.parent_id or ""), steps + 1
    return True


def _is_same_call(inner: Summary, outer: Summary) -> bool:
    if inner.response_id and outer.response_id:
        return inner.response_id == outer.response_id and inner.provider == outer.provider
    return inner.parent_id == outer.span_id and inner.kind == outer.kind and inner.model == outer.model


def trace_row(trace_id: str, summaries: Sequence[Summary], left_out: AbstractSet[str]) -> TraceRow:
    """`summaries` is not empty; `left_out` are those whose tokens do not count."""
    spans = sorted(summaries, key=lambda one: one.started_ns)
    root, is_whole = _root(spans)
    running = not is_whole or not root.ended_ns
    started, ended = spans[0].started_ns, max(one.ended_ns for one in spans)
    failed = [one for one in spans if one.status == "error"]
    calls = [one for one in spans if one.kind == "llm"]
    told = () if root.kind == "llm" else (root,)
    return TraceRow(
        trace_id=trace_id,
        name=root.name,
        status=root.status if not running else "error" if failed else "running",
        started_ms=started / 1_000_000,
        duration_ms=max(0, ended - started) / 1_000_000 if ended else None,
        input=_best([one.preview_in for one in told], (one.preview_in for one in calls)),
        output=_best([one.preview_out for one in told], (one.preview_out for one in reversed(calls))),
        input_span_id=next((one.span_id for one in calls if one.preview_in), None),
        models=_distinct(one.model for one in spans if one.kind in BILLED),
        providers=_distinct(one.provider for one in spans),
        services=_distinct(one.service for one in spans),
        kinds=dict(Counter(one.kind for one in spans)),
        span_count=len(spans),
        error_count=len(failed),
        usage=_usage(spans, left_out),
        cost=_cost(spans, left_out),
        ttft_ms=next((one.ttft_ms for one in calls if one.ttft_ms is not None), None),
        session_id=_first(one.session_id for one in spans),
        user_id=_first(one.user_id for one in spans),
        tags=_distinct(tag for one in spans for tag in one.tags),
        environment=_first(one.environment for one in spans),
        score=None,
        error_type=_first(one.error_type for one in failed),
        error_message=_first(one.status_message for one in failed),
        running=running,
    )


def _root(spans: Sequence[Summary]) -> tuple[Summary, bool]:
    """The first span without a parent, else the first whose parent is missing; and is that all, or has the parent yet to come?"""
    top = next((one for one in spans if not one.parent_id), None)
    if top is not None:
        return top, True
    ids = {one.span_id for one in spans}
    orphans = [one for one in spans if one.parent_id not in ids]
    if not orphans:  # they name each other
        return spans[0], False
    return orphans[0], all(one.is_entry for one in orphans)


def _best(root: Sequence[str | None], calls: Iterable[str | None]) -> str | None:
    """What the program recorded itself, where it is text; else what was said to the model, or by it."""
    own = _first(root)
    if own and own[0] not in "{[":
        return own
    return _first(calls) or own


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value), None)


def _distinct(values: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))


def _usage(spans: Sequence[Summary], left_out: AbstractSet[str]) -> Usage:
    counted = [one.usage for one in spans if one.usage is not None and one.span_id not in left_out]
    total = {
        name: sum(known) if (known := [count for usage in counted if (count := getattr(usage, name)) is not None]) else None
        for name in COUNTS
    }  # fmt: skip
    estimated = {name for usage in counted for name in usage.estimated}
    silent = any(_is_silent(one, left_out) for one in spans)
    said = "unknown" if not counted else "partial" if silent else "estimated" if estimated else "reported"
    return Usage(**total, provenance=said, estimated=sorted(estimated))  # type: ignore[arg-type]


def _is_silent(one: Summary, left_out: AbstractSet[str]) -> bool:
    """A call that answered and said nothing of its tokens: what is summed is not all there was."""
    return one.kind == "llm" and one.status != "error" and one.usage is None and one.span_id not in left_out


def _cost(spans: Sequence[Summary], left_out: AbstractSet[str]) -> CostLite:
    counted = [one for one in spans if one.span_id not in left_out]
    known = [one.cost for one in counted if one.cost is not None and one.cost.total is not None]
    if not known:
        return CostLite(total=None, provenance="unknown")
    billed = [one for one in counted if one.kind in BILLED and one.status != "error"]
    kinds: set[Any] = {cost.provenance for cost in known}
    if "partial" in kinds or any(one.cost is None or one.cost.total is None for one in billed):
        provenance = "partial"
    else:
        provenance = next(kind for kind in ("estimated", "priced", "reported") if kind in kinds)
    return CostLite(total=sum(cost.total or 0.0 for cost in known), provenance=provenance)  # type: ignore[arg-type]


def facets(summaries: Iterable[Summary]) -> set[tuple[str, str]]:
    return {pair for one in summaries for pair in one.facets()}
