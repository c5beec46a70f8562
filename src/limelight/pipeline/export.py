"""Spans on their way to an OTLP/HTTP backend: batched, bounded, patient, and out of everybody's way."""

from __future__ import annotations

import collections
import logging
import os
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from limelight.engine.forks import after_fork
from limelight.engine.guard import guarded
from limelight.pipeline import otlp
from limelight.pipeline.background import started
from limelight.pipeline.deliver import CLOSED, Receipt, deliver
from limelight.pipeline.parcel import Parcel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from limelight.pipeline.connection import Connection
    from limelight.pipeline.spool import Claim, Spool

_log = logging.getLogger("limelight")

MAX_BATCH_BYTES = 2_000_000
MIN_BATCH_BYTES = 125_000
"""A batch that its receiver finds too large is halved, and those after it are smaller; smaller than this is no use."""
MAX_WAITING_BYTES = 64_000_000
REPLAY_S = 1.0
"""So long are earlier requests sent before it is the turn of new spans again."""
LOOK_AGAIN_S = 60.0
"""So often do we look whether somebody has left something in the spool."""
SILENCE_S = 60.0
"""At most one complaint in so many seconds, whatever happens."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where spans are sent."""

    url: str
    """The whole address, as `http://127.0.0.1:4318/v1/traces`."""
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 10.0
    advice: str = "Is `limelight serve` running there, and is `LIMELIGHT_ENDPOINT` right?"
    """What to look at when it cannot be reached."""


@dataclass(slots=True)
class Counts:
    sent: int = 0
    """Spans that the backend has taken, also out of the spool."""
    lost: collections.Counter[str] = field(default_factory=collections.Counter)
    """Spans given up, by reason."""
    spooled: int = 0
    """Spans written to disk because the backend was away."""
    replayed: int = 0
    """Requests from the spool that got through."""
    failures: int = 0
    """Requests that did not get through."""
    last_problem: str | None = None

    @property
    def dropped(self) -> int:
        return sum(self.lost.values())


