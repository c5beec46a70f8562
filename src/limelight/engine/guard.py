"""The doors between the user's code and ours: our own mistakes are heard, never raised."""

from __future__ import annotations

import collections
import functools
import logging
import traceback
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

P = ParamSpec("P")
R = TypeVar("R")

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
        _heard(self._what, error)
        return True


def unfailing(what: str) -> Callable[[Callable[P, R]], Callable[P, R | None]]:
    """Decorate what the user's thread runs beside his own code: it gives None instead of raising."""

    def decorate(function: Callable[P, R]) -> Callable[P, R | None]:
        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R | None:
            try:
                return function(*args, **kwargs)
            except Exception as error:
                _heard(what, error)
                return None

        return run

    return decorate


class _Masked(logging.Filter):
    """Logs are kept and sent on, too: what an address or an exception quotes is masked before it becomes a line."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            from limelight.core.masking import Masker  # nearly no program ever gets here

            record.msg, record.args = Masker("secrets").text(record.getMessage()), ()
            if record.exc_info:
                found = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
                record.exc_text, record.exc_info = Masker("pii").text(found), None
        except Exception:
            record.msg, record.args, record.exc_info = "limelight: something failed", (), None
        return True


_log.addFilter(_Masked())


def _heard(what: str, error: Exception) -> None:
    errors[what] += 1
    _log.debug("limelight: %s failed", what, exc_info=(type(error), error, error.__traceback__))
