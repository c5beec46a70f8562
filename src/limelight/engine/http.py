"""Note an HTTP response's body while somebody else reads it.

`read`, `text`, `json`, `iter_lines` and every SSE decoder of `httpx` and `httpx2` draw on
the response's own `iter_bytes`; so that method, on this one object, is where we listen.
The object stays the vendor's, and nothing is read that the user does not read.
"""

from __future__ import annotations

from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from limelight.engine.guard import unfailing

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


def tee(response: Any, call: Call, *, is_plain: bool = False) -> None:
    """Note the bytes of `response` as chunks of `call`, and end the call with it.

    With `is_plain` they are not compressed: then we listen where they come in, for readers of raw bytes to be heard.
    """
    call.http = response
    call.opened()
    watcher = _Watcher(call)
    what = "raw" if is_plain else "bytes"
    if hasattr(response, "iter_bytes"):
        setattr(response, f"iter_{what}", watcher.reading(getattr(response, f"iter_{what}")))
        response.close = watcher.closing(response.close)
    if hasattr(response, "aiter_bytes"):
        setattr(response, f"aiter_{what}", watcher.reading_async(getattr(response, f"aiter_{what}")))
        response.aclose = watcher.closing_async(response.aclose)


def tee_file(response: Any, file: Any, call: Call) -> None:
    """The same for a response whose body is a file of urllib3's."""
    call.http = response
    call.opened()
    watcher = _Watcher(call)
    file.stream = watcher.reading(file.stream)
    file.read = watcher.taking(file.read)
    for closed in (file, response):
        if hasattr(closed, "close"):
            closed.close = watcher.closing(closed.close)


LAST_WORD = b"data: [DONE]"
"""Some vendors' readers stop here, and leave an asynchronous response for the collector to end."""


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
                    if piece.rstrip(b"\r\n").endswith(LAST_WORD):
                        call.finish()
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
                    if piece.rstrip(b"\r\n").endswith(LAST_WORD):
                        call.finish()
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

    def taking(self, read: Callable[..., bytes]) -> Callable[..., bytes]:
        """`read(amt)`, which the vendor's own iterators use as well."""

        def taken(*args: Any, **kwargs: Any) -> bytes:
            call = self._call
            if self._is_within or call.chunks is None:
                return read(*args, **kwargs)
            try:
                piece = read(*args, **kwargs)
            except BaseException as error:
                call.finish(error=error)
                raise
            _note(call, piece, is_last=not piece or (args[0] if args else kwargs.get("amt")) is None)
            return piece

        return taken

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


@unfailing("noting a piece of a body")
def _note(call: Call, piece: bytes, *, is_last: bool) -> None:
    if piece:
        call.times.append(perf_counter_ns())
        call.chunks.append(piece)
    if is_last:
        call.finish()
