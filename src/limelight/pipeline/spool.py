"""A folder for what could not be sent: kept until a backend takes it, replayed in order by whoever comes next.

A file is one request body.  It is written under a name nobody reads and then renamed, so
a half-written one is never sent; it is claimed by renaming it again, so two processes never
send it twice.  Masking has happened long before: nothing lies here that would not have left anyway.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from limelight.pipeline.journal import adopt

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 256_000_000
CLAIM_S = 60.0
"""A claim older than this was left by a process that died over it."""

_READY, _CLAIMED, _DRAFT = ".otlp", ".claimed", ".draft"
_counter = itertools.count()


class Spool:
    """The waiting requests for one backend."""

    def __init__(self, folder: Path, url: str, *, max_bytes: int = MAX_BYTES) -> None:
        self.folder = folder / hashlib.sha256(url.encode()).hexdigest()[:16]
        self._max_bytes = max_bytes
        self.pushed_out = 0
        """Requests that made room for younger ones."""

    def put(self, body: bytes) -> None:
        """Keep `body`, at the price of the oldest when the folder is full.  Raises `OSError` when the disk will not have it."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._make_room(len(body))
        stem = f"{time.time_ns():020d}-{os.getpid()}-{next(_counter)}"
        draft = self.folder / (stem + _DRAFT)
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(body)
            draft.rename(draft.with_suffix(_READY))
        except OSError:  # a full disk keeps no half of it
            draft.unlink(missing_ok=True)
            raise

    def claim(self) -> Iterator[Claim]:
        """What waits, oldest first, each for us alone."""
        self._release_forgotten()
        adopt(self.folder, _READY)
        for ready in self._files(_READY):
            claimed = ready.with_suffix(_CLAIMED)
            try:
                ready.rename(claimed)
                os.utime(claimed)
                yield Claim(claimed, claimed.read_bytes())
            except FileNotFoundError:
                continue  # somebody else was faster

    def __len__(self) -> int:
        return len(self._files(_READY))

    def _files(self, suffix: str) -> list[Path]:
        try:
            return sorted(self.folder.glob(f"*{suffix}")) if self.folder.is_dir() else []
        except OSError:  # a folder that we may not look into, or that cannot be
            return []

    def _make_room(self, size: int) -> None:
        waiting = []
        for file in self._files(_READY):
            with contextlib.suppress(FileNotFoundError):  # somebody has claimed it
                waiting.append((file, file.stat().st_size))
        total = sum(length for _, length in waiting) + size
        for file, length in waiting:
            if total <= self._max_bytes:
                return
            file.unlink(missing_ok=True)
            self.pushed_out += 1
            total -= length

    def _release_forgotten(self) -> None:
        for claimed in self._forgotten(_CLAIMED):
            with contextlib.suppress(FileNotFoundError):
                claimed.rename(claimed.with_suffix(_READY))
        for draft in self._forgotten(_DRAFT):
            draft.unlink(missing_ok=True)

    def _forgotten(self, suffix: str) -> Iterator[Path]:
        long_ago = time.time() - CLAIM_S
        for file in self._files(suffix):
            with contextlib.suppress(FileNotFoundError):
                if file.stat().st_mtime < long_ago:
                    yield file


class Claim:
    """One waiting request, ours until it is sent or given back."""

    def __init__(self, path: Path, body: bytes) -> None:
        self.body = body
        self._path = path

    def sent(self) -> None:
        self._path.unlink(missing_ok=True)

    def give_back(self) -> None:
        """Let it wait on; one that the folder has no longer is nobody's."""
        with contextlib.suppress(FileNotFoundError):
            self._path.rename(self._path.with_suffix(_READY))
