"""The embedded store: one file, one writer thread, readers of their own."""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

from limelight.server.ingest.digest import Digest
from limelight.server.store.aggregate import FACETS, Summary, facets, trace_row
from limelight.server.store.database import connect, connect_reader
from limelight.server.store.packing import Packing, ZstdError
from limelight.server.store.words import words

MINUTE_NS = 60_000_000_000
KNOWN_BLOBS = 50_000
INDEX_BATCH = 400
MAX_JOBS = 64
WIPED_PAGES = 500
IDLE_S = 0.05
CLOSE_S = 5.0
MAX_LAG_S = 2.0
"""Longer than this no word waits to be found, however busy the receiver is."""

UNSTORABLE = (
    sqlite3.Error, msgspec.MsgspecError, ZstdError, ArithmeticError, LookupError, MemoryError, OSError,
    RuntimeError, TypeError, ValueError,
)  # fmt: skip
"""What storing can end with: told to whoever asked for it, while the writer goes on."""

Changed = Callable[[dict[str, Any]], None]
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

    def unpacked(self, data: bytes) -> bytes:
        """What was read within `reading`, by the same thread."""
        packing: Packing = self._local.packing
        return packing.unpacked(data)

    def close(self) -> None:
        self._jobs.put(None)
        self._thread.join(10)

    def _do(self, job: Callable[[Writer], Any]) -> Future[Any]:
        done: Future[Any] = Future()
        self._jobs.put((job, done))
        return done

    def _work(self) -> None:
        going = True
        while going:
            jobs, going = self._next()
            if jobs:
                self._commit(jobs)
            if not jobs or (self.lag_since and time.monotonic() - self.lag_since > MAX_LAG_S):
                self._tidy(INDEX_BATCH)
        self.lag_since = time.monotonic()
        until = self.lag_since + CLOSE_S
        while self.lag_since and time.monotonic() < until:
            self._tidy(None)
        self._writer.close()

    def _next(self) -> tuple[list[_Job], bool]:
        """All jobs that wait, none after a moment of silence; and whether more may come."""
        jobs: list[_Job] = []
        try:
            job = self._jobs.get(timeout=IDLE_S if self.lag_since else None)
            while job is not None:
                jobs.append(job)
                if len(jobs) == MAX_JOBS:
                    return jobs, True
                job = self._jobs.get_nowait()
        except queue.Empty:
            return jobs, True
        return jobs, False

    def _tidy(self, limit: int | None) -> None:
        """What may wait until nobody does: index words, then wipe out what deleted traces left behind."""
        try:
            if not self._writer.index_words(limit) and not self._writer.wipe():
                self.lag_since = None
        except UNSTORABLE:
            logger.debug("tidying up failed and is tried again", exc_info=True)
            time.sleep(IDLE_S)

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


_encode = msgspec.json.encode
_decode_summary = msgspec.json.Decoder(Summary).decode


