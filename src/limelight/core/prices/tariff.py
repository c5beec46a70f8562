"""One model's prices in one service tier, ready to be multiplied and shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from limelight.core.model import Provenance
    from limelight.core.prices.listing import Price, Rates

UNITS = 10**15
"""Units in a dollar: a price has nine decimals, and is one for a million."""
_INPUT, _OUTPUT, _READ, _WRITTEN, _FEES = range(5)
_PARTS = {
    "input": (_INPUT, "input"),
    "input_audio": (_INPUT, "audio in"),
    "input_image": (_INPUT, "image in"),
    "output": (_OUTPUT, "output"),
    "reasoning": (_OUTPUT, "reasoning"),
    "output_audio": (_OUTPUT, "audio out"),
    "output_image": (_OUTPUT, "image out"),
    "cache_read": (_READ, "cached"),
    "cache_write": (_WRITTEN, "cache write"),
    "cache_write_1h": (_WRITTEN, "cache write 1h"),
    "searches": (_FEES, "searches"),
    "requests": (_FEES, "request"),
}
"""Part of a usage -> where its amount is added up, and its word in a formula."""
_STANDS_IN = {"reasoning": "output", "input_image": "input", "output_image": "output"}
"""Parts that cost what their whole costs unless the list says otherwise."""
_AUDIO_AS_TEXT = {"input_audio": "input", "output_audio": "output"}


@dataclass(frozen=True, slots=True)
class Line:
    """One part of a bill."""

    slot: int
    units: int
    """For one token, search or request.  Whole numbers add up without a trace of rounding."""
    shown: str
    """What follows the count in a formula: ` input × $2.50/M`."""
    steps: tuple[tuple[int, Line], ...] = ()
    """What takes its place above so many input tokens, the lowest first."""

    def at(self, tokens: int) -> Line:
        """The line for a call with so many input tokens."""
        found = self
        for above, dearer in self.steps:
            found = dearer if tokens > above else found
        return found


@dataclass(frozen=True, slots=True)
class Tariff:
    lines: Mapping[str, Line]
    """By part; a part without a price has none."""
    source: str
    provenance: Provenance
    """Estimated where provider, tier or hour had to be guessed."""
    tier: str | None
    has_reasoning: bool
    has_requests: bool
    has_steps: bool
    wants_input: bool
    wants_output: bool
    """Has it a price, so that a count that nobody reported leaves the cost incomplete?"""


def tariff(rates: Rates, provider: str, source: str, *, sure: bool, tier: str | None) -> Tariff:
    lines = {part: line for part in _PARTS if (line := _line(part, rates, provider)) is not None}
    return Tariff(
        lines=lines,
        source=source,
        provenance="priced" if sure else "estimated",
        tier=tier,
        has_reasoning="reasoning" in rates,
        has_requests="requests" in rates,
        has_steps=any(line.steps for line in lines.values()),
        wants_input=bool(rates.get("input")),
        wants_output=bool(rates.get("output")),
    )


def _line(part: str, rates: Rates, provider: str) -> Line | None:
    found: Price | None = rates.get(part)
    if found is None and part in _STANDS_IN:
        found = rates.get(_STANDS_IN[part])
    if found is None and provider == "google" and part in _AUDIO_AS_TEXT:
        found = rates.get(_AUDIO_AS_TEXT[part])  # Google lists audio where it costs more than text
    if found is None:
        return None
    base, steps = found if isinstance(found, tuple) else (found, ())
    slot, word = _PARTS[part]
    per, unit = (1_000, "K") if slot == _FEES else (1_000_000, "M")

    def line(amount: float, steps: tuple[tuple[int, Line], ...] = ()) -> Line:
        return Line(slot, round(amount * (UNITS // per)), f" {word} × {dollars(amount)}/{unit}", steps)

    return line(base, tuple((above, line(amount)) for above, amount in steps))


@lru_cache(maxsize=1024)
def dollars(amount: float) -> str:
    """`$2.50`, `$0.0375`: two digits at least, as many as the price has."""
    whole, _, rest = f"{amount:.10f}".rstrip("0").partition(".")
    return f"${whole}.{rest:0<2}"
