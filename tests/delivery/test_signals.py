"""Told to go, forked in the middle of a call, left without a word: what was done arrives."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.running import black_hole, heard, program, running
from tests.pipeline.collector import Collector

if TYPE_CHECKING:
    from pathlib import Path

    from limelight.testing import FakeProvider

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such signals here")


def outcomes(collector: Collector) -> list[str]:
    found = []
    for span in sorted(collector.spans, key=lambda span: span.start_time_unix_nano):
        said = {pair.key: pair.value.string_value for pair in span.attributes}
        found.append(said.get("limelight.outcome", "ok"))
    return found


@pytest.mark.case(49)
def test_a_program_that_is_told_to_go_sends_what_it_has(fake: FakeProvider, tmp_path: Path) -> None:
    """Also the call that it is making, and the exit status is as it would be without us."""
    body = """
        call()
        stream = call(stream=True)
        next(stream)
        say("now")
        client = openai.OpenAI(max_retries=0, base_url=os.environ["NOBODY"])
        call()
    """
    with Collector() as collector, black_hole() as nobody:
        with running(body, fake, collector.url, tmp_path, NOBODY=nobody) as process:
            heard(process, "now")
            process.terminate()
            assert process.wait(10) == -signal.SIGTERM
            assert process.stderr is not None
            assert process.stderr.read() == ""
        assert outcomes(collector)[:2] == ["ok", "incomplete"]
        assert set(outcomes(collector)[2:]) <= {"incomplete"}  # had it begun
    assert list(tmp_path.rglob("*.running")) == []


@pytest.mark.parametrize(
    "own", ["signal.signal(signal.SIGTERM, signal.SIG_IGN)", "signal.signal(signal.SIGTERM, lambda *_: say('mine'))"]
)
def test_what_the_program_does_about_it_stands(own: str, fake: FakeProvider, tmp_path: Path) -> None:
    body = f"""
        {own}
        limelight.shutdown()
        limelight.init()
        before = signal.getsignal(signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        limelight.init(sample_rate=0.5)
        assert signal.getsignal(signal.SIGTERM) is before
        say("alive")
    """
    with Collector() as collector:
        done = program(body, fake, collector.url, tmp_path)
    assert done.stdout.split()[-1] == "alive"
    assert done.returncode == 0


@pytest.mark.case(50)
def test_told_to_go_while_the_backend_is_a_black_hole(fake: FakeProvider, tmp_path: Path) -> None:
    body = """
        call()
        say("now")
        time.sleep(60)
    """
    with black_hole() as endpoint, running(body, fake, endpoint, tmp_path) as process:
        heard(process, "now")
        process.terminate()
        assert process.wait(5) == -signal.SIGTERM
    assert len(list(tmp_path.rglob("*.otlp"))) == 1


@pytest.mark.case(47)
def test_a_fork_in_the_middle_of_a_call_leaves_it_to_the_parent(fake: FakeProvider, tmp_path: Path) -> None:
    body = """
        import gc
        stream = call(stream=True)
        next(stream)
        if (child := os.fork()) == 0:
            del stream
            gc.collect()
            client = openai.OpenAI(max_retries=0)
            call()
            limelight.flush()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        list(stream)
    """
    with Collector() as collector:
        done = program(body, fake, collector.url, tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert outcomes(collector) == ["ok", "ok"]
        assert len({span.span_id for span in collector.spans}) == 2
        said: list[Any] = [
            {pair.key: pair.value.int_value for pair in each.resource.attributes}["process.pid"]
            for request in collector.requests
            for each in request.resource_spans
        ]
        assert len(set(said)) == 2


@pytest.mark.case(47)
@pytest.mark.parametrize(
    "method",
    [pytest.param("spawn", marks=pytest.mark.slow), pytest.param("forkserver", marks=pytest.mark.slow), "fork"],
)
def test_processes_of_every_kind_send_their_own(method: str, fake: FakeProvider, tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text(
        "import limelight, openai\nlimelight.init()\n"
        "def work(number):\n"
        "    asked = [{'role': 'user', 'content': 'Hi'}]\n"
        "    openai.OpenAI(max_retries=0).chat.completions.create(model='gpt-4o', messages=asked)\n"
    )
    body = f"""
        import multiprocessing
        sys.path.insert(0, {str(tmp_path)!r})
        from work import work
        context = multiprocessing.get_context("{method}")
        call()
        processes = [context.Process(target=work, args=(number,)) for number in range(2)]
        for process in processes: process.start()
        for process in processes: process.join()
        assert [process.exitcode for process in processes] == [0, 0]
    """
    with Collector() as collector:
        done = program(body, fake, collector.url, tmp_path, PYTHONPATH=f"{tmp_path}:{':'.join(sys.path)}")
        assert (done.returncode, done.stderr) == (0, "")
        assert outcomes(collector) == ["ok"] * 3


@pytest.mark.case(49)
def test_a_flush_is_enough_for_one_who_leaves_without_a_word(fake: FakeProvider, tmp_path: Path) -> None:
    with Collector() as collector:
        done = program("call()\nassert limelight.flush()\nos._exit(7)", fake, collector.url, tmp_path)
        assert (done.returncode, done.stderr) == (7, "")
        assert outcomes(collector) == ["ok"]
