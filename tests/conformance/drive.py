"""Drive sync and async clients in the same words, and write down what they show."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import inspect
import re
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from limelight.testing import FakeProvider
    from tests.conformance.subject import Seen

END = object()
DATED = re.compile(r"(?<=Signature=)\w+|(?<=Credential=)[^,]+")
DATED_HEADERS = frozenset({"x-amz-date"})
"""What a signature makes of the time of day: the same request, signed twice, differs."""


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
    """`close` or `aclose`, awaited where that is needed."""
    await settle(thing.aclose() if hasattr(thing, "aclose") else thing.close())
    await calm()


async def calm() -> None:
    """Let the loop do what it has put off: it closes one async generator within another when it gets to it."""
    for _ in range(9):
        await asyncio.sleep(0)


async def farewell(client: Any) -> None:
    """Close a client by whatever it has for that; a module has nothing, and some clients neither."""
    for name in ("aclose", "close"):
        if inspect.isroutine(closing := getattr(client, name, None)):
            await settle(closing())
            return
    if leaving := getattr(client, "__aexit__", None) or getattr(client, "__exit__", None):
        await settle(leaving(None, None, None))


def show(value: Any) -> Any:
    """A result in comparable form: its class, its fields, its request id."""
    kind = f"{value.__class__.__module__}.{value.__class__.__qualname__}"
    if dumping := getattr(value, "model_dump", None) or getattr(value, "dict", None):
        shown = {"class": kind, **({"id": value._request_id} if hasattr(value, "_request_id") else {})}
        return {**shown, "fields": dumping(), "parsed": [show(one) for one in parsed(value)]}
    if isinstance(value, (list, tuple)):
        return [kind, *map(show, value)]
    if isinstance(value, Mapping):
        return kind, {key: show(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value):
        return kind, {one.name: show(getattr(value, one.name)) for one in dataclasses.fields(value)}
    return (kind, value) if isinstance(value, (str, bytes, int, float, bool, type(None))) else kind


def parsed(value: Any) -> list[Any]:
    """Objects that a `.parse` put beside the JSON: `model_dump` does not tell their class."""
    holders = [getattr(choice, "message", None) for choice in getattr(value, "choices", None) or []]
    found = [getattr(holder, "parsed", None) for holder in [value, *holders]]
    return [one for one in found if one is not None and hasattr(one, "model_dump")]


def without(seen: Any, volatile: frozenset[str]) -> Any:
    """What was shown, but for the fields that no two answers share."""
    if isinstance(seen, dict):
        return {key: without(value, volatile) for key, value in seen.items() if key not in volatile}
    if isinstance(seen, (list, tuple)):
        return type(seen)(without(item, volatile) for item in seen)
    return seen


def wire(fake: FakeProvider) -> list[Any]:
    """Every request as it went over the wire, byte for byte; of a signature only that it is there."""
    return [
        (
            exchange.method,
            exchange.path,
            exchange.query,
            [(name, undated(name, value)) for name, value in exchange.headers],
            exchange.body,
        )
        for exchange in fake.requests
    ]


def undated(name: str, value: str) -> str:
    if name.lower() in DATED_HEADERS:
        return "<date>"
    return DATED.sub("<dated>", value) if value.startswith("AWS4-") else value


def told(error: BaseException) -> Any:
    """An exception as its catcher sees it."""
    response = getattr(error, "response", None)
    return (
        type(error),
        str(error),
        {name: show(value) for name, value in vars(error).items()},
        type(error.__cause__),
        dict(headers) if (headers := getattr(response, "headers", None)) is not None else None,
    )


def shape(stream: Any, *names: str) -> Seen:
    """What a stream says of itself before it is read."""
    response = getattr(stream, "response", None)
    kind = stream.__class__
    return [
        f"{kind.__module__}.{kind.__qualname__}",
        None if not hasattr(response, "headers") else (response.status_code, dict(response.headers)),
        *(name for name in names if hasattr(stream, name)),
    ]
