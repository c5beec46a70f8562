"""What the page and scripts ask for: `GET /api/v1/…`."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from limelight.server import openapi as description
from limelight.server.api import answers, sample
from limelight.server.api.asked import cursor, question, whole
from limelight.server.api.problems import AskedError, answered
from limelight.server.ingest.digest import digest
from limelight.server.ingest.otlp_json import from_json
from limelight.server.timing import breakdown
from limelight.version import VERSION

if TYPE_CHECKING:
    from limelight.server.app import Services

MAX_ROWS = 1000
MAX_PREFIX = 200


def services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


async def traces(request: Request) -> Response:
    conditions, window = question(request)
    limit, before = whole(request, "limit", 100, 1, MAX_ROWS), cursor(request)
    reader = services(request).reader
    rows, last, (total, capped) = await _off_loop(lambda: reader.traces(conditions, window, limit, before))
    after = f"{last[0]}-{last[1]}" if last else None
    return answered(answers.TraceList(traces=rows, next_cursor=after, total=answers.Total(value=total, capped=capped)))


async def histogram(request: Request) -> Response:
    conditions, window = question(request, bounded=True)
    buckets = whole(request, "buckets", 60, 1, 500)
    found = await _off_loop(lambda: services(request).reader.histogram(conditions, window, buckets))
    width = (window.to_ns - window.from_ns) / buckets / 1_000_000
    return answered(
        answers.Histogram(from_ms=window.from_ns / 1_000_000, to_ms=window.to_ns / 1e6, bucket_ms=width, buckets=found)
    )


async def span_range(request: Request) -> Response:
    first, last = await _off_loop(services(request).reader.span_range)
    return answered(answers.Range(first_ms=first, last_ms=last))


async def facets(request: Request) -> Response:
    conditions, window = question(request)
    return answered(answers.Facets(facets=await _off_loop(lambda: services(request).reader.facets(conditions, window))))


async def overview(request: Request) -> Response:
    conditions, window = question(request, bounded=True)
    if conditions:
        raise AskedError("bad_query", "the overview tells of all calls: leave `q` out")
    buckets = whole(request, "buckets", 60, 1, 500)
    return answered(await _off_loop(lambda: services(request).reader.overview(window, buckets)))


async def complete(request: Request) -> Response:
    field, prefix = (request.query_params.get(name, "")[:MAX_PREFIX] for name in ("field", "prefix"))
    found = await _off_loop(lambda: services(request).reader.complete(field, prefix))
    return answered(answers.Completions(values=found))


async def trace(request: Request) -> Response:
    found = await _off_loop(lambda: services(request).reader.trace(request.path_params["trace_id"]))
    if found is None:
        raise AskedError(
            "not_found", "no trace has this id: it was deleted, or its first span has not come yet", status=404
        )
    row, spans = found
    return answered(
        answers.TraceDetail(trace=row, spans=spans, focus_span_id=_focus(spans), **breakdown(row.duration_ms, spans))
    )


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
    return answered(answers.TraceId(trace_id=request.path_params["trace_id"]))


async def test_trace(request: Request) -> Response:
    body = json.dumps(sample.request(time.time_ns())).encode()
    digests = [digest(one) for one in from_json(body)]
    await asyncio.wrap_future(services(request).store.write(digests))
    return answered(answers.TraceId(trace_id=digests[0].trace_id))


async def health(request: Request) -> Response:
    ours = services(request)
    size = await _off_loop(ours.reader.size)
    counters, since = ours.counters, ours.store.lag_since
    return answered(
        answers.Health(
            version=VERSION,
            uptime_s=time.time() - counters.started,
            address=ours.address,
            data_dir=str(ours.store.path.parent),
            database_bytes=size["bytes"],
            spans=size["spans"],
            traces=size["traces"],
            received=counters.received(),
            index_lag_s=time.monotonic() - since if since and size["waiting"] else 0.0,
            clients=counters.senders(),
            dialects=dict(counters.dialects),
            unpriced_models=counters.without_price(),
        )
    )


async def live(request: Request) -> Response:
    ours = services(request)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(ours.hub.listen(ours.counters.received), media_type="text/event-stream", headers=headers)


async def openapi(request: Request) -> Response:
    return Response(_description(), media_type="application/json")


@cache
def _description() -> str:
    return description.text()


def _focus(spans: Sequence[answers.SpanLine]) -> str | None:
    """The first failing span that has no failing child, else the last LLM call, else the first span."""
    failed = [one for one in spans if one.status == "error"]
    if failed:
        above = {one.parent_id for one in failed}
        return next((one.span_id for one in failed if one.span_id not in above), failed[0].span_id)
    chosen = [one for one in spans if one.kind == "llm"][-1:] or spans[:1]
    return chosen[0].span_id if chosen else None


async def _off_loop(ask: Callable[[], Any]) -> Any:
    return await asyncio.to_thread(ask)
