"""A price list: which model costs what, from which day on.

The bundled file holds a header line, then a line `provider<tab>JSON` for each provider; a line is decoded
when its provider is first met.  In it:

    {"fallback": [provider …], "models": {id: {"match": [clause …], "prices": …, "tiers": […]}}}

A clause is `=equals`, `^starts`, `$ends`, `*contains` or `~regex`; a list of clauses must hold together; without
any the id itself is meant.  `prices` is a table of parts, or [[from, table] …] where the last that has begun is
valid and `from` is a day, hours of the day in UTC as `01:00-04:00`, or null.  A price is a number in dollars per
million tokens (per thousand for `searches` and `requests`), or [base, [above, price] …] where `above` counts all
input tokens of the call.  `tiers` are [service tier, from, table of what differs].
"""

from __future__ import annotations

import datetime as dt
import json
import pkgutil
import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, TypeAlias

from limelight.core.prices.names import LOCAL, ROUTERS, ROUTES, list_name, maker, spellings
from limelight.core.prices.tariff import Tariff, tariff

Price: TypeAlias = float | tuple[float, tuple[tuple[int, float], ...]]
"""Dollars per million tokens; or a base and the prices above so many input tokens, the lowest first."""
Rates: TypeAlias = Mapping[str, Price]
When: TypeAlias = dt.date | tuple[dt.time, dt.time] | None
Clause: TypeAlias = Callable[[str], bool]

MAX_REMEMBERED = 4_096
"""Names of models come from users: what was looked up is forgotten when there are more than these."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One model of the list."""

    model: str
    matches: Clause
    prices: tuple[tuple[When, Rates], ...]
    tiers: tuple[tuple[str, When, Rates], ...] = ()

    def is_timeless(self, tier: str | None) -> bool:
        return len(self.prices) == 1 and all(when is None for name, when, _ in self.tiers if name == tier)

    def rates(self, at: dt.date, tier: str | None) -> tuple[Rates, bool]:
        """What is charged at that moment in that service tier, and whether the list is sure of it."""
        if len(self.prices) == 1 and tier is None:
            return self.prices[0][1], True
        sure, standard = True, self.prices[0][1]
        for when, rates in self.prices:
            begun = _begun(when, at)
            sure = sure and begun is not None
            standard = rates if begun else standard
        return (standard, sure) if tier is None else self._tiered(standard, sure, at, tier)

    def _tiered(self, standard: Rates, sure: bool, at: dt.date, tier: str) -> tuple[Rates, bool]:
        """The tier's own prices before the standard ones; a tier that the list does not price makes it unsure."""
        found = [rates for name, when, rates in self.tiers if name == tier and _begun(when, at)]
        merged: dict[str, Price] = dict(standard)
        for rates in reversed(found):
            merged.update(rates)
        return merged, sure and bool(found)


@dataclass(frozen=True, slots=True)
class Listed:
    """A model that was found in a list."""

    entry: Entry
    provider: str
    """Whose list it stands in, under the list's own name."""
    source: str
    date: dt.date
    """The day on which the list was true."""
    certain: bool = True
    """False where the provider was told by the model's name."""


@dataclass(slots=True)
class PriceList:
    """Prices by provider.  Reads a provider's line when it is first asked for, and remembers what it found."""

    source: str
    date: dt.date
    lines: Mapping[str, str | Mapping[str, Any]]
    only: bool = False
    """Nothing but this list is asked."""
    _entries: dict[str, tuple[tuple[Entry, ...], tuple[str, ...]]] = field(default_factory=dict)
    _found: dict[tuple[str | None, str], Listed | None] = field(default_factory=dict)
    _tariffs: dict[tuple[str | None, str, str | None, dt.date | None], Tariff] = field(default_factory=dict)
    """By name, tier and minute; what holds at any time by None."""

    def tariff(self, provider: str | None, model: str, tier: str | None, at: dt.date | None) -> Tariff | None:
        """The model's prices in that service tier at that moment, or on the list's own day; None where it has none.

        A `datetime` without a time zone is UTC.
        """
        if (found := self._tariffs.get((provider, model, tier, None))) is not None:
            return found
        if (listed := self.find(provider, model)) is None:
            return None
        minute = None if listed.entry.is_timeless(tier) else _minute(at or self.date)
        if (found := self._tariffs.get((provider, model, tier, minute))) is None:
            if len(self._tariffs) >= MAX_REMEMBERED:
                self._tariffs.clear()
            found = self._tariffs[provider, model, tier, minute] = _tariff(listed, tier, minute or self.date)
        return found

    def find(self, provider: str | None, model: str) -> Listed | None:
        """The model's entry, under whatever name it goes, or None."""
        key = (provider, model)
        if key in self._found:
            return self._found[key]
        if len(self._found) >= MAX_REMEMBERED:
            self._found.clear()
        self._found[key] = found = self._search(list_name(provider or ""), model)
        return found

    def _search(self, provider: str, model: str) -> Listed | None:
        name = model.strip().lower()
        if found := self._among(self._lists(provider), name):
            return found
        if provider == "huggingface":
            name, _, passed_to = name.rpartition(":")
            return self._among([f"huggingface_{passed_to}"], name)
        return self._routed(name) if provider in ROUTERS else None

    def _routed(self, name: str) -> Listed | None:
        """By what the model's own name says of who answers."""
        base, _, route = name.rpartition(":")
        if route == "free":
            return None
        if route in ROUTES:
            found = self._among(["openrouter"], base, certain=False)
            return found or self._routed(base)
        vendor, _, rest = name.partition("/")
        if not rest:
            return self._among([maker(vendor) or ""], name, certain=False)
        if list_name(vendor) in ROUTERS:
            return replace(found, certain=False) if (found := self._search(list_name(vendor), rest)) else None
        return self._among(self._lists(list_name(vendor)), rest, certain=False)

    def _lists(self, provider: str) -> list[str]:
        """Where a provider's prices may stand: its own list, then those of the makers it resells, then `*`."""
        fallbacks = () if provider in LOCAL else self._provider(provider)[1]
        return [provider, *fallbacks, "*"]

    def _among(self, providers: Iterable[str], model: str, *, certain: bool = True) -> Listed | None:
        for provider in providers:
            entries = self._provider(provider)[0]
            for name in spellings(model) if entries else ():
                for entry in entries:
                    if entry.matches(name):
                        return Listed(entry, provider, self.source, self.date, certain)
        return None

    def _provider(self, name: str) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
        """A provider's models and its fallbacks, decoded once."""
        if name not in self.lines:
            return (), ()
        if name not in self._entries:
            line = self.lines[name]
            body = json.loads(line) if isinstance(line, str) else line
            models = tuple(_entry(model, found) for model, found in body["models"].items())
            self._entries[name] = models, tuple(body.get("fallback", ()))
        return self._entries[name]


