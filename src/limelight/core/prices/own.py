"""The user's own prices: they come before the bundled ones, or replace them."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping
from typing import Any, Protocol

from limelight.core.prices.listing import PriceList
from limelight.core.prices.names import list_name

PARTS = frozenset({
    "cache_read", "cache_write", "cache_write_1h", "input", "input_audio", "input_image", "output", "output_audio",
    "output_image", "reasoning", "requests", "searches",
})  # fmt: skip
"""What a price can be given for."""


class PriceError(ValueError):
    """The user's price list says something that cannot be a price."""


class Readable(Protocol):
    """A `pathlib.Path`, or anything else that knows its text."""

    def read_text(self) -> str: ...


def load_prices(given: Mapping[str, Any] | Readable) -> PriceList:
    """Check a price list and make it usable: a mapping, or the path of a JSON file that holds one.

        {"prices": {"openai": {"gpt-4o*": {"input": 2.0, "output": 8.0, "cache_read": 1.0}}, "*": {…}},
         "name": "our contract", "date": "2026-11-01", "bundled": true}

    Dollars per million tokens; per thousand for `searches` and `requests`.  A model's name may end in `*`, a
    provider may be `*`; the exact name wins, then the longest.  `"bundled": false` switches our own list off.
    """
    body = given if isinstance(given, Mapping) else _decoded(given)
    _expect(
        body.keys() <= {"prices", "name", "date", "bundled"},
        "the keys are `prices`, `name`, `date`, `bundled`",
        [*body],
    )
    prices: Any = body.get("prices")
    date = body.get("date", "1970-01-01")
    _expect(isinstance(prices, Mapping), "`prices` must be an object of providers", prices)
    _expect(isinstance(body.get("bundled", True), bool), "`bundled` must be true or false", body.get("bundled"))
    name = str(body.get("name", "own prices"))
    return PriceList(
        source=f"{name} {date}" if "date" in body else name,
        date=_day(date),
        lines={list_name(str(provider)): _models(provider, models) for provider, models in prices.items()},
        only=not body.get("bundled", True),
    )


def _decoded(file: Readable) -> Mapping[str, Any]:
    try:
        body = json.loads(file.read_text())
    except ValueError as error:
        raise PriceError(f"price list `{file}` is not valid JSON: {error}") from error
    _expect(isinstance(body, Mapping), "it must be an object", body)
    return body  # type: ignore[no-any-return]


def _day(text: Any) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise PriceError(f"price list: `date` must be a day as `2026-11-01`, got {text!r}") from error


def _models(provider: str, models: Any) -> dict[str, Any]:
    _expect(
        isinstance(models, Mapping) and all(isinstance(model, str) for model in models),
        f"`{provider}` must be an object of models",
        models,
    )
    ordered = sorted(models, key=lambda model: (model.endswith("*"), -len(model)))
    return {"models": {model: _model(provider, model, models[model]) for model in ordered}}


def _model(provider: str, model: str, prices: Any) -> dict[str, Any]:
    at = f"`{provider}` / `{model}`"
    _expect(isinstance(prices, Mapping), f"{at} must be an object of prices", prices)
    for part, price in prices.items():
        _expect(part in PARTS, f"{at}: a price is for one of {', '.join(sorted(PARTS))}", part)
        _expect(_is_price(price), f"{at}: `{part}` must be dollars per million tokens, 0 or more", price)
    name = model.lower()
    return {"match": ["^" + name[:-1] if name.endswith("*") else "=" + name], "prices": prices}


def _is_price(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _expect(holds: bool, rule: str, got: Any) -> None:
    if not holds:
        raise PriceError(f"price list: {rule}, got {got!r}")
