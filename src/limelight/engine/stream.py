"""Transparent stand-ins that watch a stream go by.

Three shapes of streaming exist: an iterator, a context manager that gives one, and their
async forms.  A stand-in adds nothing but the watching: `isinstance` and every attribute
answer as the vendor's own object, and it has that object's special methods, no more.
"""

from __future__ import annotations

import functools
import types
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from opentelemetry.context import get_current

from limelight.engine.guard import guarded, unfailing
from limelight.engine.http import is_unread, listen, tee
from limelight.engine.span import enter, leave

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from opentelemetry.context import Context

    from limelight.engine.call import Call

_GENERATORS = (types.GeneratorType, types.AsyncGeneratorType)
_ENTERING = guarded("watching an entered stream")


class _Watched:
    """Stands before the vendor's object; ends its call when it is collected before the stream is through."""

    __slots__ = ("__weakref__", "__wrapped__", "_self_begun", "_self_call", "_self_called_back", "_self_iterator")

    def __init__(self, wrapped: Any, call: Call) -> None:
        keep = object.__setattr__
        keep(self, "__wrapped__", wrapped)
        keep(self, "_self_begun", False)
        keep(self, "_self_call", call)

    __class__ = property(lambda self: type(self.__wrapped__))  # what `isinstance` asks

    def __getattr__(self, name: str) -> Any:
        if name in _Watched.__slots__:
            raise AttributeError(name)
        return getattr(self.__wrapped__, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.__wrapped__, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self.__wrapped__, name)

    def __dir__(self) -> Any:
        return dir(self.__wrapped__)

    def __reduce_ex__(self, protocol: Any) -> Any:
        """A copy or a pickle is one of the vendor's object."""
        return self.__wrapped__.__reduce_ex__(protocol)

    def __del__(self) -> None:
        _left(self)


@unfailing("leaving a stream")
def _left(stream: _Watched) -> None:
    """Nobody reads on.  What was never begun was never sent."""
    if (call := getattr(stream, "_self_call", None)) is not None:
        call.drop() if call.is_lazy and not stream._self_begun else call.finish(abandoned=True)


@unfailing("looking for a stream's own method")
def _own(stream: _Watched, name: str) -> Any:
    """The vendor's method; or what somebody has put in its place, who then calls the one that he found: ours."""
    wrapped = stream.__wrapped__
    if getattr(stream, "_self_called_back", False) and (original := getattr(type(wrapped), name, None)) is not None:
        return types.MethodType(original, wrapped)
    if name in getattr(wrapped, "__dict__", ()):
        object.__setattr__(stream, "_self_called_back", True)
    return getattr(wrapped, name)


def watched(wrapped: Any, call: Call, how: type[_Watched]) -> Any:
    """Put a stand-in that watches in the manner of `how` before the vendor's object."""
    if how is not WatchedManager and how is not WatchedAsyncManager:
        call.opened()
        if type(wrapped) in _GENERATORS and not call.exchanges:
            call.is_lazy = True
        if (keep := call.operation.keep) is not None:
            call.response = keep(wrapped)
        response = getattr(wrapped, "response", None)
        if response is not None and is_unread(response):
            listen(response, call)
            call.seen = 0
    return _standing_in(how, type(wrapped))(wrapped, call)  # type: ignore[arg-type]


@functools.lru_cache(512)
def _standing_in(how: type[_Watched], kind: type) -> type[_Watched]:
    """The class of the stand-in: of the methods that watch those that `kind` has, and the rest of its special ones."""
    body: dict[str, Any] = {"__slots__": (), "__module__": kind.__module__, "__doc__": kind.__doc__}
    for name in dir(kind):
        method = getattr(kind, name, None)
        if callable(vars(how).get(name)):
            body[name] = vars(how)[name]
        elif name.startswith("__") and callable(method) and not hasattr(_Watched, name):
            body[name] = _passing(name)
    if "__del__" in vars(how):
        body["__del__"] = vars(how)["__del__"]
    return type(kind.__name__, (_Watched,), body)


@unfailing("beginning a stream")
def _begin(stream: _Watched, call: Call, around: Context) -> Context | None:
    """The first piece is asked for: our context is current now."""
    object.__setattr__(stream, "_self_begun", True)
    if call.is_lazy:
        call.restart()
    return enter(call, around)


