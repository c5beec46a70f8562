"""What a call cost: every part at its price, and never a number that nobody knows."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from genai_prices import Usage as TheirUsage
from genai_prices import calc_price
from genai_prices.data import providers
from hypothesis import given
from hypothesis import strategies as st

from limelight.core.model import Cost, Record, Request, Response, Usage
from limelight.core.prices.listing import MAX_REMEMBERED, PriceList
from limelight.core.pricing import bundled, cost, load_prices, price

USED = Usage(input=1500, output=90, cache_read=300)
NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.timezone.utc)


@pytest.mark.case(19)
def test_every_part_has_its_price_and_the_formula_says_so():
    found = price("openai", "gpt-4o", USED)
    assert found == Cost(
        total=0.004275,
        input=0.003,
        output=0.0009,
        cache_read=0.000375,
        provenance="priced",
        source=bundled().source,
        formula="1,200 input × $2.50/M + 300 cached × $1.25/M + 90 output × $10.00/M",
    )
    assert found.source == f"genai-prices {bundled().date}"


@pytest.mark.case(22)
@pytest.mark.parametrize(
    ("provider", "model", "listed"),
    [
        ("openai", "gpt-4o", "gpt-4o"),
        ("openai", "GPT-4o", "gpt-4o"),
        ("openai", "openai/gpt-4o", "gpt-4o"),
        ("openai", "gpt-4o-2024-11-20", "gpt-4o"),
        ("openai", "gpt-4o-2029-01-31", "gpt-4o"),
        ("openai", "gpt-4o-20290131", "gpt-4o"),
        ("openai", "ft:gpt-4o-2024-08-06:acme::abc123", "ft:gpt-4o"),
        ("azure.ai.openai", "gpt-4o-2024-08-06", "gpt-4o"),
        ("azure_openai", "gpt-4.1-mini-2025-04-14", "gpt-4.1-mini"),
        ("anthropic", "claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
        ("anthropic", "claude-sonnet-4-5", "claude-sonnet-4-5"),
        (
            "aws.bedrock",
            "anthropic.claude-3-5-sonnet-20240620-v1:0",
            "regional.anthropic.claude-3-5-sonnet-20240620-v1:0",
        ),
        (
            "aws.bedrock",
            "us.anthropic.claude-sonnet-4-20250514-v1:0",
            "regional.anthropic.claude-sonnet-4-20250514-v1:0",
        ),
        ("gcp.vertex_ai", "claude-sonnet-4-5@20250929", "claude-sonnet-4-5"),
        ("gcp.vertex_ai", "projects/p/locations/l/publishers/google/models/gemini-2.5-pro", "gemini-2.5-pro"),
        ("gcp.gemini", "models/gemini-2.5-flash", "gemini-2.5-flash"),
        ("openrouter", "anthropic/claude-sonnet-4.5", "anthropic/claude-sonnet-4.5"),
        ("mistral_ai", "mistral-large-latest", "mistral-large"),
        ("litellm", "openai/gpt-4o", "gpt-4o"),
        ("litellm", "anthropic/claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
        (None, "gpt-4o", "gpt-4o"),
        (None, "gemini-2.5-flash", "gemini-2.5-flash"),
    ],
)
def test_a_model_is_found_under_the_names_people_use(provider, model, listed):
    found = bundled().find(provider, model)
    assert found is not None
    assert found.entry.model == listed


@pytest.mark.case(22)
@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "no-such-model"),
        ("openai", ""),
        ("ollama", "gpt-4o"),
        ("vllm", "meta-llama/Llama-3.3-70B-Instruct"),
        ("LM Studio", "qwen3-8b"),
        ("some-gateway", "gpt-4o"),
        ("openai", "ft:brand-new-2026-01-01:acme::abc"),
        ("litellm", "my-deployment"),
        ("litellm", "nobody/gpt-4o"),
        (None, "llama-3.3-70b"),
        (None, "gpt-oss-120b"),
    ],
)
def test_what_nobody_prices_costs_unknown_and_never_zero(provider, model):
    assert price(provider, model, USED) == Cost()
    assert Cost().provenance == "unknown"


def test_the_provider_is_guessed_only_when_nobody_said_it_and_then_the_cost_is_estimated():
    assert price(None, "gpt-4o", USED).provenance == "estimated"
    assert price("litellm", "openai/gpt-4o", USED).provenance == "estimated"
    assert price("openai", "gpt-4o", USED).provenance == "priced"


def test_nothing_reported_costs_unknown():
    assert price("openai", "gpt-4o", Usage()) == Cost()
    assert price("openai", "gpt-4o", Usage(cache_read=10)) == Cost()
    assert price("openai", "whisper-1", Usage(input=10, output=1)) == Cost()  # listed, but by the hour


def test_zero_tokens_reported_cost_zero():
    found = price("openai", "gpt-4o", Usage(input=0, output=0))
    assert (found.total, found.provenance) == (0.0, "priced")


def test_an_embedding_has_no_output_to_price():
    found = price("openai", "text-embedding-3-small", Usage(input=1_000_000))
    assert (found.total, found.output, found.provenance) == (0.02, None, "priced")


@pytest.mark.parametrize(
    "usage",
    [
        Usage(input=1000),
        Usage(output=1000),
        Usage(input=1000, output=10, cache_write=500),
        Usage(input=1000, output=10, input_audio=400),
    ],
)
def test_a_part_without_price_or_count_makes_the_cost_partial(usage):
    found = price("openai", "gpt-4o", usage)
    assert found.provenance == "partial"
    assert found.total is not None
    assert found.total > 0


def test_a_search_that_the_list_does_not_price_makes_the_cost_partial():
    assert price("groq", "llama-3.3-70b-versatile", Usage(input=10, output=1, searches=2)).provenance == "partial"


def test_estimated_tokens_cost_an_estimate():
    assert (
        price("openai", "gpt-4o", Usage(input=10, output=1, estimated=frozenset({"output"}))).provenance == "estimated"
    )


def test_anthropic_cache_writes_are_priced_by_how_long_they_live():
    found = price(
        "anthropic",
        "claude-sonnet-4-5",
        Usage(input=1162, output=0, cache_read=50, cache_write=1100, cache_write_1h=1000),
    )
    assert found.input == pytest.approx(12 * 3 / 1e6)
    assert found.cache_read == pytest.approx(50 * 0.30 / 1e6)
    assert found.cache_write == pytest.approx((100 * 3.75 + 1000 * 6) / 1e6)
    assert found.total == pytest.approx(found.input + found.cache_read + found.cache_write)
    assert "1,000 cache write 1h × $6.00/M" in found.formula


def test_only_one_hour_writes_leave_no_line_for_the_short_ones():
    found = price("anthropic", "claude-sonnet-4-5", Usage(input=100, output=0, cache_write=100, cache_write_1h=100))
    assert found.formula == "0 input × $3.00/M + 100 cache write 1h × $6.00/M + 0 output × $15.00/M"


def test_audio_and_images_have_prices_of_their_own():
    found = price("openai", "gpt-audio", Usage(input=100, output=100, input_audio=60, output_audio=90))
    assert found.input == pytest.approx((40 * 2.5 + 60 * 32) / 1e6)
    assert found.output == pytest.approx((10 * 10 + 90 * 64) / 1e6)
    assert found.provenance == "priced"
    seen = price("openai", "gpt-4o", Usage(input=100, output=1, input_image=90))
    assert seen.input == pytest.approx(100 * 2.5 / 1e6)
    assert seen.provenance == "priced"


def test_google_lists_audio_only_where_it_costs_more_than_text():
    same = price("google", "gemini-2.5-pro", Usage(input=100, output=1, input_audio=60))
    more = price("google", "gemini-2.5-flash", Usage(input=100, output=1, input_audio=60))
    assert same.input == pytest.approx(100 * 1.25 / 1e6)
    assert more.input == pytest.approx((40 * 0.3 + 60 * 1.0) / 1e6)


def test_long_prompts_cost_more_from_the_first_token():
    below = price("google", "gemini-2.5-pro", Usage(input=200_000, output=1000, cache_read=1000))
    above = price("google", "gemini-2.5-pro", Usage(input=200_001, output=1000, cache_read=1000))
    assert below.output == pytest.approx(1000 * 10 / 1e6)
    assert above.output == pytest.approx(1000 * 15 / 1e6)
    assert above.input == pytest.approx(199_001 * 2.5 / 1e6)


def test_reasoning_is_a_part_of_output_unless_it_has_a_price():
    assert price("openai", "o3", Usage(input=0, output=100, reasoning=60)).output == pytest.approx(100 * 8 / 1e6)
    dearer = load_prices({"prices": {"x": {"m": {"input": 1, "output": 2, "reasoning": 5}}}})
    found = price("x", "m", Usage(input=0, output=100, reasoning=60), overrides=dearer)
    assert found.output == pytest.approx((40 * 2 + 60 * 5) / 1e6)


def test_what_the_provider_says_is_billed_is_priced_whatever_the_model_has_read():
    read = Usage(input=1728, output=115, cache_read=1360, reasoning=38, billed_input=177, billed_output=76)
    found = price("cohere", "command-a-03-2025", read)
    assert found == price("cohere", "command-a-03-2025", Usage(input=177, output=76))
    assert found.formula == "177 input × $2.50/M + 76 output × $10.00/M"
    assert price("openai", "gpt-4o", Usage(input=9, output=9, billed_input=0)).total == 9 * 10 / 1e6


def test_searches_and_requests_are_counted_by_the_thousand():
    found = price("anthropic", "claude-sonnet-4-5", Usage(input=0, output=0, searches=3))
    assert found.total == pytest.approx(0.03)
    asked = price("perplexity", "sonar-pro", Usage(input=0, output=0))
    assert asked.total == pytest.approx(0.014)
    assert asked.formula.endswith("1 request × $14.00/K")


def test_a_service_tier_has_its_own_prices_and_unlisted_ones_are_an_estimate():
    standard = price("openai", "gpt-5", USED, at=NOON)
    batch = price("openai", "gpt-5", USED, at=NOON, tier="batch")
    assert batch.total == pytest.approx(standard.total / 2)
    assert batch.provenance == "priced"
    assert batch.formula.endswith("(batch)")
    assert price("openai", "gpt-5", USED, at=NOON, tier="priority").total == pytest.approx(standard.total * 2)
    assert price("openai", "gpt-5", USED, at=NOON, tier="default") == standard
    assert price("google", "gemini-2.5-flash", USED, at=NOON, tier="ON_DEMAND").provenance == "priced"
    flexible = price("google", "gemini-3-flash-preview", USED, at=NOON, tier="ON_DEMAND_FLEX")
    assert flexible == price("google", "gemini-3-flash-preview", USED, at=NOON, tier="flex")
    unlisted = price("groq", "llama-3.3-70b-versatile", Usage(input=10, output=1), tier="flex")
    assert unlisted.provenance == "estimated"


def test_the_first_listed_variant_of_a_tier_wins():
    entry = {"prices": {"input": 1}, "tiers": [["batch", None, {"input": 2}], ["batch", None, {"input": 3}]]}
    own = PriceList("own", dt.date(2026, 1, 1), {"x": {"models": {"m": entry}}})
    assert price("x", "m", Usage(input=1_000_000), overrides=own, tier="batch").total == 2.0


def test_prices_follow_the_day():
    dated = {"prices": [[None, {"input": 1}], ["2026-05-01", {"input": 2}], ["2026-08-01", {"input": 3}]]}
    own = PriceList("own", dt.date(2026, 7, 1), {"x": {"models": {"m": dated}}})
    usage = Usage(input=1_000_000)
    assert price("x", "m", usage, overrides=own, at=dt.date(2026, 4, 30)).total == 1.0
    assert price("x", "m", usage, overrides=own, at=dt.date(2026, 5, 1)).total == 2.0
    assert price("x", "m", usage, overrides=own, at=dt.datetime(2026, 8, 1)).total == 3.0
    assert price("x", "m", usage, overrides=own).total == 2.0  # on the list's own day


@pytest.mark.parametrize(
    ("hours", "at", "expected"),
    [
        ("01:00-04:00", dt.datetime(2026, 1, 1, 2), 2.0),
        ("01:00-04:00", dt.datetime(2026, 1, 1, 4), 1.0),
        ("22:00-04:00", dt.datetime(2026, 1, 1, 23), 2.0),
        ("22:00-04:00", dt.datetime(2026, 1, 1, 5), 1.0),
        ("01:00-04:00", dt.datetime(2026, 1, 1, 4, tzinfo=dt.timezone(dt.timedelta(hours=2))), 2.0),
    ],
)
def test_prices_follow_the_hour(hours, at, expected):
    own = PriceList(
        "own",
        dt.date(2026, 1, 1),
        {"x": {"models": {"m": {"prices": [[None, {"input": 1}], [hours, {"input": 2}]]}}}},
    )
    found = price("x", "m", Usage(input=1_000_000), overrides=own, at=at)
    assert (found.total, found.provenance) == (expected, "priced")


def test_a_price_that_depends_on_an_unknown_hour_is_an_estimate():
    assert price("deepseek", "deepseek-chat", USED, at=NOON).provenance == "priced"
    assert price("deepseek", "deepseek-chat", USED, at=NOON.date()).provenance == "estimated"


def test_the_provider_itself_is_believed_before_any_list():
    record = Record(provider="openrouter", response=Response(model="openai/gpt-4o", usage=USED, cost=0.5))
    assert cost(record) == Cost(total=0.5, provenance="reported", source="openrouter")
    for nonsense in (float("nan"), -1.0):
        record = Record(provider="openai", response=Response(model="gpt-4o", usage=USED, cost=nonsense))
        assert cost(record).provenance == "priced"


def test_the_model_that_answered_is_priced_before_the_one_that_was_asked():
    answered = Record(
        provider="azure.ai.openai",
        request=Request(model="my-deployment"),
        response=Response(model="gpt-4o", usage=USED),
    )
    asked = Record(provider="openai", request=Request(model="gpt-4o"), response=Response(model="mystery", usage=USED))
    assert cost(answered).total == cost(asked).total == 0.004275
    assert cost(Record(provider="openai", response=Response(usage=USED))) == Cost()
    assert cost(Record(provider="openai", request=Request(model="nope"), response=Response(usage=USED))) == Cost()


def test_the_tier_comes_from_the_answer_and_fast_mode_from_the_request():
    tiered = Record(provider="openai", response=Response(model="gpt-5", usage=USED, service_tier="flex"))
    assert cost(tiered, at=NOON).formula.endswith("(flex)")
    fast = Record(
        provider="anthropic",
        request=Request(params={"speed": "fast"}),
        response=Response(model="claude-opus-4-6", usage=USED, service_tier="standard"),
    )
    assert cost(fast, at=NOON).formula.endswith("(fast)")


@given(*[st.none() | st.integers(-5, 3_000_000)] * 8)
def test_no_part_is_ever_negative_and_the_parts_make_the_total(one, two, three, four, five, six, seven, eight):
    usage = Usage(one, two, three, four, five, six, seven, eight)
    for provider, model in (
        ("openai", "gpt-audio"),
        ("anthropic", "claude-sonnet-4-5"),
        ("google", "gemini-2.5-flash"),
    ):
        found = price(provider, model, usage)
        parts = [part for part in (found.input, found.output, found.cache_read, found.cache_write) if part is not None]
        assert all(part >= 0 for part in parts)
        assert (found.total is None) == (not parts) == (found.provenance == "unknown")
        assert found.total is None or found.total == pytest.approx(sum(parts), abs=1e-10)


def test_looking_up_thousands_of_names_does_not_grow_memory():
    own = load_prices({"prices": {"x": {"m": {"input": 1}}}})
    for number in range(MAX_REMEMBERED + 10):
        own.find("x", f"model-{number}")
    assert len(own._found) <= MAX_REMEMBERED
    anything = load_prices({"prices": {"x": {"*": {"input": 1}}}})
    for number in range(MAX_REMEMBERED + 10):
        assert price("x", f"model-{number}", USED, overrides=anything).input == pytest.approx(0.0012)
    assert len(anything._tariffs) <= MAX_REMEMBERED


def _plain_models():
    """Models whose price today is one table that a `Usage` of ours can use up, by their own name."""
    ours = {
        "input_mtok",
        "output_mtok",
        "cache_read_mtok",
        "cache_write_mtok",
        "web_searches_kcount",
        "storage_searches_kcount",
    }
    for provider in providers:
        for model in provider.models:
            if (
                not isinstance(model.prices, list)
                and vars(model.prices).keys() <= ours
                and provider.find_model(model.id) is model
            ):
                yield provider.id, model.id, vars(model.prices)


def test_we_agree_with_the_source_of_the_list():
    """The package whose data this is computes the same totals, for every model of every provider."""
    compared = 0
    for provider, model, has in _plain_models():
        if "input_mtok" not in has or "output_mtok" not in has:
            continue
        cached = 250 if "cache_read_mtok" in has else None
        written = 120 if "cache_write_mtok" in has else None
        theirs = calc_price(
            TheirUsage(input_tokens=1000, output_tokens=77, cache_read_tokens=cached, cache_write_tokens=written),
            model,
            provider_id=provider,
            genai_request_timestamp=NOON,
        )
        found = price(provider, model, Usage(input=1000, output=77, cache_read=cached, cache_write=written), at=NOON)
        assert Decimal(str(found.total)) == pytest.approx(theirs.total_price, abs=Decimal("1e-11")), (
            provider,
            model,
        )
        assert found.provenance == "priced"
        compared += 1
    assert compared > 1000


def test_a_part_without_a_price_does_not_matter_when_there_is_none_of_it():
    found = price("groq", "llama-3.3-70b-versatile", Usage(input=10, output=1, cache_read=0))
    assert (found.provenance, found.cache_read) == ("priced", None)
