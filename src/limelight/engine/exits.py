"""The end of a process, also where Python does not tell of it: children of `multiprocessing` and Celery leave without `atexit`."""

from __future__ import annotations

import atexit
import weakref
from typing import TYPE_CHECKING, Any

from limelight.engine.guard import guarded

if TYPE_CHECKING:
    from collections.abc import Callable

_known: set[weakref.WeakMethod[Any]] = set()


def at_exit(method: Callable[[], object]) -> None:
    """Call this method when the process ends, if its object lives so long."""
    _known.add(weakref.WeakMethod(method, _known.discard))


def leaving() -> None:
    """The process is about to end."""
    for known in list(_known):
        if method := known():
            with guarded("closing at the end of the process"):
                method()


atexit.register(leaving)
