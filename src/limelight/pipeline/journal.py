"""The calls under way for long, on disk: what a killed process was doing.

The exporter's thread writes them down again and again, each as the span that it would be if the process died now.
The file is locked as long as its process lives.  Whoever comes next and gets the lock makes a waiting request of it.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from limelight.core.dialects import keys
from limelight.engine.forks import after_fork
from limelight.engine.guard import guarded
from limelight.pipeline import otlp
from limelight.pipeline.parcel import shortened

with contextlib.suppress(ImportError):  # not on Windows
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from limelight.engine.call import Call
    from limelight.pipeline.export import Exporter
    from limelight.pipeline.otlp import Finished

CAN_LOCK = "fcntl" in globals()
AFTER_S = 2.0
"""A call that has taken so long is written down."""
EVERY_S = 2.0
FORGET_S = 3_600.0
"""A call that nobody ends in so long was lost by its program."""
MAX_CALLS = 200
MAX_CALL_BYTES = 65_536
MAX_TEXT_CHARS = 4_096
"""What a text of a larger call keeps."""
GROWTH = 1.5
"""A stream is read again when it is so many times as long: all readings together cost thrice the last one."""

RUNNING = ".running"
_DRAFT = ".draft"
_counter = itertools.count()


class Sight(Protocol):
    """Where calls come from."""

    begun: Callable[[Call], object] | None
    ended: Callable[[Any], object] | None

    def unfinished(self, call: Call) -> Finished | None: ...


@dataclass(slots=True)
class Entry:
    done: Finished
    read_at: int
    """Chunks that there were."""

    def written(self, call: Call, chunks: int) -> bytes:
        streamed = {keys.CHUNKS: chunks} if call.chunks is not None else {}
        after = f" after {chunks:,} chunks" if streamed else ""
        now = replace(
            self.done,
            end_ns=call.clock(),
            attributes={**self.done.attributes, **streamed},
            error=f"the process was killed{after}",
        )
        span = otlp.span(now)
        return span if len(span) <= MAX_CALL_BYTES else shortened(span, MAX_TEXT_CHARS)


class Journal:
    """Stands beside an exporter; on the caller's thread it costs one entry in a set."""

    def __init__(
        self, sight: Sight, exporter: Exporter, folder: Path, told: Callable[[Finished], Finished] = lambda done: done
    ) -> None:
        """What is written down is first made `told`: put into the exporter's dialect."""
        self._sight, self._exporter, self._folder, self._told = sight, exporter, folder, told
        self._running: set[Call] = set()
        self._fd: int | None = None
        self._reset()
        after_fork(self._reset)

    def _reset(self) -> None:
        """The parent's calls are the parent's to tell of, and so is its file."""
        self._let_go()
        self._running.clear()
        self._entries: dict[Call, Entry] = {}
        self._path: Path | None = None
        self._lock = threading.Lock()
        self._next_s = 0.0
        self._sight.begun, self._sight.ended = self._first, self._running.discard

    def _first(self, call: Call) -> None:
        self._running.add(call)
        self._sight.begun = self._running.add
        with guarded("watching calls"):
            self._exporter.start()

    @property
    def depth(self) -> int:
        """Calls under way."""
        return sum(call.ended_ns is None for call in list(self._running))

    def beat(self) -> None:
        if time.monotonic() < self._next_s:
            return
        self._next_s = time.monotonic() + EVERY_S
        with self._lock:
            self._look()
            self._write()

    def settle(self) -> None:
        """Nobody may find what has ended here once it may have been delivered."""
        with self._lock:
            if self._drop_ended():
                self._write()

    def end_running(self) -> None:
        """The process leaves, and its calls with it."""
        for call in list(self._running):
            call.finish(abandoned=True)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self._running.clear()
            self._sight.begun = self._sight.ended = None
            self._remove()

    def _look(self) -> None:
        now = time.perf_counter_ns()
        self._drop_ended()
        for call in list(self._running):
            age_s = (now - call.began) / 1e9
            if call.ended_ns is not None or age_s > FORGET_S:
                self._running.discard(call)
            elif age_s >= AFTER_S and not (call.is_lazy and not call.chunks):
                self._read(call)

    def _read(self, call: Call) -> None:
        entry, chunks = self._entries.get(call), _chunks(call)
        if entry is None and len(self._entries) >= MAX_CALLS:
            return
        if entry is None or chunks > max(entry.read_at * GROWTH, 16):
            done = self._sight.unfinished(call)
            if done is not None:
                self._entries[call] = Entry(self._told(done), chunks)

    def _drop_ended(self) -> bool:
        ended = [call for call in self._entries if call.ended_ns is not None]
        for call in ended:
            del self._entries[call]
        return bool(ended)

    def _write(self) -> None:
        spans = [entry.written(call, _chunks(call)) for call, entry in self._entries.items()]
        if not spans:
            self._remove()
        elif CAN_LOCK:
            try:
                self._put(self._exporter.parcel(spans).body())
            except OSError:
                self._remove()  # rather nothing than what is no longer so
                raise

    def _put(self, body: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._path is None:
            self._path = self._folder / f"{time.time_ns():020d}-{os.getpid()}-r{next(_counter)}{RUNNING}"
        draft = self._path.with_suffix(_DRAFT)
        opened = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with os.fdopen(opened, "wb", closefd=False) as file:
                file.write(body)
            draft.replace(self._path)
        except OSError:
            os.close(opened)
            draft.unlink(missing_ok=True)
            raise
        self._let_go()
        self._fd = opened

    def _remove(self) -> None:
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        self._let_go()

    def _let_go(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def _chunks(call: Call) -> int:
    return call.seen if call.seen is not None else len(call.chunks or ())


def adopt(folder: Path, suffix: str) -> None:
    """Make waiting requests of what killed processes were doing."""
    for record in sorted(folder.glob(f"*{RUNNING}")) if CAN_LOCK else ():
        with contextlib.suppress(OSError):
            opened = os.open(record, os.O_RDWR)
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(opened).st_ino == record.stat().st_ino:  # and no newer one has taken its place
                    record.rename(record.with_suffix(suffix))
            finally:
                os.close(opened)
