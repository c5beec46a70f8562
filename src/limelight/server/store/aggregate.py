"""A trace out of its spans: one row for the lists, and what it adds to the rollups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from limelight.server.ingest.digest import BILLED, USAGE

FACETS = ("model", "provider", "service", "tool", "error", "user", "tag", "env", "operation")
"""The fields whose values are counted."""
MAX_STEPS = 64
"""Up the tree, which a sender may have drawn as a circle."""


class Summary(msgspec.Struct, omit_defaults=True):
    """What a trace's row needs of one span."""

    row: dict[str, Any]
    started_ns: int
    ended_ns: int
    response_id: str | None = None
    user_id: str | None = None
    session_id: str | None = None
    tags: Sequence[str] = ()
    environment: str | None = None
    facets: Sequence[tuple[str, str]] = ()


def settle(summaries: Sequence[Summary]) -> None:
    """Decide in place which spans' tokens count: of one call reported twice only the outer, of an agent that repeats its calls' only those."""
    by_id = {one.row["span_id"]: one for one in summaries}
    for one in summaries:
        one.row["counted"] = one.row["kind"] not in BILLED or _is_outermost(one, by_id)
    repeated: set[str] = set()
    for one in summaries:
        if one.row["counted"] and _says_usage(one):
            _mark_above(one, by_id, repeated)
    for one in summaries:
        if one.row["kind"] not in BILLED and one.row["span_id"] in repeated and _says_usage(one):
            one.row["counted"] = False


def _mark_above(one: Summary, by_id: dict[str, Summary], repeated: set[str]) -> None:
    """What stands above a span with usage of its own repeats it."""
    above = one.row["parent_id"]
    while above in by_id and above not in repeated:
        repeated.add(above)
        above = by_id[above].row["parent_id"]


def _says_usage(one: Summary) -> bool:
    return bool(one.row["usage"]["provenance"] != "unknown" or one.row["cost"]["total"] is not None)


def _is_outermost(one: Summary, by_id: dict[str, Summary]) -> bool:
    above, steps = by_id.get(one.row["parent_id"] or ""), 0
    while above is not None and above is not one and steps < MAX_STEPS:
        if above.row["kind"] in BILLED and _is_same_call(one, above):
            return False
        above, steps = by_id.get(above.row["parent_id"] or ""), steps + 1
    return True


def _is_same_call(inner: Summary, outer: Summary) -> bool:
    if inner.response_id and outer.response_id:
        return bool(inner.response_id == outer.response_id and inner.row["provider"] == outer.row["provider"])
    is_inside = inner.row["parent_id"] == outer.row["span_id"] and inner.row["kind"] == outer.row["kind"]
    return bool(is_inside and inner.row["model"] == outer.row["model"])


def trace_row(trace_id: str, summaries: Sequence[Summary]) -> dict[str, Any]:
    """A `TraceRow` of the API.  `summaries` is not empty."""
    settle(summaries)
    spans = sorted(summaries, key=lambda one: one.started_ns)
    ids = {one.row["span_id"] for one in spans}
    roots = [one for one in spans if not one.row["parent_id"]]
    orphans = [one for one in spans if one.row["parent_id"] and one.row["parent_id"] not in ids]
    root = roots[0] if roots else orphans[0] if orphans else spans[0]
    running = not roots or not root.ended_ns
    started, ended = min(one.started_ns for one in spans), max(one.ended_ns for one in spans)
    failed = [one for one in spans if one.row["status"] == "error"]
    calls = [one for one in spans if one.row["kind"] == "llm"]
    return {
        "trace_id": trace_id,
        "name": root.row["name"],
        "status": root.row["status"] if not running else "error" if failed else "running",
        "started_ms": started / 1_000_000,
        "duration_ms": max(0, ended - started) / 1_000_000 if ended else None,
        "input": _first(one.row["preview_in"] for one in (*calls, root)),
        "output": _first(one.row["preview_out"] for one in (*reversed(calls), root)),
        "input_span_id": next((one.row["span_id"] for one in calls if one.row["preview_in"]), None),
        "models": _distinct(one.row["model"] for one in spans if one.row["kind"] in BILLED),
        "providers": _distinct(one.row["provider"] for one in spans),
        "services": _distinct(one.row["service"] for one in spans),
        "kinds": dict(Counter(one.row["kind"] for one in spans)),
        "span_count": len(spans),
        "error_count": len(failed),
        "usage": _usage(spans),
        "cost": _cost(spans),
        "ttft_ms": next((one.row["ttft_ms"] for one in calls if one.row["ttft_ms"] is not None), None),
        "session_id": _first(one.session_id for one in spans),
        "user_id": _first(one.user_id for one in spans),
        "tags": _distinct(tag for one in spans for tag in one.tags),
        "environment": _first(one.environment for one in spans),
        "score": None,
        "error_type": _first(one.row["error_type"] for one in failed),
        "error_message": _first(one.row["status_message"] for one in failed),
        "running": running,
    }


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value), None)


def _distinct(values: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))


def _usage(spans: Sequence[Summary]) -> dict[str, Any]:
    counted = [one.row["usage"] for one in spans if one.row["counted"] and one.row["usage"]["provenance"] != "unknown"]
    total = {
        name: sum(known) if (known := [usage[name] for usage in counted if usage[name] is not None]) else None
        for name in USAGE
    }
    estimated = any(usage["provenance"] == "estimated" for usage in counted)
    silent = any(_is_silent(one) for one in spans)
    provenance = "unknown" if not counted else "partial" if silent else "estimated" if estimated else "reported"
    return {**total, "provenance": provenance}


def _is_silent(one: Summary) -> bool:
    """A call that answered and said nothing of its tokens: what is summed is not all there was."""
    row = one.row
    is_billed = row["kind"] == "llm" and row["counted"] and row["status"] != "error"
    return bool(is_billed and row["usage"]["provenance"] == "unknown")


def _cost(spans: Sequence[Summary]) -> dict[str, Any]:
    billed = [one for one in spans if one.row["counted"] and one.row["kind"] in BILLED and one.row["status"] != "error"]
    known = [one.row["cost"] for one in spans if one.row["counted"] and one.row["cost"]["total"] is not None]
    if not known:
        return {"total": None, "provenance": "unknown"}
    kinds = {cost["provenance"] for cost in known}
    if "partial" in kinds or any(one.row["cost"]["total"] is None for one in billed):
        provenance = "partial"
    else:
        provenance = next(kind for kind in ("estimated", "priced", "reported") if kind in kinds)
    return {"total": sum(cost["total"] for cost in known), "provenance": provenance}


def facets(summaries: Iterable[Summary]) -> set[tuple[str, str]]:
    return {tuple(pair) for one in summaries for pair in one.facets}  # type: ignore[misc]
