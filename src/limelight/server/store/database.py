"""Opening the database file."""

from __future__ import annotations

import sqlite3
from importlib import resources
from pathlib import Path

from limelight.server.store.packing import typical

SCHEMA_VERSION = 2


class DatabaseError(Exception):
    """The database cannot be used; the text says why and what to do."""


def connect(path: Path) -> sqlite3.Connection:
    """The writer's connection, with today's schema.  Raises `DatabaseError`."""
    try:
        connection = _opened(path, cache_kb=32_000)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 16000")
        migrate(connection)
    except sqlite3.Error as error:
        raise DatabaseError(f"{path} cannot be opened ({error}): name another folder with `--data`") from None
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    connection = _opened(path, cache_kb=8_000)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _opened(path: Path, *, cache_kb: int) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA busy_timeout = 10000")
    connection.execute(f"PRAGMA cache_size = -{cache_kb}")
    return connection


def migrate(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise DatabaseError(
            f"the database was written by a newer Limelight (its schema is {version}, this one knows {SCHEMA_VERSION}): "
            "upgrade with `pip install --upgrade limelight`, or name another folder with `--data`"
        )
    if 0 < version < SCHEMA_VERSION:
        raise DatabaseError(
            "the database was written by an earlier Limelight, before its first release, and cannot be read any more: "
            "remove it, or name another folder with `--data`"
        )
    if version == 0:
        schema = resources.files("limelight.server.store").joinpath("schema.sql").read_text()
        primed = f"INSERT INTO dictionary VALUES (x'{typical().hex()}');"
        connection.executescript(f"BEGIN; {schema} {primed} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")


def is_passing(error: BaseException) -> bool:
    """May the same thing succeed later: was it the disk or a lock, and not what was to be written?"""
    return isinstance(error, (sqlite3.OperationalError, OSError, MemoryError)) or type(error) is sqlite3.DatabaseError
