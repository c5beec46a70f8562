"""What we cost: one call in many is timed where it passes through us, on the thread that makes it."""

from __future__ import annotations

import collections
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from limelight.engine.call import Call
    from limelight.engine.span import Live, Sink

EVERY = 64

armed = False
"""Shall the next call be timed?  All that the others pay is a look at this."""
_took_ns: collections.deque[int] = collections.deque(maxlen=EVERY)
_seen = 0


def ended() -> None:
    """A call has ended; said in the background."""
    global armed, _seen
    armed = armed or _seen % EVERY == 0
    _seen += 1


def begun(call: Call, entered: int) -> None:
    """This is the call; `entered` is the reading of `perf_counter_ns` when it came in."""
    global armed
    armed = False
    call.sink = Timed(call.sink, time.perf_counter_ns() - entered)


def typical_us() -> float | None:
    """Microseconds that beginning and ending a call takes: the median of the last ones timed."""
    took = sorted(_took_ns.copy())
    return took[len(took) // 2] / 1_000 if took else None


class Timed:
    """Stands in a timed call in place of its sink, and hears it end."""

    __slots__ = ("_sink", "_so_far", "injects")

    def __init__(self, sink: Sink, so_far_ns: int) -> None:
        self._sink, self._so_far = sink, so_far_ns
        self.injects = sink.injects

    @property
    def begun(self) -> Callable[[Any], object] | None:
        return self._sink.begun

    @property
    def shows(self) -> Callable[[], bool] | None:
        return self._sink.shows

    def submit(self, span: Live) -> None:
        span.sink = self._sink
        ended_at = span.began + (span.ended_ns or span.clock()) - span.started_ns
        self._sink.submit(span)
        _took_ns.append(self._so_far + time.perf_counter_ns() - ended_at)

    def opened(self, span: Any) -> None:
        self._sink.opened(span)

    def sampled(self, span: Live) -> bool:
        return self._sink.sampled(span)


def untimed(sink: Sink) -> Sink:
    """The sink itself, whether this call is timed or not."""
    return sink._sink if isinstance(sink, Timed) else sink
