"""A forked child has our objects and none of our threads: each object that minds is told."""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING, Any

from limelight.engine.guard import guarded

if TYPE_CHECKING:
    from collections.abc import Callable

_known: set[weakref.WeakMethod[Any]] = set()


def after_fork(method: Callable[[], object]) -> None:
    """Call this method in a forked child before anything else runs there, if its object lives so long."""
    _known.add(weakref.WeakMethod(method, _known.discard))


def _forked() -> None:
    for known in list(_known):
        if method := known():
            with guarded("beginning anew after a fork"):
                method()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
