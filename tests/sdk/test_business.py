"""Business events: what a stretch of work was for, on every span beneath, here and in the next process."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from opentelemetry import propagate
from opentelemetry.context import attach, detach

import limelight
from limelight.core.dialects import keys
from limelight.engine import guard
from limelight.testing import Capture


def marks(span: Any) -> dict[str, Any]:
    return {key: span.attributes.get(key) for key in (keys.WORKFLOW, keys.EVENT, keys.CUSTOMER)}


TICKET = {"limelight.workflow": "support", "limelight.event.id": "T1", "limelight.customer.id": "acme"}


def test_every_span_beneath_an_event_says_so(spans: Capture) -> None:
    with spans.event("support", event_id="T1", customer_id="acme"), spans.span("inner"), spans.llm_call(provider="x"):
        pass
    found = spans.all()
    assert [marks(span) for span in found] == [TICKET] * 3
    assert len({span.attributes["limelight.run.id"] for span in found}) == 1


def test_values_may_come_from_the_arguments(spans: Capture) -> None:
    @spans.event(workflow="support", event_id=lambda ticket: ticket["id"], customer_id=lambda ticket: ticket["who"])
    def solve(ticket: dict[str, str]) -> str:
        """Solve it."""
        limelight.outcome("solved", 1)
        return "done"

    for number in ("T1", "T1"):
        assert solve({"id": number, "who": "acme"}) == "done"
    first, second = spans.all()
    assert marks(first) == marks(second) == TICKET
    assert first.attributes["limelight.run.id"] != second.attributes["limelight.run.id"]
    assert (solve.__name__, solve.__doc__) == ("solve", "Solve it.")
    assert first.json("limelight.output") == "done"


async def test_methods_and_coroutines_are_events_too(spans: Capture) -> None:
    class Desk:
        @spans.event(event_id=lambda number: number)
        async def answer(self, number: int) -> int:
            await asyncio.sleep(0)
            limelight.outcome("answers")
            return number

    assert await Desk().answer(7) == 7
    span = spans.one()
    assert marks(span) == {keys.WORKFLOW: "answer", keys.EVENT: "7", keys.CUSTOMER: None}
    assert span.attributes[keys.VALUE_AMOUNT] == (1.0,)


@pytest.mark.case(74)
def test_an_outcome_lands_on_the_event_however_deep_it_is_said(spans: Capture) -> None:
    with spans.event("support"), spans.span("a"), spans.span("b"):
        limelight.outcome("tickets", 1)
        limelight.outcome("euros", 2.5, currency="EUR")
        limelight.outcome("euros", 4)
    inner, middle, event = spans.all()
    assert event.attributes[keys.VALUE_TYPE] == ("tickets", "euros")
    assert event.attributes[keys.VALUE_AMOUNT] == (1.0, 6.5)
    assert event.events(keys.BUSINESS_EVENT)[1] == {
        keys.VALUE_TYPE: "euros",
        keys.VALUE_AMOUNT: 2.5,
        "currency": "EUR",
    }
    assert inner.events(keys.BUSINESS_EVENT) == middle.events(keys.BUSINESS_EVENT) == []


def test_an_outcome_of_nothing_harms_nobody(spans: Capture) -> None:
    limelight.outcome("tickets", 1)
    assert spans.all() == []


def test_a_question_that_fails_costs_its_answer_only(spans: Capture) -> None:
    with spans.event("support", customer_id=lambda: 1 / 0):
        pass
    assert marks(spans.one()) == {keys.WORKFLOW: "support", keys.EVENT: None, keys.CUSTOMER: None}
    assert guard.errors.pop(f"asking for {keys.CUSTOMER}") == 1


def carried(headers: dict[str, str], spans: Capture, name: str) -> Any:
    """A span in the process that got these headers."""
    token = attach(propagate.extract(headers))
    try:
        with spans.span(name):
            limelight.outcome("tickets", 1)
    finally:
        detach(token)
    return spans.all()[-1]


def test_the_next_process_knows_the_event_and_the_user(spans: Capture) -> None:
    headers: dict[str, str] = {}
    about = {"user_id": "ann", "session_id": "s1", "tags": ["vip", "beta"], "metadata": {"plan": "pro"}}
    with limelight.context(**about), spans.event("support", event_id="T1", customer_id="acme"):  # type: ignore[arg-type]
        propagate.inject(headers)
    there = carried(headers, spans, "worker")
    assert marks(there) == TICKET
    assert (there.attributes["user.id"], there.attributes["session.id"]) == ("ann", "s1")
    assert there.attributes["limelight.tags"] == ("vip", "beta")
    assert there.json("limelight.metadata") == {"plan": "pro"}
    assert there.events(keys.BUSINESS_EVENT)


def test_a_stranger_cannot_say_what_our_spans_cost(spans: Capture) -> None:
    headers = {"baggage": "limelight.mark.gen_ai.usage.input_tokens=5,limelight.mark.limelight.customer.id=acme"}
    there = carried(headers, spans, "worker")
    assert "gen_ai.usage.input_tokens" not in there.attributes
    assert there.attributes[keys.CUSTOMER] == "acme"


def test_what_is_long_stays_in_its_process(spans: Capture) -> None:
    headers: dict[str, str] = {}
    with limelight.context(user_id="ann", metadata={"essay": "x" * 1_000}):
        propagate.inject(headers)
    assert "ann" in headers["baggage"]
    assert "xxx" not in headers["baggage"]


@pytest.mark.parametrize("mask", ["pii", None])
def test_marks_are_masked_like_everything(traced: Any, mask: str | None) -> None:
    capture = traced(mask=mask)
    with capture.event("support", customer_id="ann@acme.example"):
        pass
    assert ("ann@" in capture.one().attributes[keys.CUSTOMER]) is (mask is None)


def test_a_trace_learns_late_whom_it_is_about(spans: Capture) -> None:
    with spans.span("request") as request:
        with spans.span("before"):
            pass
        request.update_trace(user_id="ann", session_id="s1", tags=["vip"], metadata={"plan": "pro"})
        with spans.span("after"):
            pass
    with spans.span("next"):
        pass
    found = {span.name: span.attributes.get("user.id") for span in spans.all()}
    assert found == {"before": None, "after": "ann", "request": "ann", "next": None}


def test_a_step_is_judged(spans: Capture) -> None:
    with spans.agent("planner") as step:
        step.score("helpful", 0.9, comment="to the point").score("tone", "kind").score("safe", True)
        with step.span(kind="plan", name="analyze"):
            pass
    plan, agent = spans.all()
    assert plan.is_child_of(agent)
    assert agent.attributes["gen_ai.agent.name"] == "planner"
    assert [dict(said) for said in agent.events("gen_ai.evaluation.result")] == [
        {
            "gen_ai.evaluation.name": "helpful",
            "gen_ai.evaluation.score.value": 0.9,
            "gen_ai.evaluation.explanation": "to the point",
        },
        {"gen_ai.evaluation.name": "tone", "gen_ai.evaluation.score.label": "kind"},
        {"gen_ai.evaluation.name": "safe", "gen_ai.evaluation.score.value": 1.0},
    ]


def test_a_piece_of_the_program_may_belong_elsewhere(spans: Capture, traced: Any) -> None:
    @spans.trace(project="billing", environment="staging", tags=["nightly"], metadata={"team": "a"})
    def work() -> None:
        with spans.span("inner"):
            pass

    work()
    for span in spans.all():
        assert span.attributes["limelight.project"] == "billing"
        assert span.attributes["deployment.environment.name"] == "staging"
        assert span.attributes["limelight.tags"] == ("nightly",)
        assert span.json("limelight.metadata") == {"team": "a"}


def test_the_agent_that_a_program_is_stands_on_every_span(traced: Any) -> None:
    capture = traced(agent_name="Nightjar")
    with capture.span("work"):
        pass
    assert capture.one().attributes["gen_ai.agent.name"] == "Nightjar"
