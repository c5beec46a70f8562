"""One server to a folder: a second one would not know what the first has changed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from limelight.server.store.database import DatabaseError

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FolderLock:
    """Held until it is released or the process ends, however it ends.  Raises `DatabaseError` where another holds it."""

    def __init__(self, folder: Path) -> None:
        path = folder / "limelight.lock"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise DatabaseError(
                f"{folder} cannot be used ({error.strerror}): name another folder with `--data`"
            ) from None
        try:
            _take(self._descriptor)
        except OSError:
            os.close(self._descriptor)
            raise DatabaseError(
                f"{folder} is in use by another Limelight server: stop that one, or name another folder with `--data`"
            ) from None

    def release(self) -> None:
        os.close(self._descriptor)
