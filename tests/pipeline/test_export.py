"""Spans on their way: batched, retried, counted, and nobody waits for them."""

from __future__ import annotations

import logging
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest
from opentelemetry.trace import SpanContext

from limelight.engine import guard
from limelight.pipeline import export, otlp
from limelight.pipeline.export import Exporter, Target
from limelight.pipeline.otlp import Finished
from tests.pipeline.collector import Collector

if TYPE_CHECKING:
    from collections.abc import Callable


def span(name: str, size: int = 0) -> bytes:
    done = Finished(SpanContext(1, 2, False), None, name, False, 1, 2, {"filler": "x" * size}, (), (), None)
    return otlp.span(done)


@pytest.fixture
def to() -> Callable[..., Exporter]:
    return lambda url, **options: Exporter(
        Target(f"{url}/v1/traces", {"x-own": "yes"}, timeout_s=2.0),
        {"service.name": "s"},
        "0.0",
        **{"interval_s": 0.02, **options},
    )


def test_spans_arrive_in_order_in_one_request(to: Callable[..., Exporter]) -> None:
    with Collector() as collector:
        exporter = to(collector.url, interval_s=60)
        for number in range(100):
            exporter.add(span(f"span {number}"))
        assert exporter.flush(5)
        assert [one.name for one in collector.spans] == [f"span {number}" for number in range(100)]
        assert len(collector.requests) == 1
        assert collector.headers[0]["x-own"] == "yes"
        assert collector.headers[0]["content-type"] == "application/x-protobuf"
        assert "content-encoding" not in collector.headers[0]  # compressing for the loopback costs more than it saves
        assert (exporter.counts.sent, exporter.counts.dropped, exporter.counts.failures) == (100, 0, 0)


@pytest.mark.case(49)
def test_spans_go_without_a_flush(to: Callable[..., Exporter]) -> None:
    with Collector() as collector:
        exporter = to(collector.url)
        exporter.add(span("soon"))
        until = time.monotonic() + 5
        while not collector.spans and time.monotonic() < until:
            time.sleep(0.005)
        assert [one.name for one in collector.spans] == ["soon"]
        assert exporter.flush(1)


