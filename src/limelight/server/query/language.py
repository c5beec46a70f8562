"""The filter language: `model:gpt-4o* cost>0.01 status:error -tool:lookup "refund"`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Measure: TypeAlias = Literal["cost", "tokens", "duration", "ttft"]
Comparison: TypeAlias = Literal[">", ">=", "<", "<=", "="]

FIELDS = (
    "model", "response_model", "provider", "service", "kind", "operation", "status", "error", "tool", "agent", "user", "session", "tag", "env", "name",
)  # fmt: skip
ALIASES = {
    "environment": "env",
    "error_type": "error",
    "tags": "tag",
    "user_id": "user",
    "session_id": "session",
    "op": "operation",
}
MEASURES: dict[str, Measure] = {
    "cost": "cost",
    "tokens": "tokens",
    "duration": "duration",
    "latency": "duration",
    "ttft": "ttft",
}
UNITS = {"": 1.0, "ms": 1.0, "s": 1000.0, "m": 60_000.0, "h": 3_600_000.0}
"""Durations in milliseconds; a number alone is milliseconds too."""

MAX_CHARS = 2_000
MAX_CONDITIONS = 50
MAX_VALUES = 50
MAX_STARS = 8
"""Of all of these, more than any person writes and less than troubles the database."""

_TOKEN = re.compile(
    r"""\s*(?P<no>-)?(?:
        (?P<name>[A-Za-z_][\w.-]*)(?P<op>:|>=|<=|>|<|=)(?P<value>(?:"[^"]*"|[^\s"|]+)(?:\|(?:"[^"]*"|[^\s"|]+))*)?
      | "(?P<phrase>[^"]*)"
      | (?P<word>[^\s"]+)
    )""",
    re.VERBOSE,
)


class QueryError(ValueError):
    """A filter that cannot be read; `position` counts characters from its start."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


@dataclass(frozen=True, slots=True)
class Has:
    """The trace has one of these values, `*` standing for anything."""

    field: str
    values: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Compare:
    measure: Measure
    comparison: Comparison
    amount: float
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Says:
    """Some message holds these words, one after the other."""

    words: str
    negated: bool = False


Condition: TypeAlias = Has | Compare | Says


def parse(query: str) -> tuple[Condition, ...]:
    """Every condition must hold.  Raises `QueryError`."""
    if len(query) > MAX_CHARS:
        raise QueryError(f"a filter has at most {MAX_CHARS:,} characters", MAX_CHARS)
    query = query.replace("\0", " ")  # which ends a string in the database's eyes
    found: list[Condition] = []
    at = 0
    while query[at:].strip():
        if len(found) == MAX_CONDITIONS:
            raise QueryError(f"a filter has at most {MAX_CONDITIONS} conditions", at)
        match = _TOKEN.match(query, at)
        if match is None:
            raise QueryError('a quote is not closed: write "two words"', len(query) - len(query[at:].lstrip()))
        found.append(_condition(match))
        at = match.end()
    return tuple(found)


def _condition(match: re.Match[str]) -> Condition:
    negated = match["no"] is not None
    if match["name"] is None:
        return Says(match["phrase"] if match["phrase"] is not None else match["word"], negated)
    name = match["name"]
    if match["value"] is None:
        raise QueryError(f"`{name}{match['op']}` needs a value", match.end())
    if name in MEASURES:
        return _compare(MEASURES[name], match, negated)
    return _has(name, match, negated)


def _has(name: str, match: re.Match[str], negated: bool) -> Has:
    start, value = match.start("name"), match["value"]
    field = ALIASES.get(name, name)
    if field not in FIELDS and not field.startswith("attr."):
        known = ", ".join((*FIELDS, *MEASURES, "attr.…"))
        raise QueryError(f"`{name}` is no field; known are {known}. To search for the words, put them in quotes", start)
    if match["op"] not in {":", "="}:
        raise QueryError(f"`{name}` is no number: write `{name}:value`", start)
    values = tuple(_STARS.sub("*", part.strip('"')) for part in re.findall(r'"[^"]*"|[^|"]+', value))
    if len(values) > MAX_VALUES:
        raise QueryError(f"`{name}` has at most {MAX_VALUES} alternatives", start)
    if any(one.count("*") > MAX_STARS for one in values):
        raise QueryError(f"a pattern has at most {MAX_STARS} `*`", match.start("value"))
    return Has(field, values, negated)


_STARS = re.compile(r"\*+")


def _compare(measure: Measure, match: re.Match[str], negated: bool) -> Compare:
    raw = match["value"].strip('"')
    number = re.fullmatch(r"\$?([0-9_]*\.?[0-9]+)([a-z]*)", raw)
    units = UNITS if measure in {"duration", "ttft"} else {"": 1.0, "k": 1e3}
    if number is None or number[2] not in units:
        example = "duration>2s" if measure in {"duration", "ttft"} else f"{measure}>0.01"
        raise QueryError(f"`{raw}` is no amount: write it like `{example}`", match.start("value"))
    comparison: Comparison = "=" if match["op"] in {":", "="} else match["op"]  # type: ignore[assignment]
    return Compare(measure, comparison, float(number[1].replace("_", "")) * units[number[2]], negated)
