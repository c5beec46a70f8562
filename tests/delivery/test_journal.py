"""A killed process's call becomes visible, once, to whoever comes next."""

from __future__ import annotations

import stat
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import openai
import pytest

from limelight import Limelight
from limelight.pipeline import export, journal
from limelight.pipeline.parcel import Parcel
from limelight.pipeline.spool import Spool
from tests.faults.running import black_hole, heard, program, running
from tests.pipeline.collector import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from limelight.testing import FakeProvider

pytestmark = [pytest.mark.skipif(sys.platform == "win32", reason="no locks here"), pytest.mark.case(47)]
HASTE = """
from limelight.pipeline import journal
journal.AFTER_S = journal.EVERY_S = 0.05
"""


def until(condition: Callable[[], Any]) -> Any:
    limit = time.monotonic() + 20
    while not (found := condition()):
        assert time.monotonic() < limit
        time.sleep(0.02)
    return found


def said(span: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in span.attributes}


def recorded(folder: Path) -> list[Any]:
    """The spans in the records of calls under way."""
    from opentelemetry.proto.trace.v1 import trace_pb2

    found = []
    for record in folder.rglob(f"*{journal.RUNNING}"):
        try:
            found += [trace_pb2.Span.FromString(span) for span in Parcel.read(record.read_bytes()).spans]
        except FileNotFoundError:
            continue
    return found


@pytest.mark.case(14)
def test_a_stream_that_was_killed_is_told_of_by_the_next_program(fake: FakeProvider, tmp_path: Path) -> None:
    body = f"""
        {HASTE.strip().replace(chr(10), "; ")}
        list(call(stream=True))
        stream = call(stream=True, messages=[{{"role": "user", "content": "My key is sk-proj-{"a1" * 24}"}}])
        for _ in range(12):
            next(stream)
        say("twelve")
        time.sleep(60)
    """
    with Collector() as collector:
        with running(body, fake, collector.url, tmp_path) as process:
            heard(process, "twelve")
            until(lambda: [one for one in recorded(tmp_path) if said(one).get("limelight.chunks") == 12])
            (record,) = tmp_path.rglob(f"*{journal.RUNNING}")
            assert stat.S_IMODE(record.stat().st_mode) == 0o600
            process.kill()
            process.wait(10)
        done = program("call()\ntime.sleep(0.7)", fake, collector.url, tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
        whole, killed, new = sorted(collector.spans, key=lambda span: span.start_time_unix_nano)
    assert "limelight.outcome" not in said(whole) | said(new)  # both are whole
    assert said(killed)["limelight.outcome"] == "killed"
    assert said(killed)["error.type"] == "ProcessKilled"
    assert killed.status.message == "the process was killed after 12 chunks"
    assert "gen_ai.output.messages" in said(killed)
    assert "sk-proj-" not in str(killed)
    assert killed.end_time_unix_nano > killed.start_time_unix_nano
    assert list(tmp_path.rglob(f"*{journal.RUNNING}")) == []


def test_a_call_that_was_killed_before_its_answer(fake: FakeProvider, tmp_path: Path) -> None:
    body = f"""
        {HASTE.strip().replace(chr(10), "; ")}
        call()
    """
    with Collector() as collector, black_hole() as nobody:
        with running(body, fake, collector.url, tmp_path, OPENAI_BASE_URL=nobody) as process:
            until(lambda: recorded(tmp_path))
            process.kill()
            process.wait(10)
        program("call()\ntime.sleep(0.7)", fake, collector.url, tmp_path)
        killed, _ = sorted(collector.spans, key=lambda span: span.start_time_unix_nano)
    assert killed.status.message == "the process was killed"
    assert "gen_ai.input.messages" in said(killed)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "AFTER_S", 0.0)
    monkeypatch.setattr(journal, "EVERY_S", 0.01)


@pytest.fixture
def here(fake: FakeProvider, tmp_path: Path, hasty: None) -> Iterator[Callable[..., Limelight]]:
    made: list[Limelight] = []

    def make(collector: Collector, **settings: Any) -> Limelight:
        made.append(Limelight(endpoint=collector.url, **{"spool": str(tmp_path), **settings}))
        made[-1].instrument("openai")
        exporter = made[-1].exporter
        assert exporter is not None
        exporter._interval_s = 0.01
        return made[-1]

    yield make
    for one in made:
        one.shutdown()


