"""Calls of models and tools told by hand read like captured ones, and count once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from openai import OpenAI
from opentelemetry import trace

import limelight
from limelight.sdk.config import ConfigError
from limelight.sdk.generation import OPERATIONS
from limelight.testing import Capture, FakeProvider

QUESTION = [{"role": "user", "content": "Hello"}]


def test_all_that_can_be_said_of_a_call(spans: Capture) -> None:
    with spans.llm_call(provider="claude", model="parlour-1") as call:
        call.set_tokens(input=120, output=30, cached=100, cache_write=5, reasoning=10)
        call.set_request_id("resp_1", client_request_id="mine-7").set_response_model("parlour-1-0613")
        call.set_input_content(QUESTION).set_output_content("Good evening")
        call.set_request_params(temperature=0.5, stop_sequences=["END"], max_tokens=9)
        call.set_streaming().set_cache_hit(False).set_attempt(2).set_finish_reason("stop")
        call.add_metadata(prompt_version="v2")
    span = spans.one()
    said = span.attributes
    assert span.name == "chat parlour-1"
    assert {key: said[key] for key in said if key.startswith("gen_ai.usage")} == {
        "gen_ai.usage.input_tokens": 120,
        "gen_ai.usage.output_tokens": 30,
        "gen_ai.usage.cache_read.input_tokens": 100,
        "gen_ai.usage.cache_write.input_tokens": 5,
        "gen_ai.usage.reasoning.output_tokens": 10,
    }
    expected = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "parlour-1",
        "gen_ai.response.model": "parlour-1-0613",
        "gen_ai.response.id": "resp_1",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.stop_sequences": ("END",),
        "gen_ai.request.stream": True,
        "gen_ai.response.finish_reasons": ("stop",),
        "limelight.client_request_id": "mine-7",
        "limelight.cache_hit": False,
        "limelight.attempt.number": 2,
        "limelight.kind": "llm",
    }
    assert {key: said[key] for key in expected} == expected
    assert span.json("gen_ai.input.messages") == [{"role": "user", "parts": [{"type": "text", "content": "Hello"}]}]
    assert span.json("gen_ai.output.messages")[0]["parts"][0]["content"] == "Good evening"
    assert span.json("limelight.metadata") == {"prompt_version": "v2"}


def test_tokens_counted_apart_from_cached_ones_are_added(spans: Capture) -> None:
    with spans.llm_call(provider="anthropic", model="m") as call:
        call.set_tokens(input=10, cache_read=90, cache_write=20)
    assert spans.one().attributes["gen_ai.usage.input_tokens"] == 120


def test_what_is_not_said_is_unknown(spans: Capture) -> None:
    with spans.llm_call(provider="openai"):
        pass
    assert not [key for key in spans.one().attributes if "usage" in key or "cost" in key]


def test_content_is_cut_and_masked(spans: Capture, traced: Any) -> None:
    capture = traced(mask="secrets")
    with capture.llm_call(provider="openai", model="m") as call:
        call.set_input_content("x" * 50, max_chars=10)
        call.set_output_content("the key is sk-proj-" + "a1B2" * 8)
    span = capture.one()
    assert span.json("gen_ai.input.messages")[0]["parts"][0]["content"] == "x" * 10 + "…"
    assert "a1B2" not in span.attributes["gen_ai.output.messages"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_has_its_kind(spans: Capture, operation: str) -> None:
    with spans.llm_call(provider="openai", operation=operation):
        pass
    said = spans.one().attributes
    assert (said["gen_ai.operation.name"], said["limelight.kind"]) == (operation, OPERATIONS[operation])


def test_an_operation_that_is_none_is_an_error_at_once(spans: Capture) -> None:
    with pytest.raises(ConfigError, match=r"`operation` must be one of chat, .* got 'chatter'"):
        spans.llm_call(provider="openai", operation="chatter")


def test_an_exception_is_the_calls(spans: Capture) -> None:
    call = spans.llm_call(provider="openai", model="m").set_tokens(input=3)
    with pytest.raises(KeyError), call:
        raise KeyError("gone")
    assert spans.one().attributes["error.type"] == "KeyError"
    assert spans.one().attributes["gen_ai.usage.input_tokens"] == 3


def test_a_traced_client_inside_tells_of_the_call_instead(fake: FakeProvider, spans: Capture) -> None:
    client = OpenAI(base_url=fake.openai_url, api_key="x")
    with spans.llm_call(provider="openai", model="gpt-4o-mini") as call:
        answer = client.chat.completions.create(model="gpt-4o-mini", messages=QUESTION)  # type: ignore[arg-type]
        assert answer.usage is not None
        call.set_tokens(answer.usage.prompt_tokens, answer.usage.completion_tokens).set_attempt(1)
    inner, outer = spans.all()
    assert inner.is_child_of(outer)
    assert [span.attributes["limelight.kind"] for span in (inner, outer)] == ["llm", "task"]
    assert [key for key in outer.attributes if key.startswith("gen_ai.usage")] == []
    assert outer.attributes["limelight.attempt.number"] == 1


def test_a_tool_says_what_it_found(spans: Capture) -> None:
    with spans.tool_call("search", "call_1") as tool:
        tool.set_result(success=True, items_returned=3, bytes_processed=1024, result=["a"]).add_metadata(index="docs")
    span = spans.one()
    expected = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "search",
        "gen_ai.tool.call.id": "call_1",
        "limelight.tool.success": True,
        "limelight.tool.items_returned": 3,
        "limelight.tool.bytes_processed": 1024,
    }
    assert span.name == "execute_tool search"
    assert {key: span.attributes[key] for key in expected} == expected
    assert span.json("gen_ai.tool.call.result") == ["a"]


def test_a_tool_without_success_has_failed(spans: Capture) -> None:
    with spans.tool_call("search") as tool:
        tool.set_tool_call_id("call_2").set_result(success=False)
    said = spans.one().attributes
    assert (said["error.type"], said["limelight.outcome"], said["gen_ai.tool.call.id"]) == (
        "tool_error",
        "error",
        "call_2",
    )


def test_facts_can_be_put_on_whatever_span_is_current(spans: Capture) -> None:
    with spans.span("mine", kind="llm"):
        limelight.set_llm_attributes(provider="azure_openai", model="m", operation="chat", streaming=True)
        limelight.set_token_usage(input_tokens=5, output_tokens=7, cached_tokens=2)
    said = spans.one().attributes
    assert said["gen_ai.provider.name"] == "azure.ai.openai"
    assert (said["gen_ai.usage.input_tokens"], said["gen_ai.usage.cache_read.input_tokens"]) == (5, 2)


def test_facts_reach_a_call_told_by_hand(spans: Capture) -> None:
    with spans.llm_call(provider="openai", model="m"):
        limelight.set_token_usage(5, 7)
    assert spans.one().attributes["gen_ai.usage.output_tokens"] == 7


def test_facts_without_a_span_harm_nobody() -> None:
    assert not trace.get_current_span().is_recording()
    limelight.set_llm_attributes(provider="openai")
    limelight.set_token_usage(1)


class Own:
    """Somebody's client of his own."""

    def chat(self, model: str, messages: list[Any]) -> dict[str, Any]:
        answer = {"role": "assistant", "content": "Hi"}
        usage = {"prompt_tokens": 4, "completion_tokens": 1}
        return {"id": "1", "choices": [{"message": answer, "finish_reason": "stop"}], "usage": usage}

    async def ask(self, prompt: str, *, model: str = "own") -> str:
        return f"You said {prompt}"

    def stream(self, messages: list[Any], model: str) -> Iterator[str]:
        yield from ("one ", "two")

    async def follow(self, messages: list[Any], model: str) -> AsyncIterator[str]:
        for word in ("one ", "two"):
            yield word


