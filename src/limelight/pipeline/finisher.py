"""The background thread between the user's threads and our understanding of what they did."""

from __future__ import annotations

import queue
import threading
import time
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING

from limelight.engine.forks import after_fork
from limelight.engine.guard import errors, guarded
from limelight.engine.span import Live
from limelight.pipeline.background import started

if TYPE_CHECKING:
    from limelight.engine.call import Call

SLICE_NS = 300_000
SLICE_SPANS = 4
"""How long we keep the interpreter to ourselves, and for how many spans at least: a caller who comes back meanwhile waits."""
REST_S = 0.004
"""How long the user's threads then have it.  With one span a turn, each of their calls would find us at work."""
PAUSE_S = 0.25
"""How long the first span of a burst waits for more: one wake-up then serves them all, when the burst may be over."""
BUSY = 1_000
"""With so many spans waiting there is no time to rest."""

Finish = Callable[[Live, bool], None]
"""(span, with its content?): read it, write it, pass it on."""


class Finisher:
    """Owns the queue.

    A `SimpleQueue`, because its `put` may be re-entered: the collector can end an
    abandoned stream in the middle of another `put` on the same thread.
    """

    def __init__(self, finish: Finish, *, capacity: int = 10_000, pause_s: float = PAUSE_S) -> None:
        self._finish = finish
        self._capacity = capacity
        self._pause_s = pause_s
        self.born = 0
        """The reading of `perf_counter_ns` when this process was forked from its parent."""
        self._reset()
        after_fork(self._after_fork)

    def _after_fork(self) -> None:
        """A child has the queue but not the thread: begin anew; what was queued or under way is the parent's to send."""
        self.born = time.perf_counter_ns()
        self._reset()

    def _reset(self) -> None:
        self._queue: queue.SimpleQueue[Live | threading.Event | None] = queue.SimpleQueue()
        self._hurry = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._open: weakref.WeakSet[Call] = weakref.WeakSet()

    @property
    def depth(self) -> int:
        return self._queue.qsize()

    def opened(self, call: Call) -> None:
        """Remember a stream under way, so that `close` can end it."""
        self._open.add(call)

    def submit(self, span: Live) -> None:
        """Take over an ended span.  When we are overrun, it is kept without its content."""
        if self._queue.qsize() >= self._capacity:
            errors["queue full: content let go"] += 1
            with guarded("finishing a span in haste"):
                self._finish(span, False)
            return
        self._queue.put(span)
        if self._thread is None:
            self._start()

    def flush(self, timeout_s: float | None = None) -> bool:
        """Wait until everything submitted before is through."""
        if self._thread is None and not self._is_forsaken():
            return True
        reached = threading.Event()
        self._queue.put(reached)
        self._hurry.set()
        return reached.wait(timeout_s)

    def close(self, timeout_s: float | None = None) -> bool:
        """End the streams that nobody ended, flush, and let the thread go; a span that comes later starts another."""
        for call in list(self._open):
            call.finish(abandoned=True)
        through = self.flush(timeout_s)
        if self._thread is not None:
            self._queue.put(None)
        return through

    def _start(self) -> None:
        with self._starting, guarded("starting the finisher"):
            if self._thread is None:
                self._thread = started(self._work, "limelight-finisher")

    def _work(self) -> None:
        while True:
            item = self._queue.get()
            if item is None:
                if self._leaves():
                    return
                continue
            self._hurry.wait(self._pause_s)
            self._take(item)
            done, slice_ends = 1, time.perf_counter_ns() + SLICE_NS
            while not self._queue.empty():
                if done >= SLICE_SPANS and time.perf_counter_ns() > slice_ends:
                    self._rest()
                    done, slice_ends = 0, time.perf_counter_ns() + SLICE_NS
                if (item := self._queue.get()) is None:
                    self._queue.put(item)  # behind what has come since
                    break
                self._take(item)
                done += 1

    def _leaves(self) -> bool:
        """Give the queue up, unless a span has come meanwhile and nobody else has been started for it."""
        self._thread = None
        with self._starting:
            if self._is_forsaken():
                self._thread = threading.current_thread()
        return self._thread is not threading.current_thread()

    def _is_forsaken(self) -> bool:
        return self._thread is None and not self._queue.empty()

    def _rest(self) -> None:
        if self._queue.qsize() < BUSY:
            self._hurry.wait(REST_S)
        else:
            time.sleep(0)

    def _take(self, item: Live | threading.Event) -> None:
        if isinstance(item, threading.Event):
            self._hurry.clear()
            item.set()
            return
        with guarded("finishing a span"):
            self._finish(item, True)
