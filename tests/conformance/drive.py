"""Drive sync and async clients in the same words, and write down what they show."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from limelight.testing import FakeProvider
    from tests.conformance.subject import Seen

END = object()


async def settle(result: Any) -> Any:
    """What a call gives, whether or not one has to wait for it."""
    return await result if inspect.isawaitable(result) else result


@contextlib.asynccontextmanager
async def entered(manager: Any) -> AsyncIterator[Any]:
    """`with` or `async with`, whichever this manager knows."""
    if hasattr(manager, "__aenter__"):
        async with manager as inner:
            yield inner
    else:
        with manager as inner:
            yield inner


async def each(stream: Any) -> AsyncIterator[Any]:
    """`for` or `async for`."""
    if hasattr(stream, "__aiter__"):
        async for item in stream:
            yield item
    else:
        for item in stream:
            yield item


async def following(stream: Any) -> Any:
    """`next` or `anext`; END when there is none."""
    if hasattr(stream, "__anext__"):
        return await anext(stream, END)
    return next(stream, END)


async def close(thing: Any) -> None:
    """`close`, awaited where that is needed."""
    await settle(thing.close())


def show(value: Any) -> Any:
    """A result in comparable form: its class, its fields, its request id."""
    kind = f"{value.__class__.__module__}.{value.__class__.__qualname__}"
    if dumping := getattr(value, "model_dump", None) or getattr(value, "dict", None):
        shown = {"class": kind, **({"id": value._request_id} if hasattr(value, "_request_id") else {})}
        return {**shown, "fields": dumping(), "parsed": [show(one) for one in parsed(value)]}
    if isinstance(value, list):
        return [show(item) for item in value]
    return (kind, value) if isinstance(value, (str, bytes, int, float, bool, type(None), Mapping)) else kind


def parsed(value: Any) -> list[Any]:
    """Objects that a `.parse` put beside the JSON: `model_dump` does not tell their class."""
    holders = [getattr(choice, "message", None) for choice in getattr(value, "choices", None) or []]
    found = [getattr(holder, "parsed", None) for holder in [value, *holders]]
    return [one for one in found if one is not None and hasattr(one, "model_dump")]


def wire(fake: FakeProvider) -> list[Any]:
    """Every request as it went over the wire, byte for byte."""
    return [
        (
            exchange.method,
            exchange.path,
            exchange.query,
            exchange.headers,
            exchange.body,
        )
        for exchange in fake.requests
    ]


def shape(stream: Any, *names: str) -> Seen:
    """What a stream says of itself before it is read."""
    response = getattr(stream, "response", None)
    kind = stream.__class__
    return [
        f"{kind.__module__}.{kind.__qualname__}",
        None if response is None else (response.status_code, dict(response.headers)),
        *(name for name in names if hasattr(stream, name)),
    ]
