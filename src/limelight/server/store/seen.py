"""Which spans of the traces that grow at present are stored already."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable

MOST_SPANS = 60_000


class Seen:
    """Remembers the spans of the traces asked for last, up to a number."""

    def __init__(self) -> None:
        self._traces: OrderedDict[int, set[str]] = OrderedDict()
        self._spans = 0

    def clear(self) -> None:
        self._traces.clear()
        self._spans = 0

    def of(self, trace: int, read: Callable[[], Iterable[str]]) -> set[str]:
        if trace not in self._traces:
            self._traces[trace] = set(read())
            self._spans += len(self._traces[trace])
        self._traces.move_to_end(trace)
        while self._spans > MOST_SPANS and len(self._traces) > 1:
            self._spans -= len(self._traces.popitem(last=False)[1])
        return self._traces[trace]

    def add(self, trace: int, spans: Iterable[str]) -> None:
        """Spans that were just stored, of a trace that was asked for."""
        if trace in self._traces:
            before = len(self._traces[trace])
            self._traces[trace].update(spans)
            self._spans += len(self._traces[trace]) - before

    def drop(self, trace: int) -> None:
        self._spans -= len(self._traces.pop(trace, ()))
