"""Make functions of ours raise: every one that runs on the caller's thread, found by watching, not by a list."""

from __future__ import annotations

import contextlib
import functools
import gc
import sys
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import TYPE_CHECKING, Any

from typing_extensions import Self

import limelight

if TYPE_CHECKING:
    from collections.abc import Iterator

HOME = str(Path(limelight.__file__).parent)
TRUSTED = str(Path(HOME) / "engine" / "guard.py")
"""The one file whose own failure nothing can catch."""
TESTING = str(Path(HOME) / "testing")


def _is_ours(code: CodeType | None) -> bool:
    return code is not None and code.co_filename.startswith(HOME) and not code.co_filename.startswith(TESTING)


class Watch:
    """Which functions of ours were called by functions of ours; those that others call are the doors themselves."""

    def __init__(self) -> None:
        self.inner: set[CodeType] = set()
        self.doors: set[CodeType] = set()

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        if event != "call" or not _is_ours(frame.f_code) or frame.f_code.co_filename == TRUSTED:
            return
        caller = frame.f_back
        (self.inner if caller is not None and _is_ours(caller.f_code) else self.doors).add(frame.f_code)

    def __enter__(self) -> Self:
        sys.setprofile(self)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    @property
    def functions(self) -> list[FunctionType]:
        found = [
            function
            for code in self.inner - self.doors
            if not code.co_name.startswith("<")  # a comprehension is no function of its own since Python 3.12
            for function in _made_of(code)
        ]
        return sorted(found, key=named)


@functools.cache
def _made_of(code: CodeType) -> list[FunctionType]:
    gc.unfreeze()  # what was there before the tests is out of its sight
    found = [one for one in gc.get_referrers(code) if isinstance(one, FunctionType) and one.__code__ is code]
    gc.freeze()
    return found


def named(function: FunctionType) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def _raising(*args: Any, **kwargs: Any) -> Any:
    raise RuntimeError("injected")


class Calls:
    """Was this code run?  What a client does only the first time it is used is not done again."""

    def __init__(self, code: CodeType) -> None:
        self._code = code
        self.any = False

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        self.any = self.any or frame.f_code is self._code


@contextlib.contextmanager
def broken(function: FunctionType) -> Iterator[Calls]:
    """Whoever calls this function gets an exception, whoever holds whichever reference to it."""
    sound = function.__code__
    function.__code__ = _raising.__code__.replace(co_freevars=sound.co_freevars, co_name=sound.co_name)
    sys.setprofile(calls := Calls(function.__code__))
    try:
        yield calls
    finally:
        sys.setprofile(None)
        function.__code__ = sound
