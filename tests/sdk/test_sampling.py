"""Which traces are kept: by rules when they begin, and by what became of them."""

from __future__ import annotations

import contextlib
import random
import threading
from collections import Counter
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

import limelight
from limelight import exporters
from limelight.core.sampling import Start, is_kept
from limelight.engine import guard
from limelight.engine.observer import Told
from limelight.engine.span import Live
from limelight.pipeline import sampling
from limelight.sdk.config import Config, ConfigError
from limelight.testing import Capture, FakeProvider, capture
from tests.pipeline.collector import Collector

LOW, HIGH = 1, 2**64 - 1
"""Ids of traces that a share of any size keeps, and that only all of it does."""


def within(trace_id: int, *, sampled: bool = True, span_id: int = 7) -> object:
    """Go on with a trace that came from elsewhere."""
    flags = TraceFlags(TraceFlags.SAMPLED if sampled else TraceFlags.DEFAULT)
    return attach(trace.set_span_in_context(NonRecordingSpan(SpanContext(trace_id, span_id, True, flags)), Context()))


@pytest.fixture
def ids(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids of the traces that begin, in order; without any left, random ones."""
    given: list[int] = []
    drawn = random.Random(7)

    class Ids:
        def getrandbits(self, count: int) -> int:
            return given.pop(0) if count == 128 and given else drawn.getrandbits(count)

    monkeypatch.setattr("limelight.engine.span._ids", Ids())
    return given


def call(spans: Any, model: str = "gpt-4o", provider: str = "openai", tokens: int = 10) -> None:
    with spans.llm_call(provider=provider, model=model) as one:
        one.set_tokens(input=tokens, output=tokens)


def test_the_first_rule_that_fits_counts(ids: list[int]) -> None:
    rules = {
        "model:gpt-4o-mini*": 0.0,
        "provider:claude": 0.0,
        "tag:loud": 0.0,
        "user:u1": 0.0,
        "name:night*": 0.0,
        "kind:tool": 0.0,
        "*": 1.0,
    }
    with capture(instrument=False, sample_rate=rules) as spans:
        call(spans, "gpt-4o-mini-2024")
        call(spans, "claude-9", "anthropic")
        with limelight.context(tags=["loud"]):
            call(spans)
        with limelight.context(user_id="u1"):
            call(spans)
        for step in (spans.span("nightly"), spans.span("daily"), spans.span("search", kind="tool")):
            with step:
                call(spans, "gpt-4o-mini")
        call(spans)
        kept = [one.name for one in spans.all()]
    assert kept == ["chat gpt-4o-mini", "daily", "chat gpt-4o"], "what is inside a trace goes where its beginning went"


def test_a_share_is_of_the_traces_that_fit(ids: list[int]) -> None:
    with capture(instrument=False, sample_rate=[("model:gpt-4o", 0.5)]) as spans:
        ids += [LOW, HIGH, HIGH]
        call(spans)
        call(spans)
        call(spans, "gpt-5")
        kept = [one.attributes["gen_ai.request.model"] for one in spans.all()]
    assert kept == ["gpt-4o", "gpt-5"]
    assert [is_kept(one, 0.5) for one in (LOW, HIGH)] == [True, False]


def test_a_function_is_asked_and_may_fail(ids: list[int]) -> None:
    asked: list[Start] = []
    known = guard.errors["asking the sampler"]

    def mine(start: Start) -> bool:
        asked.append(start)
        if start.model == "odd":
            raise LookupError("my own mistake")
        return start.model == "gpt-4o-mini"

    with capture(instrument=False, sample_rate=[(mine, 0.0)], tags=["a"]) as spans:
        with limelight.context(user_id="u", session_id="s", tags=["b"]):
            call(spans, "gpt-4o-mini")
        call(spans, "odd")
        kept = [one.attributes["gen_ai.request.model"] for one in spans.all()]
    assert kept == ["odd"], "a rule that fails keeps the trace"
    assert guard.errors["asking the sampler"] == known + 1
    guard.errors.subtract(["asking the sampler"])
    guard.errors += Counter()  # what is nought is gone
    assert asked[0] == Start("chat gpt-4o-mini", "llm", "chat", "openai", "gpt-4o-mini", ("a", "b"), "u", "s")


def test_a_call_of_a_library_is_asked_about_by_its_model() -> None:
    from openai import OpenAI

    with (
        FakeProvider() as fake,
        capture("openai", sample_rate={"model:gpt-4o-mini": 0.0, "provider:openai": 1.0, "*": 0.0}) as spans,
    ):
        client = OpenAI(base_url=f"{fake.url}/v1", api_key="k")
        for model in ("gpt-4o-mini", "gpt-4o"):
            client.chat.completions.create(model=model, messages=[{"role": "user", "content": "Hello"}])
        kept = [one.attributes["gen_ai.request.model"] for one in spans.all()]
    assert kept == ["gpt-4o"]


@pytest.mark.parametrize("sampled", [True, False])
def test_whoever_began_the_trace_has_decided(sampled: bool) -> None:
    with capture(instrument=False, sample_rate={"*": 0.0 if sampled else 1.0}) as spans:
        token: Any = within(LOW, sampled=sampled)
        try:
            call(spans)
        finally:
            detach(token)
        assert len(spans.all()) == sampled


def failing(spans: Capture) -> None:
    with contextlib.suppress(ValueError), spans.agent("planner"):
        call(spans)
        with spans.span("step"):
            raise ValueError("no")


def test_a_trace_that_fails_is_kept_whole() -> None:
    with capture(instrument=False, sample_rate=0.0, keep=["error"]) as spans:
        call(spans)
        failing(spans)
        assert [one.name for one in spans.all()] == ["chat gpt-4o", "step", "planner"]
        assert spans.stats().spans == 3


def test_a_dear_trace_is_kept_whole_and_a_cheap_one_is_not() -> None:
    with capture(instrument=False, sample_rate=0.0, keep=["cost:1.00"]) as spans:
        for tokens in (10, 60_000):
            with spans.agent(f"spends {tokens}"):
                call(spans, tokens=tokens)
                call(spans, tokens=tokens)
        kept = spans.all()
    assert [one.name for one in kept] == ["chat gpt-4o", "chat gpt-4o", "spends 60000"]
    assert sum(one.attributes.get("limelight.cost.total", 0) for one in kept) >= 1.0


def test_a_slow_trace_is_kept_whole() -> None:
    with capture(instrument=False, sample_rate=0.0, keep=["slow:5"]) as spans:
        for seconds in (4, 6):
            with spans.agent(f"takes {seconds}") as agent:
                call(spans)
                agent.end(agent.started_ns + seconds * 1_000_000_000)
        assert [one.name for one in spans.all()] == ["chat gpt-4o", "takes 6"]


def test_what_comes_later_of_a_kept_trace_is_kept_too() -> None:
    with capture(instrument=False, sample_rate=0.0, keep="error") as spans:
        token: Any = within(HIGH, sampled=False)
        try:
            failing(spans)
            call(spans)
        finally:
            detach(token)
        assert len(spans.all()) == 4


def test_what_is_held_back_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "MAX_HELD_BYTES", 20 * sampling.SPAN_BYTES)
    with capture(instrument=False, sample_rate=0.0, keep=["error"]) as spans:
        token: Any = within(HIGH, sampled=False)
        try:
            call(spans)  # the oldest of all: it goes first
            detach(token)
            for _ in range(50):
                call(spans)
            spans.flush()
            token = within(HIGH, sampled=False)
            failing(spans)
        finally:
            detach(token)
        assert [one.name for one in spans.all()] == ["chat gpt-4o", "step", "planner"]


def test_what_nobody_spoke_for_in_time_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "LINGER_S", -1.0)
    monkeypatch.setattr(sampling, "LOOK_S", 0.0)
    held: list[sampling.Tail] = []
    made = sampling.Tail.__init__

    def watched(self: sampling.Tail, *given: Any) -> None:
        made(self, *given)
        held.append(self)

    monkeypatch.setattr(sampling.Tail, "__init__", watched)
    with capture(instrument=False, sample_rate=0.0, keep=["error"]) as spans:
        for _ in range(5):
            call(spans)
        spans.flush()
        assert (held[0]._bytes, len(held[0]._held)) == (0, 0)


def test_many_threads_lose_nothing() -> None:
    with capture(instrument=False, sample_rate=0.0, keep=["error"]) as spans:
        threads = [threading.Thread(target=failing, args=(spans,)) for _ in range(20)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert len(spans.all()) == 60


def test_a_second_chance_reaches_the_backend() -> None:
    with (
        Collector() as collector,
        limelight.Limelight(
            exporter=exporters.local(endpoint=collector.url), sample_rate=0.0, keep=["error"], spool="off"
        ) as client,
    ):
        call(client)
        with pytest.raises(ValueError, match="no"), client.span("fails"):
            raise ValueError("no")
        assert client.flush()
        assert [span.name for span in collector.spans] == ["fails"]


def test_measures_hear_of_what_is_held() -> None:
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

    reader = InMemoryMetricReader()
    with capture(instrument=False, sample_rate=0.0, keep=["error"], meter_provider=MeterProvider([reader])) as spans:
        call(spans)
        assert spans.all() == []
        found = reader.get_metrics_data()
    assert found is not None
    names = {one.name for each in found.resource_metrics for scope in each.scope_metrics for one in scope.metrics}
    assert any("duration" in name for name in names)


def test_a_program_with_a_provider_samples_there() -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    with limelight.Limelight(
        tracer_provider=provider, sample_rate={"*": 0.0}, keep=["error"], instrument=False
    ) as client:
        call(client)
        client.flush()
    assert len(kept.get_finished_spans()) == 1


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("sample_rate", "half", "`sample_rate` takes patterns such as `*`, `name:…`"),
        ("sample_rate", {}, "`sample_rate` takes a number or pairs of a pattern and a number, got {}"),
        ("sample_rate", {"colour:blue": 1.0}, "`sample_rate` takes patterns such as `*`, `name:…`"),
        ("sample_rate", {"model:": 1.0}, "`sample_rate` takes patterns such as"),
        ("sample_rate", {"*": 2.0}, "`sample_rate` takes numbers between 0 and 1, got 2.0 for '*'"),
        ("sample_rate", [("*", 1.0, 1)], "`sample_rate` takes pairs of a pattern and a number"),
        ("keep", "errors", "`keep` takes `error`, `slow:SECONDS` or `cost:DOLLARS`, got 'errors'"),
        ("keep", ["slow:soon"], "`keep` takes `error`, `slow:SECONDS`"),
        ("keep", ["cost:0"], "`keep` takes `error`"),
        ("keep", [3], "`keep` takes `error`"),
    ],
)
def test_a_wrong_rule_is_named_at_once(name: str, value: Any, message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        Config.load(**{name: value})
    assert str(raised.value).startswith(message)


def test_rules_stand_in_a_variable_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMELIGHT_SAMPLE_RATE", "model:gpt-4o-mini=0.1, *=1")
    monkeypatch.setenv("LIMELIGHT_KEEP", "error,slow:30")
    config = Config.load()
    assert config.sample_rate == Config.load(sample_rate={"model:gpt-4o-mini": 0.1, "*": 1}).sample_rate
    assert config.keep == ("error", "slow:30")


@pytest.mark.parametrize(
    ("sampler", "argument", "rate"),
    [("parentbased_traceidratio", "0.25", 0.25), ("traceidratio", "", 1.0), ("always_off", "", 0.0), ("parentbased_always_on", "", 1.0), ("xray", "", 1.0)],
)  # fmt: skip
def test_opentelemetrys_own_variables_are_honoured(
    monkeypatch: pytest.MonkeyPatch, sampler: str, argument: str, rate: float
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", sampler)
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", argument)
    assert Config.load().sample_rate == rate


def test_a_frameworks_step_says_what_it_is() -> None:
    with capture(instrument=False) as spans:
        told = Told(spans.pipeline, Context(), "planner", kind="agent", about={"operation": "invoke_agent"})
        assert told.starts() == Start("planner", "agent", "invoke_agent")
        assert Live(spans.pipeline, "x", Context()).starts() == Start("x")
