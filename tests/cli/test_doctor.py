"""`limelight doctor`: what it says when all is well, and when it is not."""

from __future__ import annotations

import re
import sys
import types
from typing import TYPE_CHECKING

import pytest
import requests

import limelight
from limelight import cli
from limelight.sdk import doctor
from limelight.server.serve import running
from limelight.testing import FakeProvider
from tests.metrics.backend import Backend
from tests.pipeline.collector import Collector

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def only_a_few_libraries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Some libraries take seconds to import; a few are enough to be told of."""
    known = [one for one in doctor.switches() if one.integration.name in {"openai", "anthropic", "celery"}]
    monkeypatch.setattr(doctor, "switches", lambda: known)
    monkeypatch.setenv("LIMELIGHT_SPOOL", str(tmp_path / "spool"))


def told(capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    status = cli.main(["doctor"])
    return status, capsys.readouterr().out


def test_all_is_well(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with Collector() as collector:
        monkeypatch.setenv("LIMELIGHT_ENDPOINT", collector.url)
        status, said = told(capsys)
        assert [span.name for span in collector.spans] == ["self-test"]
    assert status == 0
    assert "✗" not in said
    assert "openai" in said
    assert "methods are traced" in said
    assert re.search(r"✓ celery +celery [0-9.]+: its own steps are traced", said)
    assert "from the environment: endpoint, spool" in said


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("LIMELIGHT_ENDPOINT", "http://127.0.0.1:9")
    status, said = told(capsys)
    assert status == 1
    assert "✗ delivery       http://127.0.0.1:9/v1/traces cannot be reached (ConnectionRefusedError)" in said


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("LIMELIGHT_SAMPLE_RATE", "7", "`sample_rate` must be between 0 and 1"),
        ("OTEL_SDK_DISABLED", "true", "tracing is off"),
        ("LIMELIGHT_MASK", "nonsense", "`mask` must be `secrets`"),
        ("LIMELIGHT_PRICES", "/nowhere.json", "`prices` cannot be used"),
        ("LIMELIGHT_INSTRUMENT", "openai,nobody", "`nobody` is no library Limelight knows"),
        ("LIMELIGHT_METRICS", "often", "`metrics` must be True, False or None"),
    ],
)
def test_settings_that_stand_in_the_way(
    variable: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(variable, value)
    status, said = told(capsys)
    assert status == 1
    assert words in said


def test_what_is_missing_from_the_spans_is_no_riddle(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LIMELIGHT_CAPTURE_CONTENT", "false")
    monkeypatch.setenv("LIMELIGHT_SAMPLE_RATE", "0.1")
    _, said = told(capsys)
    assert "prompts and answers are not recorded" in said
    assert "10% of traces" in said


@pytest.mark.parametrize("variable", ["LIMELIGHT_SAMPLE_RATE", "OTEL_TRACES_SAMPLER"])
def test_a_share_of_traces_does_not_hide_what_is_wrong_with_the_backend(
    variable: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(variable, "0" if variable == "LIMELIGHT_SAMPLE_RATE" else "always_off")
    monkeypatch.setenv("LIMELIGHT_ENDPOINT", "http://127.0.0.1:9")
    status, said = told(capsys)
    assert status == 1
    assert "✗ delivery       http://127.0.0.1:9/v1/traces cannot be reached" in said
    with Collector() as collector:
        monkeypatch.setenv("LIMELIGHT_ENDPOINT", collector.url)
        status, said = told(capsys)
        assert [span.name for span in collector.spans] == ["self-test"]
    assert status == 0
    assert "0% of traces are recorded" in said


def test_of_several_backends_each_is_told_of(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LIMELIGHT_EXPORTER", "phoenix,local")
    monkeypatch.setenv("PHOENIX_COLLECTOR_ENDPOINT", "http://127.0.0.1:9")
    with Collector() as collector:
        monkeypatch.setenv("LIMELIGHT_ENDPOINT", collector.url)
        status, said = told(capsys)
    assert status == 1
    assert re.search(rf"✓ delivery +a test span was taken at {collector.url}/v1/traces", said)
    assert re.search(r"✗ delivery .*:9/v1/traces cannot be reached .*\. Are the address and the key right\?", said)


def test_the_console_stays_quiet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("rich")
    with Collector() as collector:
        monkeypatch.setenv("LIMELIGHT_ENDPOINT", collector.url)
        monkeypatch.setenv("LIMELIGHT_CONSOLE", "1")
        status = cli.main(["doctor"])
    said = capsys.readouterr()
    assert (status, said.err) == (0, "")
    assert "Latency" not in said.out


def test_a_console_without_what_it_needs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "rich", None)
    monkeypatch.setenv("LIMELIGHT_CONSOLE", "1")
    status, said = told(capsys)
    assert status == 1
    assert "✗ settings       `console` needs the package `rich`" in said


def test_metrics_are_tried_without_a_figure_being_sent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LIMELIGHT_METRICS", "1")
    with Collector() as collector, Backend() as backend:
        monkeypatch.setenv("LIMELIGHT_ENDPOINT", collector.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", f"{backend.url}/v1/metrics")
        status, said = told(capsys)
        assert status == 0
        assert f"✓ metrics        a test request was taken at {backend.url}/v1/metrics" in said
        assert backend.metrics() == {}
        assert len(backend.requests) == 1
        backend.status = 403
        status, said = told(capsys)
        assert status == 1
        assert re.search(r"✓ delivery", said)
        assert f"✗ metrics        {backend.url}/v1/metrics answered HTTP 403" in said


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("OTEL_METRICS_EXPORTER", "none", "· metrics        not sent: OTEL_METRICS_EXPORTER says so"),
        ("LIMELIGHT_METER_PROVIDER", "global", "✓ metrics        counted in the `MeterProvider`"),
        ("LIMELIGHT_METRICS", "0", None),
    ],
)
def test_metrics_that_are_not_sent(
    variable: str,
    value: str,
    words: str | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LIMELIGHT_METRICS", "1")
    monkeypatch.setenv(variable, value)
    with Collector() as collector:
        monkeypatch.setenv("LIMELIGHT_ENDPOINT", collector.url)
        status, said = told(capsys)
    assert status == 0
    assert words in said if words else "metrics  " not in said


def test_nothing_stays_patched(capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys)
    completions = sys.modules["openai.resources.chat.completions"].Completions
    assert "limelight" not in completions.create.__code__.co_filename


def test_libraries_that_only_the_transport_sees_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    module = types.ModuleType("tinyllm.client")
    code = "import requests\ndef ask(url, body):\n    return requests.post(url, json=body, timeout=10)\n"
    exec(compile(code, "/venv/lib/site-packages/tinyllm/client.py", "exec"), vars(module))
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}
    with running(tmp_path / "data") as url, FakeProvider() as fake:
        monkeypatch.setenv("LIMELIGHT_ENDPOINT", url)
        with limelight.Limelight() as one:
            one.instrument("transport")
            module.ask(f"{fake.openai_url}/chat/completions", body)
            requests.post(f"{fake.openai_url}/chat/completions", json=body, timeout=10)
            assert one.flush()
        _, said = told(capsys)
    assert "tinyllm: no integration of its own; its calls are captured at transport" in said