@pytest.mark.case(51)
def test_a_batch_is_bounded(to: Callable[..., Exporter], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MAX_BATCH_BYTES", 10_000)
    with Collector() as collector:
        exporter = to(collector.url, interval_s=60)
        for number in range(20):
            exporter.add(span(f"{number}", 1_000))
        exporter.add(span("larger than any batch", 20_000))
        assert exporter.flush(5)
        assert len(collector.spans) == 21
        assert all(size < 11_500 for _, size in collector.seen[:-1])


@pytest.mark.case(51)
def test_a_backend_that_finds_it_too_much_gets_it_in_halves(to: Callable[..., Exporter]) -> None:
    """One span too large for it is cut, and costs its neighbours nothing."""
    with Collector(lambda body: 413 if len(body) > 6_000 else 200) as collector:
        exporter = to(collector.url, interval_s=60)
        for number in range(16):
            exporter.add(span(f"{number}", 1_000))
        exporter.add(span("too large", 50_000))
        assert exporter.flush(5)
        assert [one.name for one in collector.spans] == [*(f"{number}" for number in range(16)), "too large"]
        (cut,) = collector.spans[-1].attributes
        assert cut.value.string_value.startswith("x" * 2_048 + "… [47,952 of 50,000 characters cut")
        assert (exporter.counts.sent, exporter.counts.dropped) == (17, 0)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_failure_is_tried_again(
    to: Callable[..., Exporter], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    answers = [status]
    with Collector(lambda body: answers.pop() if answers else 200) as collector:
        exporter = to(collector.url)
        exporter.add(span("patient"))
        assert not exporter.flush(5)
        assert exporter.counts.failures == 1
        assert exporter.flush(5)
        assert [one.name for one in collector.spans] == ["patient"]
        assert (exporter.counts.sent, exporter.counts.dropped) == (1, 0)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert f"HTTP {status}" in caplog.text


def test_a_refusal_is_final_and_said_once(to: Callable[..., Exporter], caplog: pytest.LogCaptureFixture) -> None:
    with Collector(lambda body: 401) as collector:
        exporter = to(collector.url)
        for name in ("one", "two"):
            exporter.add(span(name))
            exporter.flush(5)
    assert (exporter.counts.sent, exporter.counts.dropped, exporter.counts.failures) == (0, 2, 2)
    assert len(caplog.records) == 1
    assert "lost" in caplog.text


@pytest.mark.case(53, 69)
def test_an_absent_backend_is_said_once_and_adding_takes_no_time(
    to: Callable[..., Exporter], caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # and does not listen
        exporter = to(f"http://127.0.0.1:{bound.getsockname()[1]}")
        started = time.perf_counter()
        for number in range(1_000):
            exporter.add(span(f"{number}"))
        assert time.perf_counter() - started < 0.5
        assert not exporter.flush(2)
        assert not exporter.flush(2)
    assert len(caplog.records) == 1
    assert exporter.counts.dropped == 0
    assert exporter.depth == 1_000


@pytest.mark.case(52)
def test_nobody_waits_for_an_absent_backend_after_the_end(to: Callable[..., Exporter]) -> None:
    exporter = to("http://127.0.0.1:9")
    exporter.add(span("one"))
    exporter.close(2.0)
    thread = exporter._thread
    if thread is not None:
        thread.join(5.0)
        assert not thread.is_alive()
    assert exporter.counts.lost == {"left at the end": 1}
    exporter.add(span("two"))
    assert exporter.depth == 1
    exporter.close(0.5)


def test_memory_is_bounded_and_the_oldest_go_first(
    to: Callable[..., Exporter], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "MAX_WAITING_BYTES", 10_000)
    with Collector(lambda body: 200, delay_s=0.0) as collector:
        exporter = to(collector.url, interval_s=60)
        for number in range(30):
            exporter.add(span(f"{number}", 1_000))
        assert exporter.flush(5)
        assert [one.name for one in collector.spans][-1] == "29"
        assert exporter.counts.dropped == 30 - len(collector.spans)
        assert exporter.counts.dropped >= 20


def test_a_connection_the_backend_has_closed_is_opened_again(to: Callable[..., Exporter]) -> None:
    """It was kept alive for too long: no failure, no complaint, no loss."""
    taken: list[bytes] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for word in (b"first", b"second"):
            connection, _ = listening.accept()
            taken.append(b"")
            while word not in taken[-1]:
                taken[-1] += connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            connection.close()  # without having said so

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    exporter = to(f"http://127.0.0.1:{listening.getsockname()[1]}")
    for name in ("first", "second"):
        exporter.add(span(name))
        assert exporter.flush(5)
    thread.join(5)
    listening.close()
    assert [b"first" in taken[0], b"second" in taken[1]] == [True, True]
    assert (exporter.counts.sent, exporter.counts.failures) == (2, 0)


def test_a_backend_whose_name_does_not_resolve_is_away_like_any_other(to: Callable[..., Exporter]) -> None:
    exporter = to("http://no-such-host.invalid")
    exporter.add(span("far"))
    assert not exporter.flush(5)
    assert exporter.counts.failures == 1
    assert exporter.depth == 1


def test_a_turn_that_fails_loses_nothing(to: Callable[..., Exporter], monkeypatch: pytest.MonkeyPatch) -> None:
    with Collector() as collector:
        exporter = to(collector.url)
        sound, failed = otlp.request, []

        def once(*args: object) -> bytes:
            if not failed:
                failed.append(True)
                raise RuntimeError("injected")
            return sound(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(otlp, "request", once)
        before = guard.errors["posting spans"]
        exporter.add(span("first"))
        until = time.monotonic() + 5
        while not exporter.counts.failures and time.monotonic() < until:
            time.sleep(0.005)
        exporter.add(span("second"))
        assert exporter.flush(5)
        assert [one.name for one in collector.spans] == ["first", "second"]
        assert guard.errors["posting spans"] == before + 1


def test_many_threads_lose_nothing(to: Callable[..., Exporter]) -> None:
    with Collector() as collector:
        exporter = to(collector.url)
        threads = [threading.Thread(target=lambda: [exporter.add(span("one")) for _ in range(200)]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert exporter.flush(5)
        assert len(collector.spans) == 1_600
