"""Limelight beside seven other tracers, whichever was there first: nobody's answers and nobody's spans change.

Each program runs in a process of its own, in an environment that has the tracers (`make test-beside`).
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from limelight.testing import FakeProvider
from tests.pipeline.collector import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TRACERS = sorted(path.stem for path in (HERE / "tracers").glob("*.py"))
SENT = Counter(
    {"chat gpt-4o": 7, "chat fail-400": 2, "embeddings text-embedding-3-small": 1, "chat claude-sonnet-5-5": 5}
)
"""What Limelight tells of one run of the program: each call once."""

VARIABLES = {
    "datadog": {
        "DD_TRACE_AGENT_URL": "http://127.0.0.1:9",
        "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false",
        "DD_REMOTE_CONFIGURATION_ENABLED": "false",
        "DD_TRACE_OTEL_ENABLED": "true",
        "OTEL_PYTHON_CONTEXT": "ddcontextvars_context",
    }
}
"""What a tracer wants to be told before a program begins."""

pytestmark = [pytest.mark.beside, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeProvider]:
    with FakeProvider() as provider:
        yield provider


class Ran:
    """What one run of the program has told, and what came to our backend meanwhile."""

    def __init__(self, fake: FakeProvider, tracer: str, order: str, **variables: str) -> None:
        fake.reset()
        with Collector() as collector:
            around = {
                "PATH": os.environ["PATH"],
                "HOME": "/nonexistent",
                "PYTHONPATH": str(ROOT),
                **fake.environment,
                "LIMELIGHT_ENDPOINT": collector.url,
                "LIMELIGHT_SPOOL": "off",
                **VARIABLES.get(tracer, {}),
                **variables,
            }
            command = [sys.executable, str(HERE / "program.py"), tracer, order]
            ended = subprocess.run(command, env=around, cwd=ROOT, capture_output=True, text=True, timeout=150)
            assert ended.returncode == 0, ended.stderr[-3_000:]
            told = json.loads(ended.stdout.splitlines()[-1])
            self.answers, self.theirs, self.provider = told["answers"], told["theirs"], told["provider"]
            self.said = ended.stderr
            self.ours = collector.spans
            self.requests = [(exchange.method, exchange.path, exchange.body) for exchange in fake.requests]


@functools.cache
def alone(fake: FakeProvider, tracer: str) -> Ran:
    return Ran(fake, tracer, "alone")


def test_the_seven_are_here() -> None:
    assert len(TRACERS) == 7


@pytest.mark.case(29, 30, 31, 32, 67, 78)
@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("tracer", TRACERS)
def test_beside(fake: FakeProvider, tracer: str, order: str) -> None:
    without, both = alone(fake, tracer), Ran(fake, tracer, order)
    assert without.ours == []
    assert both.answers == without.answers
    assert sorted(both.requests) == sorted(without.requests)
    assert sorted(both.theirs, key=str) == sorted(without.theirs, key=str)  # what is told late has no fixed place
    assert both.theirs
    assert both.provider == without.provider
    assert both.said == without.said
    assert Counter(span.name for span in both.ours) == SENT


@pytest.mark.parametrize("tracer", ["opentelemetry", "datadog"])
def test_switched_off_for_all_it_is_off_here_too(fake: FakeProvider, tracer: str) -> None:
    both = Ran(fake, tracer, "before", OTEL_SDK_DISABLED="true")
    assert both.ours == []
    assert both.answers == alone(fake, tracer).answers
