"""The odd names under which people call a model, and what each of them is priced as, or why it is not."""

from __future__ import annotations

import datetime as dt

import pytest

from limelight.core.model import Cost, Record, Request, Response, Usage
from limelight.core.pricing import bundled, cost, load_prices, price

USED = Usage(input=1_000_000, output=1_000_000)
NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.timezone.utc)
ARN = "arn:aws:bedrock:us-east-1:123456789012"

SAME = [
    # Bedrock: where it runs is part of the name, and may be of the price.
    ("aws.bedrock", "us.anthropic.claude-sonnet-4-20250514-v1:0", "regional.anthropic.claude-sonnet-4-20250514-v1:0"),
    ("aws.bedrock", "eu.anthropic.claude-3-7-sonnet-20250219-v1:0", "regional.anthropic.claude-3-7-sonnet-20250219-v1:0"),
    ("aws.bedrock", "global.anthropic.claude-sonnet-4-5-20250929-v1:0", "global.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ("aws.bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "regional.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    ("aws.bedrock", "apac.amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0"),
    ("aws.bedrock", "amazon.nova-lite-v1:0:300k", "amazon.nova-lite-v1:0"),
    ("aws.bedrock", "us.meta.llama3-3-70b-instruct-v1:0", "meta.llama3-3-70b-instruct-v1:0"),
    ("aws.bedrock", "openai.gpt-oss-120b-1:0", "openai.gpt-oss-120b-1:0"),
    ("aws.bedrock", "bedrock/us.deepseek.r1-v1:0", "deepseek.r1-v1:0"),
    ("aws.bedrock", "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0", "regional.anthropic.claude-3-haiku-20240307-v1:0"),
    ("aws.bedrock", f"{ARN}:inference-profile/us.anthropic.claude-sonnet-4-20250514-v1:0", "regional.anthropic.claude-sonnet-4-20250514-v1:0"),
    ("aws.bedrock", "arn:aws-us-gov:bedrock:us-gov-west-1:1:inference-profile/us-gov.anthropic.claude-3-5-sonnet-20240620-v1:0", "regional.anthropic.claude-3-5-sonnet-20240620-v1:0"),
    # Azure: the name that the answer gives, or the deployment's where it is a model's.
    ("azure.ai.openai", "gpt-35-turbo", "gpt-3.5-turbo"),
    ("azure.ai.openai", "gpt-4.1-nano-2025-04-14", "gpt-4.1-nano"),
    ("azure.ai.inference", "Phi-4", "phi-4"),
    # Vertex
    ("gcp.vertex_ai", "publishers/google/models/gemini-2.5-flash", "gemini-2.5-flash"),
    ("gcp.vertex_ai", "publishers/anthropic/models/claude-sonnet-4-5@20250929", "claude-sonnet-4-5"),
    ("gcp.vertex_ai", "projects/p/locations/us-central1/publishers/anthropic/models/claude-3-5-haiku@20241022", "claude-3-5-haiku"),
    ("gcp.vertex_ai", "claude-opus-4-1@20250805", "claude-4-opus"),
    ("gcp.gemini", "models/gemini-2.5-flash-preview-09-2025", "gemini-2.5-flash"),
    # OpenRouter
    ("openrouter", "anthropic/claude-sonnet-4.5:beta", "anthropic/claude-sonnet-4.5"),
    ("openrouter", "anthropic/claude-sonnet-4.5:free", "*:free"),
    ("openrouter", "nobody/heard-of-it:free", "*:free"),
    ("openrouter", "deepseek/deepseek-r1:free", "deepseek/deepseek-r1:free"),
    ("openrouter", "anthropic/claude-sonnet-4.5:batch", "anthropic/claude-sonnet-4.5:batch"),
    ("openrouter", "openai/gpt-4o-2024-08-06", "openai/gpt-4o"),
    # fine-tuned
    ("openai", "ft:gpt-4o-mini:org::id", "ft:gpt-4o-mini"),
    ("openai", "ft:gpt-4o-mini-2024-07-18:org:suffix:id", "ft:gpt-4o-mini"),
    ("openai", "ft:gpt-4o:org::id", "ft:gpt-4o"),
    ("openai", "ft:gpt-3.5-turbo-0125:acme::x", "ft:gpt-3.5-turbo-"),
    ("azure.ai.openai", "gpt-4o-mini-2024-07-18.ft-0123", "gpt-4o-mini-2024-07-18.ft-"),
    # Hugging Face passes a call on to the one whom the model's name ends in.
    ("hugging_face", "meta-llama/Llama-3.3-70B-Instruct:groq", "meta-llama/Llama-3.3-70B-Instruct"),
]  # fmt: skip

ROUTED = [
    ("openrouter", "openai/gpt-4o:nitro", "openai/gpt-4o"),
    ("openrouter", "openai/gpt-4o:online", "openai/gpt-4o"),
    ("litellm", "azure/gpt-4o", "gpt-4o"),
    ("litellm", "bedrock/converse/us.anthropic.claude-3-5-sonnet-20240620-v1:0", "regional.anthropic.claude-3-5-sonnet-20240620-v1:0"),
    ("litellm", "vertex_ai/claude-sonnet-4-5@20250929", "claude-sonnet-4-5"),
    ("litellm", "gemini/gemini-2.5-flash", "gemini-2.5-flash"),
    ("litellm", "groq/llama-3.3-70b-versatile", "llama-3.3-70b-versatile"),
    ("litellm", "openrouter/anthropic/claude-sonnet-4.5", "anthropic/claude-sonnet-4.5"),
    ("litellm", "openrouter/openai/gpt-4o:floor", "openai/gpt-4o"),
    ("litellm", "litellm_proxy/gpt-4o", "gpt-4o"),
    ("litellm", "text-completion-openai/gpt-3.5-turbo-instruct", "gpt-3.5-turbo-instruct"),
    ("litellm", "openai/responses/gpt-4o", "gpt-4o"),
    ("litellm", "claude-sonnet-4-5", "claude-sonnet-4-5"),
]  # fmt: skip

UNKNOWN = [
    # Bedrock's addresses of what somebody made tell nothing of the model behind them, even where they name one.
    ("aws.bedrock", f"{ARN}:application-inference-profile/abc123def456"),
    ("aws.bedrock", f"{ARN}:provisioned-model/abc123"),
    ("aws.bedrock", f"{ARN}:custom-model/amazon.titan-text-express-v1/abc"),
    ("aws.bedrock", f"{ARN}:imported-model/abc"),
    ("aws.bedrock", "arn:aws:sagemaker:us-east-1:1:endpoint/anthropic.claude-3-haiku-20240307-v1:0"),
    ("litellm", f"bedrock/{ARN}:application-inference-profile/abc123def456"),
    ("azure.ai.openai", "my-deployment"),
    ("litellm", "azure/my-deployment"),
    ("gcp.vertex_ai", "projects/p/locations/us-central1/endpoints/1234567890"),
    ("gcp.gemini", "tunedModels/my-model-abc"),
    ("openai", "ft:gpt-4.1-mini-2025-04-14:acme::x"),
    ("mistral_ai", "ft:open-mistral-7b:587a6b29:20240514:7e773925"),
    ("openrouter", "openrouter/auto"),
    ("hugging_face", "meta-llama/Llama-3.3-70B-Instruct"),
    ("hugging_face", "gpt-4o"),
    ("litellm", "hosted_vllm/gpt-4o"),
    ("litellm", "ollama/llama3"),
]


@pytest.mark.parametrize(("provider", "model", "listed"), SAME)
def test_a_name_is_resolved(provider, model, listed):
    found = bundled().find(provider, model)
    assert found is not None
    assert (found.entry.model, found.certain) == (listed, True)


@pytest.mark.parametrize(("provider", "model", "listed"), ROUTED)
def test_whoever_passes_a_call_on_makes_its_price_an_estimate(provider, model, listed):
    found = bundled().find(provider, model)
    assert found is not None
    assert (found.entry.model, found.certain) == (listed, False)
    assert price(provider, model, USED).provenance == "estimated"


@pytest.mark.parametrize(("provider", "model"), UNKNOWN)
def test_a_name_that_tells_nothing_has_no_price(provider, model):
    assert price(provider, model, USED) == Cost()


def test_a_free_variant_is_free_whatever_the_paid_one_costs():
    own = load_prices({"prices": {"anthropic": {"claude-*": {"input": 3, "output": 15}}}})
    free, paid = "anthropic/claude-sonnet-4.5:free", "anthropic/claude-sonnet-4.5"
    assert price("openrouter", free, USED, overrides=own).total == 0.0
    assert price("openrouter", paid, USED, overrides=own).total == 18.0


def test_bedrock_bills_by_the_name_that_was_asked_for_since_it_says_the_region():
    answered = Response(model="claude-sonnet-4-5-20250929", usage=USED)

    def total(asked: str) -> Cost:
        return cost(Record(provider="aws.bedrock", request=Request(model=asked), response=answered), at=NOON)

    everywhere = total("global.anthropic.claude-sonnet-4-5-20250929-v1:0")
    regional = total("us.anthropic.claude-sonnet-4-5-20250929-v1:0")
    assert regional.total == pytest.approx(everywhere.total * 1.1)
    assert everywhere.provenance == regional.provenance == "priced"


def test_what_bedrock_hides_behind_a_profile_may_show_in_the_answer_and_is_then_an_estimate():
    hidden = Request(model=f"{ARN}:application-inference-profile/abc")
    shown = Record(
        provider="aws.bedrock", request=hidden, response=Response(model="claude-3-haiku-20240307", usage=USED)
    )
    assert cost(shown, at=NOON).provenance == "estimated"
    assert cost(Record(provider="aws.bedrock", request=hidden, response=Response(usage=USED))) == Cost()


def test_a_deployment_of_azure_may_be_called_anything():
    def found(asked: str, answered: str | None) -> str:
        return cost(
            Record(
                provider="azure.ai.openai", request=Request(model=asked), response=Response(model=answered, usage=USED)
            )
        ).provenance

    assert found("gpt-4o", "gpt-4o-2024-08-06") == found("mine", "gpt-4o-2024-08-06") == "priced"
    assert found("gpt-4o", None) == "estimated"
    assert found("mine", None) == "unknown"


def test_a_model_that_answered_and_has_no_price_is_not_surely_the_one_asked_for():
    record = Record(provider="openai", request=Request(model="gpt-4o"), response=Response(model="mystery", usage=USED))
    assert cost(record).provenance == "estimated"


def test_the_tier_that_was_asked_for_counts_until_the_answer_names_one():
    def total(tier: str | None) -> str | None:
        asked = Request(model="gpt-5", params={"service_tier": "flex"})
        return cost(
            Record(provider="openai", request=asked, response=Response(model="gpt-5", usage=USED, service_tier=tier)),
            at=NOON,
        ).formula

    assert (total(None) or "").endswith("(flex)")
    assert not (total("default") or "(").endswith(")")
