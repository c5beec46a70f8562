"""The thread between the user's threads and our understanding: order, flush, overload, and no wait for anybody."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from opentelemetry.context import Context

from limelight.engine import guard
from limelight.engine.span import Live
from limelight.pipeline import finisher as module
from limelight.pipeline.finisher import Finisher


class Sink:
    def submit(self, span: Live) -> None:
        return None

    def opened(self, span: Any) -> None:
        return None

    def sampled(self, span: Live) -> bool:
        return True


def live(name: str) -> Live:
    return Live(Sink(), name, Context())


def test_spans_are_finished_in_order_on_another_thread() -> None:
    seen: list[tuple[str, bool, int]] = []
    finisher = Finisher(lambda span, whole: seen.append((span.name, whole, threading.get_ident())))
    for number in range(500):
        finisher.submit(live(str(number)))
    assert finisher.flush(5)
    assert [name for name, _, _ in seen] == [str(number) for number in range(500)]
    assert all(whole for _, whole, _ in seen)
    assert {thread for _, _, thread in seen}.isdisjoint({threading.get_ident()})
    assert finisher.depth == 0


def test_a_flush_of_nothing_returns_at_once() -> None:
    finisher = Finisher(lambda span, whole: None)
    assert finisher.flush(0)
    assert finisher.close(0)
    finisher.submit(live("one"))
    assert finisher.flush(5)
    started = time.perf_counter()
    assert finisher.flush(5)
    assert time.perf_counter() - started < 0.5


def test_a_flush_gives_up_when_its_time_is_up() -> None:
    hold = threading.Event()
    finisher = Finisher(lambda span, whole: hold.wait(5) or None)  # type: ignore[func-returns-value]
    finisher.submit(live("slow"))
    assert not finisher.flush(0.02)
    hold.set()
    assert finisher.flush(5)


def test_one_that_fails_does_not_stop_the_next() -> None:
    seen = []

    def finish(span: Live, whole: bool) -> None:
        if span.name == "bad":
            raise RuntimeError("injected")
        seen.append(span.name)

    before = guard.errors["finishing a span"]
    finisher = Finisher(finish)
    for name in ("good", "bad", "good again"):
        finisher.submit(live(name))
    assert finisher.flush(5)
    assert seen == ["good", "good again"]
    assert guard.errors["finishing a span"] == before + 1


def test_a_full_queue_finishes_in_haste_on_the_callers_thread() -> None:
    hold = threading.Event()
    seen: list[tuple[str, bool]] = []

    def finish(span: Live, whole: bool) -> None:
        if whole:
            hold.wait(5)
        seen.append((span.name, whole))

    finisher = Finisher(finish, capacity=2)
    for number in range(6):
        finisher.submit(live(str(number)))
    hasty = [name for name, whole in seen if not whole]
    assert hasty
    hold.set()
    assert finisher.flush(5)
    assert sorted(name for name, _ in seen) == [str(number) for number in range(6)]


def test_a_long_queue_is_worked_off_with_and_without_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rests leave the interpreter to the user; too long a queue leaves no time for them."""
    monkeypatch.setattr(module, "SLICE_NS", 0)
    monkeypatch.setattr(module, "BUSY", 20)
    seen: list[str] = []
    finisher = Finisher(lambda span, whole: seen.append(span.name), pause_s=0.01)
    for number in range(60):
        finisher.submit(live(str(number)))
    assert finisher.flush(5)
    assert len(seen) == 60


def test_many_threads_lose_nothing() -> None:
    seen: list[str] = []
    finisher = Finisher(lambda span, whole: seen.append(span.name))
    threads = [threading.Thread(target=lambda: [finisher.submit(live("x")) for _ in range(200)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert finisher.flush(5)
    assert len(seen) == 1_600
    assert sum(thread.name == "limelight-finisher" and thread.is_alive() for thread in threading.enumerate()) >= 1


@pytest.mark.case(52)
def test_a_closed_finisher_leaves_no_thread_and_takes_what_comes_later() -> None:
    """Case 52: an instance for each tenant, shut down again, must not cost a thread for ever."""
    seen: list[str] = []
    finisher = Finisher(lambda span, whole: seen.append(span.name))
    for number in range(50):
        finisher.submit(live(str(number)))
        thread = finisher._thread
        assert finisher.close(5)
        assert thread is not None
        thread.join(5)
        assert not thread.is_alive()
    assert seen == [str(number) for number in range(50)]


def test_spans_that_come_while_it_closes_are_not_lost() -> None:
    seen: list[str] = []
    finisher = Finisher(lambda span, whole: seen.append(span.name), pause_s=0)
    done = threading.Event()

    def close() -> None:
        while not done.is_set():
            finisher.close(5)

    closer = threading.Thread(target=close)
    closer.start()
    for number in range(2_000):
        finisher.submit(live(str(number)))
    done.set()
    closer.join()
    assert finisher.flush(5)
    assert sorted(seen, key=int) == [str(number) for number in range(2_000)]
