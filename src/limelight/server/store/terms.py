"""What traces are found by: fields and values by number, in the order of time."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Iterable
from typing import TypeAlias

Term: TypeAlias = tuple[str, str]
KNOWN = 20_000


class Terms:
    """On the writer's thread."""

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql = sql
        self._fields: dict[str, int] = {}
        self._values: OrderedDict[Term, int] = OrderedDict()
        self._next: int | None = None

    def clear(self) -> None:
        self._fields.clear()
        self._values.clear()
        self._next = None

    def add(self, trace: int, sort_ns: int, terms: Iterable[Term]) -> None:
        rows = sorted((self._value(term), sort_ns, trace) for term in terms)
        self._sql.executemany("INSERT OR IGNORE INTO term VALUES (?,?,?)", rows)

    def remove(self, trace: int, sort_ns: int, terms: Iterable[Term]) -> None:
        """The trace is not found by these any more; a value that nobody has is forgotten."""
        for term in terms:
            value = self._value(term)
            self._sql.execute("DELETE FROM term WHERE value = ? AND sort_ns = ? AND trace = ?", (value, sort_ns, trace))
            if self._sql.execute("SELECT 1 FROM term WHERE value = ? LIMIT 1", (value,)).fetchone() is None:
                self._values.pop(term, None)
                self._sql.execute("DELETE FROM value WHERE field = ? AND value = ?", (self._field(term[0]), term[1]))

    def _value(self, term: Term) -> int:
        known = self._values.get(term)
        if known is None:
            known = self._values[term] = self._found(term)
            if len(self._values) > KNOWN:
                self._values.popitem(last=False)
        return known

    def _found(self, term: Term) -> int:
        key = self._field(term[0]), term[1]
        row = self._sql.execute("SELECT id FROM value WHERE field = ? AND value = ?", key).fetchone()
        if row is not None:
            return int(row[0])
        number = self._free()
        self._sql.execute("INSERT INTO value VALUES (?,?,?)", (*key, number))
        return number

    def _free(self) -> int:
        if self._next is None:
            self._next = self._sql.execute("SELECT coalesce(max(value), 0) FROM term").fetchone()[0]
        self._next += 1
        return self._next

    def _field(self, name: str) -> int:
        if name not in self._fields:
            row = self._sql.execute("SELECT id FROM field WHERE name = ?", (name,)).fetchone()
            insert = "INSERT INTO field (name) VALUES (?)"
            self._fields[name] = int(row[0] if row else self._sql.execute(insert, (name,)).lastrowid or 0)
        return self._fields[name]
