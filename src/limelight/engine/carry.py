"""Take a call of ours along to the threads that work for it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from opentelemetry.context import attach, detach, get_current
from opentelemetry.trace import get_current_span

from limelight.engine.call import Call

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.context import Context


def carrying(original: Callable[..., Any]) -> Callable[..., Any]:
    """`Integration.carriers`: a thread that works for a call of ours knows it; a process would not understand."""

    @functools.wraps(original)
    def hand_on(self: Any, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if isinstance(get_current_span(), Call) and hasattr(self, "_threads"):
            function = functools.partial(_within, get_current(), function)
        return original(self, function, *args, **kwargs)

    return hand_on


def _within(context: Context, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    token = attach(context)
    try:
        return function(*args, **kwargs)
    finally:
        detach(token)
