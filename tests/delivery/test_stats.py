"""What Limelight says about itself adds up."""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openai
import pytest

import limelight
from limelight import Limelight
from limelight.engine import guard, probe
from limelight.pipeline import pipeline as module
from limelight.pipeline.export import Exporter, Target
from limelight.pipeline.spool import Spool
from tests.faults.running import black_hole, program, refusing
from tests.pipeline.collector import Collector

if TYPE_CHECKING:
    from collections.abc import Callable

    from limelight.testing import FakeProvider

SECRET = f"sk-proj-{'a1' * 24}"


def client(fake: FakeProvider) -> openai.OpenAI:
    return openai.OpenAI(base_url=fake.environment["OPENAI_BASE_URL"], api_key="any", max_retries=0)


def ask(one: openai.OpenAI, text: str = "Hi") -> Any:
    return one.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": text}])


def test_before_init_there_is_nothing_to_count() -> None:
    found = limelight.Stats()
    assert (found.spans, found.exported, dict(found.dropped), found.caller_us) == (0, 0, {}, None)


def test_every_span_made_is_somewhere(fake: FakeProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Collector() as collector, Limelight(endpoint=collector.url, spool=str(tmp_path)) as one, client(fake) as gpt:
        one.instrument("openai")
        for _ in range(3):
            ask(gpt, f"My key is {SECRET}")
        assert one.flush(5)
        monkeypatch.setattr(module, "write", lambda record: 1 / 0)
        ask(gpt)
        assert one.flush(5)
        found = one.stats()
        assert (found.spans, found.exported, dict(found.dropped)) == (4, 3, {"could not be written": 1})
        assert (found.waiting, found.waiting_on_disk, found.spooled, found.running) == (0, 0, 0, 0)
        assert found.texts > 0
        assert sum(found.masked.values()) >= 1
        assert found.unmaskable == 0
        assert found.errors["writing a span"] >= 1


def test_what_waits_for_a_backend_is_counted(fake: FakeProvider, tmp_path: Path) -> None:
    with refusing() as endpoint, client(fake) as gpt, Limelight(endpoint=endpoint, spool=str(tmp_path)) as one:
        one.instrument("openai")
        ask(gpt)
        assert not one.flush(5)
        found = one.stats()
        assert (found.spans, found.exported, found.spooled, found.waiting_on_disk) == (1, 0, 1, 1)


def test_one_call_in_many_is_timed(fake: FakeProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "EVERY", 4)
    monkeypatch.setattr(probe, "armed", False)
    monkeypatch.setattr(probe, "_seen", 0)
    probe._took_ns.clear()
    with Collector() as collector, Limelight(endpoint=collector.url, spool=str(tmp_path)) as one, client(fake) as gpt:
        one.instrument("openai")
        whole = []
        for _ in range(20):
            began = time.perf_counter_ns()
            ask(gpt)
            whole.append((time.perf_counter_ns() - began) / 1_000)
            assert one.flush(5)
        assert len(probe._took_ns) == 5
        found = one.stats().caller_us
        assert found is not None
        assert 0 < found < statistics.median(whole)  # our part of the call, and not the call
        assert one.stats().exported == 20  # those that were timed as well


@pytest.mark.skipif(sys.platform == "win32", reason="no fork here")
def test_a_forked_child_counts_for_itself(fake: FakeProvider, tmp_path: Path) -> None:
    body = """
        import json
        call(); call()
        limelight.flush()
        if (child := os.fork()) == 0:
            client = openai.OpenAI(max_retries=0)
            call()
            limelight.flush()
            found = limelight.stats()
            say(json.dumps([found.spans, found.exported]))
            os._exit(0)
        os.waitpid(child, 0)
        found = limelight.stats()
        say(json.dumps([found.spans, found.exported]))
    """
    with Collector() as collector:
        done = program(body, fake, collector.url, tmp_path)
        assert [json.loads(line) for line in done.stdout.split("\n") if line] == [[1, 1], [2, 2]]


def test_what_no_disk_takes_at_the_end_is_lost_and_not_spooled(tmp_path: Path) -> None:
    no_folder = tmp_path / "file"
    no_folder.write_text("")
    with refusing() as endpoint:
        one = Limelight(endpoint=endpoint, spool=str(no_folder), instrument=False)
        for _ in range(3):
            with one.span("a step"):
                pass
        assert not one.shutdown(5)
        assert soon(lambda: one.stats().waiting == 0)
    found = one.stats()
    assert (found.spans, found.exported, found.spooled) == (3, 0, 0)
    assert found.dropped == {"left at the end": 3}
    assert guard.errors.pop("spooling") > 0


def test_what_is_spooled_while_it_is_under_way_is_spooled_once(tmp_path: Path) -> None:
    with black_hole() as endpoint:
        spool = Spool(tmp_path, endpoint)
        exporter = Exporter(Target(f"{endpoint}/v1/traces", timeout_s=0.6), {}, "1", spool=spool, interval_s=0.01)
        exporter.add(b"")
        assert soon(lambda: exporter._sending)
        assert not exporter.close(0.05)
        assert (exporter.counts.spooled, len(spool)) == (1, 1)
        assert soon(lambda: exporter._thread is None)
        assert (exporter.counts.spooled, len(spool), exporter.depth) == (1, 1, 0)


def soon(holds: Callable[[], object]) -> bool:
    until = time.monotonic() + 5
    while not holds() and time.monotonic() < until:
        time.sleep(0.01)
    return bool(holds())
