"""A call's notes, understood: from the vendor's objects to a `Record`."""

from __future__ import annotations

import bisect
import contextlib
import itertools
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from limelight.core.model import Attempt, Failure, Kind, Outcome, Record, Request, Response, Timing
from limelight.core.wire import sse
from limelight.core.wire.read import Table, as_table
from limelight.engine.guard import guarded
from limelight.pipeline import failures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from limelight.engine.call import Call, Tried


_SSE = (b"data:", b"event:")
_DONE = b"data: [DONE]"


@dataclass(frozen=True, slots=True)
class Body:
    """What `Operation.response` reads, and when its pieces came."""

    table: Table | None = None
    pieces: Sequence[tuple[int, Table]] = ()
    """The chunks of a stream, each with the reading of the clock at its arrival."""
    is_object: bool = False
    """An answer in one piece, though its bytes may have come in several."""
    is_whole: bool = False
    """The server said that this is the end."""


def record(call: Call) -> Record:
    operation, integration = call.operation, call.integration
    request, response, body = Request(), Response(), Body()
    with guarded(f"reading the {operation.name} request"):
        request = operation.request(_arguments(call))
    with guarded(f"reading the {operation.name} answer"):
        body = _body(call)
        response = operation.response(body.table) if body.table is not None else response
    failure = _failure(call) or response.failure
    outcome = _outcome(call, body, response, failure)
    address, port, provider = None, None, integration.name
    with guarded("reading the server's address"):
        address, port = _server(integration.address(call.client))
        provider = integration.provider(address, call.client) if integration.provider else provider
    return Record(
        kind=_KINDS.get(request.operation or "", operation.kind),
        operation=request.operation or operation.name,
        provider=response.provider or request.provider or provider,
        request=_streamed(request) if body.pieces else request,
        response=replace(response, failure=None) if response.failure else response,
        timing=_timing(call, body, response, outcome),
        attempts=tuple(_attempt(tried) for tried in call.tries),
        failure=failure,
        outcome=outcome,
        server_address=address,
        server_port=port,
        api=operation.api,
    )


_KINDS: dict[str, Kind] = {"embeddings": "embedding", "rerank": "rerank"}
"""Of calls whose operation only the request tells."""


def _arguments(call: Call) -> Table:
    """As given, and what the client adds by itself."""
    if (defaults := call.integration.defaults) is None:
        return call.arguments
    return {**defaults(call.client), **{name: value for name, value in call.arguments.items() if value is not None}}


def _streamed(request: Request) -> Request:
    """A helper asks for a stream without its caller saying so."""
    return request if "stream" in request.params else replace(request, params={**request.params, "stream": True})


def _body(call: Call) -> Body:
    if call.http is not None:
        return _http_body(call)
    if call.operation.within and call.chunks is not None:
        return _inner_body(call)
    if call.chunks is not None and call.operation.fold is not None:
        pieces = [
            (at, piece)
            for at, chunk in zip(call.times, call.chunks, strict=False)
            if (piece := _table(chunk)) is not None
        ]
        folded = call.operation.fold([piece for _, piece in pieces]) if pieces else {}
        return Body({**(as_table(call.response) or {}), **folded} or None, pieces)
    return Body(_table(call.response))


def _inner_body(call: Call) -> Body:
    """What was read out of a field of the answer, among the answer's other fields."""
    around = _table(call.response) or {}
    if (fold := call.operation.fold) is not None:
        pieces = [(at, chunk) for at, chunk in zip(call.times, call.chunks, strict=False) if isinstance(chunk, dict)]
        return Body({**around, **fold([piece for _, piece in pieces])}, pieces)
    read: Table | None = None
    with contextlib.suppress(ValueError):  # not read to its end
        read = _table(json.loads(b"".join(call.chunks)))
    return Body({**around, call.operation.within[0]: read}, is_object=True, is_whole=read is not None)


def _table(answer: Any) -> Table | None:
    """An answer that is no object: plain text, or a list."""
    if isinstance(answer, str):
        return {"text": answer}
    return {"data": answer} if isinstance(answer, list) else as_table(answer)


def _http_body(call: Call) -> Body:
    chunks = [chunk for chunk in call.chunks or () if isinstance(chunk, bytes)]
    data = b"".join(chunks) if call.chunks is not None else call.http.content
    kind = str(call.http.headers.get("content-type", ""))
    if "event-stream" not in kind and not data.lstrip().startswith(_SSE):  # some servers call events JSON
        return Body(_decoded(data, kind), is_object="json" in kind)
    found = [event for event in sse.events(data) if event.data.get("type") != "ping"]
    if call.seen is not None and call.ending != "done":  # he left, or it broke: what he has not taken he has not had
        found = found[: call.seen]
    arrived = list(itertools.accumulate(map(len, chunks)))
    pieces = (
        [(call.times[min(bisect.bisect_left(arrived, event.end), len(chunks) - 1)], event.data) for event in found]
        if chunks
        else []
    )
    fold = call.operation.fold
    folded = fold([event.data for event in found]) if fold and found else None
    is_whole = (
        call.ending != "error" and data.rstrip().endswith(_DONE) and (call.seen is None or call.seen >= len(found))
    )
    return Body(folded, pieces, is_whole=is_whole)


def _decoded(data: bytes, kind: str) -> Table | None:
    if "json" in kind:
        return _table(json.loads(data)) if data else None
    return {"text": data.decode("utf-8", "replace")} if kind.startswith("text/") else None


def _server(base: str | None) -> tuple[str | None, int | None]:
    if base is None:
        return None, None
    url = urlsplit(base)
    return url.hostname, url.port


def _timing(call: Call, body: Body, response: Response, outcome: Outcome) -> Timing:
    if not call.times or body.is_object:
        return Timing()
    first = call.at(call.times[0])
    content: int | None = None
    with guarded("finding the first content"):
        if is_content := call.operation.is_content:
            content = next((at for at, piece in body.pieces if is_content(piece)), None)
    seconds = ((call.ended_ns or first) - first) / 1e9
    output = response.usage.output
    return Timing(
        first_chunk_s=(first - call.started_ns) / 1e9,
        first_content_s=None if content is None else (call.at(content) - call.started_ns) / 1e9,
        chunks=len(body.pieces) or len(call.times),
        tokens_per_s=output / seconds if output and seconds > 0 and outcome == "ok" else None,
    )


def _attempt(tried: Tried) -> Attempt:
    about = failures.of_response(tried.response)
    return Attempt(tried.at_ns, about.status, tried.wait_s, about.retry_after_s, about.request_id)


def _failure(call: Call) -> Failure | None:
    if call.error is None or failures.is_cancellation(call.error):
        return None
    with guarded("reading an exception"):
        return failures.of_exception(call.error)
    return Failure(type(call.error).__qualname__)


def _outcome(call: Call, body: Body, response: Response, failure: Failure | None) -> Outcome:
    if failure is not None:
        return "error"
    if call.error is not None:
        return "cancelled"
    if body.is_whole or _is_whole(response):
        return "ok"
    cut_off = bool(body.pieces) and call.operation.name in _TELL_THEIR_END
    return "ok" if call.ending == "done" and not cut_off else "incomplete"


_TELL_THEIR_END = frozenset({"chat", "generate_content", "text_completion"})
"""Operations whose stream says why it ends; one that just stops was cut off."""


def _is_whole(response: Response) -> bool:
    """A stream that was left after its last word is no broken one."""
    return bool(response.messages) and all(message.finish_reason for message in response.messages)