def _passing(name: str) -> Callable[..., Any]:
    def passed(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(self.__wrapped__, name)(*args, **kwargs)

    return passed


class WatchedStream(_Watched):
    """A sync stream.  Our span is current for the first chunk only, which may be when a lazy client sends its request."""

    __slots__ = ()

    def __iter__(self) -> Iterator[Any]:
        """Iterate at the price of a count a chunk: a `for` loop is the path that matters."""
        call = self._self_call
        iterator = iter(self.__wrapped__)
        is_counted = call.seen is not None
        before = entered = None
        try:
            if not self._self_begun:
                entered = _begin(self, call, before := get_current())
            for chunk in iterator:
                if entered is not None:
                    entered = leave(entered, before)
                if is_counted:
                    call.seen += 1
                else:
                    call.times.append(perf_counter_ns())
                    call.chunks.append(chunk)
                if call.takes is not None and call.takes(chunk):
                    continue
                yield chunk
        except GeneratorExit:  # the loop was left; the stream itself may yet be read on
            raise
        except BaseException as error:
            leave(entered, before)
            call.finish(error=error)
            raise
        leave(entered, before)
        call.finish()

    def __next__(self) -> Any:
        call = self._self_call
        before = entered = None
        try:
            if not self._self_begun:
                entered = _begin(self, call, before := get_current())
            chunk = next(self.__wrapped__)
        except BaseException as error:
            leave(entered, before)
            call.finish(error=None if isinstance(error, StopIteration) else error)
            raise
        if entered is not None:
            leave(entered, before)
        if call.seen is None:
            call.times.append(perf_counter_ns())
            call.chunks.append(chunk)
        else:
            call.seen += 1
        if call.takes is not None and call.takes(chunk):
            return self.__next__()
        return chunk

    def __enter__(self) -> Any:
        self.__wrapped__.__enter__()
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> Any:
        try:
            return self.__wrapped__.__exit__(kind, error, trace)
        finally:
            self._self_call.finish(error=error, abandoned=True)

    def close(self) -> Any:
        try:
            return (_own(self, "close") or self.__wrapped__.close)()
        finally:
            _left(self)


class WatchedAsyncStream(_Watched):
    __slots__ = ()

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        call = self._self_call
        before = entered = None
        try:
            if not self._self_begun:
                object.__setattr__(self, "_self_iterator", aiter(self.__wrapped__))
                entered = _begin(self, call, before := get_current())
            chunk = await self._self_iterator.__anext__()
        except BaseException as error:
            leave(entered, before, error=error)
            call.finish(error=None if isinstance(error, StopAsyncIteration) else error)
            raise
        if entered is not None:
            leave(entered, before)
        if call.seen is None:
            call.times.append(perf_counter_ns())
            call.chunks.append(chunk)
        else:
            call.seen += 1
        if call.takes is not None and call.takes(chunk):
            return await self.__anext__()
        return chunk

    async def __aenter__(self) -> Any:
        await self.__wrapped__.__aenter__()
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> Any:
        try:
            return await self.__wrapped__.__aexit__(kind, error, trace)
        finally:
            self._self_call.finish(error=error, abandoned=True)

    async def close(self) -> Any:
        try:
            return await (_own(self, "close") or self.__wrapped__.close)()
        finally:
            self._self_call.finish(abandoned=True)

    async def aclose(self) -> Any:
        try:
            return await (_own(self, "aclose") or self.__wrapped__.aclose)()
        finally:
            _left(self)


class WatchedAsyncIterable(_Watched):
    """A stream that is iterated over and is no iterator, as gRPC's."""

    __slots__ = ()

    def __aiter__(self) -> AsyncIterator[Any]:
        """The iterator is what is watched: the caller may let go of the stream itself."""
        object.__setattr__(self, "_self_begun", True)
        iterator = aiter(self.__wrapped__)
        stand_in: AsyncIterator[Any] = _standing_in(WatchedAsyncStream, type(iterator))(iterator, self._self_call)  # type: ignore[arg-type]
        return stand_in

    def __del__(self) -> None:
        if (call := getattr(self, "_self_call", None)) is not None and not self._self_begun:
            call.finish(abandoned=True)


class WatchedEitherStream(_Watched):
    """One that its reader may loop over either way."""

    __slots__ = ()

    __iter__, __next__, close = WatchedStream.__iter__, WatchedStream.__next__, WatchedStream.close
    __aiter__, __anext__ = WatchedAsyncStream.__aiter__, WatchedAsyncStream.__anext__
    aclose = WatchedAsyncStream.aclose


class WatchedManager(_Watched):
    """`with client.messages.stream(...) as stream`: the request goes out on entering."""

    __slots__ = ()

    def __del__(self) -> None:
        if (call := getattr(self, "_self_call", None)) is not None and not self._self_begun:
            call.drop()

    def __enter__(self) -> Any:
        call = self._self_call
        object.__setattr__(self, "_self_begun", True)
        call.restart()
        entered = enter(call, before := get_current())
        try:
            stream = self.__wrapped__.__enter__()
        except BaseException as error:
            call.finish(error=error)
            raise
        finally:
            leave(entered, before)
        with _ENTERING:
            _entered(stream, call)
        return stream

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> Any:
        try:
            return self.__wrapped__.__exit__(kind, error, trace)
        finally:
            self._self_call.finish(error=error, abandoned=True)


class WatchedAsyncManager(_Watched):
    """`async with client.messages.stream(...) as stream`."""

    __slots__ = ()

    __del__ = WatchedManager.__del__

    async def __aenter__(self) -> Any:
        call = self._self_call
        object.__setattr__(self, "_self_begun", True)
        call.restart()
        entered = enter(call, before := get_current())
        try:
            stream = await self.__wrapped__.__aenter__()
        except BaseException as error:
            leave(entered, before, error=error)
            call.finish(error=error)
            raise
        leave(entered, before)
        with _ENTERING:
            _entered(stream, call)
        return stream

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> Any:
        try:
            return await self.__wrapped__.__aexit__(kind, error, trace)
        finally:
            self._self_call.finish(error=error, abandoned=True)


def _entered(stream: Any, call: Call) -> None:
    """A helper stream gives what it likes to the user; what it draws on is the HTTP response."""
    response = getattr(stream, "response", None) or getattr(stream, "_response", None)
    if response is not None and is_unread(response):
        tee(response, call)
