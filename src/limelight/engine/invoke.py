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


def driven(original: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    @functools.wraps(original)
    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
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
    async def run(self: Any, *args: Any, **kwargs: Any) -> Any:
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