def ask(fake: FakeProvider, **more: Any) -> Any:
    client = openai.OpenAI(base_url=fake.environment["OPENAI_BASE_URL"], api_key="any", max_retries=0)
    return client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "Hi"}], **more)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_what_ended_is_never_told_of_twice(fake: FakeProvider, here: Callable[..., Limelight], tmp_path: Path) -> None:
    """At the moment in which the backend gets the span, nobody can find it among the running any more."""
    found: list[int] = []

    def answer(body: bytes) -> int:
        found.append(len(recorded(tmp_path)))
        return 200

    with Collector(answer) as collector:
        one = here(collector)
        stream = ask(fake, stream=True)
        next(stream)
        until(lambda: recorded(tmp_path))
        list(stream)
        assert one.flush(5)
        assert len(collector.spans) == 1
        assert set(found) == {0}
        assert recorded(tmp_path) == []


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_living_process_keeps_its_record(fake: FakeProvider, here: Callable[..., Limelight], tmp_path: Path) -> None:
    with Collector() as collector:
        one = here(collector)
        stream = ask(fake, stream=True)
        next(stream)
        until(lambda: recorded(tmp_path))
        spool = Spool(tmp_path, f"{collector.url}/v1/traces")
        assert list(spool.claim()) == []
        assert recorded(tmp_path)
        one.shutdown()
        assert recorded(tmp_path) == []
        assert [said(span)["limelight.outcome"] for span in collector.spans] == ["incomplete"]


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_large_call_is_written_down_short(fake: FakeProvider, here: Callable[..., Limelight], tmp_path: Path) -> None:
    with Collector() as collector:
        here(collector)
        stream = ask(fake, stream=True, extra_body={"prompt": "x" * 300_000}, user="u" * 300_000)
        next(stream)
        (record,) = until(lambda: recorded(tmp_path))
        assert len(record.SerializeToString()) < 2 * journal.MAX_CALL_BYTES
        stream.close()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_without_a_spool_nothing_is_written_down(
    fake: FakeProvider, here: Callable[..., Limelight], tmp_path: Path
) -> None:
    with Collector() as collector:
        one = here(collector, spool="off")
        assert one.pipeline.begun is None
        list(ask(fake, stream=True))
        assert one.flush(5)
        assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_calls_that_end_are_let_go_of(fake: FakeProvider, here: Callable[..., Limelight]) -> None:
    with Collector() as collector:
        one = here(collector)
        watching = one._journal
        assert watching is not None
        for _ in range(5):
            list(ask(fake, stream=True))
        assert one.flush(5)
        assert not watching._running
        until(lambda: not watching._entries)


def test_a_disk_that_will_not_have_it_leaves_no_stale_record(
    fake: FakeProvider, here: Callable[..., Limelight], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Collector() as collector:
        one = here(collector)
        streams = [ask(fake, stream=True) for _ in range(2)]
        until(lambda: len(recorded(tmp_path)) == 2)
        until(lambda: isinstance(one._journal, journal.Journal) and one._journal._fd is not None)
        broken = threading.Event()

        def full(*_: Any) -> None:
            broken.set()
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(journal.Journal, "_put", full)
        list(streams.pop())
        assert broken.wait(10)
        until(lambda: recorded(tmp_path) == [])
        list(streams.pop())
        assert one.flush(5)
        assert len(collector.spans) == 2


def test_the_look_for_what_others_left_is_repeated(
    fake: FakeProvider, here: Callable[..., Limelight], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "LOOK_AGAIN_S", 0.02)
    with Collector() as collector:
        one = here(collector)
        list(ask(fake, stream=True))
        assert one.flush(5)
        assert one.exporter is not None
        spool = Spool(tmp_path, f"{collector.url}/v1/traces")
        spool.put(collector.requests[0].SerializeToString())
        until(lambda: one.exporter is not None and one.exporter.counts.replayed)
