"""Opening the database file."""

from __future__ import annotations

import sqlite3
from importlib import resources
from pathlib import Path

SCHEMA_VERSION = 1


class DatabaseError(Exception):
    """The database cannot be used; the text says why and what to do."""


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA busy_timeout = 10000")
    connection.execute("PRAGMA mmap_size = 268435456")
    if read_only:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA cache_size = -8000")
        return connection
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA cache_size = -32000")
    connection.execute("PRAGMA wal_autocheckpoint = 4000")
    migrate(connection)
    return connection


def migrate(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise DatabaseError(
            f"the database was written by a newer Limelight (its schema is {version}, this one knows {SCHEMA_VERSION}): "
            "upgrade with `pip install --upgrade limelight`, or name another folder with `--data`"
        )
    if version == 0:
        schema = resources.files("limelight.server.store").joinpath("schema.sql").read_text()
        connection.executescript(f"BEGIN; {schema} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")


def is_passing(error: BaseException) -> bool:
    """May the same thing succeed later: was it the disk or a lock, and not what was to be written?"""
    return isinstance(error, (sqlite3.OperationalError, OSError, MemoryError)) or type(error) is sqlite3.DatabaseError
