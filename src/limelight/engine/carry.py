"""Take a call of ours along to the threads that work for it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from opentelemetry.context import attach, detach, get_current

from limelight.engine.call import Call
from limelight.engine.guard import unfailing
from limelight.engine.span import here, innermost

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.context import Context


def carrying(original: Callable[..., Any]) -> Callable[..., Any]:
    """`Integration.carriers`: a thread that works for a call of ours knows it; a process would not understand."""

    @functools.wraps(original)
    def hand_on(self: Any, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if _is_within_call() and hasattr(self, "_threads"):
            function = functools.partial(_within, get_current(), function)
        return original(self, function, *args, **kwargs)

    return hand_on


@unfailing("looking for the call around")
def _is_within_call() -> bool:
    return isinstance(innermost(here()), Call)


def _within(context: Context, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    token = attach(context)
    try:
        return function(*args, **kwargs)
    finally:
        detach(token)