class Writer:
    """Writes on the writer's thread, inside its transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._sql = connection
        self._packing = Packing.of(connection)
        self._blobs: OrderedDict[bytes, int] = OrderedDict()
        self._fields: dict[str, int] = {}
        self._touched: dict[str, dict[str, Any]] = {}
        self._remains: Literal["none", "fresh", "some"] = "none"

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._sql.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._sql.execute("COMMIT")
        except BaseException:
            for noted in (self._blobs, self._fields, self._touched):
                noted.clear()
            if self._sql.in_transaction:  # a full disk ends it by itself
                self._sql.execute("ROLLBACK")
            raise

    def take_changed(self) -> list[dict[str, Any]]:
        rows, self._touched = list(self._touched.values()), {}
        return rows

    def add(self, digests: Sequence[Digest]) -> int:
        by_trace: dict[str, list[Digest]] = {}
        for one in digests:
            by_trace.setdefault(one.incoming.trace_id, []).append(one)
        for trace_id, ours in by_trace.items():
            self._add_trace(trace_id, ours)
        return len(digests)

    def _add_trace(self, trace_id: str, digests: Sequence[Digest]) -> None:
        before = self._sql.execute("SELECT id, sort_ns, row FROM trace WHERE trace_id = ?", (trace_id,)).fetchone()
        known = self._summaries(before[0]) if before else {}
        old_facets, old_row = facets(known.values()), msgspec.json.decode(before[2]) if before else None
        fresh = {one.incoming.span_id: _summary(one) for one in digests}
        known.update(fresh)
        row = trace_row(trace_id, list(known.values()))
        sort_ns = before[1] if before else min(one.started_ns for one in known.values())
        trace = self._put_trace(before[0] if before else None, trace_id, sort_ns, row)
        for one in digests:
            self._put_span(trace, one, fresh[one.incoming.span_id])
        self._put_terms(trace, sort_ns, {term for one in digests for term in one.terms})
        self._roll(sort_ns, old_row, old_facets, row, facets(known.values()))
        self._touched[trace_id] = row

    def _summaries(self, trace: int) -> dict[str, Summary]:
        rows = self._sql.execute("SELECT span_id, summary FROM span WHERE trace = ?", (trace,))
        unpacked = self._packing.unpacked
        return {span_id: _decode_summary(unpacked(summary)) for span_id, summary in rows}

    def _put_trace(self, trace: int | None, trace_id: str, sort_ns: int, row: dict[str, Any]) -> int:
        tokens = (row["usage"]["input"] or 0) + (row["usage"]["output"] or 0)
        known = row["usage"]["provenance"] != "unknown"
        columns = (
            row["status"],
            row["duration_ms"],
            row["cost"]["total"],
            tokens if known else None,
            row["ttft_ms"],
            _encode(row),
        )
        if trace is not None:
            self._sql.execute(
                "UPDATE trace SET status=?, duration_ms=?, cost=?, tokens=?, ttft_ms=?, row=? WHERE id=?",
                (*columns, trace),
            )
            return trace
        insert = "INSERT INTO trace (trace_id, sort_ns, status, duration_ms, cost, tokens, ttft_ms, row) VALUES (?,?,?,?,?,?,?,?)"
        return int(self._sql.execute(insert, (trace_id, sort_ns, *columns)).lastrowid or 0)

    def _put_span(self, trace: int, one: Digest, summary: Summary) -> None:
        blobs = {digest: self._blob(digest, *content) for digest, content in one.blobs.items()}
        self._sql.executemany(
            "INSERT OR IGNORE INTO use (trace, blob) VALUES (?,?)", [(trace, blob) for blob in blobs.values()]
        )
        packed = self._packing.packed
        detail = {**one.detail, "blobs": {digest.hex(): blob for digest, blob in blobs.items()}}
        self._sql.execute(
            "INSERT INTO span (trace, span_id, started_ns, summary, detail) VALUES (?,?,?,?,?) "
            "ON CONFLICT (trace, span_id) DO UPDATE SET started_ns=excluded.started_ns, summary=excluded.summary, detail=excluded.detail",
            (trace, one.incoming.span_id, one.incoming.started_ns, packed(_encode(summary)), packed(_encode(detail))),
        )

    def _blob(self, digest: bytes, body: bytes, words: str) -> int:
        if (known := self._blobs.get(digest)) is not None:
            return known
        row = self._sql.execute("SELECT id FROM blob WHERE hash = ?", (digest,)).fetchone()
        if row is None:
            added = self._sql.execute(
                "INSERT INTO blob (hash, body) VALUES (?,?)", (digest, self._packing.packed(body))
            )
            row = (int(added.lastrowid or 0),)
            if words.strip():
                self._sql.execute("INSERT INTO unindexed VALUES (?)", row)
        self._blobs[digest] = row[0]
        if len(self._blobs) > KNOWN_BLOBS:
            self._blobs.popitem(last=False)
        return int(row[0])

    def _put_terms(self, trace: int, sort_ns: int, terms: Iterable[tuple[str, str]]) -> None:
        rows = [(self._field(name), value, sort_ns, trace) for name, value in terms]
        self._sql.executemany("INSERT OR IGNORE INTO term VALUES (?,?,?,?)", rows)

    def _field(self, name: str) -> int:
        if name not in self._fields:
            known = self._sql.execute("SELECT id FROM field WHERE name = ?", (name,)).fetchone()
            self._fields[name] = known[0] if known else self._inserted("INSERT INTO field (name) VALUES (?)", name)
        return self._fields[name]

    def _inserted(self, statement: str, *values: Any) -> int:
        return int(self._sql.execute(statement, values).lastrowid or 0)

    def _roll(
        self,
        sort_ns: int,
        old: dict[str, Any] | None,
        old_facets: set[tuple[str, str]],
        new: dict[str, Any] | None,
        new_facets: set[tuple[str, str]],
    ) -> None:
        """Add to the rollups what a trace is now, and take away what it was."""
        minute = sort_ns // MINUTE_NS
        before, after = _contribution(minute, old, old_facets), _contribution(minute, new, new_facets)
        for key in before.keys() | after.keys():
            (total, errors), (was, failed) = after.get(key, (0, 0)), before.get(key, (0, 0))
            if (total, errors) != (was, failed):
                self._sql.execute(
                    "INSERT INTO rollup (field, minute, value, total, errors) VALUES (?,?,?,?,?) ON CONFLICT (field, minute, value) "
                    "DO UPDATE SET total = total + excluded.total, errors = errors + excluded.errors",
                    (*key, total - was, errors - failed),
                )

    def delete(self, trace_id: str) -> bool:
        """Remove a trace, the content only it used, and its share of every count."""
        found = self._sql.execute("SELECT id, sort_ns, row FROM trace WHERE trace_id = ?", (trace_id,)).fetchone()
        if found is None:
            return False
        trace, sort_ns, row = found
        self._remains = "fresh"
        self._sql.execute("PRAGMA secure_delete = ON")
        self._roll(sort_ns, msgspec.json.decode(row), facets(self._summaries(trace).values()), None, set())
        alone = "SELECT blob FROM use AS mine WHERE trace = ? AND NOT EXISTS (SELECT 1 FROM use WHERE blob = mine.blob AND trace != mine.trace)"
        for (blob,) in self._sql.execute(alone, (trace,)).fetchall():
            self._forget(blob)
        for statement in (
            "DELETE FROM use WHERE trace=?",
            "DELETE FROM term WHERE trace=?",
            "DELETE FROM span WHERE trace=?",
            "DELETE FROM trace WHERE id=?",
        ):
            self._sql.execute(statement, (trace,))
        return True

    def _forget(self, blob: int) -> None:
        digest, body = self._sql.execute("SELECT hash, body FROM blob WHERE id = ?", (blob,)).fetchone()
        waiting = self._sql.execute("DELETE FROM unindexed WHERE blob = ?", (blob,)).rowcount
        text = words(self._packing.unpacked(body))
        if text and not waiting:
            self._sql.execute("INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)", (blob, text))
        self._sql.execute("DELETE FROM blob WHERE id = ?", (blob,))
        self._blobs.pop(digest, None)

    def index_words(self, limit: int | None) -> int:
        """Make some of the content that waits findable by its words; how many there were."""
        rows = self._sql.execute(
            "SELECT blob, body FROM unindexed JOIN blob ON id = blob LIMIT ?", (-1 if limit is None else limit,)
        ).fetchall()
        if rows:
            with self.transaction():
                texts = [(blob, words(self._packing.unpacked(body))) for blob, body in rows]
                self._sql.executemany("INSERT INTO words (rowid, text) VALUES (?,?)", texts)
                self._sql.executemany("DELETE FROM unindexed WHERE blob = ?", [(blob,) for blob, _ in rows])
        return len(rows)

    def wipe(self) -> bool:
        """Work off a piece of what deleting left in the file: words in the index's older parts, pages in the log.

        Is there more?
        """
        if self._remains == "none":
            return False
        pages = WIPED_PAGES if self._remains == "some" else -WIPED_PAGES
        before = self._sql.total_changes
        self._sql.execute("INSERT INTO words (words, rank) VALUES ('merge', ?)", (pages,))
        self._remains = "some"
        if self._sql.total_changes - before < 2:  # https://www.sqlite.org/fts5.html#the_merge_command
            is_busy = self._sql.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            self._remains = "some" if is_busy else "none"
            self._sql.execute(f"PRAGMA secure_delete = {'ON' if is_busy else 'OFF'}")
        return self._remains != "none"

    def close(self) -> None:
        self._sql.execute("PRAGMA optimize")
        self._sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._sql.close()


def _summary(one: Digest) -> Summary:
    return Summary(
        row=one.row,
        started_ns=one.incoming.started_ns,
        ended_ns=one.incoming.ended_ns,
        response_id=one.response_id,
        user_id=one.user_id,
        session_id=one.session_id,
        tags=one.tags,
        environment=one.environment,
        facets=tuple(sorted(term for term in one.terms if term[0] in FACETS)),
    )


def _contribution(
    minute: int, row: dict[str, Any] | None, values: set[tuple[str, str]]
) -> dict[tuple[str, int, str], tuple[int, int]]:
    if row is None:
        return {}
    failed = int(row["status"] == "error")
    hour = minute - minute % 60
    return {("", minute, ""): (1, failed)} | {(field, hour, value): (1, failed) for field, value in values}
