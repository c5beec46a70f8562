"""`POST /v1/traces`: OTLP over HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.requests import Request
from starlette.responses import Response

from limelight.server.ingest.digest import Digest, digest
from limelight.server.ingest.otlp import MAX_BYTES, Incoming, RejectedError, from_json, from_protobuf, unpacked

if TYPE_CHECKING:
    from limelight.server.app import Services

PROTOBUF, JSON = "application/x-protobuf", "application/json"
_DONE = {PROTOBUF: ExportTraceServiceResponse().SerializeToString(), JSON: b"{}"}


async def traces(request: Request) -> Response:
    services: Services = request.app.state.services
    services.counters.requests += 1
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind not in _DONE:
            raise RejectedError(f"content-type {kind!r} is not understood: send {PROTOBUF} or {JSON}", 415)
        body = await _body(request)
        digests = await asyncio.to_thread(_digests, body, request.headers.get("content-encoding", "").lower(), kind)
    except RejectedError as problem:
        services.counters.reject(str(problem))
        return Response(str(problem), problem.status, media_type="text/plain")
    services.counters.spans += len(digests)
    if digests:
        await asyncio.wrap_future(services.store.write(digests))
        services.counters.accept(digests)
    return Response(_DONE[kind], media_type=kind)


async def _body(request: Request) -> bytes:
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > MAX_BYTES:
            raise RejectedError(f"the request is larger than {MAX_BYTES:,} bytes: send smaller batches", 413)
        pieces.append(piece)
    return b"".join(pieces)


def _digests(body: bytes, encoding: str, kind: str) -> list[Digest]:
    whole = unpacked(body, encoding)
    incoming = from_protobuf(whole) if kind == PROTOBUF else from_json(whole)
    return [digest(one) for one in incoming if _is_whole(one)]


def _is_whole(incoming: Incoming) -> bool:
    return len(incoming.trace_id) == 32 and len(incoming.span_id) == 16
