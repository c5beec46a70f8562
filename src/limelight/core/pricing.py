"""What a call cost, part by part, and how sure we are of it.

Unknown stays unknown: a part without a price is None and makes the whole `partial`, a model without a price
has no cost at all.  Nothing is ever 0 because we do not know.
"""

from __future__ import annotations

import datetime as dt
import math
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from limelight.core.model import Cost, Provenance, Record, Usage
from limelight.core.prices.listing import Listed, Price, PriceList, Rates, bundled
from limelight.core.prices.own import PriceError, load_prices

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PriceError", "PriceList", "bundled", "cost", "load_prices", "price"]

UNKNOWN = Cost()
STANDARD_TIERS = frozenset({"auto", "default", "on_demand", "scale", "standard", "standard_only"})
"""Service tiers billed at list price (`scale` was paid for beforehand)."""

_STANDS_IN = {"reasoning": "output", "input_image": "input", "output_image": "output"}
"""Parts that cost what their whole costs unless the list says otherwise."""
_AUDIO_AS_TEXT = {"input_audio": "input", "output_audio": "output"}
_WORDS = {
    "input": "input", "output": "output", "cache_read": "cached", "cache_write": "cache write",
    "cache_write_1h": "cache write 1h", "input_audio": "audio in", "input_image": "image in", "reasoning": "reasoning",
    "output_audio": "audio out", "output_image": "image out", "searches": "searches", "requests": "request",
}  # fmt: skip
_SLOTS = {
    "input": 0, "input_audio": 0, "input_image": 0, "output": 1, "reasoning": 1, "output_audio": 1, "output_image": 1,
    "cache_read": 2, "cache_write": 3, "cache_write_1h": 3, "searches": 4, "requests": 4,
}  # fmt: skip
_Part: TypeAlias = tuple[str, int]


def cost(record: Record, *, at: dt.date | None = None, overrides: PriceList | None = None) -> Cost:
    """The cost of a recorded call: what the provider says, else the list price of the model that answered."""
    said = record.response.cost
    if said is not None and math.isfinite(said) and said >= 0:
        return Cost(total=said, provenance="reported", source=record.provider)
    tier = record.response.service_tier
    if tier in (None, "standard") and record.request.params.get("speed") == "fast":
        tier = "fast"
    for model in (record.response.model, record.request.model):
        if model:
            found = price(record.provider, model, record.response.usage, at=at, overrides=overrides, tier=tier)
            if found.provenance != "unknown":
                return found
    return UNKNOWN


def price(
    provider: str | None,
    model: str,
    usage: Usage,
    *,
    at: dt.date | None = None,
    overrides: PriceList | None = None,
    tier: str | None = None,
) -> Cost:
    """What `usage` costs in US dollars by the price list.

    Args:
        at: When the call was made; a `datetime` (UTC if it does not say) where prices depend on the hour.
        overrides: The user's own list, asked first.
        tier: The service tier that was billed: batch, flex, priority, fast …
    """
    listed = overrides.find(provider, model) if overrides else None
    if listed is None and not (overrides and overrides.only):
        listed = bundled().find(provider, model)
    if listed is None:
        return UNKNOWN
    tier = None if tier is None or tier in STANDARD_TIERS else tier
    rates, sure = listed.entry.rates(_utc(at) if at else listed.date, tier)
    return _bill(usage, rates, listed, sure and listed.certain and not usage.estimated, tier)


def _utc(at: dt.date) -> dt.date:
    return at.astimezone(dt.timezone.utc) if isinstance(at, dt.datetime) and at.tzinfo else at


def _bill(usage: Usage, rates: Rates, listed: Listed, sure: bool, tier: str | None) -> Cost:
    if usage.input is None and usage.output is None:
        return UNKNOWN
    sums: list[float | None] = [None] * 5
    lines: list[str] = []
    complete = _is_whole(usage, rates)
    for part, count in _parts(usage, rates):
        amount = _amount(part, rates, listed.provider, usage.input or 0)
        if amount is not None:
            per, unit = (1_000, "K") if _SLOTS[part] == 4 else (1_000_000, "M")
            sums[_SLOTS[part]] = round((sums[_SLOTS[part]] or 0.0) + count * amount / per, 12)
            lines.append(f"{count:,} {_WORDS[part]} × {_dollars(amount)}/{unit}")
        elif count:
            complete = False
    known = [amount for amount in sums if amount is not None]
    if not known:
        return UNKNOWN
    provenance: Provenance = "partial" if not complete else "priced" if sure else "estimated"
    formula = " + ".join(lines) + (f" ({tier})" if tier else "")
    fresh, output, read, written, _ = sums
    return Cost(round(sum(known), 12), fresh, output, read, written, provenance, listed.source, formula)


def _is_whole(usage: Usage, rates: Rates) -> bool:
    """Was everything reported that has a price?"""
    return not (usage.input is None and rates.get("input")) and not (usage.output is None and rates.get("output"))


def _parts(usage: Usage, rates: Rates) -> Iterator[_Part]:
    """Usage as counts that do not overlap.  Numbers that contradict each other never make a negative one."""
    read, written = _count(usage.cache_read), _count(usage.cache_write)
    hour = min(_count(usage.cache_write_1h), written)
    if usage.input is not None:
        yield from _split(max(usage.input - read - written, 0), "input", usage.input_audio, usage.input_image)
    if usage.cache_read is not None:
        yield "cache_read", read
    if usage.cache_write is not None:
        if written > hour or not hour:
            yield "cache_write", written - hour
        if hour:
            yield "cache_write_1h", hour
    if usage.output is not None:
        thoughts = min(_count(usage.reasoning), max(usage.output, 0)) if "reasoning" in rates else 0
        yield from _split(max(usage.output, 0) - thoughts, "output", usage.output_audio, usage.output_image)
        if thoughts:
            yield "reasoning", thoughts
    if usage.searches:
        yield "searches", _count(usage.searches)
    if "requests" in rates:
        yield "requests", 1


def _split(count: int, direction: str, audio: int | None, image: int | None) -> Iterator[_Part]:
    """Text, audio and images of one direction; the text is what remains."""
    sounds = min(_count(audio), count)
    images = min(_count(image), count - sounds)
    text = count - sounds - images
    if text or not count:
        yield direction, text
    if sounds:
        yield direction + "_audio", sounds
    if images:
        yield direction + "_image", images


def _count(tokens: int | None) -> int:
    return tokens if tokens is not None and tokens > 0 else 0


def _amount(part: str, rates: Rates, provider: str, tokens: int) -> float | None:
    """The part's price, for a call with so many input tokens."""
    found: Price | None = rates.get(part)
    if found is None and part in _STANDS_IN:
        found = rates.get(_STANDS_IN[part])
    if found is None and provider == "google" and part in _AUDIO_AS_TEXT:
        found = rates.get(_AUDIO_AS_TEXT[part])  # Google lists audio where it costs more than text
    if not isinstance(found, tuple):
        return found
    amount, steps = found
    for above, dearer in steps:
        amount = dearer if tokens > above else amount
    return amount


@lru_cache(maxsize=1024)
def _dollars(amount: float) -> str:
    """`$2.50`, `$0.0375`: two digits at least, as many as the price has."""
    whole, _, rest = f"{amount:.10f}".rstrip("0").partition(".")
    return f"${whole}.{rest:0<2}"
