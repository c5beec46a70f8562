"""`init()` again, wrongly, or not at all: what works goes on working."""

from __future__ import annotations

import io
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

import openai
import pytest

import limelight
from limelight import Limelight
from limelight.engine import guard
from limelight.sdk.switches import switch
from tests.faults.running import program
from tests.pipeline.collector import Collector

if TYPE_CHECKING:
    from pathlib import Path

    from limelight.testing import FakeProvider


@pytest.mark.parametrize("wrong", [{"mask": "nonsense"}, {"prices": "/nowhere.json"}, {"instrument": ["nobody"]}])
def test_an_init_that_fails_leaves_the_one_before_at_work(wrong: dict[str, Any]) -> None:
    with Collector() as collector:
        before = limelight.init(endpoint=collector.url, instrument=["openai"], spool="off")
        with pytest.raises(limelight.ConfigError):
            limelight.init(endpoint=collector.url, spool="off", **wrong)
        assert limelight.instance() is before
        assert switch("openai").is_on
        with limelight.span("afterwards"):
            pass
        assert limelight.flush(5)
        assert [span.name for span in collector.spans] == ["afterwards"]


def test_another_endpoint_takes_over_and_nothing_is_lost_between(fake: FakeProvider) -> None:
    asked: dict[str, Any] = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}
    with (
        Collector() as one,
        Collector() as other,
        openai.OpenAI(base_url=fake.environment["OPENAI_BASE_URL"], api_key="any") as client,
    ):
        limelight.init(endpoint=one.url, instrument=["openai"], spool="off")
        client.chat.completions.create(**asked)
        limelight.init(endpoint=other.url, instrument=["openai"], spool="off")
        client.chat.completions.create(**asked)
        assert limelight.flush(5)
        assert [len(one.spans), len(other.spans)] == [1, 1]


def test_a_wrapped_client_goes_along(fake: FakeProvider, unwrapped: None) -> None:
    asked: dict[str, Any] = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}
    with (
        Collector() as one,
        Collector() as other,
        openai.OpenAI(base_url=fake.environment["OPENAI_BASE_URL"], api_key="any") as client,
    ):
        limelight.init(endpoint=one.url, instrument=False, spool="off")
        limelight.wrap(client, tags=["own"])
        client.chat.completions.create(**asked)
        limelight.init(endpoint=other.url, instrument=False, spool="off", capture_content=False)
        client.chat.completions.create(**asked)
        assert limelight.flush(5)
        limelight.shutdown()
        client.chat.completions.create(**asked)
        (first,), (second,) = one.spans, other.spans
        before, after = ({each.key: each.value for each in span.attributes} for span in (first, second))
    assert "gen_ai.input.messages" in before
    assert "gen_ai.input.messages" not in after
    assert before["limelight.tags"] == after["limelight.tags"]


def test_a_library_that_nobody_knows_leaves_the_others_alone() -> None:
    with Limelight(instrument=False, spool="off") as one:
        with pytest.raises(limelight.ConfigError, match="nobody"):
            one.instrument("openai", "nobody")
        assert not switch("openai").is_on


def test_a_console_that_breaks_costs_no_span_at_the_end() -> None:
    rich = pytest.importorskip("rich.console")
    before = guard.errors.copy()
    with Collector() as collector:
        written = io.StringIO()
        one = Limelight(endpoint=collector.url, console=rich.Console(file=written), instrument=False, spool="off")
        with one.span("outer"):
            with one.span("inner"):
                pass
            one.pipeline.finisher.flush(5)
            written.close()
            assert one.shutdown(5)
        assert [span.name for span in collector.spans] == ["inner"]
        assert one.flush(5)
        assert [span.name for span in collector.spans] == ["inner", "outer"]
    assert guard.errors - before == {"showing what has not ended": 1, "passing on a span": 1}
    guard.errors.clear()  # heard
    guard.errors.update(before)


def test_after_the_end_nothing_more_is_recorded() -> None:
    with Collector() as collector:
        one = limelight.init(endpoint=collector.url, instrument=False, spool="off")
        with limelight.span("before"):
            assert limelight.shutdown()
        with limelight.span("after") as step:
            assert not step.get_span_context().trace_flags.sampled
        assert one.flush(5)
        assert [span.name for span in collector.spans] == ["before"]  # it was under way


def test_switched_off_means_that_nothing_is_done() -> None:
    with Limelight(enabled=False) as one:
        threads = threading.active_count()
        with one.span("a step") as step:
            step.record_input("nobody reads this")
        assert not step.get_span_context().trace_flags.sampled
        assert threading.active_count() == threads
        assert one.stats().spans == 0


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals here")
def test_switched_off_signals_are_not_ours(fake: FakeProvider, tmp_path: Path) -> None:
    body = "say('untouched' if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL else 'touched')"
    with Collector() as collector:
        assert program(body, fake, collector.url, tmp_path, OTEL_SDK_DISABLED="true").stdout.strip() == "untouched"
        assert program(body, fake, collector.url, tmp_path).stdout.strip() == "touched"
    assert signal.getsignal(signal.SIGTERM)
