"""The whole of it: gunicorn with four forked workers, FastAPI, LangGraph, two vendors, Celery, and impatient users."""

from __future__ import annotations

import collections
import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from limelight.testing import FakeProvider
from tests.pipeline.collector import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
REQUESTS = 500
AT_ONCE = 16

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
for module in ("gunicorn", "fastapi", "celery", "langgraph", "langchain_openai", "anthropic"):
    pytest.importorskip(module)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[int, Collector, FakeProvider, Path]]:
    port, queue = free_port(), tmp_path / "queue"
    (queue / "control").mkdir(parents=True)
    with Collector() as collector, FakeProvider() as fake:
        around = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "LIMELIGHT_"))},
            **fake.environment,
            "LIMELIGHT_ENDPOINT": collector.url,
            "LIMELIGHT_SPOOL": str(tmp_path / "spool"),
            "PARLOUR_QUEUE": str(queue),
            "LANGSMITH_TRACING": "false",
        }
        home = ROOT / "examples" / "service"
        commands = {
            "worker": ["celery", "-A", "app:queue", "worker", "--pool", "solo", "--loglevel", "ERROR"],
            "server": ["gunicorn", "--preload", "-w", "4", "-k", "asgi", "-b", f"127.0.0.1:{port}", "app:app"],
        }
        running = []
        for name, words in commands.items():
            with (tmp_path / f"{name}.log").open("w") as log:
                command = [sys.executable, "-m", *words]
                running.append(subprocess.Popen(command, cwd=home, env=around, stdout=log, stderr=log))
        yield port, collector, fake, tmp_path
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            process.wait(30)


def listening(port: int) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the service did not start")


def visit(port: int, number: int) -> str:
    """Ask for a whole answer, or for a stream that is sometimes left in the middle."""
    chance = random.Random(number)
    path = ("ask", "tell")[number % 2]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("GET", f"/{path}/city{number}")
    answer = connection.getresponse()
    assert answer.status == 200
    answer.read(5 if path == "tell" and chance.random() < 0.3 else None)
    connection.close()
    return path


def settled(collector: Collector, wanted: int) -> list[Any]:
    """All spans, once no more of them come."""
    until, before = time.monotonic() + 120, -1
    while time.monotonic() < until:
        found = collector.spans
        if len(found) == before and len(found) >= wanted:
            return found
        before = len(found)
        time.sleep(2)
    return collector.spans


@pytest.mark.case(1, 25, 47)
def test_five_hundred_requests_are_five_hundred_traces(service: tuple[int, Collector, FakeProvider, Path]) -> None:
    port, collector, fake, logs = service
    listening(port)
    with ThreadPoolExecutor(AT_ONCE) as users:
        asked = collections.Counter(users.map(lambda number: visit(port, number), range(REQUESTS)))
    # http, graph, node, call; and for each of these a task with its call. http and call for a stream.
    wanted = asked["ask"] * 6 + asked["tell"] * 2
    spans = settled(collector, wanted)

    traces: dict[bytes, list[Any]] = collections.defaultdict(list)
    for span in spans:
        traces[span.trace_id].append(span)
    assert len(traces) == REQUESTS
    known = {span.span_id for span in spans}
    assert [span.name for span in spans if span.parent_span_id and span.parent_span_id not in known] == []
    shapes = collections.Counter(tuple(sorted(span.name for span in trace)) for trace in traces.values())
    assert shapes == {
        (
            "GET /ask/{city}",
            "LangGraph",
            "chat claude-sonnet-5-5",
            "chat gpt-4o-mini",
            "look",
            "task remember",
        ): asked["ask"],
        ("GET /tell/{city}", "chat claude-sonnet-5-5"): asked["tell"],
    }
    assert sum(span.name.startswith("chat ") for span in spans) == len(fake.requests)
    for log in logs.glob("*.log"):
        said = log.read_text()
        assert "Failed to detach" not in said
        assert "limelight" not in said.lower(), said
