"""The two drivers: one for functions, one for coroutine functions."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from limelight.engine.call import Call
from limelight.engine.guard import guarded
from limelight.engine.span import enter, leave
from limelight.engine.watch import watch

Begin = Callable[[Any, tuple[Any, ...], dict[str, Any]], Call | None]
"""(instance, args, kwargs) -> the call, or None when nobody wants to know of it.  Never raises."""

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


def driven(original: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    @functools.wraps(original)
    @_passed_over
    def run(self: Any, *args: Any, **kwargs: Any) -> Any:  # pragma: no cover - not under this file name
        call = begin(self, args, kwargs)
        if call is None:
            return original(self, *args, **kwargs)
        entered = enter(call)
        try:
            result = original(self, *args, **kwargs)
        except BaseException as error:
            leave(entered, call.parent)
            call.finish(error=error)
            raise
        leave(entered, call.parent)
        with _WATCHING:
            return watch(result, call)
        call.finish()
        return result

    return run


def driven_async(original: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    @functools.wraps(original)
    @_passed_over
    async def run(self: Any, *args: Any, **kwargs: Any) -> Any:  # pragma: no cover - nor this
        call = begin(self, args, kwargs)
        if call is None:
            return await original(self, *args, **kwargs)
        entered = enter(call)
        try:
            result = await original(self, *args, **kwargs)
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
