"""Ask the sync and the async clients in the same words."""

from __future__ import annotations

import inspect
from typing import Any


async def settle(result: Any) -> Any:
    """What a call gives, whether or not one has to wait for it."""
    return await result if inspect.isawaitable(result) else result


async def drain(stream: Any) -> list[Any]:
    """Everything that a sync or async stream has to say."""
    stream = await settle(stream)
    if hasattr(stream, "__aiter__"):
        return [item async for item in stream]
    return list(stream)


async def final(manager: Any, verb: str) -> Any:
    """Enter a stream manager, read the stream to its end, and ask it for the whole."""
    if hasattr(manager, "__aenter__"):
        async with manager as stream:
            return await getattr(stream, verb)()
    with manager as stream:
        return getattr(stream, verb)()
