"""The user's own prices: before ours, instead of ours, and never misunderstood."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from limelight.core.model import Cost, Usage
from limelight.core.pricing import PriceError, load_prices, price

USED = Usage(input=1_000_000, output=1_000_000)


def test_own_prices_come_before_the_bundled_ones():
    own = load_prices(
        {
            "prices": {"openai": {"gpt-4o": {"input": 1, "output": 2}}},
            "name": "contract",
            "date": "2026-11-01",
        }
    )
    assert price("openai", "gpt-4o-2024-08-06", USED, overrides=own) == Cost(
        total=3.0, input=1.0, output=2.0, provenance="priced", source="contract 2026-11-01",
        formula="1,000,000 input × $1.00/M + 1,000,000 output × $2.00/M",
    )  # fmt: skip
    assert price("openai", "gpt-4o-mini", USED, overrides=own).source.startswith("genai-prices")
    assert own.date == dt.date(2026, 11, 1)


@pytest.mark.case(23)
def test_the_bundled_list_can_be_switched_off():
    own = load_prices({"prices": {}, "bundled": False})
    assert price("openai", "gpt-4o", USED, overrides=own) == Cost()


@pytest.mark.case(22)
def test_a_model_on_ones_own_machine_can_be_given_a_price():
    own = load_prices({"prices": {"ollama": {"*": {"input": 0, "output": 0}}}})
    found = price("ollama", "llama3:8b", USED, overrides=own)
    assert (found.total, found.provenance, found.source) == (0.0, "priced", "own prices")


def test_the_exact_name_wins_then_the_longest_and_any_provider_last():
    models = {"*": {"input": 1}, "gpt-*": {"input": 2}, "gpt-4o*": {"input": 3}, "gpt-4o": {"input": 4}}
    own = load_prices({"prices": {"azure.ai.openai": models, "*": {"mine": {"input": 5}}}})
    usage = Usage(input=1_000_000)
    found = [price("azure", name, usage, overrides=own).total for name in ("gpt-4o", "GPT-4o-mini", "gpt-5", "other")]
    assert found == [4.0, 3.0, 2.0, 1.0]
    assert price("whoever", "mine", usage, overrides=own).total == 5.0
    assert price(None, "mine", usage, overrides=own).total == 5.0


def test_prices_are_read_from_a_file(tmp_path):
    file = tmp_path / "prices.json"
    file.write_text(json.dumps({"prices": {"x": {"m": {"input": 2.5}}}}))
    assert price("x", "m", Usage(input=1_000_000), overrides=load_prices(file)).total == 2.5


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "`prices` must be an object of providers, got None"),
        ({"price": {}}, "the keys are `prices`, `name`, `date`, `bundled`, got ['price']"),
        ({"prices": {}, "bundled": "no"}, "`bundled` must be true or false, got 'no'"),
        ({"prices": {}, "date": "yesterday"}, "`date` must be a day as `2026-11-01`, got 'yesterday'"),
        ({"prices": {}, "date": 3}, "`date` must be a day as `2026-11-01`, got 3"),
        ({"prices": {"openai": 3}}, "`openai` must be an object of models, got 3"),
        ({"prices": {"openai": {3: {}}}}, "`openai` must be an object of models, got {3: {}}"),
        ({"prices": {"openai": {"m": 3}}}, "`openai` / `m` must be an object of prices, got 3"),
        ({"prices": {"openai": {"m": {"inptu": 3}}}}, "a price is for one of"),
        (
            {"prices": {"openai": {"m": {"input": "3"}}}},
            "`input` must be dollars per million tokens, 0 or more, got '3'",
        ),
        ({"prices": {"openai": {"m": {"input": True}}}}, "got True"),
        ({"prices": {"openai": {"m": {"input": -1}}}}, "got -1"),
        ({"prices": {"openai": {"m": {"input": float("nan")}}}}, "got nan"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_value(body, says):
    with pytest.raises(PriceError) as caught:
        load_prices(body)
    assert says in str(caught.value)


def test_a_file_that_is_no_price_list_is_named(tmp_path):
    file = tmp_path / "prices.json"
    file.write_text("{")
    with pytest.raises(PriceError, match=r"prices\.json` is not valid JSON"):
        load_prices(file)
    file.write_text("[]")
    with pytest.raises(PriceError, match="it must be an object"):
        load_prices(file)
