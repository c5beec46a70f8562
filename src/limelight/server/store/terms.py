"""What traces are found by: fields and values by number, in the order of time."""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Iterable
from typing import TypeAlias

from limelight.server.store import bulk

Term: TypeAlias = tuple[str, str]
KNOWN = 20_000


class Terms:
    """On the writer's thread; what is added is written at the end of the transaction."""

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql = sql
        self._fields: dict[str, int] = {}
        self._values: OrderedDict[Term, int] = OrderedDict()
        self._waiting: list[tuple[Term, int, int]] = []
        self._next: int | None = None

    def clear(self) -> None:
        self._fields.clear()
        self._values.clear()
        self._waiting.clear()
        self._next = None

    def add(self, trace: int, sort_ns: int, terms: Iterable[Term]) -> None:
        self._waiting += [(term, sort_ns, trace) for term in terms]

    def write(self) -> None:
        self._learn({term for term, _, _ in self._waiting})
        rows = sorted((self._values[term], sort_ns, trace) for term, sort_ns, trace in self._waiting)
        bulk.insert(self._sql, "INSERT OR IGNORE INTO term", rows)
        self._waiting.clear()
        while len(self._values) > KNOWN:
            self._values.popitem(last=False)

    def remove(self, trace: int, sort_ns: int, terms: Iterable[Term]) -> None:
        """The trace is not found by these any more; a value that nobody has is forgotten."""
        self.write()
        gone = set(terms)
        self._learn(gone)
        for term in gone:
            value = self._values[term]
            self._sql.execute("DELETE FROM term WHERE value = ? AND sort_ns = ? AND trace = ?", (value, sort_ns, trace))
            if self._sql.execute("SELECT 1 FROM term WHERE value = ? LIMIT 1", (value,)).fetchone() is None:
                del self._values[term]
                self._sql.execute("DELETE FROM value WHERE field = ? AND value = ?", (self._field(term[0]), term[1]))

    def _learn(self, terms: set[Term]) -> None:
        """Have the numbers of all of these, new ones where there are none."""
        known = terms & self._values.keys()
        for term in known:
            self._values.move_to_end(term)
        names = {self._field(field): field for field in {field for field, _ in terms}}
        unknown = sorted((self._fields[field], value) for field, value in terms - known)
        for field, value, number in bulk.found(self._sql, _FIND, unknown):
            self._values[names[field], value] = number
        new = [(*key, self._free()) for key in unknown if (names[key[0]], key[1]) not in self._values]
        bulk.insert(self._sql, "INSERT INTO value", new)
        self._values.update(((names[field], value), number) for field, value, number in new)

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


_FIND = (
    "SELECT value.field, value.value, value.id FROM asked CROSS JOIN value "
    "ON value.field = asked.column1 AND value.value = asked.column2"
)
