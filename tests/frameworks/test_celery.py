"""A task belongs to the trace of whoever sent it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

import limelight
from tests.frameworks.tree import tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from limelight.testing import Capture

pytest.importorskip("celery")
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def app(spans: Capture) -> Iterator[Any]:
    from celery import Celery
    from celery.contrib.testing.worker import start_worker

    app = Celery("parlour", broker="memory://", backend="cache+memory://")
    app.conf.update(worker_hijack_root_logger=False, task_store_eager_result=True)

    @app.task(name="answer", shared=False)
    def answer(word: str) -> str:
        with spans.span("work"):
            return word

    @app.task(name="idle", shared=False)
    def idle() -> None:
        return None

    @app.task(name="broken", shared=False)
    def broken() -> None:
        with spans.span("work"):
            raise LookupError("gone")

    with start_worker(app, perform_ping_check=False, pool="solo"):
        yield app


def ended(spans: Capture, count: int) -> list[str]:
    """The tree, once the worker has done with the task: its result is there before that."""
    until = time.monotonic() + 10
    while len(spans.all()) < count and time.monotonic() < until:
        time.sleep(0.01)
    return tree(spans)


def test_a_task_is_part_of_the_request_that_sent_it(app: Any, spans: Capture) -> None:
    with spans.span("request"), limelight.context(user_id="ann"):
        assert app.tasks["answer"].delay("x").get(timeout=10) == "x"
    assert ended(spans, 3) == ["request [chain]", "  task answer [task]", "    work [chain]"]
    found = {span.name: span.attributes.get("user.id") for span in spans.all()}
    assert found == {"work": "ann", "task answer": "ann", "request": None}


def test_a_task_without_anything_of_ours_makes_no_trace(app: Any, spans: Capture) -> None:
    app.tasks["idle"].delay().get(timeout=10)
    assert spans.all() == []


def test_a_failed_task_says_so(app: Any, spans: Capture) -> None:
    with pytest.raises(LookupError):
        app.tasks["broken"].delay().get(timeout=10)
    assert ended(spans, 2) == ["task broken [task] LookupError", "  work [chain] LookupError"]


def test_without_a_worker_a_task_is_run_where_it_is_called(app: Any, spans: Capture) -> None:
    with spans.span("request"):
        app.tasks["answer"].apply(args=("x",))
    assert tree(spans) == ["request [chain]", "  task answer [task]", "    work [chain]"]
