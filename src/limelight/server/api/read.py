"""What the page and scripts ask for: `GET /api/v1/…`."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from limelight.server.api import sample
from limelight.server.ingest.digest import digest
from limelight.server.ingest.otlp_json import from_json
from limelight.server.query.language import Condition, QueryError, parse
from limelight.server.store.reader import FOREVER, Window
from limelight.server.timing import breakdown
from limelight.version import VERSION

if TYPE_CHECKING:
    from limelight.server.app import Services

MAX_ROWS = 1000


class AskedError(ValueError):
    """A question that cannot be answered as it was put."""

    def __init__(self, code: str, message: str, *, status: int = 400, position: int | None = None) -> None:
        super().__init__(message)
        self.code, self.status, self.position = code, status, position


def answered(data: Any, status: int = 200) -> Response:
    return Response(
        msgspec.json.encode(data), status, media_type="application/json", headers={"cache-control": "no-store"}
    )


def refused(problem: AskedError) -> Response:
    return answered(
        {"error": {"code": problem.code, "message": str(problem), "position": problem.position}}, problem.status
    )


def services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


async def traces(request: Request) -> Response:
    conditions, window = _asked(request)
    limit = _number(request, "limit", 100, 1, MAX_ROWS)
    reader = services(request).reader
    rows, last = await _off_loop(lambda: reader.traces(conditions, window, limit, _cursor(request)))
    total, capped = await _off_loop(lambda: reader.count(conditions, window))
    after = f"{last[0]}-{last[1]}" if last else None
    return answered({"traces": rows, "next_cursor": after, "total": {"value": total, "capped": capped}})


async def histogram(request: Request) -> Response:
    conditions, window = _asked(request, bounded=True)
    buckets = _number(request, "buckets", 60, 1, 500)
    found = await _off_loop(lambda: services(request).reader.histogram(conditions, window, buckets))
    width = (window.to_ns - window.from_ns) / buckets / 1e6
    return answered(
        {"from_ms": window.from_ns / 1e6, "to_ms": window.to_ns / 1e6, "bucket_ms": width, "buckets": found}
    )


async def span_range(request: Request) -> Response:
    first, last = await _off_loop(services(request).reader.span_range)
    return answered({"first_ms": first, "last_ms": last})


async def facets(request: Request) -> Response:
    conditions, window = _asked(request)
    return answered({"facets": await _off_loop(lambda: services(request).reader.facets(conditions, window))})


async def complete(request: Request) -> Response:
    field, prefix = request.query_params.get("field", ""), request.query_params.get("prefix", "")
    return answered({"values": await _off_loop(lambda: services(request).reader.complete(field, prefix))})


async def trace(request: Request) -> Response:
    found = await _off_loop(lambda: services(request).reader.trace(request.path_params["trace_id"]))
    if found is None:
        raise AskedError(
            "not_found", "no trace has this id: it was deleted, or its first span has not come yet", status=404
        )
    row, spans = found
    return answered({"trace": row, "spans": spans, "focus_span_id": _focus(spans), **breakdown(row, spans)})


async def span(request: Request) -> Response:
    found = await _off_loop(
        lambda: services(request).reader.span(request.path_params["trace_id"], request.path_params["span_id"])
    )
    if found is None:
        raise AskedError("not_found", "no span has this id in this trace", status=404)
    return answered(found)


async def delete(request: Request) -> Response:
    if not await asyncio.wrap_future(services(request).store.delete(request.path_params["trace_id"])):
        raise AskedError("not_found", "no trace has this id", status=404)
    return answered({"trace_id": request.path_params["trace_id"]})


async def test_trace(request: Request) -> Response:
    body = json.dumps(sample.request(time.time_ns())).encode()
    digests = [digest(one) for one in from_json(body)]
    await asyncio.wrap_future(services(request).store.write(digests))
    return answered({"trace_id": digests[0].incoming.trace_id})


async def health(request: Request) -> Response:
    ours = services(request)
    size = await _off_loop(ours.reader.size)
    counters = ours.counters
    since = ours.store.lag_since
    return answered(
        {
            "version": VERSION,
            "uptime_s": time.time() - counters.started,
            "address": ours.address,
            "data_dir": str(ours.store.path.parent),
            "database_bytes": size["bytes"],
            "spans": size["spans"],
            "traces": size["traces"],
            "received": counters.received(),
            "index_lag_s": time.monotonic() - since if since and size["waiting"] else 0.0,
            "clients": [
                {"sdk": sdk, "version": version or None, "service": service or None, "last_ms": last}
                for (sdk, version, service), last in counters.clients.items()
            ],
            "dialects": dict(counters.dialects),
            "unpriced_models": [
                {"provider": provider, "model": model, "spans": n}
                for (provider, model), n in counters.unpriced.most_common(100)
            ],
        }
    )


async def live(request: Request) -> Response:
    ours = services(request)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(ours.hub.listen(ours.counters.received), media_type="text/event-stream", headers=headers)


async def openapi(request: Request) -> Response:
    text = resources.files("limelight.server.api").joinpath("openapi.json").read_bytes()
    return Response(text, media_type="application/json")


def _focus(spans: Sequence[dict[str, Any]]) -> str | None:
    """The first failing span that has no failing child, else the last LLM call, else the first span."""
    failed = [one for one in spans if one["status"] == "error"]
    if failed:
        above = {one["parent_id"] for one in failed}
        return str(next((one["span_id"] for one in failed if one["span_id"] not in above), failed[0]["span_id"]))
    calls = [one for one in spans if one["kind"] == "llm"]
    chosen = calls[-1:] or list(spans[:1])
    return str(chosen[0]["span_id"]) if chosen else None


async def _off_loop(ask: Callable[[], Any]) -> Any:
    return await asyncio.to_thread(ask)


def _asked(request: Request, *, bounded: bool = False) -> tuple[tuple[Condition, ...], Window]:
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
        raise AskedError("bad_range", f"`{name}` must be milliseconds since 1970, got {raw!r}") from None


def _number(request: Request, name: str, default: int, least: int, most: int) -> int:
    raw = request.query_params.get(name, str(default))
    if not raw.isdigit() or not least <= int(raw) <= most:
        raise AskedError("bad_number", f"`{name}` must be between {least} and {most}, got {raw!r}")
    return int(raw)


def _cursor(request: Request) -> tuple[int, int] | None:
    raw = request.query_params.get("cursor")
    if not raw:
        return None
    at, _, row = raw.partition("-")
    if not (at.isdigit() and row.isdigit()):
        raise AskedError("bad_cursor", "`cursor` must be the `next_cursor` of an earlier answer")
    return int(at), int(row)
