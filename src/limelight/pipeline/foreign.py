"""Somebody's own `SpanExporter`, on a leash: it may raise and it may hang, and nobody hears of it more than once."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from limelight.engine.guard import guarded
from limelight.pipeline.export import Counts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_log = logging.getLogger("limelight")


class Leashed:
    """What OpenTelemetry's batching takes for the exporter itself."""

    spool = None
    depth = 0

    def __init__(self, exporter: Any) -> None:
        self._exporter = exporter
        self.counts = Counts()

    def export(self, spans: Sequence[Any]) -> Any:
        from opentelemetry.sdk.trace.export import SpanExportResult

        result = SpanExportResult.FAILURE
        with guarded("exporting with an exporter of the program's own"):
            result = self._exporter.export(spans)
        if result is SpanExportResult.SUCCESS:
            self.counts.sent += len(spans)
            self.counts.last_problem = None
        else:
            self.counts.failures += 1
            self.counts.lost["refused by the exporter"] += len(spans)
            if self.counts.last_problem is None:
                _log.warning("limelight: %s does not take spans; these are lost", type(self._exporter).__qualname__)
            self.counts.last_problem = "does not take spans"
        return result

    def shutdown(self) -> None:
        with guarded("closing an exporter of the program's own"):
            self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        with guarded("flushing an exporter of the program's own"):
            return bool(self._exporter.force_flush(timeout_millis))
        return False


def within(timeout_s: float | None, do: Callable[[], object]) -> bool:
    """Do it, but do not wait for it longer than this; true when it was done and said yes."""
    answers: list[object] = []
    thread = threading.Thread(target=lambda: answers.append(do()), name="limelight-waiting", daemon=True)
    thread.start()
    thread.join(timeout_s)
    return bool(answers and answers[0])
