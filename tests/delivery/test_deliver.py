"""One bad span never costs its batch, whatever the backend finds wrong with it (case 51)."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.trace import SpanContext

from limelight.pipeline import otlp
from limelight.pipeline.deliver import MAX_REFUSED
from limelight.pipeline.export import Exporter, Target
from limelight.pipeline.otlp import Finished
from limelight.pipeline.spool import Spool
from tests.pipeline.collector import Collector

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.case(51)


def span(name: str, size: int = 0) -> bytes:
    return otlp.span(Finished(SpanContext(1, 2, False), None, name, False, 1, 2, {"x": "x" * size}, (), (), None))


def exporter_for(collector: Collector, spool: Spool | None = None, interval_s: float = 60) -> Exporter:
    return Exporter(
        Target(f"{collector.url}/v1/traces", timeout_s=5),
        {"service.name": "s"},
        "0",
        spool=spool,
        interval_s=interval_s,
    )


def until(condition: Callable[[], object]) -> None:
    limit = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.005)


def names(collector: Collector) -> list[str]:
    return [one.name for one in collector.spans]


@pytest.mark.case(51)
@pytest.mark.parametrize("status", [400, 422, 413])
def test_a_bad_span_costs_itself(status: int, caplog: pytest.LogCaptureFixture) -> None:
    with Collector(lambda body: status if b"poison" in body else 200) as collector:
        exporter = exporter_for(collector)
        for number in range(50):
            exporter.add(span("poison" if number == 17 else f"{number}"))
        assert not exporter.flush(5)
        assert names(collector) == [f"{number}" for number in range(50) if number != 17]
        assert exporter.counts.sent == 49
        assert exporter.counts.lost == {"too large" if status == 413 else "refused": 1}
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_a_backend_that_refuses_everything_is_not_asked_for_each_span() -> None:
    with Collector(lambda body: 400) as collector:
        exporter = exporter_for(collector)
        for number in range(500):
            exporter.add(span(f"{number}"))
        exporter.flush(10)
        assert exporter.counts.lost == {"refused": 500}
        assert len(collector.seen) < 100 + 2 * MAX_REFUSED


def test_it_goes_away_in_the_middle_and_nothing_is_lost_or_doubled() -> None:
    answers = [413, 200, 503]
    with Collector(lambda body: answers.pop(0) if answers else 200) as collector:
        exporter = exporter_for(collector)
        for number in range(10):
            exporter.add(span(f"{number}"))
        assert not exporter.flush(5)
        assert exporter.flush(5)
        assert names(collector) == [f"{number}" for number in range(10)]
        assert (exporter.counts.sent, exporter.counts.dropped) == (10, 0)


def test_what_comes_out_of_the_spool_is_split_as_well(tmp_path: Path) -> None:
    with Collector(lambda body: 413 if len(body) > 4_000 or b"poison" in body else 200) as collector:
        spool = Spool(tmp_path, f"{collector.url}/v1/traces")
        earlier = exporter_for(collector)
        spool.put(earlier.parcel([*(span(f"{number}", 500) for number in range(20)), span("poison")]).body())
        exporter = exporter_for(collector, spool, 0.02)
        exporter.add(span("new"))
        until(lambda: exporter.counts.replayed)
        assert sorted(names(collector)) == sorted([*(f"{number}" for number in range(20)), "new"])
        assert exporter.counts.lost == {"too large": 1}
        assert list(spool.folder.iterdir()) == []


def test_a_replay_that_is_interrupted_goes_on_with_the_rest(tmp_path: Path) -> None:
    answers = [200, 413, 200, 503]
    with Collector(lambda body: answers.pop(0) if answers else 200) as collector:
        spool = Spool(tmp_path, f"{collector.url}/v1/traces")
        spool.put(exporter_for(collector).parcel([span(f"{number}") for number in range(10)]).body())
        exporter = exporter_for(collector, spool, 0.02)
        exporter.add(span("new"))
        until(lambda: exporter.counts.replayed)
        assert names(collector) == ["new", *(f"{number}" for number in range(10))]


def test_a_spoilt_file_costs_itself(tmp_path: Path) -> None:
    with Collector() as collector:
        spool = Spool(tmp_path, f"{collector.url}/v1/traces")
        whole = exporter_for(collector).parcel([span("whole")]).body()
        for body in (whole, b"", b"\xffnoise" * 100, whole[:-4], whole):
            spool.put(body)
        exporter = exporter_for(collector, spool, 0.02)
        exporter.add(span("new"))
        until(lambda: exporter.counts.replayed == 2)
        assert sorted(names(collector)) == ["new", "whole", "whole"]
        assert exporter.counts.lost == {"spool file spoilt": 3}
        assert list(spool.folder.iterdir()) == []


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_wrong_key_loses_nothing_where_there_is_a_spool(status: int, tmp_path: Path) -> None:
    answers = [status]
    with Collector(lambda body: answers.pop() if answers else 200) as collector:
        exporter = exporter_for(collector, Spool(tmp_path, f"{collector.url}/v1/traces"), 0.02)
        exporter.add(span("early"))
        assert not exporter.flush(5)
        assert exporter.counts.spooled == 1
        until(lambda: exporter.counts.replayed)
        assert names(collector) == ["early"]


def test_spans_that_an_accepted_request_has_lost_are_counted_and_said() -> None:
    with Collector(says=b"\x0a\x02\x08\x02") as collector:
        exporter = exporter_for(collector)
        for number in range(5):
            exporter.add(span(f"{number}"))
        assert not exporter.flush(5)
        assert (exporter.counts.sent, dict(exporter.counts.lost)) == (3, {"rejected": 2})


def test_retry_after_is_kept_to() -> None:
    answers = [(429, {"retry-after": "7"})]
    with Collector(lambda body: 429 if answers else 200, extra=lambda: answers[0][1] if answers else {}) as collector:
        exporter = exporter_for(collector)
        exporter.add(span("patient"))
        assert not exporter.flush(5)
        assert 5 < exporter._not_before - time.monotonic() <= 7
        answers.clear()
        assert exporter.flush(5)
        assert names(collector) == ["patient"]


def test_a_closed_exporter_leaves_no_thread_and_takes_what_comes_later() -> None:
    """Case 52: an instance for each tenant must not cost a thread for ever."""
    with Collector() as collector:
        exporter = exporter_for(collector)
        for number in range(5):
            exporter.add(span(f"{number}"))
            thread = exporter._thread
            assert exporter.close(5)
            assert thread is not None
            thread.join(5)
            assert not thread.is_alive()
        assert names(collector) == [f"{number}" for number in range(5)]


def test_what_is_left_at_the_end_is_spooled_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limelight.pipeline.export.MAX_BATCH_BYTES", 5_000)
    with Collector(lambda body: 503) as collector:
        spool = Spool(tmp_path, f"{collector.url}/v1/traces")
        exporter = exporter_for(collector, spool)
        for number in range(20):
            exporter.add(span(f"{number}", 1_000))
        assert not exporter.close(1)
    waiting = [claim.body for claim in spool.claim()]
    assert max(map(len, waiting)) < 6_000
    found = [
        one.name
        for body in waiting
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for one in scope.spans
    ]
    assert sorted(found, key=int) == [f"{number}" for number in range(20)]
