"""`limelight doctor`: what it says when all is well, and when it is not."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from limelight import cli
from limelight.sdk import doctor
from tests.pipeline.collector import Collector

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def only_two_libraries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Some libraries take seconds to import; two are enough to be told of."""
    known = [one for one in doctor.switches() if one.integration.name in {"openai", "anthropic"}]
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
