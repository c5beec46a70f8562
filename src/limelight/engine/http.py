"""Note an HTTP response's body while somebody else reads it.

`read`, `text`, `json`, `iter_lines` and every SSE decoder of `httpx` and `httpx2` draw on
the response's own `iter_bytes`; so that method, on this one object, is where we listen.
The object stays the vendor's, and nothing is read that the user does not read.
"""

from __future__ import annotations

from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from limelight.engine.call import Call


def is_unread(response: Any) -> bool:
    return not getattr(response, "is_stream_consumed", True) and not getattr(response, "is_closed", True)


def listen(response: Any, call: Call) -> None:
    """Note the bytes of `response` as chunks of `call`, whose end somebody else sees."""
    call.http = response
    for name, noting in (("iter_bytes", _noting), ("aiter_bytes", _noting_async)):
        if hasattr(response, name):
            setattr(response, name, noting(getattr(response, name), call))


def _noting(iter_bytes: Callable[..., Iterator[bytes]], call: Call) -> Callable[..., Iterator[bytes]]:
    def read(*args: Any, **kwargs: Any) -> Iterator[bytes]:
        arrived, note = call.times.append, call.chunks.append
        for piece in iter_bytes(*args, **kwargs):
            arrived(perf_counter_ns())
            note(piece)
            yield piece

    return read


def _noting_async(aiter_bytes: Callable[..., AsyncIterator[bytes]], call: Call) -> Callable[..., AsyncIterator[bytes]]:
    async def read(*args: Any, **kwargs: Any) -> AsyncIterator[bytes]:
        arrived, note = call.times.append, call.chunks.append
        async for piece in aiter_bytes(*args, **kwargs):
            arrived(perf_counter_ns())
            note(piece)
            yield piece

    return read


def tee(response: Any, call: Call) -> None:
    """Note the bytes of `response` as chunks of `call`, and end the call with it."""
    call.http = response
    call.opened()
    watcher = _Watcher(call)
    if hasattr(response, "iter_bytes"):
        response.iter_bytes = watcher.reading(response.iter_bytes)
        response.close = watcher.closing(response.close)
    if hasattr(response, "aiter_bytes"):
        response.aiter_bytes = watcher.reading_async(response.aiter_bytes)
        response.aclose = watcher.closing_async(response.aclose)


class _Watcher:
    """Lives as long as the response: when both are collected unread, the call was abandoned."""

    __slots__ = ("_call", "_is_within")

    def __init__(self, call: Call) -> None:
        self._call = call
        self._is_within = False
        """Is the vendor's own iterator at work?  It closes the response itself when it has nothing more."""

    def __del__(self) -> None:
        if (call := getattr(self, "_call", None)) is not None:
            call.finish(abandoned=True)

    def reading(self, iter_bytes: Callable[..., Iterator[bytes]]) -> Callable[..., Iterator[bytes]]:
        def read(*args: Any, **kwargs: Any) -> Iterator[bytes]:
            call = self._call
            arrived, note = call.times.append, call.chunks.append
            self._is_within = True
            try:
                for piece in iter_bytes(*args, **kwargs):
                    arrived(perf_counter_ns())
                    note(piece)
                    self._is_within = False
                    yield piece
                    self._is_within = True
            except GeneratorExit:  # this reader was left; another may read on
                raise
            except BaseException as error:
                call.finish(error=error)
                raise
            call.finish()

        return read

    def reading_async(self, aiter_bytes: Callable[..., AsyncIterator[bytes]]) -> Callable[..., AsyncIterator[bytes]]:
        async def read(*args: Any, **kwargs: Any) -> AsyncIterator[bytes]:
            call = self._call
            arrived, note = call.times.append, call.chunks.append
            self._is_within = True
            try:
                async for piece in aiter_bytes(*args, **kwargs):
                    arrived(perf_counter_ns())
                    note(piece)
                    self._is_within = False
                    yield piece
                    self._is_within = True
            except GeneratorExit:  # this reader was left; another may read on
                raise
            except BaseException as error:
                call.finish(error=error)
                raise
            call.finish()

        return read

    def closing(self, close: Callable[[], None]) -> Callable[[], None]:
        def closed() -> None:
            try:
                close()
            finally:
                if not self._is_within:
                    self._call.finish(abandoned=True)

        return closed

    def closing_async(self, aclose: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        async def closed() -> None:
            try:
                await aclose()
            finally:
                if not self._is_within:
                    self._call.finish(abandoned=True)

        return closed
