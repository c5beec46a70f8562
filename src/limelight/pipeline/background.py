"""Threads of ours."""

from __future__ import annotations

import contextvars
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def started(work: Callable[[], None], name: str) -> threading.Thread:
    """A thread at work, in a context of its own: what is current where it happens to be started is none of ours."""
    thread = threading.Thread(target=work, name=name, daemon=True)
    contextvars.Context().run(thread.start)
    return thread
