"""The end of a process, also where Python does not tell of it: children of `multiprocessing` and Celery leave without `atexit`."""

from __future__ import annotations

import _thread
import atexit
import os
import signal
import sys
import threading
import weakref
from typing import TYPE_CHECKING, Any

from limelight.engine.guard import guarded

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_S = 1.5
"""So long may the end of a process that was told to go take us, all in all."""

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


def heed_termination() -> None:
    """Send what is left when the process is told to go, where the program has not decided what becomes of it then."""
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _told_to_go)


def _told_to_go(number: int, frame: object) -> None:
    """In a thread of its own: the one that was interrupted may hold any lock."""
    through = _thread.allocate_lock()
    through.acquire()

    def leave() -> None:
        try:
            leaving()
        finally:
            through.release()

    with guarded("leaving when told to"):
        _thread.start_new_thread(leave, ())
        through.acquire(timeout=PATIENCE_S)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