class Beside(Protocol):
    """What else the exporter's thread sees to."""

    def beat(self) -> None:
        """Called again and again, also when there is nothing to send."""

    def settle(self) -> None:
        """Called before anything is sent or put on disk."""

    def clear(self) -> None:
        """The end."""


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
        self.beside: Beside | None = None
        self._about = dict(resource)
        self._scope = otlp.scope("limelight", version)
        self._interval_s = interval_s
        self._reset()
        after_fork(self._reset)

    def _reset(self) -> None:
        self.counts = Counts()
        if "process.pid" in self._about:
            self._about["process.pid"] = os.getpid()
        self._resource = otlp.resource(self._about)
        self._waiting: collections.deque[bytes] = collections.deque()
        self._bytes = 0
        self._sending: Sequence[bytes] = ()
        """Spans handed to the connection and not yet answered for."""
        self._may_replay = self.spool is not None
        self._look_again = time.monotonic() + LOOK_AGAIN_S
        self._state = threading.Condition()
        self._hurry = self._leaves = False
        self._thread: threading.Thread | None = None
        self._not_before = 0.0
        self._delay_s = 0.5
        self._silent_until = 0.0
        self._max_batch: int | None = None
        """Bytes, where the backend has found our requests too large."""

    def parcel(self, spans: Sequence[bytes]) -> Parcel:
        return Parcel(self._resource, self._scope, spans)

    @property
    def depth(self) -> int:
        """Spans that wait or are under way."""
        return len(self._waiting) + len(self._sending)

    @property
    def is_away(self) -> bool:
        """Has the backend failed us just now?"""
        return time.monotonic() < self._not_before

    def add(self, span: bytes) -> None:
        with self._state:
            self._waiting.append(span)
            self._bytes += len(span)
            while self._bytes > MAX_WAITING_BYTES:
                self._bytes -= len(self._waiting.popleft())
                self.counts.lost["too many waiting"] += 1
            self.start()
            if self._bytes >= MAX_BATCH_BYTES:
                self._state.notify_all()

    def start(self) -> None:
        """Have a thread, from now on."""
        with self._state:
            if self._thread is None:
                self._leaves = False
                # Where none can be had now, the next span tries again.
                self._thread = started(self._work, "limelight-export")

    def flush(self, timeout_s: float | None = None) -> bool:
        """Send what waits; True when all of it was answered for.  One refusal ends the wait: nobody is held up by a dead backend."""
        with self._state:
            failures = self.counts.failures
            self._hurry, self._not_before = True, 0.0
            self._state.notify_all()
            self._state.wait_for(lambda: not self.depth or self.counts.failures > failures, timeout_s)
            self._hurry = False
            return not self.depth and self.counts.failures == failures

    def close(self, timeout_s: float | None = None) -> bool:
        """Flush; what could not be sent in time goes to the spool.  The thread leaves when it has nothing left to do."""
        sent = self.flush(timeout_s)
        if self.beside is not None:
            with guarded("closing what stands beside"):
                self.beside.clear()
        with self._state:
            self._spool_all()
            self._leaves = True
            self._state.notify_all()
        return sent

    def _spool_all(self) -> None:
        """What is under way as well: whoever is sending it need not keep it then."""
        if self._sending and self._spooled(self.parcel(self._sending)):
            self._sending = ()
        while self._waiting and self.spool is not None:
            batch = self._taken(MAX_BATCH_BYTES)
            if not self._spooled(self.parcel(batch)):
                self._put_back(batch)
                return

    def _work(self) -> None:
        post: Connection | None = None
        while True:
            with guarded("exporting spans"):
                post = self._turn(post)
            with self._state:
                if not self._leaves or (self.depth and not self.is_away):
                    continue
                self._give_up()
                self._thread = None
            if post is not None:
                post.close()
            return

    def _give_up(self) -> None:
        """Nobody waits for an absent backend after the end."""
        self.counts.lost["left at the end"] += len(self._waiting)
        self.counts.lost = +self.counts.lost
        self._waiting.clear()
        self._bytes = 0

    def _turn(self, post: Connection | None) -> Connection | None:
        with self._state:
            self._state.wait_for(lambda: self._leaves or self._is_due(), self._interval_s)
            batch = [] if self.is_away else self._next_batch()
        if self.beside is not None:
            with guarded("noting calls under way"):
                self.beside.beat()
        if time.monotonic() > self._look_again:
            self._look_again, self._may_replay = time.monotonic() + LOOK_AGAIN_S, self.spool is not None
        if batch or (self._may_replay and not self._leaves):
            post = post or self._connection()
        if batch and post is not None:
            self._send(post, batch)
        if self._may_replay and post is not None and not self.is_away and not self._leaves:
            with guarded("replaying the spool"):
                self._replay(post)
        return post

    def _connection(self) -> Connection:
        from limelight.pipeline.connection import Connection

        return Connection(self.target)

    def _is_due(self) -> bool:
        return bool(self._waiting) and (self._hurry or self._bytes >= MAX_BATCH_BYTES) and not self.is_away

    def _next_batch(self) -> list[bytes]:
        self._sending = batch = self._taken(self._max_batch or MAX_BATCH_BYTES)
        return batch

    def _taken(self, max_bytes: int) -> list[bytes]:
        batch = _batch(self._waiting, max_bytes)
        self._bytes -= sum(map(len, batch))
        return batch

    def _put_back(self, spans: Sequence[bytes]) -> None:
        self._waiting.extendleft(reversed(spans))
        self._bytes += sum(map(len, spans))

    def _send(self, post: Connection, batch: list[bytes]) -> None:
        if self.beside is not None:
            with guarded("settling calls under way"):
                self.beside.settle()
        receipt = Receipt()
        with guarded("delivering spans"):
            receipt = deliver(post, self.parcel(batch))
        with self._state:
            is_kept, self._sending = self._sending is not batch, ()
            self._take_note(post, receipt)
            for parcel in () if is_kept else receipt.left:
                self._keep(parcel, receipt.status)
            self._state.notify_all()

    def _take_note(self, post: Connection, receipt: Receipt) -> None:
        """Under the lock: count, and say what has to be said."""
        self.counts.sent += receipt.sent
        self.counts.lost.update(receipt.lost)
        if receipt.was_too_large:
            self._max_batch = max(MIN_BATCH_BYTES, (self._max_batch or MAX_BATCH_BYTES) // 2)
        if receipt.left:
            self._back_off(post.retry_after_s)
            is_lost = receipt.status in CLOSED and self.spool is None
            self._complain(post, receipt.status, "these spans are lost" if is_lost else "spans are kept for now")
        elif receipt.lost:
            self._complain(post, receipt.status, f"{sum(receipt.lost.values())} spans are lost")
        elif receipt.sent:
            self.counts.last_problem, self._delay_s = None, 0.5

    def _replay(self, post: Connection) -> None:
        """Send what the spool holds, ours or an earlier process's, until it is empty or the backend is away again."""
        self._may_replay = False
        until = time.monotonic() + REPLAY_S
        for claim in self.spool.claim() if self.spool is not None else ():
            left = self._replayed(post, claim)
            if left or self._bytes >= MAX_BATCH_BYTES or time.monotonic() > until:
                self._may_replay = True
                return

    def _replayed(self, post: Connection, claim: Claim) -> bool:
        """Was there something left of it?"""
        try:
            parcel = Parcel.read(claim.body)
        except ValueError:
            claim.sent()
            self.counts.lost["spool file spoilt"] += 1
            return False
        receipt = deliver(post, parcel)
        with self._state:
            self._take_note(post, receipt)
        if not receipt.left:
            claim.sent()
            self.counts.replayed += 1
        elif not receipt.sent:
            claim.give_back()
        else:
            for rest in receipt.left:
                self.spool.put(rest.body())  # type: ignore[union-attr]  # a claim has come out of it
            claim.sent()
        return bool(receipt.left)

    def _keep(self, parcel: Parcel, status: int | None) -> None:
        """On disk if there is one, where nothing that happens to this process can reach it; otherwise in memory."""
        if self._spooled(parcel):
            return
        if status in CLOSED:
            self.counts.lost["refused"] += len(parcel.spans)
        else:
            self._put_back(parcel.spans)

    def _spooled(self, parcel: Parcel) -> bool:
        if self.spool is not None:
            with guarded("spooling"):
                self.spool.put(parcel.body())
                self.counts.spooled += len(parcel.spans)
                self._may_replay = True
                return True
        return False

    def _back_off(self, asked_s: float) -> None:
        self._not_before = time.monotonic() + max(self._delay_s, min(asked_s, 30.0))
        self._delay_s = min(self._delay_s * 2, 30.0)

    def _complain(self, post: Connection, status: int | None, consequence: str) -> None:
        """Say it once, until it works again."""
        self.counts.failures += 1
        problem = f"answered HTTP {status}" if status else post.problem or "has not taken all of it"
        if self.counts.last_problem is None and time.monotonic() >= self._silent_until:
            self._silent_until = time.monotonic() + SILENCE_S
            _log.warning("limelight: %s %s; %s. %s", self.target.url, problem, consequence, self.target.advice)
        self.counts.last_problem = problem


def _batch(waiting: collections.deque[bytes], max_bytes: int) -> list[bytes]:
    """Take as many as fit; the first always does."""
    batch: list[bytes] = []
    size = 0
    while waiting and (not batch or size + len(waiting[0]) <= max_bytes):
        size += len(waiting[0])
        batch.append(waiting.popleft())
    return batch
