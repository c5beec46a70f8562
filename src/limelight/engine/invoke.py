"""The drivers: one for functions, one for coroutine functions, one for generator functions; and those of requests."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine
from types import CoroutineType
from typing import Any, Protocol

from opentelemetry.context import get_current

from limelight.engine.call import Call
from limelight.engine.guard import guarded
from limelight.engine.span import enter, leave
from limelight.engine.watch import watch

Begin = Callable[[tuple[Any, ...], dict[str, Any]], Call | None]
"""(args, kwargs) -> the call, or None when nobody wants to know of it.  Never raises."""

Adapt = Callable[[Call, tuple[Any, ...], dict[str, Any]], tuple[Any, ...] | None]
"""(call, args, kwargs) -> the args of a call that tries again as often as its `RETRIES` says.  Never raises."""

RETRIES = "max_retries"
"""What may be said of one call though its method does not take it."""

_WATCHING = guarded("watching a result")


def _passed_over(driver: Callable[..., Any]) -> Callable[..., Any]:
    """Make `warnings.warn(…, stacklevel=n)` count frames as if ours were not there.

    Vendors warn «in the name of» their caller, and Python shows a deprecation only where it is
    the user's own.  The one kind of frame that it passes over is the import system's, which it
    knows by the file name.
    """
    code = driver.__code__
    driver.__code__ = code.replace(co_filename=f"{code.co_filename} (importlib._bootstrap)")
    return driver


def drive(original: Callable[..., Any], begin: Begin, adapt: Adapt | None = None) -> Callable[..., Any]:
    """Put what `begin` starts around a function, whichever kind of function it is."""
    inner = inspect.unwrap(original)
    if inspect.iscoroutinefunction(inner):
        return _driven_async(original, begin, adapt)
    if inspect.isgeneratorfunction(inner) or inspect.isasyncgenfunction(inner):
        return _driven_lazily(original, begin)
    return _driven(original, begin, adapt)


def _driven(original: Callable[..., Any], begin: Begin, adapt: Adapt | None) -> Callable[..., Any]:
    @functools.wraps(original)
    @_passed_over
    def run(*args: Any, **kwargs: Any) -> Any:  # pragma: no cover - not under this file name
        call = begin(args, kwargs)
        if call is None:
            return original(*args, **kwargs)
        entered = enter(call)
        try:
            if adapt is not None and RETRIES in kwargs:
                args = adapt(call, args, kwargs) or args
            result = original(*args, **kwargs)
        except BaseException as error:
            leave(entered, call.parent)
            call.finish(error=error)
            raise
        leave(entered, call.parent)
        if type(result) is CoroutineType:
            return _awaited(result, call)
        with _WATCHING:
            return watch(result, call)
        call.finish()
        return result

    return run


async def _awaited(coroutine: Coroutine[Any, Any, Any], call: Call) -> Any:
    """What a plain function gave to be awaited: its call begins when it is."""
    call.restart()
    entered = enter(call, before := get_current())
    try:
        result = await coroutine
    except BaseException as error:
        leave(entered, before, error=error)
        call.finish(error=error)
        raise
    leave(entered, before)
    with _WATCHING:
        return watch(result, call)
    call.finish()
    return result


def _driven_async(original: Callable[..., Any], begin: Begin, adapt: Adapt | None) -> Callable[..., Any]:
    @functools.wraps(original)
    @_passed_over
    async def run(*args: Any, **kwargs: Any) -> Any:  # pragma: no cover - nor this
        call = begin(args, kwargs)
        if call is None:
            return await original(*args, **kwargs)
        entered = enter(call)
        try:
            if adapt is not None and RETRIES in kwargs:
                args = adapt(call, args, kwargs) or args
            result = await original(*args, **kwargs)
        except BaseException as error:
            leave(entered, call.parent, error=error)
            call.finish(error=error)
            raise
        leave(entered, call.parent)
        with _WATCHING:
            return watch(result, call)
        call.finish()
        return result

    return run


def _driven_lazily(original: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    """A generator function's code runs, and its call begins, at the first `next`."""

    @functools.wraps(original)
    @_passed_over
    def run(*args: Any, **kwargs: Any) -> Any:  # pragma: no cover - nor this
        stream = original(*args, **kwargs)
        if (call := begin(args, kwargs)) is not None:
            call.is_lazy = True
            with _WATCHING:
                return watch(stream, call)
            call.drop()
        return stream

    return run


class Begun(Protocol):
    """A request that is being sent.  Neither raises."""

    def answered(self, response: Any) -> None: ...

    def failed(self, error: BaseException) -> None: ...


def drive_exchange(
    original: Callable[..., Any], begin: Callable[[tuple[Any, ...], dict[str, Any]], Begun | None]
) -> Callable[..., Any]:
    """Tell what `begin` gives for a request how that request went."""
    if inspect.iscoroutinefunction(inspect.unwrap(original)):
        return _exchanging_async(original, begin)

    @functools.wraps(original)
    @_passed_over
    def send(*args: Any, **kwargs: Any) -> Any:  # pragma: no cover - not under this file name
        if (begun := begin(args, kwargs)) is None:
            return original(*args, **kwargs)
        try:
            response = original(*args, **kwargs)
        except BaseException as error:
            begun.failed(error)
            raise
        begun.answered(response)
        return response

    return send


def _exchanging_async(
    original: Callable[..., Any], begin: Callable[[tuple[Any, ...], dict[str, Any]], Begun | None]
) -> Callable[..., Any]:
    @functools.wraps(original)
    @_passed_over
    async def send(*args: Any, **kwargs: Any) -> Any:  # pragma: no cover - nor this
        if (begun := begin(args, kwargs)) is None:
            return await original(*args, **kwargs)
        try:
            response = await original(*args, **kwargs)
        except BaseException as error:
            begun.failed(error)
            raise
        begun.answered(response)
        return response

    return send
