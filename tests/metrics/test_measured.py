"""What a span adds to which metric: each figure once, unknown ones never as zero, no content among the attributes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings

from limelight.core.dialects import keys
from limelight.core.dialects.metrics import METRICS, STEPS, Measurement, measured
from limelight.core.model import Attempt, Cost, Failure, Kind, Record, Request, Response, Timing, Usage
from tests.core.test_dialect_genai import records

CALL = Record(
    kind="llm",
    operation="chat",
    provider="openai",
    request=Request(model="gpt-4o"),
    response=Response(model="gpt-4o-2024-08-06", usage=Usage(120, 30, cache_read=100, reasoning=20)),
    cost=Cost(total=0.25, provenance="priced"),
    server_address="api.openai.com",
    server_port=443,
)
COMMON = {
    keys.OPERATION: "chat",
    keys.PROVIDER: "openai",
    keys.REQUEST_MODEL: "gpt-4o",
    keys.RESPONSE_MODEL: "gpt-4o-2024-08-06",
    keys.SERVER_ADDRESS: "api.openai.com",
    keys.SERVER_PORT: 443,
}
REPORTED = {**COMMON, keys.USAGE_SOURCE: "reported"}
UNKNOWN_MODALITY = {**REPORTED, keys.TOKEN_MODALITY: "unknown"}


def changed(record: Record, **fields: Any) -> Record:
    from dataclasses import replace

    return replace(record, **fields)


def told(measurements: Iterable[Measurement]) -> list[tuple[str, float, dict[str, Any]]]:
    return [(one.metric.name, one.value, dict(one.labels)) for one in measurements]


def values(record: Record, name: str) -> list[tuple[float, dict[str, Any]]]:
    return [(value, labels) for metric, value, labels in told(measured(record, 1.5)) if metric == name]


def names(record: Record) -> Counter[str]:
    return Counter(one.metric.name for one in measured(record, 1.5))


def test_a_call_is_told_under_the_names_of_now_and_of_before_and_ours() -> None:
    assert told(measured(CALL, 1.5)) == [
        ("gen_ai.client.inference.duration", 1.5, COMMON),
        ("gen_ai.client.operation.duration", 1.5, COMMON),
        ("limelight.client.attempts", 1, COMMON),
        ("gen_ai.client.token.usage", 120, {**REPORTED, keys.TOKEN_TYPE: "input"}),
        ("gen_ai.client.inference.operation.input_tokens", 120, REPORTED),
        ("gen_ai.client.token.usage", 30, {**REPORTED, keys.TOKEN_TYPE: "output"}),
        ("gen_ai.client.inference.operation.output_tokens", 30, REPORTED),
        ("gen_ai.client.inference.usage.input_tokens", 120, UNKNOWN_MODALITY),
        ("gen_ai.client.inference.usage.output_tokens", 30, UNKNOWN_MODALITY),
        ("gen_ai.client.inference.usage.cache_read.input_tokens", 100, UNKNOWN_MODALITY),
        ("gen_ai.client.inference.usage.reasoning.output_tokens", 20, UNKNOWN_MODALITY),
        ("limelight.client.cost", 0.25, {**COMMON, keys.COST_PROVENANCE: "priced"}),
    ]


def test_what_is_not_known_is_counted_as_such_and_never_as_nothing() -> None:
    blind = changed(CALL, response=Response(model="gpt-4o-2024-08-06"), cost=Cost())
    assert names(blind) == {
        "gen_ai.client.inference.duration": 1,
        "gen_ai.client.operation.duration": 1,
        "limelight.client.attempts": 1,
        "limelight.client.unknown": 3,
    }
    assert [labels[keys.UNKNOWN_FIGURE] for _, labels in values(blind, "limelight.client.unknown")] == [
        "input_tokens",
        "output_tokens",
        "cost",
    ]


def test_a_refused_call_has_no_figures_to_miss() -> None:
    refused = changed(CALL, response=Response(), cost=Cost(), outcome="error", failure=Failure("openai.RateLimitError"))
    assert "limelight.client.unknown" not in names(refused)
    assert [labels[keys.ERROR_TYPE] for _, labels in values(refused, "gen_ai.client.inference.duration")] == [
        "openai.RateLimitError"
    ]


def test_nothing_is_a_figure_too() -> None:
    free = changed(CALL, response=Response(usage=Usage(0, 0)), cost=Cost(total=0.0, provenance="reported"))
    assert [value for value, _ in values(free, "gen_ai.client.token.usage")] == [0, 0]
    assert [value for value, _ in values(free, "limelight.client.cost")] == [0.0]


def test_a_guess_says_so() -> None:
    guess = changed(CALL, response=Response(usage=Usage(120, 30, estimated=frozenset({"output"}))))
    found = values(guess, "gen_ai.client.token.usage")
    assert [(labels[keys.TOKEN_TYPE], labels[keys.USAGE_SOURCE]) for _, labels in found] == [
        ("input", "reported"),
        ("output", "estimated"),
    ]


def test_each_attempt_counts_once_under_what_came_of_it() -> None:
    retried = changed(CALL, attempts=(Attempt(1, 429, 0.5), Attempt(2, None)))
    assert [(value, labels.get(keys.ERROR_TYPE)) for value, labels in values(retried, "limelight.client.attempts")] == [
        (1, "429"),
        (1, "no_answer"),
        (1, None),
    ]


def test_sound_and_pictures_are_told_apart() -> None:
    heard = changed(CALL, response=Response(usage=Usage(100, 50, input_audio=60, input_image=10)))
    found = values(heard, "gen_ai.client.inference.usage.input_tokens")
    assert {labels[keys.TOKEN_MODALITY]: value for value, labels in found} == {"audio": 60, "image": 10, "text": 30}


def test_parts_that_are_more_than_the_whole_are_not_believed() -> None:
    odd = changed(CALL, response=Response(usage=Usage(10, 50, input_audio=60)))
    found = values(odd, "gen_ai.client.inference.usage.input_tokens")
    assert [(value, labels[keys.TOKEN_MODALITY]) for value, labels in found] == [(10, "unknown")]


def test_a_stream_tells_of_its_chunks() -> None:
    streamed = changed(CALL, timing=Timing(first_chunk_s=0.4, chunks=3))
    found = Counter(
        (one.metric.name, one.value) for one in measured(streamed, 1.5, [0.1, 0.2]) if "chunk" in one.metric.name
    )
    assert found == {
        (f"gen_ai.client.{word}.{name}", value): 1
        for word in ("inference", "operation")
        for name, value in (
            ("time_to_first_chunk", 0.4),
            ("time_per_output_chunk", 0.1),
            ("time_per_output_chunk", 0.2),
        )
    }
    assert not any("chunk" in name for name in names(CALL))


def test_a_tier_is_told_where_the_convention_has_a_word_for_it() -> None:
    tiered = Response(service_tier="flex")
    ((_, labels),) = values(changed(CALL, response=tiered), "limelight.client.attempts")
    assert labels[keys.OPENAI_RESPONSE_TIER] == "flex"
    ((_, labels),) = values(changed(CALL, response=tiered, provider="groq"), "limelight.client.attempts")
    assert keys.OPENAI_RESPONSE_TIER not in labels


def test_embeddings_are_no_inference_and_have_no_output_to_miss() -> None:
    embedded = Record(kind="embedding", operation="embeddings", provider="openai", response=Response(usage=Usage(7)))
    assert names(embedded) == {
        "gen_ai.client.operation.duration": 1,
        "limelight.client.attempts": 1,
        "gen_ai.client.token.usage": 1,
        "limelight.client.unknown": 1,  # its price
    }


@pytest.mark.parametrize(("operation", "kind"), [("execute_tool", "tool"), ("invoke_agent", "agent")])
def test_a_step_tells_how_long_it_took_and_nothing_else(operation: str, kind: Kind) -> None:
    failed = Failure("ValueError", "the secret is 42")
    metric, key = STEPS[operation]
    step = Record(kind=kind, operation=operation, name="search", failure=failed, outcome="error", input="the secret")
    assert told(measured(step, 1.5)) == [(metric.name, 1.5, {key: "search", keys.ERROR_TYPE: "ValueError"})]


@pytest.mark.parametrize("kind", sorted(set(get_args(Kind)) - {"llm", "embedding", "rerank"}))
def test_only_calls_of_models_spend_tokens(kind: Kind) -> None:
    around = changed(CALL, kind=kind)  # an agent repeats what its calls have used
    assert not any("token" in name or "cost" in name for name in names(around))


LOW = {
    *(keys.OPERATION, keys.PROVIDER, keys.REQUEST_MODEL, keys.RESPONSE_MODEL, keys.SERVER_ADDRESS, keys.SERVER_PORT),
    *(keys.OPENAI_RESPONSE_TIER, keys.ERROR_TYPE, keys.USAGE_SOURCE, keys.TOKEN_TYPE, keys.TOKEN_MODALITY),
    *(keys.COST_PROVENANCE, keys.UNKNOWN_FIGURE, keys.TOOL_NAME, keys.AGENT_NAME, keys.WORKFLOW_NAME),
}


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=40)
@given(records())
def test_no_record_whatever_puts_anything_else_into_a_metric(record: Record) -> None:
    for metric, value, labels in measured(record, 1.5, [0.1]):
        assert metric in METRICS
        assert isinstance(value, (int, float))
        assert {key for key, _ in labels} <= LOW
        assert len({key for key, _ in labels}) == len(labels)
