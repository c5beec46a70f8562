"""The ways of asking that every client has, more or less: for an answer, and for a stream of it."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import AsyncIterator, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from tests.conformance.drive import END, close, each, entered, following, settle, shape, show
from tests.conformance.subject import Opening, Way

if TYPE_CHECKING:
    from tests.conformance.subject import Ask, Seen


def method_at(client: Any, path: str) -> Any:
    """The bound method, or None where this version has none."""
    try:
        return attrgetter(path)(client)
    except AttributeError:
        return None


def takes(method: Any, arguments: Mapping[str, Any]) -> bool:
    """Does this version's method know all these arguments?"""
    known = inspect.signature(inspect.unwrap(method)).parameters
    anything = any(one.kind is one.VAR_KEYWORD for one in known.values())
    return anything or all(name in known for name in arguments)


def can_ask(client: Any, ask: Ask) -> bool:
    if not ask.present(client):  # first: a glance at what is experimental may warn
        return False
    method = method_at(client, ask.method)
    return method is not None and takes(method, ask.arguments)


def can_stream(client: Any, ask: Ask) -> bool:
    if (ask.streaming is None and ask.streamer is None) or not can_ask(client, ask):
        return False
    method = method_at(client, ask.streamer or ask.method)
    return method is not None and takes(method, ask.streaming or {})


def plainly(client: Any, ask: Ask, arguments: Mapping[str, Any]) -> Any:
    return method_at(client, ask.method)(**arguments)


def streaming(client: Any, ask: Ask, arguments: Mapping[str, Any]) -> Any:
    return method_at(client, ask.streamer or ask.method)(**{**arguments, **(ask.streaming or {})})


def stream_in(answer: Any) -> Any:
    """The stream that a dict has among its values; else the answer is the stream."""
    if not isinstance(answer, dict):
        return answer
    return next(value for value in answer.values() if is_stream(value))


def is_stream(value: Any) -> bool:
    return hasattr(value, "__aiter__") or (
        hasattr(value, "__iter__") and not isinstance(value, (str, bytes, list, dict))
    )


async def opened(result: Any) -> Any:
    return stream_in(await settle(result))


async def value(result: Any) -> Seen:
    answer = await settle(result)
    if hasattr(answer, "iter_bytes"):  # a file, not an object
        return [show(answer), await settle(answer.aread() if hasattr(answer, "aread") else answer.read())]
    unread = [one for one in answer.values() if hasattr(one, "read")] if isinstance(answer, dict) else []
    return [type(answer), show(answer), *[await settle(one.read()) for one in unread]]


def envelope(answer: Any) -> Seen:
    """What lies around a stream."""
    return [show(answer)] if isinstance(answer, dict) else []


async def looped(result: Any) -> Seen:
    answer = await settle(result)
    stream = stream_in(answer)
    seen = [*envelope(answer), *shape(stream)]
    return [*seen, *[show(item) async for item in each(stream)]]


async def stepped(result: Any) -> Seen:
    stream = await opened(result)
    seen = shape(stream)
    iterator = stream if hasattr(stream, "__next__") or hasattr(stream, "__anext__") else started(stream)
    while (item := await following(iterator)) is not END:
        seen.append(show(item))
    return [*seen, await following(iterator) is END]


def started(stream: Any) -> Any:
    return aiter(stream) if hasattr(stream, "__aiter__") else iter(stream)


async def entered_and_looped(result: Any) -> Seen:
    stream = await opened(result)
    if not hasattr(stream, "__enter__") and not hasattr(stream, "__aenter__"):
        return await looped(stream)
    async with entered(stream) as inner:
        return [inner is stream, *shape(inner), *[show(item) async for item in each(inner)]]


WAYS = {
    "plain": Way(plainly, value, needs=can_ask),
    "stream": Way(streaming, looped, "stream", can_stream),
    "stream, next by next": Way(streaming, stepped, "stream", can_stream),
    "stream, entered": Way(streaming, entered_and_looped, "stream", can_stream),
}


@contextlib.asynccontextmanager
async def closing(client: Any, ask: Ask, arguments: Mapping[str, Any]) -> AsyncIterator[Any]:
    stream = await opened(streaming(client, ask, arguments))
    try:
        yield stream
    finally:
        await close(stream if hasattr(stream, "close") or hasattr(stream, "aclose") else stream.response)


@contextlib.asynccontextmanager
async def leaving(client: Any, ask: Ask, arguments: Mapping[str, Any]) -> AsyncIterator[Any]:
    async with entered(await opened(streaming(client, ask, arguments))) as stream:
        yield stream


OPENINGS = {
    "stream, closed": Opening(closing, can_stream),
    "stream, left": Opening(leaving, can_stream, by=("__enter__", "__aenter__")),
}
