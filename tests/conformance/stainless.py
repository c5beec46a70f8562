"""The ways of asking that Stainless's generated clients share."""

from __future__ import annotations

import contextlib
import inspect
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from tests.conformance.drive import END, close, each, entered, following, settle, shape, show
from tests.conformance.subject import Opening, Way

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from tests.conformance.subject import Ask, Seen


def method_of(client: Any, ask: Ask) -> Any:
    """The bound method, or None where this version has none."""
    try:
        return attrgetter(ask.method)(client)
    except AttributeError:
        return None


def takes(method: Any, arguments: Mapping[str, Any]) -> bool:
    """Does this version's method know all these arguments?"""
    known = inspect.signature(inspect.unwrap(method)).parameters
    return all(name in known for name in arguments)


def can_ask(client: Any, ask: Ask) -> bool:
    return ask.present(client) and (method := method_of(client, ask)) is not None and takes(method, ask.arguments)


def can_stream(client: Any, ask: Ask) -> bool:
    return ask.streaming is not None and can_ask(client, ask) and takes(method_of(client, ask), ask.streaming)


def can_help(client: Any, ask: Ask) -> bool:
    return ask.helper is not None and can_ask(client, ask) and sibling(client, ask, ask.helper) is not None


def can_unfold(client: Any, ask: Ask) -> bool:
    """`with_streaming_response` came after `with_raw_response`, and neither has every method."""
    return can_ask(client, ask) and wrapping(client, ask, "with_streaming_response") is not None


def can_ask_raw(client: Any, ask: Ask) -> bool:
    return can_ask(client, ask) and wrapping(client, ask, "with_raw_response") is not None


def wrapping(client: Any, ask: Ask, prefix: str) -> Any:
    """The method of this operation in the resource's second form."""
    return getattr(getattr(resource(client, ask), prefix, None), ask.method.rpartition(".")[2], None)


def resource(client: Any, ask: Ask) -> Any:
    return attrgetter(ask.method.rpartition(".")[0])(client)


def sibling(client: Any, ask: Ask, name: str) -> Any:
    """A method beside the one of this operation."""
    return getattr(resource(client, ask), name, None)


def plainly(client: Any, ask: Ask, arguments: Mapping[str, Any]) -> Any:
    return method_of(client, ask)(**arguments)


def streaming(client: Any, ask: Ask, arguments: Mapping[str, Any]) -> Any:
    return method_of(client, ask)(**{**arguments, **(ask.streaming or {})})


def raw(client: Any, ask: Ask, arguments: Mapping[str, Any]) -> Any:
    return wrapping(client, ask, "with_raw_response")(**arguments)


def raw_streaming(client: Any, ask: Ask, arguments: Mapping[str, Any]) -> Any:
    return raw(client, ask, {**arguments, **(ask.streaming or {})})


def unfolded(client: Any, ask: Ask, arguments: Mapping[str, Any]) -> Any:
    return wrapping(client, ask, "with_streaming_response")(**arguments)


def unfolded_streaming(client: Any, ask: Ask, arguments: Mapping[str, Any]) -> Any:
    return unfolded(client, ask, {**arguments, **(ask.streaming or {})})


def helped(client: Any, ask: Ask, arguments: Mapping[str, Any]) -> Any:
    return sibling(client, ask, ask.helper or "")(**arguments)


async def value(result: Any) -> Seen:
    answer = await settle(result)
    if hasattr(answer, "iter_bytes"):  # a file, not an object
        return [show(answer), await settle(answer.aread() if hasattr(answer, "aread") else answer.read())]
    return [type(answer), show(answer)]


async def looped(result: Any) -> Seen:
    stream = await settle(result)
    seen = shape(stream)
    return [*seen, *[show(item) async for item in each(stream)]]


async def stepped(result: Any) -> Seen:
    stream = await settle(result)
    seen = shape(stream)
    while (item := await following(stream)) is not END:
        seen.append(show(item))
    return [*seen, await following(stream) is END]


async def entered_and_looped(result: Any) -> Seen:
    stream = await settle(result)
    if not hasattr(stream, "__enter__") and not hasattr(stream, "__aenter__"):
        return await looped(stream)
    async with entered(stream) as inner:
        return [inner is stream, *shape(inner), *[show(item) async for item in each(inner)]]


async def head(response: Any) -> Seen:
    return [f"{type(response).__qualname__}", response.http_response.status_code, dict(response.headers)]


async def raw_value(result: Any) -> Seen:
    response = await settle(result)
    answer = await settle(response.parse())
    again = await settle(response.parse())
    return [*await head(response), answer is again, *await value(answer)]


async def raw_stream(result: Any) -> Seen:
    response = await settle(result)
    return [*await head(response), *await looped(await settle(response.parse()))]


