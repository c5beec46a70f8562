"""The end of a program: what is under way is reported (case 49)."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults.running import program
from tests.pipeline.collector import Collector

if TYPE_CHECKING:
    from pathlib import Path

    from limelight.testing import FakeProvider


def test_everything_arrives_without_a_word_at_the_end(fake: FakeProvider, tmp_path: Path) -> None:
    with Collector() as collector:
        done = program("call()", fake, collector.url, tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert [span.name for span in collector.spans] == ["chat gpt-4o"]


@pytest.mark.case(8, 49)
def test_a_stream_open_at_exit_is_reported_incomplete(fake: FakeProvider, tmp_path: Path) -> None:
    body = """
        stream = call(stream=True)
        for _ in range(4):
            next(stream)
    """
    with Collector() as collector:
        done = program(body, fake, collector.url, tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        (span,) = collector.spans
        said = {pair.key: pair.value.string_value for pair in span.attributes}
        assert said["limelight.outcome"] == "incomplete"
        assert "gen_ai.output.messages" in said


@pytest.mark.case(49)
@pytest.mark.parametrize("ending", ["raise SystemExit(3)", "raise ValueError('own')", "import sys; sys.exit('bye')"])
def test_spans_arrive_however_the_program_ends(ending: str, fake: FakeProvider, tmp_path: Path) -> None:
    with Collector() as collector:
        done = program(f"call()\n{ending}", fake, collector.url, tmp_path)
        assert done.returncode in (1, 3)
        assert "limelight" not in done.stderr
        assert [span.name for span in collector.spans] == ["chat gpt-4o"]


@pytest.mark.case(47)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_sends_its_own_spans_and_nobody_elses(fake: FakeProvider, tmp_path: Path) -> None:
    """Case 47: one trace id for each, no deadlock, nothing sent twice."""
    body = """
        import os, sys
        call()
        stream = call(stream=True)
        next(stream)
        children = []
        for _ in range(3):
            if (child := os.fork()) == 0:
                client = openai.OpenAI(max_retries=0)
                call()
                limelight.flush()
                os._exit(0)
            children.append(child)
        for child in children:
            assert os.waitpid(child, 0)[1] == 0
        list(stream)
    """
    with Collector() as collector:
        started = time.monotonic()
        done = program(body, fake, collector.url, tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        assert time.monotonic() - started < 15
        assert len(collector.spans) == 5
        assert len({span.trace_id for span in collector.spans}) == 5
        assert len({span.span_id for span in collector.spans}) == 5
