"""A call's notes, understood: from the vendor's objects to a `Record`."""

from __future__ import annotations

import bisect
import contextlib
import functools
import itertools
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypedDict
from urllib.parse import urlsplit

from limelight.core.model import Attempt, Failure, Kind, Outcome, Record, Request, Response, Timing
from limelight.core.wire.pieces import array
from limelight.core.wire.pieces import pieces as taken_apart
from limelight.core.wire.read import Table, as_table
from limelight.engine.guard import guarded
from limelight.pipeline import failures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from limelight.core.wire.sse import Event
    from limelight.engine.call import Call, Ending, Exchange


_DONE = b"data: [DONE]"


@dataclass(frozen=True, slots=True)
class Body:
    """What `Operation.response` reads, and when its pieces came."""

    table: Table | None = None
    pieces: Sequence[Table] = ()
    """The chunks of a stream."""
    arrival: Callable[[int], int] = int
    """The reading of the clock when the n-th of them came."""
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
    failure = _told(call, _failure(call) or _refusal(call, body, response))
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
        attempts=tuple(_attempts(call, failure)) if call.exchanges else (),
        notes=(integration.remark,) if integration.remark else (),
        failure=failure,
        outcome=outcome,
        server_address=address,
        server_port=port,
        api=operation.api,
        **_headers(call),
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
        body = _pieces(call, map(_table, call.chunks))
        folded = call.operation.fold(body.pieces) if body.pieces else {}
        return replace(body, table={**(as_table(call.response) or {}), **folded} or None)
    return Body(_table(call.response))


def _pieces(call: Call, chunks: Iterable[Table | None]) -> Body:
    """Those that can be read."""
    found = [(at, chunk) for at, chunk in zip(call.times, chunks, strict=False) if chunk is not None]
    return Body(pieces=[chunk for _, chunk in found], arrival=lambda n: found[n][0])


def _inner_body(call: Call) -> Body:
    """What was read out of a field of the answer, among the answer's other fields."""
    around = _table(call.response) or {}
    if (fold := call.operation.fold) is not None:
        body = _pieces(call, (chunk if isinstance(chunk, dict) else None for chunk in call.chunks))
        return replace(body, table={**around, **fold(body.pieces)})
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
    fold = call.operation.fold
    found = taken_apart(data, kind)
    if found is None and fold is not None and data[:64].lstrip().startswith(b"["):
        found = array(data)
    if found is None:
        return Body(_decoded(call, data, kind), is_object="json" in kind)
    if call.seen is not None and call.ending != "done":
        found = _taken(found, call.seen, call.ending)
    pieces = [event.data for event in found]
    folded = fold(pieces) if fold and pieces else None
    arrived = list(itertools.accumulate(map(len, chunks)))
    is_whole = (
        call.ending != "error" and data.rstrip().endswith(_DONE) and (call.seen is None or call.seen >= len(found))
    )
    if not chunks:
        return Body(folded, is_whole=is_whole)
    return Body(
        folded,
        pieces,
        lambda n: call.times[min(bisect.bisect_left(arrived, found[n].end), len(chunks) - 1)],
        is_whole=is_whole,
    )


def _taken(found: list[Event], seen: int, ending: Ending) -> list[Event]:
    """He left, or it broke: what he has not taken he has not had, but for the piece that it broke over."""
    broken = ending == "error" and any(piece.data.get("error") for piece in found[seen : seen + 1])
    return found[: seen + broken]


def _decoded(call: Call, data: bytes, kind: str) -> Table | None:
    if "json" in kind:
        try:
            return _table(json.loads(data)) if data else None
        except ValueError:
            if call.ending == "done":
                raise
            return None  # not read to its end
    return {"text": data.decode("utf-8", "replace")} if kind.startswith("text/") else None


