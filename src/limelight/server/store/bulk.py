"""Many rows in one statement: SQLite works on them without Python's lock, which it would have to ask back for after each."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

SIZES = (128, 16, 4, 1)
"""Few different statements, so that each is compiled once."""


def insert(sql: sqlite3.Connection, into: str, rows: Sequence[Sequence[Any]], then: str = "") -> None:
    """`into` is a statement up to its VALUES, `then` what follows these."""
    at = 0
    for size in SIZES:
        while len(rows) - at >= size:
            some = rows[at : at + size]
            statement = _statement(into, size, len(some[0]), then)
            sql.execute(statement, [value for row in some for value in row])
            at += size


def found(sql: sqlite3.Connection, select: str, keys: Sequence[Sequence[Any]]) -> Iterator[Any]:
    """Rows of `select`, which takes its keys from a table `asked` (with columns `column1` …): first, or the other is scanned."""
    for at in range(0, len(keys), SIZES[0]):
        some = keys[at : at + SIZES[0]]
        size = next(size for size in reversed(SIZES) if size >= len(some))
        asked = [*some, *[(None,) * len(some[0])] * (size - len(some))]  # nothing equals NULL
        statement = _statement("WITH asked AS (", size, len(some[0]), f") {select}")
        yield from sql.execute(statement, [value for key in asked for value in key])


@cache
def _statement(head: str, rows: int, columns: int, tail: str) -> str:
    one = f"({','.join('?' * columns)})"
    return f"{head} VALUES {','.join([one] * rows)} {tail}"
