"""Filters as SQL on `trace`, driven by whatever fits the fewest traces."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from limelight.server.ingest.digest import FIELD_OF
from limelight.server.query.language import Compare, Condition, Has, Says

COLUMNS = {"cost": "cost", "tokens": "tokens", "duration": "duration_ms", "ttft": "ttft_ms"}
FEW = 2_000
"""Traces that are looked at one by one without a second thought."""
MOST_VALUES = 1_000
"""That a pattern may stand for and still be looked up one by one."""
FOREVER = 2**62


@dataclass(frozen=True, slots=True)
class Window:
    """Traces that began in it, `from` included."""

    from_ns: int = 0
    to_ns: int = FOREVER


@dataclass(frozen=True, slots=True)
class Where:
    sql: str
    values: tuple[Any, ...] = ()
    is_few: bool = False
    """A list of traces drives it: all that fit are soon found."""
    is_cut: bool = False
    """Of older traces it is not known whether they fit."""


@dataclass(frozen=True, slots=True)
class Said:
    """The traces in which words were found, and whether there may be more."""

    traces: Sequence[int]
    is_cut: bool = False


Saying: TypeAlias = Callable[[Says], Said]


def where(sql: sqlite3.Connection, conditions: Sequence[Condition], window: Window, saying: Saying) -> Where:
    pieces, values = ["sort_ns >= ? AND sort_ns < ?"], [window.from_ns, window.to_ns]
    named = {
        at: _valued(sql, one) for at, one in enumerate(conditions) if isinstance(one, Has) and one.field != "status"
    }
    rarest = _rarest(sql, {at: terms for at, terms in named.items() if not conditions[at].negated}, window)
    is_cut = False
    for at, condition in sorted(enumerate(conditions), key=lambda one: one[0] in named):  # look-ups last
        found = _has(named[at], window, listed=at == rarest) if at in named else _condition(condition, saying)
        pieces.append(f"({found.sql}) IS NOT TRUE" if condition.negated else found.sql)
        values += found.values
        is_cut |= found.is_cut
    said = any(isinstance(one, Says) and not one.negated for one in conditions)
    return Where(" AND ".join(pieces), tuple(values), is_few=said or rarest is not None, is_cut=is_cut)


def _condition(condition: Condition, saying: Saying) -> Where:
    match condition:
        case Has(_, wanted):
            return _any("status", wanted)
        case Compare(measure, comparison, amount):
            return Where(f"{COLUMNS[measure]} {comparison} ?", (amount,))
        case Says():
            said = saying(condition)
            return Where(f"id IN ({','.join(map(str, said.traces))})", is_cut=said.is_cut)


def _valued(sql: sqlite3.Connection, condition: Has) -> Where:
    """Which rows of `term`: by the numbers of the values, where these are not too many."""
    fields, wanted = _named(condition)
    ids = [number for (number,) in sql.execute(f"SELECT id FROM field WHERE name IN ({_marks(fields)})", tuple(fields))]
    test = _any("value", wanted)
    find = Where(f"SELECT id FROM value WHERE field IN ({_marks(ids)}) AND {test.sql}", (*ids, *test.values))
    found = [number for (number,) in sql.execute(f"{find.sql} LIMIT ?", (*find.values, MOST_VALUES + 1))]
    if len(found) > MOST_VALUES:
        return Where(f"term.value IN ({find.sql})", find.values)
    return Where(f"term.value IN ({','.join(map(str, found))})")


def _rarest(sql: sqlite3.Connection, named: dict[int, Where], window: Window) -> int | None:
    """The condition with the fewest traces, when they are few: going through those beats looking at all, newest first."""
    counted = []
    for at, terms in named.items():
        probe = f"SELECT count(*) FROM (SELECT 1 FROM term WHERE {terms.sql} AND sort_ns >= ? AND sort_ns < ? LIMIT ?)"
        counted.append((sql.execute(probe, (*terms.values, window.from_ns, window.to_ns, FEW)).fetchone()[0], at))
    fewest, at = min(counted, default=(FEW, -1))
    return at if fewest < FEW else None


def _has(terms: Where, window: Window, *, listed: bool) -> Where:
    """A list of the traces, where they are few; otherwise one look-up a trace."""
    if listed:
        return Where(
            f"id IN (SELECT trace FROM term WHERE {terms.sql} AND sort_ns >= ? AND sort_ns < ?)",
            (*terms.values, window.from_ns, window.to_ns),
        )
    return Where(
        f"EXISTS (SELECT 1 FROM term WHERE {terms.sql} AND term.sort_ns = trace.sort_ns AND term.trace = trace.id)",
        terms.values,
    )


def _named(condition: Has) -> tuple[Sequence[str], Sequence[str]]:
    """The fields it is about, and the values: an error's class goes without its module, a model by either name."""
    wanted = condition.values
    match condition.field:
        case "error":
            return ("error",), (*wanted, *(f"*.{one}" for one in wanted if "." not in one and not one.startswith("*")))
        case "model":
            return ("model", "response_model"), wanted
        case field:
            same = FIELD_OF.get(field.removeprefix("attr."))
            return ((field, same) if same else (field,)), wanted


def _any(column: str, wanted: Iterable[str]) -> Where:
    """The column has one of these values, `*` standing for anything."""
    tests, values = [], []
    for value in wanted:
        tests.append(f"{column} {'GLOB' if '*' in value else '='} ?")
        values.append(value.replace("[", "[[]").replace("?", "[?]") if "*" in value else value)
    return Where(f"({' OR '.join(tests)})", tuple(values))


def _marks(values: Iterable[Any]) -> str:
    return ",".join("?" for _ in values)
