"""The embedded store: one file, one writer thread, readers of their own."""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from limelight.server.api.answers import TraceRow
from limelight.server.ingest.digest import Digest
from limelight.server.store.database import connect, connect_reader
from limelight.server.store.packing import Packing, ZstdError
from limelight.server.store.writer import Writer

INDEX_BATCH, CLOSING_BATCH = 20, 200
MAX_JOBS = 64
IDLE_S = 0.05
CLOSE_S = 5.0
MAX_LAG_S = 2.0
"""Longer than this no word waits to be found, however busy the receiver is."""

UNSTORABLE = (
    sqlite3.Error, msgspec.MsgspecError, ZstdError, ArithmeticError, LookupError, MemoryError, OSError,
    RuntimeError, TypeError, ValueError,
)  # fmt: skip
"""What storing can end with: told to whoever asked for it, while the writer goes on."""

Changed = Callable[[TraceRow], None]
_Job: TypeAlias = "tuple[Callable[[Writer], Any], Future[Any]]"

logger = logging.getLogger("limelight.server")


class Store:
    """Spans in SQLite.  What `write` has answered survives the power going out."""

    def __init__(self, path: Path, changed: Changed | None = None) -> None:
        self.path = path
        self._changed = changed or (lambda row: None)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._local = threading.local()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._writer = Writer(connect(path))
        self.lag_since: float | None = time.monotonic()  # whoever had the file before may have left words unindexed
        self._thread = threading.Thread(target=self._work, name="limelight-writer", daemon=True)
        self._thread.start()

    def write(self, digests: Sequence[Digest]) -> Future[Any]:
        """Store spans; done when they are on disk."""
        return self._do(lambda writer: writer.add(digests))

    def delete(self, trace_id: str) -> Future[Any]:
        return self._do(lambda writer: writer.delete(trace_id))

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """This thread's own connection; all it reads within is one moment's state of what is committed."""
        if not hasattr(self._local, "connection"):
            self._local.connection = connect_reader(self.path)
            self._local.packing = Packing.of(self._local.connection)
        connection: sqlite3.Connection = self._local.connection
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("ROLLBACK")

    @property
    def packing(self) -> Packing:
        """For what was read within `reading`, by the same thread."""
        packing: Packing = self._local.packing
        return packing

    def close(self) -> None:
        self._jobs.put(None)
        self._thread.join(10)

    def _do(self, job: Callable[[Writer], Any]) -> Future[Any]:
        done: Future[Any] = Future()
        self._jobs.put((job, done))
        return done

    def _work(self) -> None:
        going, waits_s = True, 0.0
        while going:
            jobs, going = self._next(waits_s)
            waits_s = 0.0
            if jobs:
                self._commit(jobs)
            if not jobs or (self.lag_since and time.monotonic() - self.lag_since > MAX_LAG_S):
                waits_s = 0.0 if self._tidy(INDEX_BATCH) else IDLE_S
        self.lag_since = time.monotonic()
        until = self.lag_since + CLOSE_S
        while self.lag_since and time.monotonic() < until:
            if not self._tidy(CLOSING_BATCH):
                time.sleep(IDLE_S / 10)
        self._writer.close()

    def _next(self, waits_s: float) -> tuple[list[_Job], bool]:
        """All jobs that wait, none after a moment of silence while there is something to tidy; and whether more may come."""
        jobs: list[_Job] = []
        try:
            job = self._jobs.get(timeout=waits_s) if self.lag_since else self._jobs.get()
            while job is not None:
                jobs.append(job)
                if len(jobs) == MAX_JOBS:
                    return jobs, True
                job = self._jobs.get_nowait()
        except queue.Empty:
            return jobs, True
        return jobs, False

    def _tidy(self, limit: int) -> bool:
        """What may wait until nobody does: make rows anew, index words, then wipe out what deleted traces left behind.

        Is there more that can be done at once?
        """
        try:
            rests = self._writer.renew_stale()
            self._tell()
            if self._writer.index_words(limit) or self._writer.wipe():
                return True
            if not rests:
                self.lag_since = None
        except UNSTORABLE:
            logger.debug("tidying up failed and is tried again", exc_info=True)
        return False

    def _commit(self, jobs: Sequence[_Job]) -> None:
        """One transaction for everybody who waits; if it fails, each on its own, so that one bad span costs only itself."""
        try:
            with self._writer.transaction():
                answers = [job(self._writer) for job, _ in jobs]
        except UNSTORABLE as error:
            if len(jobs) == 1:
                _settle(jobs[0][1], error=error)
            else:
                for job in jobs:
                    self._commit([job])
            return
        self.lag_since = self.lag_since or time.monotonic()
        for (_, done), answer in zip(jobs, answers, strict=True):
            _settle(done, answer=answer)
        self._tell()

    def _tell(self) -> None:
        for row in self._writer.take_changed():
            self._changed(row)


def _settle(done: Future[Any], *, answer: Any = None, error: BaseException | None = None) -> None:
    """Tell whoever waits; they may have gone meanwhile."""
    if not done.set_running_or_notify_cancel():
        return
    if error is None:
        done.set_result(answer)
    else:
        done.set_exception(error)
