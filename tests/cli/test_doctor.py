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
