"""What a framework does for callers who have no event loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

R = TypeVar("R")


async def without_loop(call: Callable[[], R], close: Callable[[], Awaitable[None]]) -> R:
    """Call in a thread, with a loop to use: the frameworks leave open those that they make."""

    async def closing() -> None:
        await close()

    def run() -> R:
        asyncio.set_event_loop(loop := asyncio.new_event_loop())
        try:
            return call()
        finally:
            loop.run_until_complete(closing())
            asyncio.set_event_loop(None)
            loop.close()

    return await asyncio.to_thread(run)
