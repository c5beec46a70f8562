"""LiteLLM's router, and names of its functions that were copied before tracing began."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # nothing is to be downloaded
pytest.importorskip("litellm")

import litellm
from litellm import acompletion, completion
from litellm.router import Router

from limelight.testing import Capture, FakeProvider, capture

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
MESSAGES: list[Any] = [{"role": "user", "content": "What is the weather in Oslo?"}]


@pytest.fixture
def fake() -> Iterator[FakeProvider]:
    with FakeProvider() as fake:
        yield fake


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[Capture]:
    monkeypatch.setattr(litellm, "disable_aiohttp_transport", True)
    monkeypatch.setattr(litellm, "disable_streaming_logging", True)
    with capture("litellm", "openai", "anthropic") as spans:
        yield spans


def router(fake: FakeProvider) -> Any:
    given = {"api_base": fake.openai_url, "api_key": "any", "max_retries": 0}
    models = [
        {"model_name": "mine", "litellm_params": {"model": "openai/gpt-4o", **given}},
        {"model_name": "failing", "litellm_params": {"model": "openai/fail-500", **given}},
    ]
    return Router(model_list=models, fallbacks=[{"failing": ["mine"]}], num_retries=0)


@pytest.mark.case(26)
def test_a_routed_call_is_one_span_with_the_model_that_answered(fake: FakeProvider, spans: Capture) -> None:
    router(fake).completion(model="mine", messages=MESSAGES)
    one = spans.one().attributes
    assert (one["gen_ai.request.model"], one["gen_ai.response.model"]) == ("mine", "gpt-4o-2024-08-06")
    assert (one["gen_ai.provider.name"], one["limelight.cost.source"]) == ("openai", "litellm")


def test_a_call_that_falls_back_is_still_one(fake: FakeProvider, spans: Capture) -> None:
    router(fake).completion(model="failing", messages=MESSAGES)
    assert len(fake.requests) > 1
    one = spans.one().attributes
    assert (one["gen_ai.request.model"], one["gen_ai.response.model"]) == ("failing", "gpt-4o-2024-08-06")


async def test_a_routed_stream_knows_who_answers(fake: FakeProvider, spans: Capture) -> None:
    stream = await router(fake).acompletion(model="mine", messages=MESSAGES, stream=True)
    assert [chunk async for chunk in stream]
    one = spans.one().attributes
    assert (one["gen_ai.provider.name"], one["gen_ai.response.finish_reasons"]) == ("openai", ("stop",))


@pytest.mark.case(45)
async def test_functions_imported_by_name_before_tracing_began_are_traced(fake: FakeProvider, spans: Capture) -> None:
    given: dict[str, Any] = {"api_base": fake.openai_url, "api_key": "any"}
    completion("gpt-4o", MESSAGES, **given)
    await acompletion("gpt-4o", MESSAGES, **given)
    assert [span.attributes["gen_ai.request.model"] for span in spans.all()] == ["gpt-4o", "gpt-4o"]


def test_a_stream_of_claude_counts_what_litellm_kept_from_its_reader(fake: FakeProvider, spans: Capture) -> None:
    model, given = "anthropic/claude-sonnet-4-5", {"api_base": fake.anthropic_url, "api_key": "any"}
    chunks = list(completion(model, MESSAGES, stream=True, **given))
    assert all(getattr(chunk, "usage", None) is None for chunk in chunks)
    one = spans.one().attributes
    assert one["gen_ai.usage.input_tokens"] > 0
    assert "limelight.usage.provenance" not in one
