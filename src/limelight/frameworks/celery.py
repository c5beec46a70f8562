"""Celery: a task belongs to the trace of whoever sent it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from opentelemetry import propagate
from opentelemetry.context import Context, get_current

from limelight.engine.exits import leaving
from limelight.engine.guard import unfailing
from limelight.engine.observer import Frame, Observer
from limelight.engine.patch import is_suppressed
from limelight.engine.span import Live, enter, innermost, leave, shown

if TYPE_CHECKING:
    from collections.abc import Callable

_HEADERS = ("traceparent", "tracestate", "baggage")


def observer() -> Observer:
    return Observer("celery", "celery>=5.2", {}, {"celery.signals": _listen})


def _listen(observing: Observer) -> Callable[[], None]:
    signals = sys.modules["celery.signals"]
    tasks = Tasks(observing)
    heard = [
        (signals.before_task_publish, tasks.publish),
        (signals.task_prerun, tasks.begin),
        (signals.task_failure, tasks.failed),
        (signals.task_postrun, tasks.end),
        (signals.worker_process_shutdown, tasks.leaving),
        (signals.worker_shutdown, tasks.leaving),
    ]
    for signal, receiver in heard:
        signal.connect(receiver, weak=False)

    def undo() -> None:
        for signal, receiver in heard:
            signal.disconnect(receiver)

    return undo


class Tasks:
    """Receivers of Celery's signals."""

    def __init__(self, observing: Observer) -> None:
        self._observing = observing
        self._running: dict[str, tuple[Frame, Context | None, Context]] = {}
        self._failed: dict[str, BaseException] = {}

    @unfailing("handing the context to a task")
    def publish(self, headers: Any = None, **_: Any) -> None:
        """The message takes the context along, unless somebody else has seen to that."""
        if headers is None or "traceparent" in headers or self._observing.sink_of(None) is None:
            return
        here = get_current()
        propagate.inject(headers, shown(here))
        if isinstance(around := innermost(here), Live):
            around.is_parent = True

    @unfailing("starting a task")
    def begin(self, task_id: str, task: Any, **_: Any) -> None:
        sink, here = self._observing.sink_of(None), get_current()
        if sink is None or is_suppressed(here):
            return
        carrier = {name: value for name in _HEADERS if (value := getattr(task.request, name, None))}
        parent = propagate.extract(carrier, here) if carrier else here
        frame = Frame(sink, parent, f"task {task.name}", kind="task")
        self._running[task_id] = (frame, enter(frame), here)

    @unfailing("noting a failed task")
    def failed(self, task_id: str, exception: BaseException, **_: Any) -> None:
        self._failed[task_id] = exception

    @unfailing("ending a task")
    def end(self, task_id: str, **_: Any) -> None:
        error, running = self._failed.pop(task_id, None), self._running.pop(task_id, None)
        if running is not None:
            frame, entered, before = running
            leave(entered, before)
            frame.finish(error=error)

    def leaving(self, **_: Any) -> None:
        """Worker processes end without telling Python."""
        leaving()
