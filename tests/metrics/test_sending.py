"""From a call to somebody's backend: only when asked, exactly once, sampled or not, in every process."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource

import limelight
from limelight.core.dialects.metrics import SECONDS
from limelight.engine import guard
from limelight.testing import Capture
from limelight.testing.fake import fail, say
from tests.metrics.backend import Backend, labels, only

if TYPE_CHECKING:
    from collections.abc import Callable

    from limelight.testing import FakeProvider

openai = pytest.importorskip("openai")
HI = [{"role": "user", "content": "Hi, my card is 4242"}]
FLAT = {"name": "flat", "bundled": False, "prices": {"*": {"*": {"input": 1.0, "output": 2.0}}}}


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend() as backend:
        yield backend


@pytest.fixture
def client(fake: FakeProvider) -> Iterator[Any]:
    with openai.OpenAI(base_url=fake.openai_url, api_key="any", max_retries=2) as client:
        yield client


def ask(client: Any, **more: Any) -> Any:
    return client.chat.completions.create(model="gpt-4o", messages=HI, **more)


def started(backend: Backend, **settings: Any) -> limelight.Limelight:
    return limelight.init(endpoint=backend.url, instrument=["openai"], prices=FLAT, **{"metrics": True, **settings})


def test_a_call_is_sent_as_sums_with_the_name_of_the_process(backend: Backend, client: Any) -> None:
    started(backend, service_name="shop", project="support", environment="staging", api_key="key")
    usage = ask(client).usage
    ask(client)
    assert limelight.flush()
    found = backend.metrics()
    assert only(found["gen_ai.client.operation.duration"]).count == 2
    assert {
        labels(point)["gen_ai.token.type"]: point.sum
        for point in found["gen_ai.client.token.usage"].histogram.data_points
    } == {"input": 2 * usage.prompt_tokens, "output": 2 * usage.completion_tokens}
    cost = only(found["limelight.client.cost"])
    assert cost.as_double == pytest.approx(2 * (usage.prompt_tokens + 2 * usage.completion_tokens) / 1e6)
    about = backend.resource()
    assert (about["service.name"], about["limelight.project"]) == ("shop", "support")
    assert (about["deployment.environment.name"], about["process.pid"]) == ("staging", os.getpid())
    assert len(about["service.instance.id"]) == 36
    assert backend.headers[0]["authorization"] == "Bearer key"


@pytest.mark.parametrize("settings", [{}, {"metrics": False}, {"metrics": True, "enabled": False}])
def test_nothing_is_counted_unless_it_was_asked_for(settings: dict[str, Any], backend: Backend, client: Any) -> None:
    started(backend, **{"metrics": None, **settings})
    ask(client)
    assert limelight.flush()
    assert [path for path in backend.paths if path.endswith("metrics")] == []
    assert [thread.name for thread in threading.enumerate() if thread.name == "limelight-metrics"] == []


def test_who_captures_sends_nothing(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMELIGHT_METRICS", "1")
    with Capture(endpoint=backend.url) as spans, spans.llm_call(provider="openai", model="own"):
        pass
    assert len(spans.all()) == 1
    assert backend.paths == []


def test_traces_that_are_not_kept_are_counted_all_the_same(backend: Backend, client: Any) -> None:
    started(backend, sample_rate=0.0)
    for _ in range(3):
        ask(client)
    with limelight.llm_call(provider="openai", model="own") as call:
        call.set_tokens(10, 5)
    assert limelight.flush()
    assert [path for path in backend.paths if path.endswith("traces")] == []
    points = backend.metrics()["gen_ai.client.inference.duration"].histogram.data_points
    assert {labels(point)["gen_ai.request.model"]: point.count for point in points} == {"gpt-4o": 3, "own": 1}


def test_traces_that_get_a_second_chance_are_counted_once(backend: Backend, client: Any, fake: FakeProvider) -> None:
    started(backend, sample_rate=0.0, keep=["error"])
    fake.script(say("one"), fail(400))
    with limelight.span("kept for its error"):
        ask(client)
        with pytest.raises(openai.BadRequestError):
            ask(client)
    ask(client)
    assert limelight.flush()
    points = backend.metrics()["gen_ai.client.operation.duration"].histogram.data_points
    assert sorted((point.count, labels(point).get("error.type", "")) for point in points) == [
        (1, "openai.BadRequestError"),
        (2, ""),
    ]


def test_a_call_within_a_call_told_by_hand_counts_once(backend: Backend, client: Any) -> None:
    started(backend)
    with limelight.llm_call(provider="openai", model="gpt-4o"):
        usage = ask(client).usage
    assert limelight.flush()
    found = backend.metrics()
    assert only(found["gen_ai.client.operation.duration"]).count == 1
    assert sum(point.sum for point in found["gen_ai.client.token.usage"].histogram.data_points) == usage.total_tokens


def test_a_step_that_is_said_to_be_a_call_counts_as_one(backend: Backend) -> None:
    lime = started(backend)
    with Capture(prices=FLAT) as spans, spans.span("mine"):
        said = {"provider": "openai", "model": "own", "operation": "chat", "input_tokens": 1000, "output_tokens": 10}
        limelight.set_llm_attributes(**said)
    with lime.span("mine"):
        limelight.set_llm_attributes(**said)
    with lime.span("around"):
        with lime.llm_call(provider="openai", model="own") as call:
            call.set_tokens(5, 5)
        limelight.set_llm_attributes(**said)
    assert limelight.flush()
    found = backend.metrics()
    assert only(found["gen_ai.client.operation.duration"]).count == 2
    assert only(found["limelight.client.cost"]).as_double == pytest.approx(1.035e-3)
    attributes = spans.one().attributes
    assert (attributes["limelight.kind"], attributes["limelight.cost.total"]) == ("llm", pytest.approx(1.02e-3))


def test_retries_and_failures_are_counted(backend: Backend, client: Any, fake: FakeProvider) -> None:
    started(backend)
    fake.script(fail(429, retry_after=0.01), say("Hello"), fail(400))
    ask(client)
    with pytest.raises(openai.BadRequestError):
        ask(client)
    assert limelight.flush()
    attempts = backend.metrics()["limelight.client.attempts"].sum.data_points
    assert sorted((labels(point).get("error.type", ""), point.as_int) for point in attempts) == [
        ("", 1),
        ("429", 1),
        ("openai.BadRequestError", 1),
    ]
    durations = backend.metrics()["gen_ai.client.operation.duration"].histogram.data_points
    assert sorted(labels(point).get("error.type", "") for point in durations) == ["", "openai.BadRequestError"]


def test_a_stream_tells_when_its_chunks_came(backend: Backend, client: Any, fake: FakeProvider) -> None:
    started(backend)
    fake.script(say("one two three four five six"))
    chunks = len(list(ask(client, stream=True)))
    assert limelight.flush()
    found = backend.metrics()
    assert only(found["gen_ai.client.inference.time_to_first_chunk"]).count == 1
    between = only(found["gen_ai.client.inference.time_per_output_chunk"])
    assert between.count > 0
    assert chunks > 1
    assert between.sum <= only(found["gen_ai.client.inference.duration"]).sum


def test_nothing_that_was_said_is_sent(backend: Backend, client: Any, fake: FakeProvider) -> None:
    started(backend)
    fake.script(say("the answer is confidential"), fail(400, message="what about 4242"))
    ask(client, user="user-77")
    with pytest.raises(openai.BadRequestError):
        ask(client)
    assert limelight.flush()
    sent = backend.requests[-1].SerializeToString()
    assert b"gpt-4o" in sent
    assert not any(word in sent for word in (b"4242", b"confidential", b"user-77", b"chatcmpl"))


def test_a_given_provider_is_counted_in_and_nowhere_else(backend: Backend, client: Any) -> None:
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], resource=Resource({"service.name": "theirs"}), shutdown_on_exit=False)
    started(backend, metrics=None, meter_provider=provider)
    ask(client)
    assert limelight.flush()
    (about,) = reader.get_metrics_data().resource_metrics
    (scope,) = about.scope_metrics
    found = {metric.name: metric for metric in scope.metrics}
    assert scope.scope.name == "limelight"
    (duration,) = found["gen_ai.client.inference.duration"].data.data_points
    assert (duration.count, duration.explicit_bounds) == (1, SECONDS)
    assert duration.attributes["gen_ai.request.model"] == "gpt-4o"
    (attempts,) = found["limelight.client.attempts"].data.data_points
    assert attempts.value == 1
    assert backend.requests == []
    provider.shutdown()


class Noting:
    """A provider that notes in which thread it is told something; of OpenTelemetry's oldest interface."""

    def __init__(self) -> None:
        self.threads: set[str] = set()

    def get_meter(self, name: str, version: str) -> Noting:
        return self

    def create_counter(self, name: str, unit: str, description: str) -> Noting:
        return self

    create_histogram = create_counter

    def add(self, value: float, attributes: Any) -> None:
        self.threads.add(threading.current_thread().name)

    record = add


def test_an_older_interface_is_enough_and_the_caller_waits_for_nothing(client: Any, backend: Backend) -> None:
    noting = Noting()
    started(backend, metrics=None, meter_provider=noting)
    ask(client)
    assert limelight.flush()
    assert noting.threads == {"limelight-finisher"}


class Failing(Noting):
    """It counts nothing."""

    def record(self, value: float, attributes: Any) -> None:
        raise RuntimeError("no room left")

    add = record


def test_a_provider_that_fails_costs_no_span(
    client: Any, traced: Callable[..., Capture], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "errors", errors := Counter())
    spans = traced("openai", meter_provider=Failing())
    assert ask(client).choices
    assert spans.one().name == "chat gpt-4o"
    assert errors == {"measuring a span": 1}