def words(spans: Capture) -> str:
    return str(spans.one().json("gen_ai.output.messages")[0]["parts"][0]["content"])


async def test_an_own_client_is_traced_like_any_other(spans: Capture) -> None:
    traced = spans.llm_instrumented(provider="parlour")
    own = Own()
    assert traced(Own.chat)(own, "m", QUESTION) == own.chat("m", QUESTION)
    said = spans.one().attributes
    assert (said["gen_ai.provider.name"], said["gen_ai.request.model"]) == ("parlour", "m")
    assert said["gen_ai.usage.input_tokens"] == 4
    assert words(spans) == "Hi"
    spans.clear()
    assert await traced(Own.ask)(own, "Hello") == "You said Hello"
    assert words(spans) == "You said Hello"
    spans.clear()
    assert list(traced(Own.stream)(own, QUESTION, "m")) == ["one ", "two"]
    assert words(spans) == "one two"
    spans.clear()
    assert [word async for word in traced(Own.follow)(own, QUESTION, "m")] == ["one ", "two"]
    assert words(spans) == "one two"


def test_an_own_clients_tokens_can_be_left_out(spans: Capture) -> None:
    spans.llm_instrumented(provider="parlour", tokens_from_response=False)(Own.chat)(Own(), "m", QUESTION)
    said = spans.one().attributes
    assert said.get("limelight.usage.provenance", "unknown") != "reported"
    assert "gen_ai.usage.input_tokens" not in said or said["limelight.usage.provenance"] == "estimated"


def test_a_traced_client_inside_an_own_one_is_part_of_it(fake: FakeProvider, spans: Capture) -> None:
    client = OpenAI(base_url=fake.openai_url, api_key="x")

    @spans.llm_instrumented(provider="parlour")
    def chat(model: str, messages: list[Any]) -> Any:
        return client.chat.completions.create(model=model, messages=messages)

    chat("gpt-4o-mini", QUESTION)
    assert spans.one().attributes["gen_ai.provider.name"] == "parlour"
    assert spans.one().attributes["gen_ai.usage.output_tokens"] > 0