@cache
def bundled() -> PriceList:
    """The list that comes with Limelight; read when the first price is asked for."""
    packed = pkgutil.get_data("limelight.core.prices", "genai-prices.jsonl.gz") or b""
    header, *lines = zlib.decompress(packed, wbits=31).decode().splitlines()
    about = json.loads(header)
    return PriceList(
        source=f"{about['source']} {about['date']}",
        date=dt.date.fromisoformat(about["date"]),
        lines=dict(_parted(line) for line in lines),
    )


def _tariff(listed: Listed, tier: str | None, at: dt.date) -> Tariff:
    rates, sure = listed.entry.rates(at, tier)
    return tariff(rates, listed.provider, listed.source, sure=sure and listed.certain, tier=tier)


def _minute(at: dt.date) -> dt.date:
    """In UTC; prices change on the minute at most."""
    if not isinstance(at, dt.datetime):
        return at
    return (at.astimezone(dt.timezone.utc) if at.tzinfo else at).replace(second=0, microsecond=0)


def _parted(line: str) -> tuple[str, str]:
    name, _, body = line.partition("\t")
    return name, body


def _entry(model: str, body: Mapping[str, Any]) -> Entry:
    prices: Any = body.get("prices", {})
    dated: list[Any] = [[None, prices]] if isinstance(prices, Mapping) else prices
    return Entry(
        model=model,
        matches=_any(body.get("match") or ["=" + model.lower()]),
        prices=tuple((_when(when), _rates(rates)) for when, rates in dated),
        tiers=tuple((tier, _when(when), _rates(rates)) for tier, when, rates in body.get("tiers", ())),
    )


def _rates(table: Mapping[str, Any]) -> Rates:
    return {part: _price(price) for part, price in table.items()}


def _price(price: Any) -> Price:
    if isinstance(price, list):
        base, *steps = price
        return base, tuple((above, amount) for above, amount in sorted(steps))
    return float(price)


def _when(text: str | None) -> When:
    if text is None:
        return None
    if ":" not in text:
        return dt.date.fromisoformat(text)
    start, _, end = text.partition("-")
    return dt.time.fromisoformat(start), dt.time.fromisoformat(end)


def _begun(when: When, at: dt.date) -> bool | None:
    """Is a price valid at that moment?  None: it depends on the hour, and only the day is known."""
    if when is None:
        return True
    if isinstance(when, dt.date):
        return (at.date() if isinstance(at, dt.datetime) else at) >= when
    if not isinstance(at, dt.datetime):
        return None
    start, end = when
    now = at.time()
    return start <= now < end if start <= end else now >= start or now < end


def _any(clauses: list[Any]) -> Clause:
    tests = tuple(_clause(clause) for clause in clauses)
    return tests[0] if len(tests) == 1 else lambda name: any(test(name) for test in tests)


def _clause(clause: Any) -> Clause:
    if isinstance(clause, list):
        tests = tuple(_clause(one) for one in clause)
        return lambda name: all(test(name) for test in tests)
    sign, value = clause[0], clause[1:]
    match sign:
        case "=":
            return lambda name: name == value
        case "^":
            return lambda name: name.startswith(value)
        case "$":
            return lambda name: name.endswith(value)
        case "*":
            return lambda name: value in name
        case _:
            pattern = re.compile(value)
            return lambda name: pattern.search(name) is not None
