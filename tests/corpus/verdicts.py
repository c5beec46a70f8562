"""What a run has shown, of all calls and of those of each provider."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

SET_ASIDE = frozenset({"duration", "ttft", "single", "response_id"})
"""Not asked of a perfect call: the clock of a busy machine, and what not every convention has."""
CLOCK = frozenset({"duration", "ttft"})
KNOWN = Path(__file__).parent / "misses.json"

Row = dict[str, Any]


@dataclass
class Verdict:
    """Only calls that the client library alone can make are counted."""

    calls: int = 0
    right: int = 0
    asked: int = 0
    perfect: int = 0
    twice: int = 0
    """Calls that a backend would count more than once."""
    wire_changed: list[str] = field(default_factory=list)
    """Ids of the calls whose request was another one under Limelight."""
    worse_off: list[str] = field(default_factory=list)
    """Ids of the calls whose caller got something else."""
    missed: dict[str, list[str]] = field(default_factory=dict)
    """Call -> fields that were not as recorded."""

    @property
    def fields_share(self) -> float:
        return self.right / max(self.asked, 1)

    @property
    def perfect_share(self) -> float:
        return self.perfect / max(self.calls, 1)

    @property
    def unexplained(self) -> dict[str, list[str]]:
        """What is missing, and nobody has said why: the machine's clock needs no reason."""
        left = {call: sorted({*fields} - CLOCK - explained(call)) for call, fields in self.missed.items()}
        return {call: fields for call, fields in left.items() if fields}

    def add(self, before: Row, row: Row) -> None:
        gone = [name for name, score in row["score"].items() if score == 0]
        scores = [score for score in row["score"].values() if score is not None]
        self.calls += 1
        self.right += sum(scores)
        self.asked += len(scores)
        self.perfect += not set(gone) - SET_ASIDE
        self.twice += "single" in gone
        if _wire(before) != _wire(row):
            self.wire_changed.append(row["id"])
        if not row["client_ok"]:
            self.worse_off.append(row["id"])
        if gone:
            self.missed[row["id"]] = gone


def judged(base: Mapping[str, Row], ours: Mapping[str, Row]) -> dict[str, Verdict]:
    """Provider -> verdict."""
    verdicts: dict[str, Verdict] = {}
    for key, row in sorted(ours.items()):
        if key in base and base[key]["client_ok"]:
            verdicts.setdefault(row["provider"], Verdict()).add(base[key], row)
    return verdicts


def together(verdicts: Iterable[Verdict]) -> Verdict:
    whole = Verdict()
    for one in verdicts:
        for name in ("calls", "right", "asked", "perfect", "twice"):
            setattr(whole, name, getattr(whole, name) + getattr(one, name))
        whole.wire_changed += one.wire_changed
        whole.worse_off += one.worse_off
        whole.missed.update(one.missed)
    return whole


def late(ours: Mapping[str, Row]) -> list[str]:
    """Calls that missed on the clock: the machine was busy, or we are slow; once more tells."""
    return [key for key, row in ours.items() if any(row["score"].get(name) == 0 for name in CLOCK)]


def explained(call: str) -> set[str]:
    """The fields of this call that are known to miss, and why is written down."""
    return {name for reason in known() if call in reason["calls"] for name in reason["fields"]}


@cache
def known() -> list[dict[str, Any]]:
    return json.loads(KNOWN.read_text(encoding="utf-8")) if KNOWN.exists() else []  # type: ignore[no-any-return]


def stored(verdicts: Mapping[str, Verdict]) -> dict[str, Any]:
    return {provider: asdict(verdict) for provider, verdict in verdicts.items()}


def restored(stored: Mapping[str, Any]) -> dict[str, Verdict]:
    return {provider: Verdict(**fields) for provider, fields in stored.items()}


def _wire(row: Row) -> list[tuple[Any, ...]]:
    return [(sent["match"], tuple(sent["diff"] or ())) for sent in row.get("wire") or []]