async def unfolded_value(result: Any) -> Seen:
    async with entered(result) as response:
        if "json" in response.headers.get("content-type", ""):
            return [*await head(response), await settle(response.json()), *await value(await settle(response.parse()))]
        return [*await head(response), await settle(response.read())]


async def unfolded_lines(result: Any) -> Seen:
    async with entered(result) as response:
        return [*await head(response), *[line async for line in each(response.iter_lines())]]


async def unfolded_stream(result: Any) -> Seen:
    async with entered(result) as response:
        return [*await head(response), *await looped(await settle(response.parse()))]


async def events(result: Any) -> Seen:
    async with entered(result) as stream:
        return [*shape(stream), *[show(event) async for event in each(stream)]]


async def final(result: Any) -> Seen:
    async with entered(result) as stream:
        name = next(name for name in FINALS if hasattr(stream, name))
        return [show(await settle(getattr(stream, name)())), show(await settle(getattr(stream, name)()))]


async def texts(result: Any) -> Seen:
    async with entered(result) as stream:
        if not hasattr(stream, "text_stream"):
            return [show(event) async for event in each(stream)]
        return [text async for text in each(stream.text_stream)]


FINALS = ("get_final_completion", "get_final_response", "get_final_message")

WAYS = {
    "plain": Way(plainly, value, needs=can_ask),
    "raw": Way(raw, raw_value, needs=can_ask_raw),
    "streaming response": Way(unfolded, unfolded_value, "unfolded", can_unfold),
    "streaming response, by lines": Way(unfolded, unfolded_lines, "unfolded", can_unfold),
    "stream": Way(streaming, looped, "stream", can_stream),
    "stream, next by next": Way(streaming, stepped, "stream", can_stream),
    "stream, entered": Way(streaming, entered_and_looped, "stream", can_stream),
    "raw stream": Way(
        raw_streaming, raw_stream, "stream", lambda client, ask: can_ask_raw(client, ask) and can_stream(client, ask)
    ),
    "streaming response, streamed": Way(
        unfolded_streaming,
        unfolded_stream,
        "stream",
        lambda client, ask: can_unfold(client, ask) and can_stream(client, ask),
    ),
    "helper": Way(helped, events, "stream", can_help),
    "helper, final": Way(helped, final, "stream", can_help),
    "helper, texts": Way(helped, texts, "stream", can_help),
}


@contextlib.asynccontextmanager
async def closing(client: Any, ask: Ask, arguments: Mapping[str, Any]) -> AsyncIterator[Any]:
    stream = await settle(streaming(client, ask, arguments))
    try:
        yield stream
    finally:
        await close(stream if hasattr(stream, "close") else stream.response)


@contextlib.asynccontextmanager
async def leaving(client: Any, ask: Ask, arguments: Mapping[str, Any]) -> AsyncIterator[Any]:
    async with entered(await settle(streaming(client, ask, arguments))) as stream:
        yield stream


@contextlib.asynccontextmanager
async def leaving_helper(client: Any, ask: Ask, arguments: Mapping[str, Any]) -> AsyncIterator[Any]:
    async with entered(helped(client, ask, arguments)) as stream:
        yield stream


@contextlib.asynccontextmanager
async def closing_helper(client: Any, ask: Ask, arguments: Mapping[str, Any]) -> AsyncIterator[Any]:
    async with entered(helped(client, ask, arguments)) as stream:
        yield stream
        await close(stream)


@contextlib.asynccontextmanager
async def closing_raw(client: Any, ask: Ask, arguments: Mapping[str, Any]) -> AsyncIterator[Any]:
    response = await settle(raw_streaming(client, ask, arguments))
    stream = await settle(response.parse())
    try:
        yield stream
    finally:
        await close(stream if hasattr(stream, "close") else stream.response)


@contextlib.asynccontextmanager
async def leaving_lines(client: Any, ask: Ask, arguments: Mapping[str, Any]) -> AsyncIterator[Any]:
    async with entered(unfolded_streaming(client, ask, arguments)) as response:
        yield response.iter_lines()


def can_enter(client: Any, ask: Ask) -> bool:
    """Streams were no context managers at first."""
    kind = inspect.getmodule(type(client)).Stream  # type: ignore[union-attr]
    return can_stream(client, ask) and hasattr(kind, "__enter__")


OPENINGS = {
    "stream, closed": Opening(closing, can_stream),
    "stream, left": Opening(leaving, can_enter),
    "raw stream, closed": Opening(closing_raw, WAYS["raw stream"].needs),
    "helper, left": Opening(leaving_helper, can_help),
    "helper, closed": Opening(closing_helper, can_help),
    "lines, left": Opening(leaving_lines, WAYS["streaming response, streamed"].needs, some=26),
}
