"""Write the bundled price list from the `genai-prices` package (MIT) that is installed beside this tool.

    python tools/update_prices.py

One JSON line per provider, so that the SDK decodes only the providers it meets.  `zcat` shows it; the grammar is described in `src/limelight/core/prices/listing.py`.
"""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
from decimal import Decimal
from importlib import metadata
from pathlib import Path
from typing import Any

from genai_prices import types
from genai_prices.data import providers

TARGET = Path(__file__).parent.parent / "src" / "limelight" / "core" / "prices" / "genai-prices.jsonl.gz"
PARTS = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
    "input_audio_mtok": "input_audio",
    "input_image_mtok": "input_image",
    "output_audio_mtok": "output_audio",
    "output_image_mtok": "output_image",
    "output_reasoning_mtok": "reasoning",
    "web_searches_kcount": "searches",
    "requests_kcount": "requests",
}
"""What a `Usage` can hold.  Hours of audio, pixels, pages and characters are left out."""
TIERS = {"processing", "service_tier", "speed"}
OWN = {"openrouter": {"*:free": {"match": ["$:free"], "prices": {"input": 0, "output": 0}}}}
"""What the package leaves to its reader: that OpenRouter's free variants are free, whichever model it is."""
SIGNS = {
    types.ClauseEquals: "=",
    types.ClauseStartsWith: "^",
    types.ClauseEndsWith: "$",
    types.ClauseContains: "*",
    types.ClauseRegex: "~",
}


def main() -> None:
    """Write the header and one line per provider."""
    header = {
        "source": "genai-prices",
        "version": metadata.version("genai-prices"),
        "date": newest_date(dt.date.today()),
        "home": "https://github.com/pydantic/genai-prices",
        "licence": "MIT, see NOTICE",
        "written": dt.date.today().isoformat(),
    }
    lines = [json.dumps(header), *(provider_line(found) for found in sorted(providers, key=lambda p: p.id))]
    TARGET.write_bytes(gzip.compress("\n".join(lines).encode(), 9, mtime=0))
    print(f"{TARGET.name}: {len(providers)} providers, {TARGET.stat().st_size:,} bytes, {header['date']}")


def newest_date(today: dt.date) -> str:
    """The newest past date that any price or note of the list names: the list itself carries none."""
    notes = " ".join(str(m.price_comments) + str(m.prices) + str(m.price_variants) for p in providers for m in p.models)
    named = re.findall(r"\b20\d\d-\d\d-\d\d\b", notes)
    coded = ["{}-{:0>2}-{:0>2}".format(*found) for found in re.findall(r"date\((\d{4}), (\d+), (\d+)\)", notes)]
    return max(day for day in named + coded if day <= today.isoformat())


def provider_line(provider: types.Provider) -> str:
    models = {model.id: entry(model) for model in provider.models} | OWN.get(provider.id, {})
    body = {"fallback": provider.fallback_model_providers, "models": models}
    return provider.id + "\t" + compact({k: v for k, v in body.items() if v})


def entry(model: types.ModelInfo) -> Any:
    """A model in the shortest of its forms: see `listing.py`."""
    clauses = clause(model.match)
    dated = model.prices if isinstance(model.prices, list) else [types.ConditionalPrice(prices=model.prices)]
    found = {
        "match": clauses if clauses != ["=" + model.id.lower()] else None,
        "prices": [[when(price.constraint), prices(price.prices)] for price in dated],
        "tiers": tiers(model.price_variants or []),
    }
    if model.id.endswith(":free") and found["prices"] == [[None, {}]]:
        found["prices"] = [[None, {"input": 0, "output": 0}]]  # elsewhere an empty price may also mean «not known»
    return {k: v for k, v in found.items() if v}


def clause(match: Any) -> list[Any]:
    """Alternatives as a list of signed strings; what must hold together as a list within it."""
    if isinstance(match, types.ClauseOr):
        return [one for part in match.or_ for one in clause(part)]
    if isinstance(match, types.ClauseAnd):
        return [[one for part in match.and_ for one in clause(part)]]
    (value,) = vars(match).values()
    if isinstance(match, types.ClauseStartsWith) and (undated := re.fullmatch(r"(ft:.*)-20\d\d-", value)):
        return ["^" + value, "^" + undated[1] + ":"]  # fine-tuned from whichever snapshot is the newest
    return [SIGNS[type(match)] + (value if isinstance(match, types.ClauseRegex) else value.lower())]


def when(constraint: Any) -> str | None:
    """The first day of a price, or its hours of the day in UTC."""
    if isinstance(constraint, types.TimeOfDateConstraint):
        return f"{constraint.start_time:%H:%M}-{constraint.end_time:%H:%M}"
    return constraint.start_date.isoformat() if constraint else None


def prices(found: types.ModelPrice) -> dict[str, Any]:
    return {PARTS[key]: amount(value) for key, value in vars(found).items() if key in PARTS and value is not None}


def amount(value: Any) -> Any:
    """A number, or [base, [more input tokens than this, number], …]."""
    if isinstance(value, types.TieredPrices):
        return [amount(value.base), *([tier.start, amount(tier.price)] for tier in value.tiers)]
    return int(value) if value == int(value) else float(Decimal(value))


def tiers(variants: list[types.PriceVariant]) -> list[Any]:
    """[service tier, first day or hours, prices that differ] in order of precedence."""
    return [
        [next(iter(variant.when.values())), when(variant.constraint), prices(variant.prices)]
        for variant in variants
        if len(variant.when) == 1 and variant.when.keys() <= TIERS
    ]


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


if __name__ == "__main__":
    main()
