"""A model call that a framework has announced, and no client has made yet.

It stands in a variable of its own and not as the current span: a framework that streams
announces its calls in its reader's context, where our span must not be current.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from limelight.engine.span import Live


class Announced(Protocol):
    ended_ns: int | None

    def claimed(self, call: Live) -> None:
        """A traced client makes this call."""


PENDING: ContextVar[Announced | None] = ContextVar("limelight-pending", default=None)
