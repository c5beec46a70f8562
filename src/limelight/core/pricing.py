"""What a call cost, part by part, and how sure we are of it.

Unknown stays unknown: a part without a price is None and makes the whole `partial`, a model without a price
has no cost at all.  Nothing is ever 0 because we do not know.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from limelight.core.model import Cost, Provenance, Record, Usage
from limelight.core.prices.listing import PriceList, bundled
from limelight.core.prices.own import PriceError, load_prices
from limelight.core.prices.tariff import UNITS

if TYPE_CHECKING:
    from limelight.core.prices.tariff import Tariff

__all__ = ["PriceError", "PriceList", "bundled", "cost", "load_prices", "price"]

UNKNOWN = Cost()
_DEPLOYED = frozenset({"azure.ai.inference", "azure.ai.openai"})
_Part: TypeAlias = tuple[str, int]
STANDARD_TIERS = frozenset(
    {"auto", "default", "on_demand", "scale", "standard", "standard_only", "traffic_type_unspecified"}
)
"""Service tiers billed at list price (`scale` was paid for beforehand)."""


def cost(record: Record, *, at: dt.date | None = None, overrides: PriceList | None = None) -> Cost:
    """The cost of a recorded call: what the provider says, else the list price of the model that answered."""
    said = record.response.cost
    if said is not None and math.isfinite(said) and said >= 0:
        by_list = record.response.extra.get("cost.source")  # whose list the client itself has priced it by
        if isinstance(by_list, str):
            return Cost(total=said, provenance="priced", source=by_list)
        return Cost(total=said, provenance="reported", source=record.provider)
    usage, tier = record.response.usage, _tier(record)
    for model, is_certain in _names(record):
        found = price(record.provider, model, usage, at=at, overrides=overrides, tier=tier)
        if found.provenance != "unknown":
            guessed = found.provenance == "priced" and not is_certain
            return replace(found, provenance="estimated") if guessed else found
    return UNKNOWN


def _tier(record: Record) -> str | None:
    params, tier = record.request.params, record.response.service_tier
    if not params:
        return tier
    if tier in (None, "standard") and params.get("speed") == "fast":
        return "fast"
    return tier or (asked if isinstance(asked := params.get("service_tier"), str) else None)


def _names(record: Record) -> tuple[tuple[str, bool], ...]:
    """The model's names to look up, and whether the price of one so named is surely the price of this call.

    Bedrock bills by the name that was asked for, which says the region; elsewhere it is the model that answered.
    A deployment of Azure may be called anything.
    """
    asked, answered = record.request.model, record.response.model
    if record.provider == "aws.bedrock":
        return tuple((name, name is asked) for name in (asked, answered) if name)
    if answered is None:
        return ((asked, record.provider not in _DEPLOYED),) if asked else ()
    return ((answered, True), (asked, False)) if asked and asked != answered else ((answered, True),)


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
    tier = _special(tier)
    found = overrides.tariff(provider, model, tier, at) if overrides else None
    if found is None and not (overrides and overrides.only):
        found = bundled().tariff(provider, model, tier, at)
    return UNKNOWN if found is None else _bill(usage, found)


def _special(tier: str | None) -> str | None:
    """The list's name for a service tier that it prices apart: Google says `ON_DEMAND_FLEX`."""
    if tier is None or tier in STANDARD_TIERS:
        return None
    name = tier.lower().removeprefix("on_demand_")
    return None if name in STANDARD_TIERS else name


def _bill(counted: Usage, tariff: Tariff) -> Cost:
    usage = _billed(counted)
    if usage.input is None and usage.output is None:
        return UNKNOWN
    complete = not (tariff.wants_input and usage.input is None) and not (tariff.wants_output and usage.output is None)
    sums: list[int | None] = [None] * 5
    shown: list[str] = []
    lines, total = tariff.lines, 0
    for part, count in _parts(usage, tariff):
        if (line := lines.get(part)) is None:
            complete = complete and not count
            continue
        if tariff.has_steps:
            line = line.at(usage.input or 0)
        amount = count * line.units
        sums[line.slot] = amount + (sums[line.slot] or 0)
        total += amount
        shown.append(f"{count:,}{line.shown}")
    if not shown:
        return UNKNOWN
    provenance: Provenance = "partial" if not complete else "estimated" if usage.estimated else tariff.provenance
    formula = " + ".join(shown)
    fresh, output, read, written, _ = [None if amount is None else amount / UNITS for amount in sums]
    return Cost(
        total / UNITS,
        fresh,
        output,
        read,
        written,
        provenance,
        tariff.source,
        f"{formula} ({tariff.tier})" if tariff.tier else formula,
    )


def _billed(usage: Usage) -> Usage:
    """What of it is paid for, where the provider says so itself; it has thought of the cache by then."""
    if usage.billed_input is not None:
        usage = replace(usage, input=usage.billed_input, cache_read=None, cache_write=None)
    if usage.billed_output is not None:
        usage = replace(usage, output=usage.billed_output, reasoning=None)
    return usage


def _parts(usage: Usage, tariff: Tariff) -> list[_Part]:
    """Usage as counts that do not overlap.  Numbers that contradict each other never make a negative one."""
    found: list[_Part] = []
    read, written = _count(usage.cache_read), _count(usage.cache_write)
    if usage.input is not None:
        fresh = max(usage.input - read - written, 0)
        if usage.input_audio or usage.input_image:
            found += _split(fresh, "input", usage.input_audio, usage.input_image)
        else:
            found.append(("input", fresh))
    if usage.cache_read is not None:
        found.append(("cache_read", read))
    if usage.cache_write is not None:
        hour = min(_count(usage.cache_write_1h), written)
        if written > hour or not hour:
            found.append(("cache_write", written - hour))
        if hour:
            found.append(("cache_write_1h", hour))
    if usage.output is not None:
        found += _answer(usage, max(usage.output, 0), tariff)
    if usage.searches:
        found.append(("searches", _count(usage.searches)))
    if tariff.has_requests:
        found.append(("requests", 1))
    return found


def _answer(usage: Usage, output: int, tariff: Tariff) -> list[_Part]:
    """Thoughts apart from the answer, where they have a price of their own."""
    thoughts = min(_count(usage.reasoning), output) if tariff.has_reasoning else 0
    if usage.output_audio or usage.output_image:
        found = _split(output - thoughts, "output", usage.output_audio, usage.output_image)
    else:
        found = [("output", output - thoughts)]
    return [*found, ("reasoning", thoughts)] if thoughts else found


def _split(count: int, direction: str, audio: int | None, image: int | None) -> list[_Part]:
    """Text, audio and images of one direction; the text is what remains."""
    sounds = min(_count(audio), count)
    images = min(_count(image), count - sounds)
    text = count - sounds - images
    parts = ((direction, text), (direction + "_audio", sounds), (direction + "_image", images))
    return [(part, some) for part, some in parts if some or (part == direction and not count)]


def _count(tokens: int | None) -> int:
    return tokens if tokens is not None and tokens > 0 else 0
