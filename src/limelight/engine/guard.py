"""The doors between the user's code and ours: our own mistakes are heard, never raised."""

from __future__ import annotations

import collections
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

_log = logging.getLogger("limelight")

errors: collections.Counter[str] = collections.Counter()
"""What went wrong inside Limelight, and how often: the number behind `limelight.internal.errors`."""


class guarded:  # noqa: N801 - reads as a statement
    """`with guarded("reading a response"):` logs and counts an exception of ours, and goes on after the block.

    Stateless, so a hot path may keep one.  `KeyboardInterrupt` and its like are the user's and pass.
    """

    __slots__ = ("_what",)

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None or not isinstance(error, Exception):
            return False
        errors[self._what] += 1
        _log.debug("limelight: %s failed", self._what, exc_info=(type(error), error, trace))
        return True
