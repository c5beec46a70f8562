"""Spans on their way to an OTLP/HTTP backend: batched, bounded, patient, and out of everybody's way."""

from __future__ import annotations

import collections
import logging
import os
import threading
import time
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from limelight.engine.guard import guarded
from limelight.pipeline import otlp

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from limelight.pipeline.connection import Connection
    from limelight.pipeline.spool import Spool

_log = logging.getLogger("limelight")

MAX_BATCH_BYTES = 2_000_000
MAX_WAITING_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class Target:
    """Where spans are sent."""

    url: str
    """The whole address, as `http://127.0.0.1:4318/v1/traces`."""
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 10.0


@dataclass(slots=True)
class Counts:
    sent: int = 0
    dropped: int = 0
    """Spans given up: refused by the backend, or pushed out while it was away."""
    spooled: int = 0
    """Spans written to disk because the backend was away."""
    replayed: int = 0
    """Requests from the spool that got through."""
    failures: int = 0
    """Requests that did not get through."""
    last_problem: str | None = None


class Exporter:
    """Collects encoded spans and posts them from a thread of its own."""

    def __init__(
        self,
        target: Target,
        resource: Mapping[str, object],
        version: str,
        *,
        spool: Spool | None = None,
        interval_s: float = 0.5,
    ) -> None:
        self.target = target
        self.spool = spool
        self.counts = Counts()
        self._resource = otlp.resource(resource)
        self._scope = otlp.scope("limelight", version)
        self._interval_s = interval_s
        self._reset()
        if hasattr(os, "register_at_fork"):
            known = weakref.WeakMethod(self._reset)
            os.register_at_fork(after_in_child=lambda: (reset := known()) and reset())

    def _reset(self) -> None:
        self._waiting: collections.deque[bytes] = collections.deque()
        self._bytes = 0
        self._sending: Sequence[bytes] = ()
        """Spans handed to the connection and not yet answered for."""
        self._may_replay = self.spool is not None
        self._state = threading.Condition()
        self._hurry = False
        self._thread: threading.Thread | None = None
        self._problem: str | None = None
        self._not_before = 0.0
        self._delay_s = 0.5
        self._at_most: int | None = None
        """Spans a request, while the backend finds our requests too large."""

    def add(self, span: bytes) -> None:
        with self._state:
            self._waiting.append(span)
            self._bytes += len(span)
            while self._bytes > MAX_WAITING_BYTES:
                self._bytes -= len(self._waiting.popleft())
                self.counts.dropped += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="limelight-export", daemon=True)
                self._thread.start()
            if self._bytes >= MAX_BATCH_BYTES:
                self._state.notify_all()

    def flush(self, timeout_s: float | None = None) -> bool:
        """Send what waits; True when all of it was answered for.  One refusal ends the wait: nobody is held up by a dead backend."""
        with self._state:
            failures = self.counts.failures
            self._hurry, self._not_before = True, 0.0
            self._state.notify_all()
            self._state.wait_for(lambda: not self._pending() or self.counts.failures > failures, timeout_s)
            self._hurry = False
            return not self._pending() and self.counts.failures == failures

    def close(self, timeout_s: float | None = None) -> bool:
        """Flush; what could not be sent in time goes to the spool."""
        sent = self.flush(timeout_s)
        with self._state, guarded("spooling at the end"):
            left = [*self._sending, *self._waiting]
            if left and self.spool is not None:
                self.spool.put(otlp.request(left, self._resource, self._scope))
                self._waiting.clear()
        return sent

    def _pending(self) -> int:
        return len(self._waiting) + len(self._sending)

    def _work(self) -> None:
        from limelight.pipeline.connection import Connection

        post = Connection(self.target)
        while True:
            with guarded("exporting spans"):
                self._turn(post)

    def _turn(self, post: Connection) -> None:
        with self._state:
            self._state.wait_for(self._is_due, self._interval_s)
            if time.monotonic() < self._not_before:
                return
            batch = self._batch()
        if batch:
            self._send(post, batch)
        if self._may_replay and time.monotonic() >= self._not_before:
            with guarded("replaying the spool"):
                self._replay(post)

    def _is_due(self) -> bool:
        return (
            bool(self._waiting)
            and (self._hurry or self._bytes >= MAX_BATCH_BYTES)
            and time.monotonic() >= self._not_before
        )

    def _batch(self) -> list[bytes]:
        batch: list[bytes] = []
        size = 0
        while self._waiting and len(batch) != self._at_most:
            if batch and size + len(self._waiting[0]) > MAX_BATCH_BYTES:
                break
            size += len(self._waiting[0])
            batch.append(self._waiting.popleft())
        self._bytes -= size
        self._sending = batch
        return batch

    def _send(self, post: Connection, batch: list[bytes]) -> None:
        body = otlp.request(batch, self._resource, self._scope)
        status: int | None = None
        with guarded("posting spans"):
            status = post(body)
        with self._state:
            self._sending, self._problem = (), post.problem or "cannot be reached"
            if status is not None and status < 300:
                self.counts.sent += len(batch)
                self.counts.last_problem, self._delay_s = None, 0.5
                self._at_most = self._at_most and self._at_most * 2
            elif status == 413 and len(batch) > 1:
                self._at_most = len(batch) // 2
                self._put_back(batch)
            elif _is_passing(status):
                self._keep(batch, body)
                self._complain(status, "spans are kept for now")
            else:
                self.counts.dropped += len(batch)
                self._complain(status, "these spans are lost")
            self._state.notify_all()

    def _replay(self, post: Connection) -> None:
        """Send what the spool holds, ours or an earlier process's, until it is empty or the backend is away again."""
        self._may_replay = False
        for claim in self.spool.claim() if self.spool is not None else ():
            status = post(claim.body)
            if _is_passing(status):
                claim.give_back()
                self._back_off()
                self._may_replay = True
                return
            claim.sent()
            self.counts.replayed += status is not None and status < 300

    def _keep(self, batch: list[bytes], body: bytes) -> None:
        """On disk if there is one, where nothing that happens to this process can reach it; otherwise in memory."""
        self._back_off()
        if self.spool is not None:
            with guarded("spooling"):
                self.spool.put(body)
                self.counts.spooled += len(batch)
                self._may_replay = True
                return
        self._put_back(batch)

    def _back_off(self) -> None:
        self._not_before = time.monotonic() + self._delay_s
        self._delay_s = min(self._delay_s * 2, 30.0)

    def _put_back(self, batch: list[bytes]) -> None:
        self._waiting.extendleft(reversed(batch))
        self._bytes += sum(map(len, batch))

    def _complain(self, status: int | None, consequence: str) -> None:
        """Say it once, until it works again."""
        self.counts.failures += 1
        problem = f"answered HTTP {status}" if status else self._problem
        if self.counts.last_problem is None:
            advice = "Is `limelight serve` running there, and is `LIMELIGHT_ENDPOINT` right?"
            _log.warning("limelight: %s %s; %s. %s", self.target.url, problem, consequence, advice)
        self.counts.last_problem = problem


def _is_passing(status: int | None) -> bool:
    """Is it worth trying again?"""
    return status is None or status == 429 or status >= 500
