"""The ways of asking that Stainless's generated clients share."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from tests.conformance import ways
from tests.conformance.drive import close, each, entered, settle, shape, show
from tests.conformance.subject import Opening, Way
from tests.conformance.ways import can_ask, can_stream, looped, method_at, value

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from tests.conformance.subject import Ask, Seen


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
    path = ask.method.rpartition(".")[0]
    return method_at(client, path) if path else client


def sibling(client: Any, ask: Ask, name: str) -> Any:
    """A method beside the one of this operation."""
    return getattr(resource(client, ask), name, None)


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
    **ways.WAYS,
    "raw": Way(raw, raw_value, needs=can_ask_raw),
    "streaming response": Way(unfolded, unfolded_value, "unfolded", can_unfold),
    "streaming response, by lines": Way(unfolded, unfolded_lines, "unfolded", can_unfold),
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


OPENINGS = {
    **ways.OPENINGS,
    "raw stream, closed": Opening(closing_raw, WAYS["raw stream"].needs),
    "helper, left": Opening(leaving_helper, can_help),
    "helper, closed": Opening(closing_helper, can_help),
    "lines, left": Opening(leaving_lines, WAYS["streaming response, streamed"].needs, some=26),
}


def copies(client: Any) -> tuple[Any, ...]:
    return client.with_options(timeout=5), client.copy().copy()