@functools.lru_cache(256)
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
            content = next((body.arrival(n) for n, piece in enumerate(body.pieces) if is_content(piece)), None)
    seconds = ((call.ended_ns or first) - first) / 1e9
    output = response.usage.output
    return Timing(
        first_chunk_s=(first - call.started_ns) / 1e9,
        first_content_s=None if content is None else (call.at(content) - call.started_ns) / 1e9,
        chunks=len(body.pieces) or len(call.times),
        tokens_per_s=output / seconds if output and seconds > 0 and outcome == "ok" else None,
    )


def _attempts(call: Call, failure: Failure | None) -> Iterator[Attempt]:
    """What failed beneath the call; how the last try of a call that failed went, its failure says."""
    tried = [each for each in call.exchanges if not _is_within(each, call.exchanges)]
    for each, following in itertools.zip_longest(tried, tried[1:]):
        if not each.is_failed or (following is None and failure is not None):
            continue
        answer = failures.of_headers(each.headers)
        yield Attempt(
            call.at(each.ended),
            each.status,
            None if following is None else (following.started - each.ended) / 1e9,
            answer.retry_after_s,
            answer.request_id,
        )


def _is_within(inner: Exchange, exchanges: Sequence[Exchange]) -> bool:
    """Is it part of another one: does one HTTP library work for another?"""
    return any(each.started < inner.started and inner.ended < each.ended for each in exchanges)


def _failure(call: Call) -> Failure | None:
    if call.error is None or failures.is_cancellation(call.error):
        return None
    with guarded("reading an exception"):
        found = failures.of_exception(call.error)
        # LiteLLM gives a status to errors that had no answer.
        return replace(found, status=None) if call.exchanges and call.exchanges[-1].status is None else found
    return Failure(type(call.error).__qualname__)


def _headers(call: Call) -> _Headers:
    """What the last answer's headers say; beneath a call may have been others."""
    if call.exchanges and (headers := call.exchanges[-1].headers) is not None:
        with guarded("reading an answer's headers"):
            told = failures.telling(headers)
            return {"request_id": failures.request_id(told), "limits": failures.limits(told)}
    return {}


class _Headers(TypedDict, total=False):
    request_id: str | None
    limits: Mapping[str, str]


def _refusal(call: Call, body: Body, response: Response) -> Failure | None:
    """A failure without an exception: an answer that says so."""
    status = call.exchanges[-1].status if call.exchanges and call.http is not None else None
    if status is None or status < 400:
        return response.failure
    return failures.of_refusal(status, body.table or {}, response.failure)


def _told(call: Call, failure: Failure | None) -> Failure | None:
    """With what the last answer has said about it, where the exception keeps that to itself."""
    if failure is None or not call.exchanges:
        return failure
    with guarded("reading an answer's headers"):
        last = call.exchanges[-1]
        answer = failures.of_headers(last.headers)
        return replace(
            failure,
            status=failure.status or (last.status if last.is_failed else None),
            request_id=failure.request_id or answer.request_id,
            retry_after_s=answer.retry_after_s if failure.retry_after_s is None else failure.retry_after_s,
        )
    return failure


def _outcome(call: Call, body: Body, response: Response, failure: Failure | None) -> Outcome:
    if failure is not None:
        return "error"
    if call.error is not None:
        return "cancelled"
    if body.is_whole or _is_whole(response):
        return "ok"
    is_bare = bool(call.chunks) and isinstance(call.chunks[-1], str)  # a text cannot tell anything beside itself
    cut_off = bool(body.pieces) and call.operation.name in _TELL_THEIR_END and not is_bare
    return "ok" if call.ending == "done" and not cut_off else "incomplete"


_TELL_THEIR_END = frozenset({"chat", "generate_content", "text_completion"})
"""Operations whose stream says why it ends; one that just stops was cut off."""


def _is_whole(response: Response) -> bool:
    """A stream that was left after its last word is no broken one."""
    return bool(response.messages) and all(message.finish_reason for message in response.messages)
