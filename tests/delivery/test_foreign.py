"""An exporter of the program's own that fails, or hangs, harms nobody."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.sdk.trace.export import SpanExportResult

from limelight import Limelight

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
