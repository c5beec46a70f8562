from __future__ import annotations

import json
from collections import defaultdict
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

import limelight
from limelight.demo import app

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan


@pytest.fixture(scope="module")
def traces() -> dict[str, list[ReadableSpan]]:
    """One performance of the demo: its spans by story; the four turns of a conversation are one story."""
    exporter = InMemorySpanExporter()
    instance = limelight.init(exporter=exporter, service_name="nightjar")
    with app.counter() as desk:
        app.perform(desk, rounds=1, leave=Event())
    assert instance.flush()
    stories = defaultdict(list)
    for span in exporter.get_finished_spans():
        stories[tags(span)[0]].append(span)
    instance.shutdown()
    return stories


def facts(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def tags(span: ReadableSpan) -> list[str]:
    return list(facts(span).get("limelight.tags") or ["untagged"])


def root(spans: list[ReadableSpan]) -> ReadableSpan:
    return next(span for span in spans if span.parent is None)


def kinds(spans: list[ReadableSpan]) -> list[str]:
    """Operations of a trace in the order in which they began."""
    return [
        str(facts(span).get("gen_ai.operation.name")) for span in sorted(spans, key=lambda span: span.start_time or 0)
    ]


def test_every_story_is_told(traces: dict[str, list[ReadableSpan]]) -> None:
    assert set(traces) == {story.__name__ for story in (app.OPENING, *app.STORIES)}
    assert sum(span.parent is None for spans in traces.values() for span in spans) == len(traces) + 3


def test_two_stories_fail_and_no_other(traces: dict[str, list[ReadableSpan]]) -> None:
    failed = {name for name, spans in traces.items() if root(spans).status.status_code is StatusCode.ERROR}
    assert failed == {"refund", "timetable"}


def test_the_agent_thinks_searches_holds_and_answers(traces: dict[str, list[ReadableSpan]]) -> None:
    assert kinds(traces["book"]) == ["invoke_agent", "chat", "execute_tool", "chat", "execute_tool", "chat"]


def test_a_failed_tool_is_survived(traces: dict[str, list[ReadableSpan]]) -> None:
    spans = traces["find_luggage"]
    failed = [span.name for span in spans if span.status.status_code is StatusCode.ERROR]
    assert len(failed) == 1
    assert "trace_luggage" in failed[0]
    assert root(spans).status.status_code is not StatusCode.ERROR


def test_the_experts_work_side_by_side(traces: dict[str, list[ReadableSpan]]) -> None:
    experts = [
        span for span in traces["evening"] if span.parent and facts(span).get("gen_ai.operation.name") == "invoke_agent"
    ]
    assert len(experts) == 3
    assert max(span.start_time or 0 for span in experts) < min(span.end_time or 0 for span in experts)


def test_the_cache_is_written_then_read(traces: dict[str, list[ReadableSpan]]) -> None:
    first, second = sorted((span for span in traces["delays"] if span.parent), key=lambda span: span.start_time or 0)
    written = facts(first)["gen_ai.usage.cache_write.input_tokens"]
    assert written > 1024
    assert facts(second)["gen_ai.usage.cache_read.input_tokens"] == written


def test_a_conversation_shares_its_session(traces: dict[str, list[ReadableSpan]]) -> None:
    turns = [span for span in traces["first_night"] if span.parent is None]
    assert len({span.context.trace_id for span in turns if span.context}) == 4
    assert len({facts(span)["gen_ai.conversation.id"] for span in turns}) == 1


def test_the_right_article_is_found(traces: dict[str, list[ReadableSpan]]) -> None:
    asked = next(facts(span) for span in traces["cat"] if facts(span).get("gen_ai.operation.name") == "chat")
    assert "Cats travel free" in json.dumps(asked["gen_ai.input.messages"])


@pytest.mark.parametrize("story", [story.__name__ for story in (app.OPENING, *app.STORIES)])
def test_nothing_is_left_to_the_fake_s_own_words(traces: dict[str, list[ReadableSpan]], story: str) -> None:
    for span in traces[story]:
        assert "you asked" not in str(facts(span).get("gen_ai.output.messages"))
