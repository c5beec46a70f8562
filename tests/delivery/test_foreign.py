"""An exporter of the program's own that fails, or hangs, harms nobody."""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.context import get_current
from opentelemetry.sdk.trace.export import SpanExportResult

from limelight import Limelight
from limelight.engine.patch import is_suppressed

if TYPE_CHECKING:
    from collections.abc import Callable


class Exporter:
    def __init__(self, export: Callable[[Any], Any]) -> None:
        self._export = export

    def export(self, spans: Any) -> Any:
        return self._export(spans)

    def shutdown(self) -> None:
        raise RuntimeError("nor this")

    def force_flush(self, timeout_millis: int = 0) -> bool:
        return True


@pytest.mark.parametrize("answer", [lambda spans: 1 / 0, lambda spans: SpanExportResult.FAILURE])
def test_one_that_fails_is_heard_of_once(answer: Any, caplog: pytest.LogCaptureFixture) -> None:
    with Limelight(exporter=Exporter(answer), instrument=False) as one:
        for _ in range(3):
            with one.span("a step"):
                pass
            one.flush(5)
        assert one.stats().dropped == {"refused by the exporter": 3}
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "Exporter does not take spans" in caplog.text


@pytest.mark.case(50)
def test_one_that_hangs_holds_up_nobodys_exit() -> None:
    let_go = threading.Event()
    one = Limelight(exporter=Exporter(lambda spans: let_go.wait(30)), instrument=False)
    with one.span("a step"):
        pass
    began = time.monotonic()
    assert not one.shutdown(0.5)
    assert time.monotonic() - began < 10
    let_go.set()


def test_one_that_works_is_counted() -> None:
    taken: list[Any] = []

    def export(spans: Any) -> SpanExportResult:
        taken.extend(spans)
        return SpanExportResult.SUCCESS

    with Limelight(exporter=Exporter(export), instrument=False) as one:
        with one.span("a step"):
            pass
        assert one.flush(5)
        assert (one.stats().spans, one.stats().exported, len(taken)) == (1, 1, 1)


def test_what_one_that_hangs_holds_is_counted_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "100")
    let_go, began = threading.Event(), threading.Event()

    def hang(spans: Any) -> SpanExportResult:
        began.set()
        let_go.wait(30)
        return SpanExportResult.SUCCESS

    one = Limelight(exporter=Exporter(hang), instrument=False)
    with one.span("the first"):
        pass
    assert not one.flush(0.2)
    assert began.is_set()
    threads = threading.active_count()
    for _ in range(150):
        with one.span("a step"):
            pass
    for _ in range(5):
        assert not one.flush(0.1)
    assert threading.active_count() == threads
    found = one.stats()
    assert (found.spans, found.exported, found.waiting, found.dropped) == (151, 0, 101, {"too many waiting": 50})
    let_go.set()
    assert one.shutdown(5)
    found = one.stats()
    assert (found.exported, found.waiting) == (101, 0)


def test_it_is_closed_once_and_after_the_last_span() -> None:
    heard: list[str] = []

    class Told(Exporter):
        def shutdown(self) -> None:
            heard.append("shutdown")

    def export(spans: Any) -> SpanExportResult:
        heard.extend(span.name for span in spans)
        return SpanExportResult.SUCCESS

    one = Limelight(exporter=Told(export), instrument=False)
    with one.span("a step"):
        pass
    assert one.shutdown(5)
    assert one.shutdown(5)
    assert heard == ["a step", "shutdown"]


def test_its_own_requests_are_not_traced() -> None:
    suppressed: list[bool] = []

    def export(spans: Any) -> SpanExportResult:
        suppressed.append(is_suppressed(get_current()))
        return SpanExportResult.SUCCESS

    with Limelight(exporter=Exporter(export), instrument=False) as one, one.span("a step"):
        pass
    assert suppressed == [True]


@pytest.mark.case(47)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_has_its_own_thread_and_counts() -> None:
    with Limelight(exporter=Exporter(lambda spans: SpanExportResult.SUCCESS), instrument=False) as one:
        for _ in range(3):
            with one.span("the parent's"):
                pass
        assert one.flush(5)
        if (child := os.fork()) == 0:
            with one.span("the child's"):
                pass
            through = one.flush(5)
            found = one.stats()
            os._exit(0 if (through, found.spans, found.exported) == (True, 1, 1) else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert one.stats().exported == 3
