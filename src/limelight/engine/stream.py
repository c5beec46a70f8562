"""Transparent proxies that watch a stream go by.

Three shapes of streaming exist: an iterator, a context manager that gives one, and their
async forms.  The proxies add nothing but the watching; `isinstance` and every other
attribute still answer as the vendor's own object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import wrapt

from limelight.engine.guard import guarded
from limelight.engine.http import is_unread, tee
from limelight.engine.span import enter, leave

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from limelight.engine.call import Call

_ENTERING = guarded("watching an entered stream")


if TYPE_CHECKING:
    _Proxy = wrapt.ObjectProxy[Any]
else:  # wrapt 1 has no generic class
    _Proxy = wrapt.ObjectProxy


class _Watched(_Proxy):
    """Ends its call when it is collected before the stream is through."""

    def __init__(self, wrapped: Any, call: Call) -> None:
        super().__init__(wrapped)
        self._self_call = call
        self._self_begun = False

    def __del__(self) -> None:
        if (call := getattr(self, "_self_call", None)) is not None:
            call.finish(abandoned=True)

    def __copy__(self) -> Any:
        return self

    def __reduce__(self) -> Any:
        return self.__wrapped__.__reduce__()

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.__wrapped__.__reduce_ex__(protocol)


class WatchedStream(_Watched):
    """A sync stream.  Our span is current for the first chunk only, which may be when a lazy client sends its request."""

    def __init__(self, wrapped: Any, call: Call) -> None:
        super().__init__(wrapped, call)
        call.opened()

    def __iter__(self) -> Iterator[Any]:
        """Iterate at the price of an append a chunk: a `for` loop is the path that matters."""
        call = self._self_call
        iterator = iter(self.__wrapped__)
        note = call.chunk
        try:
            if not self._self_begun:
                yield self._first(iterator)
            for chunk in iterator:
                note(chunk)
                yield chunk
        except _ExhaustedError:
            pass
        except GeneratorExit:  # the loop was left; the stream itself may yet be read on
            raise
        except BaseException as error:
            call.finish(error=error)
            raise
        call.finish()

    def __next__(self) -> Any:
        call = self._self_call
        try:
            if not self._self_begun:
                return self._first(self.__wrapped__)
            chunk = next(self.__wrapped__)
        except (StopIteration, _ExhaustedError):
            call.finish()
            raise StopIteration from None
        except BaseException as error:
            call.finish(error=error)
            raise
        call.chunk(chunk)
        return chunk

    def _first(self, iterator: Iterator[Any]) -> Any:
        call = self._self_call
        self._self_begun = True
        entered = enter(call)
        try:
            chunk = next(iterator)
        except StopIteration:
            raise _ExhaustedError from None
        finally:
            leave(entered, call.parent)
        call.chunk(chunk)
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
            return self.__wrapped__.close()
        finally:
            self._self_call.finish(abandoned=True)


class _ExhaustedError(Exception):
    """The iterator had nothing; a StopIteration may not leave a generator."""


class WatchedAsyncStream(_Watched):
    def __init__(self, wrapped: Any, call: Call) -> None:
        super().__init__(wrapped, call)
        call.opened()
        self._self_iterator = aiter(wrapped)

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        call = self._self_call
        try:
            if self._self_begun:
                chunk = await self._self_iterator.__anext__()
            else:
                chunk = await self._first()
        except StopAsyncIteration:
            call.finish()
            raise
        except BaseException as error:
            call.finish(error=error)
            raise
        call.chunk(chunk)
        return chunk

    async def _first(self) -> Any:
        call = self._self_call
        self._self_begun = True
        entered = enter(call)
        try:
            chunk = await self._self_iterator.__anext__()
        except BaseException as error:
            leave(entered, call.parent, error=error)
            raise
        leave(entered, call.parent)
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
            return await self.__wrapped__.close()
        finally:
            self._self_call.finish(abandoned=True)

    async def aclose(self) -> Any:
        try:
            return await self.__wrapped__.aclose()
        finally:
            self._self_call.finish(abandoned=True)


class WatchedManager(_Watched):
    """`with client.messages.stream(...) as stream`: the request goes out on entering."""

    def __del__(self) -> None:
        if (call := getattr(self, "_self_call", None)) is not None and not self._self_begun:
            call.drop()

    def __enter__(self) -> Any:
        call = self._self_call
        self._self_begun = True
        call.restart()
        entered = enter(call)
        try:
            stream = self.__wrapped__.__enter__()
        except BaseException as error:
            call.finish(error=error)
            raise
        finally:
            leave(entered, call.parent)
        return _entered(stream, call)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> Any:
        try:
            return self.__wrapped__.__exit__(kind, error, trace)
        finally:
            self._self_call.finish(error=error, abandoned=True)


class WatchedAsyncManager(WatchedManager):
    async def __aenter__(self) -> Any:
        call = self._self_call
        self._self_begun = True
        call.restart()
        entered = enter(call)
        try:
            stream = await self.__wrapped__.__aenter__()
        except BaseException as error:
            leave(entered, call.parent, error=error)
            call.finish(error=error)
            raise
        leave(entered, call.parent)
        return _entered(stream, call)

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> Any:
        try:
            return await self.__wrapped__.__aexit__(kind, error, trace)
        finally:
            self._self_call.finish(error=error, abandoned=True)


def _entered(stream: Any, call: Call) -> Any:
    """A helper stream gives what it likes to the user; what it draws on is the HTTP response."""
    with _ENTERING:
        call.helper = stream
        response = getattr(stream, "response", None) or getattr(stream, "_response", None)
        if response is not None and is_unread(response):
            call.http = response
            tee(response, call)
    return stream
