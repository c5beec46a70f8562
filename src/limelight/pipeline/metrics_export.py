"""Sums on their way to an OTLP/HTTP backend: now and then, and at the end."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from limelight.engine.forks import after_fork
from limelight.engine.guard import guarded
from limelight.pipeline import otlp
from limelight.pipeline.background import started
from limelight.pipeline.deliver import CLOSED, is_passing
from limelight.pipeline.metrics import Aggregation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from limelight.core.dialects.metrics import Measurement
    from limelight.pipeline.connection import Connection
    from limelight.pipeline.export import Target
    from limelight.pipeline.metrics import Sums
    from limelight.pipeline.spool import Spool

_log = logging.getLogger("limelight")


class MetricsExporter:
    """Sums measurements, and posts the sums from a thread of its own, which starts with the first of them."""

    def __init__(
        self,
        target: Target,
        resource: Callable[[], Mapping[str, object]],
        version: str,
        *,
        spool: Spool | None = None,
        interval_s: float = 60.0,
        is_delta: bool = False,
        is_quiet: bool = False,
    ) -> None:
        self.target = target
        self._resource = resource
        """Asked by each process for itself: two that share one would overwrite each other's sums."""
        self._scope = otlp.scope("limelight", version)
        self._spool = spool
        self._interval_s = interval_s
        self._is_quiet = is_quiet
        """Does somebody else say when the backend is away?"""
        self._sums = Aggregation(is_delta=is_delta)
        self._reset()
        after_fork(self._reset)

    def _reset(self) -> None:
        self._state = threading.Condition()
        self._thread: threading.Thread | None = None
        self._asked = self._answered = 0
        """How often somebody wanted the sums sent, and up to which of these wishes they were."""
        self._is_through = True
        self._sending: Sums | None = None
        """Handed to the connection and not yet answered for."""
        self._is_closed = False
        self._is_said = False
        self._may_replay = self._spool is not None

    def add(self, one: Measurement) -> None:
        self._sums.add(one)
        if self._thread is None:
            self._start()

    def flush(self, timeout_s: float | None = None) -> bool:
        """Send the sums; True when the backend has taken them."""
        with self._state:
            if self._thread is None:
                return True
            self._asked += 1
            wish = self._asked
            self._state.notify_all()
            return self._state.wait_for(lambda: self._answered >= wish, timeout_s) and self._is_through

    def close(self, timeout_s: float | None = None) -> bool:
        """Flush and let the thread go; what was not taken goes to the spool."""
        self._is_closed = True
        sent = self.flush(timeout_s)
        if not sent and self._spool is not None:
            with guarded("spooling metrics"):
                if (unanswered := self._sending) is not None:
                    self._sums.give_back(unanswered)
                self._spool.put(self._body(self._sums.taken()))
        return sent

    def problem(self) -> str | None:
        """What stands in the way of metrics just now, found out by sending none; no other thread takes part."""
        from limelight.pipeline.connection import Connection

        post = Connection(self.target)
        status = post(otlp.request((), otlp.resource(self._resource()), self._scope))
        post.close()
        return None if status is not None and status < 300 else _said(status, post.problem)

    def _start(self) -> None:
        with self._state, guarded("starting the export of metrics"):
            if self._thread is None:
                self._is_closed = False
                self._thread = started(self._work, "limelight-metrics")

    def _work(self) -> None:
        from limelight.pipeline.connection import Connection

        post = Connection(self.target)
        is_last = False
        while not is_last:
            with self._state:
                self._state.wait_for(lambda: self._asked > self._answered, self._interval_s)
                wish = self._asked
            is_through = False
            with guarded("exporting metrics"):
                is_through = self._send(post)
            with self._state:
                self._answered, self._is_through = wish, is_through
                if is_last := self._is_closed and self._asked == wish:
                    self._thread = None
                self._state.notify_all()
        post.close()

    def _send(self, post: Connection) -> bool:
        sums = self._sums.taken()
        if not sums.points:
            return True
        self._sending = sums
        status = post(self._body(sums))
        self._sending = None
        if status is not None and status < 300:
            self._is_said = False
            self._replay(post)
            return True
        if is_kept := _may_come_later(status):
            self._sums.give_back(sums)
        self._complain(status, post.problem, "metrics wait" if is_kept else "these sums are lost")
        return False

    def _body(self, sums: Sums) -> bytes:
        return otlp.request(sums.encoded(), otlp.resource(self._resource()), self._scope)

    def _replay(self, post: Connection) -> None:
        """What an earlier process could not send."""
        if not self._may_replay or self._spool is None:
            return
        self._may_replay = False
        for claim in self._spool.claim():
            status = post(claim.body)
            if _may_come_later(status):
                claim.give_back()
                self._may_replay = True
                return
            claim.sent()

    def _complain(self, status: int | None, problem: str | None, consequence: str) -> None:
        """Say it once, until it works again."""
        if self._is_said or (status is None and self._is_quiet):
            return
        self._is_said = True
        said = f"{self.target.url} {_said(status, problem)}; {consequence}"
        _log.warning("limelight: %s. `LIMELIGHT_METRICS=0` switches metrics off.", said)


def _may_come_later(status: int | None) -> bool:
    """When the backend is back, or the address and the key are right."""
    return is_passing(status) or status in CLOSED


def _said(status: int | None, problem: str | None) -> str:
    return f"answered HTTP {status}" if status else problem or "cannot be reached"
