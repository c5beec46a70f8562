"""What is current while a framework's step runs: its span, and before and after it whatever was so around."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context, attach, get_current

from limelight.engine.span import enter, leave

if TYPE_CHECKING:
    from collections.abc import Hashable
    from types import TracebackType

    from typing_extensions import Self

    from limelight.engine.observer import Observer, Told

MAX_ENTERED = 10_000
"""Runs whose end is waited for: one that never ends must not stay for ever."""


class Within:
    """`with Within(told) as step: step.result = …`: current meanwhile, and ended with it.  Without a span it does nothing."""

    __slots__ = ("_before", "_entered", "_told", "result")

    def __init__(self, told: Told | None) -> None:
        self._told = told
        self._before: Context | None = None
        self._entered: Context | None = None
        self.result: Any = None

    def __enter__(self) -> Self:
        if self._told is not None:
            self._before, self._entered = get_current(), enter(self._told)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        leave(self._entered, self._before, error=error)
        if self._told is not None:
            self._told.finish(self.result, error)


class Entered:
    """The runs of an observer that are current, where their beginning and their end are told of apart."""

    def __init__(self, observing: Observer) -> None:
        self._observing = observing
        self._runs: collections.OrderedDict[Hashable, tuple[Context, Context]] = collections.OrderedDict()

    def enter(self, key: Hashable) -> None:
        """Make a run that has begun current, if it is told of."""
        if (inside := self._observing.inside(key)) is None:
            return
        self._runs[key] = (get_current(), inside)
        while len(self._runs) > MAX_ENTERED:
            self._runs.popitem(last=False)
        attach(inside)

    def leave(self, key: Hashable) -> None:
        """Put back what was current, where it still is this run that is."""
        before, inside = self._runs.pop(key, (None, None))
        if before is not None and get_current() is inside:
            attach(before)
