"""The way to the backend: OpenTelemetry's variables, patience, the spool, forks."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

import limelight
from limelight.core.dialects.metrics import ATTEMPTS, Measurement
from limelight.pipeline.export import Target
from limelight.pipeline.metrics_export import MetricsExporter
from limelight.pipeline.spool import Spool
from limelight.sdk.config import Config, ConfigError
from tests.metrics.backend import Backend, labels, only

if TYPE_CHECKING:
    from pathlib import Path

LABELS = (("gen_ai.provider.name", "openai"),)
ONE = Measurement(ATTEMPTS, 1, LABELS)
DELTA, CUMULATIVE = 1, 2


@pytest.fixture
def backend() -> Iterator[Backend]:
    with Backend() as backend:
        yield backend


def exporter(backend: Backend, **settings: Any) -> MetricsExporter:
    target = Target(f"{backend.url}/v1/metrics", {"x-team": "t"}, timeout_s=5)
    return MetricsExporter(target, lambda: {"service.name": "app"}, "1", **settings)


def counts(backend: Backend) -> list[int]:
    return [only(backend.metrics(each)["limelight.client.attempts"]).as_int for each in range(len(backend.requests))]


@pytest.mark.parametrize("status", [503, 429, 408, 401, 404])
@pytest.mark.parametrize("is_delta", [True, False])
def test_refused_sums_come_later(is_delta: bool, status: int, backend: Backend) -> None:
    export = exporter(backend, is_delta=is_delta)
    export.add(ONE)
    backend.status = status
    assert not export.flush(5)
    export.add(ONE)
    backend.status = 200
    assert export.flush(5)
    assert counts(backend) == [2]
    assert export.close(5)
    assert counts(backend) == ([2] if is_delta else [2, 2])


def test_what_no_patience_brings_through_is_said_to_be_lost(backend: Backend, caplog: pytest.LogCaptureFixture) -> None:
    export = exporter(backend, is_delta=True)
    export.add(ONE)
    backend.status = 400
    assert not export.flush(5)
    assert "answered HTTP 400; these sums are lost" in caplog.text
    backend.status = 200
    export.add(ONE)
    assert export.close(5)
    assert counts(backend) == [1]


def add(one: limelight.Limelight, number: int) -> None:
    assert one.metering.exporter is not None
    one.metering.exporter.add(Measurement(ATTEMPTS, number, LABELS))


def test_nobodys_sums_are_sent_with_somebody_elses_key(backend: Backend, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"endpoint": backend.url, "metrics": True, "spool": str(tmp_path), "instrument": False}
    backend.status = 401
    with limelight.Limelight(**settings, api_key="wrong") as one:
        add(one, 1)
    backend.status = 200
    with limelight.Limelight(**settings, api_key="right") as other:
        add(other, 5)
    assert counts(backend) == [5]
    with limelight.Limelight(**settings, api_key="wrong") as heir:
        add(heir, 7)
    assert sorted(counts(backend)) == [1, 5, 7]
    assert [headers["authorization"] for headers in backend.headers] == ["Bearer right", "Bearer wrong", "Bearer wrong"]


def test_it_sends_by_itself(backend: Backend) -> None:
    export = exporter(backend, interval_s=0.02)
    export.add(ONE)
    with export._state:  # until two rounds have passed without anybody's asking
        assert export._state.wait_for(lambda: len(backend.requests) >= 2, 5)
    assert (backend.paths[0], backend.headers[0]["x-team"]) == ("/v1/metrics", "t")
    assert export.close(5)


def test_a_refusal_is_said_once_and_again_after_it_worked(backend: Backend, caplog: pytest.LogCaptureFixture) -> None:
    export = exporter(backend)
    export.add(ONE)
    backend.status = 404
    assert [export.flush(5), export.flush(5)] == [False, False]
    assert len(caplog.records) == 1
    assert "answered HTTP 404" in caplog.text
    backend.status = 200
    assert export.flush(5)
    backend.status = 404
    assert not export.close(5)
    assert len(caplog.records) == 2


def test_what_the_last_flush_could_not_send_waits_on_the_disk(backend: Backend, tmp_path: Path) -> None:
    spool = Spool(tmp_path, backend.url)
    backend.status = 503
    export = exporter(backend, spool=spool, is_quiet=True)
    export.add(ONE)
    assert not export.close(5)
    assert len(spool) == 1
    backend.status = 200
    heir = exporter(backend, spool=Spool(tmp_path, backend.url))
    heir.add(Measurement(ATTEMPTS, 5, LABELS))
    assert heir.close(5)
    assert counts(backend) == [5, 1]
    assert len(spool) == 0


def test_what_a_silent_backend_was_sent_waits_on_the_disk_too(backend: Backend, tmp_path: Path) -> None:
    spool = Spool(tmp_path, backend.url)
    backend.answers.clear()
    export = exporter(backend, spool=spool, is_delta=True)
    export.add(ONE)
    assert not export.flush(0.05)
    export.add(ONE)
    assert not export.close(0.05)
    (claim,) = spool.claim()
    told = ExportMetricsServiceRequest.FromString(claim.body).resource_metrics[0].scope_metrics[0].metrics
    assert [only(metric).as_int for metric in told] == [2]
    backend.answers.set()
    assert export.flush(5)


def test_a_backend_that_is_away_costs_no_time(caplog: pytest.LogCaptureFixture) -> None:
    with limelight.Limelight(endpoint="http://127.0.0.1:9", metrics=True) as lime:
        with lime.llm_call(provider="openai", model="gpt-4o"):
            pass
        assert not lime.flush(5)
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1


def variables(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name in list(os.environ):
        if name.startswith(("OTEL_", "LIMELIGHT_")):
            monkeypatch.delenv(name)
    for name, value in values.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("values", "settings", "url"),
    [
        ({}, {}, "http://127.0.0.1:4318/v1/metrics"),
        ({}, {"endpoint": "https://x.test/otlp/"}, "https://x.test/otlp/v1/metrics"),
        ({}, {"endpoint": "https://x.test/v1/traces"}, "https://x.test/v1/metrics"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://all:1"}, {}, "http://all:1/v1/metrics"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t:1/v1/traces"}, {}, "http://t:1/v1/metrics"),
        (
            {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t:1/here", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://all:1/"},
            {},
            "http://all:1/v1/metrics",
        ),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://m:1/in"}, {"endpoint": "http://x:1"}, "http://m:1/in"),
        ({"LIMELIGHT_ENDPOINT": "http://l:1"}, {}, "http://l:1/v1/metrics"),
    ],
)
def test_where_metrics_go(
    values: dict[str, str], settings: dict[str, Any], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables(monkeypatch, **values)
    wanted = Config.load(metrics=True, **settings).metrics_export
    assert wanted is not None
    assert (wanted.url, wanted.interval_s, wanted.is_delta) == (url, 60.0, False)


@pytest.mark.parametrize(
    ("values", "settings"),
    [
        ({}, {}),
        ({}, {"metrics": False}),
        ({"LIMELIGHT_METRICS": "0"}, {}),
        ({"OTEL_METRICS_EXPORTER": "none"}, {"metrics": True}),
        ({"OTEL_SDK_DISABLED": "true"}, {"metrics": True}),
        ({"LIMELIGHT_METER_PROVIDER": "global"}, {"metrics": True}),
    ],
)
def test_when_none_are_sent(values: dict[str, str], settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    variables(monkeypatch, **values)
    assert Config.load(**settings).metrics_export is None


def test_the_other_variables_are_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    variables(
        monkeypatch,
        LIMELIGHT_METRICS="1",
        OTEL_EXPORTER_OTLP_HEADERS="a=1",
        OTEL_EXPORTER_OTLP_METRICS_HEADERS="b=2",
        OTEL_METRIC_EXPORT_INTERVAL="2500",
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE="LowMemory",
    )
    wanted = Config.load().metrics_export
    assert wanted is not None
    assert (wanted.headers, wanted.interval_s, wanted.is_delta) == ({"a": "1", "b": "2"}, 2.5, True)


@pytest.mark.parametrize(
    ("values", "settings", "said"),
    [
        ({}, {"metrics": "yes"}, "`metrics` must be True, False or None"),
        ({"LIMELIGHT_METRICS": "perhaps"}, {}, "`metrics` must be"),
        ({}, {"meter_provider": "mine"}, "`meter_provider` must be a `MeterProvider` or 'global'"),
        ({}, {"meter_provider": 7}, "`meter_provider` must be a `MeterProvider` or 'global'"),
        ({"OTEL_METRIC_EXPORT_INTERVAL": "soon"}, {"metrics": True}, "must be a number of milliseconds"),
    ],
)
def test_a_wrong_setting_is_an_error_at_once(
    values: dict[str, str], settings: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables(monkeypatch, LIMELIGHT_SPOOL="off", **values)
    with pytest.raises(ConfigError, match=said):
        limelight.Limelight(**settings)


def test_delta_is_what_the_variable_says(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta")
    with limelight.Limelight(endpoint=backend.url, metrics=True) as lime:
        for _ in range(2):
            with lime.llm_call(provider="openai", model="gpt-4o"):
                pass
            assert lime.flush()
    assert counts(backend) == [1, 1]
    durations = [backend.metrics(each)["gen_ai.client.inference.duration"].histogram for each in (0, 1)]
    assert [each.aggregation_temporality for each in durations] == [DELTA, DELTA]


def run(program: str, backend: Backend) -> None:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "LIMELIGHT_"))}
    env = {**inherited, "LIMELIGHT_ENDPOINT": backend.url, "LIMELIGHT_SPOOL": "off"}
    subprocess.run([sys.executable, "-W", "ignore", "-c", textwrap.dedent(program)], env=env, check=True, timeout=30)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_each_of_two_processes_counts_under_its_own_name(backend: Backend) -> None:
    run(
        """
        import os, limelight
        lime = limelight.init(metrics=True, instrument=False)

        def work(times):
            for _ in range(times):
                with limelight.llm_call(provider="openai", model="gpt-4o"):
                    pass
            assert limelight.flush()

        work(2)
        if (child := os.fork()) == 0:
            work(3)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        """,
        backend,
    )
    told = {
        (backend.resource(each)["process.pid"], backend.resource(each)["service.instance.id"]): count
        for each, count in enumerate(counts(backend))
    }
    assert sorted(told.values()) == [2, 3]


def test_the_programs_own_provider_is_used_only_where_that_is_asked(backend: Backend) -> None:
    run(
        """
        import limelight
        from opentelemetry import metrics
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import InMemoryMetricReader

        reader = InMemoryMetricReader()
        metrics.set_meter_provider(MeterProvider([reader]))

        def counted(**settings):
            limelight.init(instrument=False, **settings)
            with limelight.llm_call(provider="openai", model="gpt-4o"):
                pass
            assert limelight.flush()
            return reader.get_metrics_data() is not None

        assert not counted()
        assert not counted(metrics=True)
        assert counted(meter_provider="global")
        """,
        backend,
    )
    assert counts(backend) in ([1], [1, 1])  # of the second; told once more when it ended
    assert labels(only(backend.metrics()["limelight.client.attempts"]))["gen_ai.request.model"] == "gpt-4o"


def test_nothing_of_it_is_loaded_unless_it_is_wanted(backend: Backend) -> None:
    run(
        """
        import sys, limelight
        limelight.init(instrument=False)
        with limelight.llm_call(provider="openai", model="gpt-4o"):
            pass
        assert limelight.flush()
        loaded = [name for name in sys.modules if "metrics" in name and name.startswith(("limelight", "opentelemetry.sdk"))]
        assert loaded == [], loaded
        """,
        backend,
    )
