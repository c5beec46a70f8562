"""What threads, pools and processes do belongs to the trace of whoever started them (cases 25 to 33)."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.frameworks.tree import tree
from tests.pipeline.collector import Collector

if TYPE_CHECKING:
    from pathlib import Path

    from limelight.testing import Capture

UNDER = ["request [chain]", "  work [chain]"]


@pytest.fixture
def work(spans: Capture):  # type: ignore[no-untyped-def]
    def work(word: str = "x") -> str:
        with spans.span("work"):
            return word

    return work


def test_a_thread_works_for_whoever_started_it(spans: Capture, work) -> None:  # type: ignore[no-untyped-def]
    class Mine(threading.Thread):
        def run(self) -> None:
            work()

    for thread in (threading.Thread(target=work, args=("y",)), Mine()):
        with spans.span("request"):
            thread.start()
            thread.join()
        assert tree(spans) == UNDER
        spans.clear()


def test_a_thread_outside_of_everything_is_left_alone(spans: Capture, work) -> None:  # type: ignore[no-untyped-def]
    thread = threading.Thread(target=work)
    run = thread.run
    thread.start()
    thread.join()
    assert thread.run == run
    assert tree(spans) == ["work [chain]"]


def test_a_pools_threads_work_for_each_who_asks(spans: Capture, work) -> None:  # type: ignore[no-untyped-def]
    with ThreadPoolExecutor(1) as pool:
        for _ in range(2):
            with spans.span("request"):
                assert pool.submit(work, "z").result() == "z"
                assert list(pool.map(work, ["a"])) == ["a"]
        pool.submit(work).result()
    assert tree(spans) == [*UNDER, "  work [chain]", *UNDER, "  work [chain]", "work [chain]"]


async def test_tasks_and_executors_of_a_loop_too(spans: Capture, work) -> None:  # type: ignore[no-untyped-def]
    async def later() -> None:
        await asyncio.sleep(0)
        work()

    with spans.span("request"):
        await asyncio.gather(later(), asyncio.to_thread(work))
        await asyncio.get_running_loop().run_in_executor(None, work)
        contextvars.copy_context().run(work)
    assert tree(spans) == ["request [chain]", *["  work [chain]"] * 4]


def test_an_exception_and_a_signature_are_the_functions_own(spans: Capture) -> None:
    with ThreadPoolExecutor(1) as pool, spans.span("request"):
        assert isinstance(pool.submit(lambda: 1 / 0).exception(), ZeroDivisionError)
    assert list(inspect.signature(ThreadPoolExecutor.submit).parameters) == ["self", "fn", "args", "kwargs"]
    assert threading.Thread.start.__doc__ == (threading.Thread.start.__doc__ or "")


PROGRAM = """
import multiprocessing, sys
from concurrent.futures import ProcessPoolExecutor
import limelight
limelight.init()

def work(word):
    with limelight.span("work"):
        return word

if __name__ == "__main__":
    with limelight.span("request"), limelight.context(user_id="ann"):
        how = multiprocessing.get_context(sys.argv[1])
        one = how.Process(target=work, args=("x",))
        one.start()
        one.join()
        with ProcessPoolExecutor(1, mp_context=how) as pool:
            assert pool.submit(work, "y").result() == "y"
"""


@pytest.mark.parametrize("how", ["fork", "spawn", "forkserver"])
def test_processes_send_what_they_did_to_the_same_trace(how: str, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    with Collector() as collector:
        around = {"LIMELIGHT_ENDPOINT": collector.url, "LIMELIGHT_SPOOL": str(tmp_path / "spool"), "PATH": "/usr/bin"}
        ended = subprocess.run([sys.executable, program, how], env=around, capture_output=True, text=True, timeout=50)
        assert (ended.returncode, ended.stderr) == (0, "")
        found = {span.span_id: span for span in collector.spans}
    assert sorted(span.name for span in found.values()) == ["request", "work", "work"]
    (request,) = [span for span in found.values() if span.name == "request"]
    for span in found.values():
        if span is not request:
            assert span.parent_span_id == request.span_id
            assert "ann" in [pair.value.string_value for pair in span.attributes if pair.key == "user.id"]
