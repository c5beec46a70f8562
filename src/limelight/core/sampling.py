"""Which traces are kept: by share, by rules about how they start, and by what became of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

from limelight.core import names
from limelight.core.model import Kind, Record

TRACE_IDS = 2**64
"""As OpenTelemetry has it, the lower half of a trace's id decides."""


@dataclass(frozen=True, slots=True)
class Start:
    """What is known of a trace when it begins: its first span in this process, and who it is for."""

    name: str
    kind: Kind = "other"
    operation: str | None = None
    provider: str | None = None
    model: str | None = None
    tags: tuple[str, ...] = ()
    user_id: str | None = None
    session_id: str | None = None


Pattern: TypeAlias = str | Callable[[Start], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """A share of the traces that start in some way."""

    pattern: Pattern
    """`*`, a field and a pattern as in `model:gpt-4o*`, or a function."""
    rate: float

    def matches(self, start: Start) -> bool:
        if callable(self.pattern):
            return bool(self.pattern(start))
        if self.pattern == "*":
            return True
        field, _, wanted = self.pattern.partition(":")
        return any(value is not None and _is_like(field, value, wanted) for value in _FIELDS[field](start))


_FIELDS: Mapping[str, Callable[[Start], Sequence[str | None]]] = {
    "name": lambda start: (start.name,),
    "kind": lambda start: (start.kind,),
    "operation": lambda start: (start.operation,),
    "provider": lambda start: (start.provider,),
    "model": lambda start: (start.model,),
    "tag": lambda start: start.tags,
    "user": lambda start: (start.user_id,),
    "session": lambda start: (start.session_id,),
}


def _is_like(field: str, value: str, wanted: str) -> bool:
    if field == "provider" and names.provider(wanted) == names.provider(value):
        return True
    return fnmatchcase(value, wanted)


def rules(given: Any) -> tuple[Rule, ...]:
    """Pairs of a pattern and a share, in the order in which they are asked.  Raises `ValueError` on anything else."""
    pairs = given.items() if isinstance(given, Mapping) else _spelt(given) if isinstance(given, str) else given
    if not pairs or not hasattr(pairs, "__iter__"):
        raise ValueError(f"a number or pairs of a pattern and a number, got {given!r}")
    return tuple(map(_rule, pairs))


def _spelt(text: str) -> list[tuple[str, Any]]:
    """`model:gpt-4o-mini=0.1,*=1`; a name may hold an `=` itself."""
    pairs = [item.rpartition("=") for item in text.split(",") if item.strip()]
    return [(pattern.strip(), _number(share)) for pattern, _, share in pairs]


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _rule(pair: Any) -> Rule:
    if isinstance(pair, Rule):
        return pair
    if not isinstance(pair, (list, tuple)) or len(pair) != 2:
        raise ValueError(f"pairs of a pattern and a number, got {pair!r}")
    pattern, rate = pair
    if not callable(pattern) and (not isinstance(pattern, str) or not _is_pattern(pattern)):
        known = ", ".join(f"`{field}:…`" for field in _FIELDS)
        raise ValueError(f"patterns such as `*`, {known}, or functions, got {pattern!r}")
    if not is_share(rate):
        raise ValueError(f"numbers between 0 and 1, got {rate!r} for {pattern!r}")
    return Rule(pattern, float(rate))


def _is_pattern(pattern: str) -> bool:
    field, colon, wanted = pattern.partition(":")
    return pattern == "*" or (field in _FIELDS and bool(colon) and bool(wanted))


def is_share(rate: Any) -> bool:
    return type(rate) in (int, float) and 0 <= rate <= 1


def rate(among: Sequence[Rule], start: Start) -> float:
    """Of the first rule that matches; all of what none does."""
    return next((rule.rate for rule in among if rule.matches(start)), 1.0)


def is_kept(trace_id: int, share: float) -> bool:
    """The same answer for every span of a trace, in every process."""
    return share >= 1.0 or (trace_id % TRACE_IDS) < share * TRACE_IDS


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a trace is worth keeping, once it is known what became of it."""

    kind: str
    """`error`, `slow` or `cost`."""
    limit: float = 0.0
    """Seconds or dollars."""

    def holds(self, record: Record, seconds: float, dollars: float) -> bool:
        """`seconds` is the span's time, `dollars` what the trace has cost so far."""
        if self.kind == "error":
            return record.failure is not None or record.outcome == "error"
        return (seconds if self.kind == "slow" else dollars) >= self.limit


def reason(given: Any) -> Reason:
    """`error`, `slow:30` (seconds) or `cost:0.5` (dollars).  Raises `ValueError` on anything else."""
    kind, colon, limit = given.partition(":") if isinstance(given, str) else ("", "", "")
    if given == "error":
        return Reason("error")
    try:
        amount = float(limit)
    except ValueError:
        amount = -1.0
    if kind not in {"slow", "cost"} or not colon or not amount > 0:
        raise ValueError(f"`error`, `slow:SECONDS` or `cost:DOLLARS`, got {given!r}")
    return Reason(kind, amount)
