"""What a request asks: its filter, its window of time, its numbers."""

from __future__ import annotations

import time

from starlette.requests import Request

from limelight.server.api.problems import AskedError
from limelight.server.query.language import Condition, QueryError, parse
from limelight.server.store.reader import FOREVER, Window


def question(request: Request, *, bounded: bool = False) -> tuple[tuple[Condition, ...], Window]:
    try:
        conditions = parse(request.query_params.get("q", ""))
    except QueryError as problem:
        raise AskedError("bad_query", str(problem), position=problem.position) from None
    start, end = _milliseconds(request, "from_ms"), _milliseconds(request, "to_ms")
    if bounded:
        now = time.time_ns()
        start, end = start if start is not None else now - 86_400_000_000_000, end if end is not None else now
    window = Window(start or 0, end if end is not None else FOREVER)
    if window.to_ns <= window.from_ns:
        raise AskedError("bad_range", "`to_ms` must be after `from_ms`")
    return conditions, window


def _milliseconds(request: Request, name: str) -> int | None:
    raw = request.query_params.get(name)
    if raw is None or raw == "":
        return None
    try:
        return max(0, min(int(float(raw) * 1e6), 2**62))
    except (ValueError, OverflowError):
        raise AskedError("bad_range", f"`{name}` must be milliseconds since 1970, got {raw[:50]!r}") from None


def whole(request: Request, name: str, default: int, least: int, most: int) -> int:
    raw = request.query_params.get(name, str(default))
    if not _is_whole(raw) or not least <= int(raw) <= most:
        raise AskedError("bad_number", f"`{name}` must be between {least} and {most}, got {raw[:50]!r}")
    return int(raw)


def cursor(request: Request) -> tuple[int, int] | None:
    raw = request.query_params.get("cursor")
    if not raw:
        return None
    at, _, row = raw.partition("-")
    if not (_is_whole(at) and _is_whole(row)):
        raise AskedError("bad_cursor", "`cursor` must be the `next_cursor` of an earlier answer")
    return int(at), int(row)


def _is_whole(raw: str) -> bool:
    return raw.isascii() and raw.isdigit() and int(raw[:20]) < 2**63 and len(raw) < 20
