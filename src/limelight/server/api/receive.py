"""`POST /v1/traces` and `/v1/metrics`: OTLP over HTTP."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from limelight.server.ingest.body import MAX_BYTES, RejectedError, too_large, unpacked
from limelight.server.ingest.digest import Digest, digest
from limelight.server.ingest.otlp import from_protobuf
from limelight.server.ingest.otlp_json import from_json
from limelight.server.store.database import is_passing
from limelight.server.store.sqlite import UNSTORABLE

if TYPE_CHECKING:
    from limelight.server.app import Services

PROTOBUF, JSON = "application/x-protobuf", "application/json"
RETRY_AFTER_S = 5
_CODES = {400: 3, 413: 8, 415: 3, 503: 14}
"""HTTP status -> the code of `google.rpc.Status`, in which OTLP wants its refusals written."""


async def traces(request: Request) -> Response:
    services: Services = request.app.state.services
    services.counters.requests += 1
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        refused = await _taken(request, services, kind)
    except RejectedError as problem:
        services.counters.reject(problem.reason, str(problem))
        return _problem(problem, kind)
    return Response(_done(kind, refused), media_type=kind)


async def metrics(request: Request) -> Response:
    """Taken and let go, so that no sender complains: what the page shows is counted from the spans, which say more."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        _understood(kind)
        await _body(request)
    except RejectedError as problem:
        return _problem(problem, kind)
    return Response(_done(kind, 0), media_type=kind)


async def _taken(request: Request, services: Services, kind: str) -> int:
    """Store what was sent, durably; how many of the spans could not be taken."""
    _understood(kind)
    encoding = request.headers.get("content-encoding", "").strip().lower()
    body = await _body(request)
    async with services.gate:
        digests, refused = await asyncio.to_thread(_digests, body, encoding, kind)
        services.counters.spans += len(digests) + refused
        if refused:
            services.counters.reject("ids", _without_id(refused), refused)
        if digests:
            await _stored(services, digests)
            services.counters.accept(digests)
    return refused


def _understood(kind: str) -> None:
    if kind not in {PROTOBUF, JSON}:
        raise RejectedError(
            "content_type", f"content-type {kind[:50]!r} is not understood: send {PROTOBUF} or {JSON}", 415
        )


async def _stored(services: Services, digests: list[Digest]) -> None:
    try:
        await asyncio.wrap_future(services.store.write(digests))
    except UNSTORABLE as error:
        if is_passing(error):
            raise RejectedError(
                "unavailable", f"the spans could not be written ({error}): send them again", 503
            ) from None
        raise RejectedError("unstorable", f"the spans cannot be stored ({type(error).__name__}: {error})") from None


async def _body(request: Request) -> bytes:
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced[:20]) > MAX_BYTES:
        raise too_large()
    pieces, size = [], 0
    try:
        async for piece in request.stream():
            size += len(piece)
            if size > MAX_BYTES:
                raise too_large()
            pieces.append(piece)
    except ClientDisconnect:
        raise RejectedError("malformed", "the sender went away before it had sent the whole request") from None
    return b"".join(pieces)


def _digests(body: bytes, encoding: str, kind: str) -> tuple[list[Digest], int]:
    whole = unpacked(body, encoding)
    incoming = from_protobuf(whole) if kind == PROTOBUF else from_json(whole)
    found = [digest(one) for one in incoming if one.is_identified]
    return found, len(incoming) - len(found)


def _done(kind: str, refused: int) -> bytes:
    if kind == JSON:
        said = {"partialSuccess": {"rejectedSpans": str(refused), "errorMessage": _without_id(refused)}}
        return json.dumps(said).encode() if refused else b"{}"
    response = ExportTraceServiceResponse()
    if refused:
        response.partial_success.rejected_spans = refused
        response.partial_success.error_message = _without_id(refused)
    return response.SerializeToString()


def _without_id(count: int) -> str:
    return f"{count} spans have no valid id: trace ids are 16 bytes, span ids 8, and not all of them zero"


def _problem(problem: RejectedError, kind: str) -> Response:
    """`google.rpc.Status` in the words of the request, in JSON to whom spoke neither."""
    code, message = _CODES[problem.status], str(problem)
    headers = {"retry-after": str(RETRY_AFTER_S)} if problem.status == 503 else {}
    if kind == PROTOBUF:
        return Response(_status(code, message), problem.status, headers, media_type=PROTOBUF)
    return Response(json.dumps({"code": code, "message": message}), problem.status, headers, media_type=JSON)


def _status(code: int, message: str) -> bytes:
    """The two fields of `google.rpc.Status` that matter: an integer and a string, in protobuf."""
    text = message.encode()[:1000]
    length, more = len(text) & 0x7F, len(text) >> 7
    size = bytes([length | 0x80, more]) if more else bytes([length])
    return bytes([0x08, code, 0x12]) + size + text
