"""Somebody's own `SpanExporter`, on a leash: it may raise and it may hang, and nobody hears of it more than once."""

from __future__ import annotations

import collections
import logging
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, attach, set_value
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.export import SpanExportResult

from limelight.engine.forks import after_fork
from limelight.engine.guard import guarded
from limelight.pipeline.background import started
from limelight.pipeline.export import Counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk.trace import ReadableSpan

_log = logging.getLogger("limelight")


class Batching(NamedTuple):
    max_waiting: int = 10_000
    max_batch: int = 512
    interval_ms: int = 500


class Leashed(SpanProcessor):
    """Batches spans for the exporter, on a thread of its own: the only one that ever waits for it.

    Not OpenTelemetry's `BatchSpanProcessor`, whose flush takes as long as the exporter likes, and which keeps to
    itself what waits in it and what it has thrown away.
    """

    spool = None

    def __init__(self, exporter: Any, batching: Batching) -> None:
        self._exporter = exporter
        self._max_waiting, self._max_batch = batching.max_waiting, batching.max_batch
        self._interval_s = batching.interval_ms / 1_000
        self._reset()
        after_fork(self._reset)

    def _reset(self) -> None:
        self.counts = Counts()
        self._waiting: collections.deque[ReadableSpan] = collections.deque()
        self._sending = 0
        self._state = threading.Condition()
        self._thread: threading.Thread | None = None
        self._hurry = self._leaves = False

    @property
    def depth(self) -> int:
        """Spans that wait, or that the exporter has and has not answered for."""
        return len(self._waiting) + self._sending

    def on_end(self, span: ReadableSpan) -> None:
        with self._state:
            if len(self._waiting) >= self._max_waiting:
                self._waiting.popleft()
                self.counts.lost["too many waiting"] += 1
            self._waiting.append(span)
            self._start()
            if len(self._waiting) >= self._max_batch:
                self._state.notify_all()

    def flush(self, timeout_s: float | None = None) -> bool:
        """Hand over what waits; True when the exporter has taken all of it."""
        with self._state:
            failures = self.counts.failures
            self._hurry = True
            self._state.notify_all()
            is_through = self._state.wait_for(lambda: not self.depth, timeout_s)
            self._hurry = False
            return is_through and self.counts.failures == failures

    def close(self, timeout_s: float | None = None) -> bool:
        """Flush, and shut the exporter down; one that hangs is left behind."""
        until = None if timeout_s is None else time.monotonic() + timeout_s
        sent = self.flush(timeout_s)
        with self._state:
            self._start()
            self._leaves = True
            self._state.notify_all()
            left = None if until is None else max(0.0, until - time.monotonic())
            self._state.wait_for(lambda: self._thread is None, left)
        return sent

    def _start(self) -> None:
        """Under the lock: have a thread."""
        with guarded("starting a thread for an exporter of the program's own"):
            if self._thread is None:
                self._leaves = False
                self._thread = started(self._work, "limelight-foreign")

    def _work(self) -> None:
        attach(set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))  # its requests are nobody's business
        while not self._is_done():
            with self._state:
                self._state.wait_for(self._is_due, self._interval_s)
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._max_batch))]
                self._sending = len(batch)
            if batch:
                self._export(batch)
        with guarded("closing an exporter of the program's own"):
            self._exporter.shutdown()
        with self._state:
            self._thread = None
            self._state.notify_all()
            if self._waiting:  # come meanwhile
                self._start()

    def _is_done(self) -> bool:
        return self._leaves and not self._waiting

    def _is_due(self) -> bool:
        return self._leaves or (bool(self._waiting) and (self._hurry or len(self._waiting) >= self._max_batch))

    def _export(self, spans: Sequence[ReadableSpan]) -> None:
        result = None
        with guarded("exporting with an exporter of the program's own"):
            result = self._exporter.export(spans)
        with self._state:
            self._sending = 0
            if result is SpanExportResult.SUCCESS:
                self.counts.sent += len(spans)
                self.counts.last_problem = None
            else:
                self._complain(len(spans))
            self._state.notify_all()

    def _complain(self, lost: int) -> None:
        """Count them, and say it once, until it works again."""
        self.counts.failures += 1
        self.counts.lost["refused by the exporter"] += lost
        if self.counts.last_problem is None:
            _log.warning("limelight: %s does not take spans; these are lost", type(self._exporter).__qualname__)
        self.counts.last_problem = "does not take spans"
