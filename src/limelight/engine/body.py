"""An answer that is a table, in one of whose fields lies what has yet to come.

Bedrock's clients hand out what is known at once together with a stream of events, or with a body that nobody has
read.  That one field gets a stand-in; the table stays the vendor's own.
"""

from __future__ import annotations

from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from limelight.engine.guard import unfailing
from limelight.engine.stream import WatchedAsyncStream, WatchedStream, _standing_in, _Watched, watched

if TYPE_CHECKING:
    from collections.abc import Callable

    from limelight.engine.call import Call


def watch_within(answer: dict[str, Any], call: Call) -> bool:
    """Watch what has yet to come of this answer; False when it is all there."""
    for key in call.operation.within:
        inner = answer.get(key)
        if inner is not None and (how := _manner(type(inner))) is not None:
            answer[key] = watched(inner, call, how)
            call.response = {name: value for name, value in answer.items() if name != key}
            return True
    return False


def _manner(kind: type) -> type[_Watched] | None:
    """How to watch objects of a class; None where everything is there already, as in a list."""
    is_async = hasattr(kind, "__aiter__")
    if hasattr(kind, "read"):
        return WatchedAsyncBody if is_async else WatchedBody
    if is_async:
        return WatchedAsyncEvents
    return WatchedStream if hasattr(kind, "__iter__") and not hasattr(kind, "__len__") else None


def _through_us(name: str) -> Callable[..., Any]:
    """The vendor's own method, with the stand-in as its `self`: what it reads it reads through us."""

    def passed(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(type(self.__wrapped__), name)(self, *args, **kwargs)

    return passed


@unfailing("noting a body")
def _noted(call: Call, piece: Any, size: Any = None) -> None:
    """A piece of at most `size` bytes was read.  The last one is empty, or the only one: `read()` asks for all."""
    if piece:
        call.times.append(perf_counter_ns())
        call.chunks.append(piece)
    if size is None or (isinstance(size, int) and (size < 0 or (size and not piece))):
        call.finish()


@unfailing("noting a buffer")
def _filled(call: Call, buffer: Any, size: int) -> None:
    whole = memoryview(buffer).cast("B")
    _noted(call, bytes(whole[:size]), len(whole))


@unfailing("noting lines")
def _listed(call: Call, lines: list[bytes]) -> None:
    _noted(call, b"".join(lines))


class _Reading:
    """`with _Reading(call):` the vendor reads; should that fail, the call has."""

    __slots__ = ("_call",)

    def __init__(self, call: Call) -> None:
        self._call = call

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            self._call.finish(error=error)


class WatchedAsyncEvents(_Watched):
    """Events that are iterated over without waiting for the iterator, and closed without waiting."""

    __slots__ = ()

    __aiter__ = WatchedAsyncStream.__aiter__
    __anext__ = WatchedAsyncStream.__anext__
    close = WatchedStream.close


class WatchedBody(_Watched):
    """A file of bytes, read once: whole, piece by piece, or by lines."""

    __slots__ = ()

    def read(self, *args: Any, **kwargs: Any) -> Any:
        with _Reading(self._self_call):
            piece = self.__wrapped__.read(*args, **kwargs)
        _noted(self._self_call, piece, args[0] if args else kwargs.get("amt"))
        return piece

    def readinto(self, buffer: Any) -> Any:
        with _Reading(self._self_call):
            size = self.__wrapped__.readinto(buffer)
        _filled(self._self_call, buffer, size)
        return size

    def readlines(self, *args: Any, **kwargs: Any) -> Any:
        with _Reading(self._self_call):
            lines = self.__wrapped__.readlines(*args, **kwargs)
        _listed(self._self_call, lines)
        return lines

    iter_chunks = _through_us("iter_chunks")
    iter_lines = _through_us("iter_lines")
    __iter__ = _through_us("__iter__")
    __next__ = _through_us("__next__")
    next = __next__

    def __enter__(self) -> Any:
        return _entered(self, self.__wrapped__.__enter__(), WatchedRaw)

    __exit__ = WatchedStream.__exit__
    close = WatchedStream.close


class WatchedRaw(_Watched):
    """The HTTP response beneath a body, which botocore gives to a `with` block in the body's place."""

    __slots__ = ()

    read = WatchedBody.read
    readinto = WatchedBody.readinto
    readlines = WatchedBody.readlines
    close = WatchedStream.close


class WatchedAsyncBody(_Watched):
    __slots__ = ()

    async def read(self, *args: Any, **kwargs: Any) -> Any:
        with _Reading(self._self_call):
            piece = await self.__wrapped__.read(*args, **kwargs)
        _noted(self._self_call, piece, args[0] if args else kwargs.get("amt"))
        return piece

    async def readinto(self, buffer: Any) -> Any:
        with _Reading(self._self_call):
            size = await self.__wrapped__.readinto(buffer)
        _filled(self._self_call, buffer, size)
        return size

    readlines = _through_us("readlines")
    iter_chunks = _through_us("iter_chunks")
    iter_lines = _through_us("iter_lines")
    __aiter__ = _through_us("__aiter__")
    __anext__ = _through_us("__anext__")
    anext = __anext__

    async def __aenter__(self) -> Any:
        return _entered(self, await self.__wrapped__.__aenter__(), WatchedAsyncRaw)

    __aexit__ = WatchedAsyncStream.__aexit__
    close = WatchedStream.close  # which gives what closes it when awaited, with aiobotocore on httpx
    aclose = WatchedAsyncStream.aclose


class WatchedAsyncRaw(_Watched):
    """The same of aiobotocore's first versions."""

    __slots__ = ()

    read = WatchedAsyncBody.read
    close = WatchedStream.close


def _entered(body: _Watched, inner: Any, how: type[_Watched]) -> Any:
    """What a `with` block gets: the body itself, or what the vendor gives in its place."""
    if inner is body.__wrapped__:
        return body
    return _standing_in(how, type(inner))(inner, body._self_call)  # type: ignore[arg-type]
