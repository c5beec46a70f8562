"""Spans become traces: in any order, more than once, told by several."""

from __future__ import annotations

import json
from typing import Any

import pytest

from limelight.core.dialects import keys
from tests.server.asking import Client
from tests.server.building import START_NS, TRACE, chat, message, protobuf, request, span

AGENT = {keys.OPERATION: "invoke_agent", keys.AGENT_NAME: "clerk"}
TOOL = {keys.OPERATION: "execute_tool", keys.TOOL_NAME: "lookup"}
INPUT, OUTPUT = keys.USAGE["input"], keys.USAGE["output"]


def agent(number: int = 1, **options: Any) -> dict[str, Any]:
    more = options.pop("attributes", {})
    return span(number, name="clerk", attributes=AGENT | more, **options)


def tool(number: int, **options: Any) -> dict[str, Any]:
    return span(number, name="lookup", attributes=TOOL, **options)


def test_a_trace_is_its_spans(server: Client) -> None:
    server.send(
        agent(1, ms=900),
        chat(2, parent=1, at_ms=10, ms=300, question="Where is it?", answer="Let me look."),
        tool(3, parent=1, at_ms=320, ms=100),
        chat(4, parent=1, at_ms=430, ms=400, question="And now?", answer="There.", tokens=(20, 5)),
    )
    found = server.trace()
    row = found["trace"]
    assert (row["name"], row["status"], row["running"]) == ("clerk", "ok", False)
    assert (row["started_ms"], row["duration_ms"]) == (START_NS / 1_000_000, 900.0)
    assert (row["input"], row["output"], row["input_span_id"]) == ("Where is it?", "There.", f"{2:016x}")
    assert row["kinds"] == {"agent": 1, "llm": 2, "tool": 1}
    assert row["usage"] == {"input": 32, "output": 8, "cache_read": None, "cache_write": None, "reasoning": None, "provenance": "reported", "estimated": []}  # fmt: skip
    assert row["cost"]["provenance"] == "priced"
    assert row["cost"]["total"] == pytest.approx(
        sum(one["cost"]["total"] for one in found["spans"] if one["kind"] == "llm")
    )
    assert (found["llm_ms"], found["tool_ms"], found["idle_ms"]) == (700.0, 100.0, 100.0)
    assert found["focus_span_id"] == f"{4:016x}"
    assert [one.get("tool_name") for one in found["spans"]] == [None, None, "lookup", None]
    assert server.get("/api/v1/traces").json["traces"] == [row]


OUTCOMES = {
    "as text": ({keys.INPUT: '"What is it?"', keys.OUTPUT: "It is this."}, ("What is it?", "It is this.")),
    "as data": ({keys.INPUT: '{"question": "What?"}', keys.OUTPUT: "[1]"}, ("Really?", '{"helpful": 5}')),
    "not at all": ({}, ("Really?", '{"helpful": 5}')),
}


@pytest.mark.parametrize("case", OUTCOMES)
def test_what_the_program_says_it_was_asked_and_answered_wins_over_its_calls(server: Client, case: str) -> None:
    attributes, shown = OUTCOMES[case]
    server.send(agent(1, attributes=attributes), chat(2, parent=1, question="Really?", answer='{"helpful": 5}'))
    assert (server.row()["input"], server.row()["output"]) == shown


def test_a_span_sent_again_replaces_itself(server: Client) -> None:
    whole = [agent(1), chat(2, parent=1), tool(3, parent=1, error="late")]
    for _ in range(3):
        server.send(*whole)
    row = server.row()
    assert (row["span_count"], row["usage"]["input"], row["error_count"]) == (3, 12, 1)
    server.send(chat(2, parent=1, tokens=(100, 50)))
    assert server.row()["usage"]["input"] == 100
    assert (server.health()["spans"], server.health()["traces"]) == (3, 1)
    assert server.get("/api/v1/traces").json["total"] == {"value": 1, "capped": False}
    facets = {one["field"]: one["values"] for one in server.get("/api/v1/facets").json["facets"]}
    assert facets["model"] == [{"value": "gpt-4o-mini", "count": 1, "errors": 0}]


@pytest.mark.case(14)
def test_every_order_of_arrival_gives_the_same_trace(server: Client) -> None:
    spans = [agent(1, ms=900), chat(2, parent=1, at_ms=10, question="a"), tool(3, parent=2, at_ms=20, error="no")]
    rows = []
    for name, order in (("a" * 32, (0, 1, 2)), ("b" * 32, (2, 1, 0)), ("c" * 32, (1, 2, 0))):
        for place in order:
            server.send(spans[place] | {"traceId": name})
        rows.append(server.row(name) | {"trace_id": ""})
    assert rows[0] == rows[1] == rows[2]
    assert rows[0]["name"] == "clerk"


@pytest.mark.case(14)
def test_a_trace_runs_until_its_root_has_come(server: Client) -> None:
    server.send(chat(2, parent=1))
    row = server.row()
    assert (row["status"], row["running"], row["name"]) == ("running", True, "chat gpt-4o-mini")
    server.send(agent(1))
    assert (server.row()["status"], server.row()["running"], server.row()["name"]) == ("ok", False, "clerk")


@pytest.mark.case(14)
def test_a_root_that_has_not_ended_runs(server: Client) -> None:
    server.send(agent(1, ms=None))
    found = server.trace()
    assert (found["trace"]["status"], found["trace"]["running"]) == ("running", True)
    assert (found["trace"]["duration_ms"], found["idle_ms"]) == (None, None)
    assert (found["spans"][0]["status"], found["spans"][0].get("duration_ms")) == ("running", None)
    server.send(agent(1, ms=500))
    assert (server.row()["status"], server.row()["duration_ms"]) == ("ok", 500.0)


AFAR = {"flags": 0x300}
"""What OpenTelemetry says of a span whose parent came in with a request."""


@pytest.mark.parametrize("entry", [AFAR, {"attributes": {keys.ENTRY: True}}])
def test_a_parent_that_is_elsewhere_is_not_waited_for(server: Client, entry: dict[str, Any]) -> None:
    server.send(chat(3, parent=2))
    assert server.row()["running"]
    server.send(span(2, parent=1, name="POST /ask", ms=700, **entry))
    row = server.row()
    assert (row["status"], row["running"], row["name"]) == ("ok", False, "POST /ask")
    server.send(agent(1, ms=900))
    assert (server.row()["name"], server.row()["running"]) == ("clerk", False)


def test_of_two_that_are_missing_the_near_one_is_waited_for(server: Client) -> None:
    server.send(span(2, parent=1, name="POST /ask", **AFAR), chat(5, parent=4))
    assert server.row()["running"]


def test_what_protobuf_says_of_a_parent_is_heard_too(server: Client) -> None:
    body = protobuf(request(span(2, parent=1, name="POST /ask", **AFAR)))
    assert server.export(body, "application/x-protobuf").status == 200
    assert (server.row()["name"], server.row()["running"]) == ("POST /ask", False)


def test_orphans_make_a_trace_too(server: Client) -> None:
    server.send(chat(5, parent=4, at_ms=50), tool(3, parent=2))
    assert server.row()["name"] == "lookup"
    assert [one["parent_id"] for one in server.trace()["spans"]] == [f"{2:016x}", f"{4:016x}"]


def test_a_clock_that_is_behind_makes_nothing_negative(server: Client) -> None:
    server.send(agent(1, ms=100), chat(2, parent=1, at_ms=-5_000, ms=50), tool(3, parent=1, at_ms=10, ms=-40))
    found = server.trace()
    assert (found["trace"]["started_ms"], found["trace"]["duration_ms"]) == (
        (START_NS - 5_000_000_000) / 1_000_000,
        5100.0,
    )
    assert [one["duration_ms"] for one in found["spans"]] == [50.0, 100.0, 0.0]
    assert found["idle_ms"] == 5050.0


def test_parents_in_a_circle_are_survived(server: Client) -> None:
    server.send(chat(1, parent=3), chat(2, parent=1), chat(3, parent=2), chat(4, parent=4))
    assert server.row()["span_count"] == 4
    assert server.row()["running"]


@pytest.mark.case(21, 25, 78)
@pytest.mark.parametrize("inner_says", [True, False])
def test_a_call_reported_twice_counts_once(server: Client, inner_says: bool) -> None:
    """By its response id where both say it, otherwise by standing directly beneath."""
    said = {keys.RESPONSE_ID: "r-1"}
    server.send(
        chat(1, attributes=said),
        chat(2, parent=1, attributes=said if inner_says else {}),
        chat(3, parent=2 if inner_says else 1, attributes=said),
    )
    assert [one.get("counted", True) for one in server.trace()["spans"]] == [True, False, False]
    assert [server.span(number)["counted"] for number in (1, 2, 3)] == [True, False, False]
    assert server.row()["usage"]["input"] == 12


def test_calls_beneath_each_other_that_differ_count_both(server: Client) -> None:
    server.send(chat(1, attributes={keys.RESPONSE_ID: "a"}), chat(2, parent=1, attributes={keys.RESPONSE_ID: "b"}), chat(3, parent=1, model="gpt-4o"))  # fmt: skip
    assert server.row()["usage"]["input"] == 36


@pytest.mark.case(21)
def test_an_agent_repeats_what_its_calls_used(server: Client) -> None:
    used = {INPUT: 24, OUTPUT: 6}
    server.send(agent(1, attributes=used), agent(2, parent=1, attributes=used), chat(3, parent=2), chat(4, parent=2))
    assert server.row()["usage"]["input"] == 24
    assert [one.get("counted", True) for one in server.trace()["spans"]] == [False, False, True, True]


def test_an_agent_whose_calls_nobody_reports_counts_itself(server: Client) -> None:
    used = {INPUT: 24, OUTPUT: 6}
    server.send(span(1), agent(2, parent=1, attributes=used), agent(3, parent=2, attributes=used), chat(4, parent=1))
    assert server.row()["usage"]["input"] == 36


def test_unknown_is_null_and_never_zero(server: Client) -> None:
    server.send(chat(1, tokens=None, model="made-up-model"))
    row = server.row()
    assert row["usage"] == {"input": None, "output": None, "cache_read": None, "cache_write": None, "reasoning": None, "provenance": "unknown", "estimated": []}  # fmt: skip
    assert row["cost"] == {"total": None, "provenance": "unknown"}
    assert server.found("cost>=0") == server.found("tokens>=0") == server.found("ttft>=0") == []
    assert server.found("-cost>0.01") == ["chat made-up-model"]


def test_tokens_of_an_unlisted_model_have_no_price(fresh: Client) -> None:
    fresh.send(chat(1, model="made-up-model"))
    assert fresh.row()["usage"]["input"] == 12
    assert fresh.row()["cost"] == {"total": None, "provenance": "unknown"}
    assert fresh.health()["unpriced_models"] == [{"provider": "openai", "model": "made-up-model", "spans": 1}]


@pytest.mark.parametrize("second", [{"tokens": None}, {"model": "made-up-model"}])
def test_a_sum_with_a_hole_is_partial(server: Client, second: dict[str, Any]) -> None:
    server.send(agent(1), chat(2, parent=1), chat(3, parent=1, **second))
    row, whole = server.row(), server.span(2)["cost"]["total"]
    assert (row["cost"]["total"], row["cost"]["provenance"]) == (whole, "partial")
    assert row["usage"]["provenance"] == ("partial" if "tokens" in second else "reported")


def test_a_call_that_failed_leaves_no_hole(server: Client) -> None:
    server.send(agent(1), chat(2, parent=1), chat(3, parent=1, tokens=None, error="overloaded"))
    assert server.row()["usage"]["provenance"] == "reported"
    assert server.row()["cost"]["provenance"] == "priced"


def test_estimated_tokens_say_so(server: Client) -> None:
    server.send(chat(1, attributes={keys.USAGE_SOURCE: "estimated"}))
    assert server.row()["usage"]["provenance"] == server.row()["cost"]["provenance"] == "estimated"
    assert server.row()["usage"]["estimated"] == ["input", "output"]


def test_tokens_that_were_reported_beside_estimated_ones_do_not_say_so(server: Client) -> None:
    guessed = {keys.USAGE_SOURCE: "estimated", keys.USAGE_ESTIMATED: ["output"]}
    server.send(agent(1), chat(2, parent=1, attributes=guessed), chat(3, parent=1))
    assert server.row()["usage"]["estimated"] == server.span(2)["usage"]["estimated"] == ["output"]
    assert server.span(3)["usage"] == {**server.span(3)["usage"], "provenance": "reported", "estimated": []}


STATUSES = {
    "ok": {},
    "error": {"error": "boom"},
    "incomplete": {"attributes": {keys.OUTCOME: "incomplete"}},
    "cancelled": {"attributes": {keys.OUTCOME: "cancelled"}},
    "failed in words": {"attributes": {keys.ERROR_TYPE: "openai.RateLimitError", keys.HTTP_STATUS: 429}},
}


@pytest.mark.parametrize("case", STATUSES)
def test_how_a_call_ended(server: Client, case: str) -> None:
    server.send(chat(1, **STATUSES[case]))
    expected = {"cancelled": "incomplete", "failed in words": "error"}.get(case, case)
    row, one = server.row(), server.span(1)
    assert row["status"] == one["status"] == expected
    assert row["error_count"] == (expected == "error")
    assert server.found(f"status:{expected}") == ["chat gpt-4o-mini"]
    assert (one["exception"] is None) == (expected != "error")
    assert one["http_status"] == (429 if case == "failed in words" else None)
    assert one["error_type"] == ("openai.RateLimitError" if case == "failed in words" else None)


def test_an_error_within_a_good_trace_is_counted_but_not_its_end(server: Client) -> None:
    server.send(agent(1), tool(2, parent=1, error="no such order"), chat(3, parent=1))
    row = server.row()
    assert (row["status"], row["error_count"], row["error_message"]) == ("ok", 1, "no such order")


FOCUSED = {
    "the deepest failure": (
        [agent(1, error="x"), chat(2, parent=1, at_ms=1), tool(3, parent=1, at_ms=2, error="y")],
        3,
    ),
    "the first failure": ([agent(1), tool(2, parent=1, at_ms=1, error="x"), tool(3, parent=1, at_ms=2, error="y")], 2),
    "the last call": (
        [agent(1), chat(2, parent=1, at_ms=1), chat(3, parent=1, at_ms=2), tool(4, parent=1, at_ms=3)],
        3,
    ),
    "the first span": ([agent(1), tool(2, parent=1, at_ms=1)], 1),
}


@pytest.mark.parametrize("case", FOCUSED)
def test_where_to_look_first(server: Client, case: str) -> None:
    spans, number = FOCUSED[case]
    server.send(*spans)
    assert server.trace()["focus_span_id"] == f"{number:016x}"


def test_what_is_new_in_a_conversation(server: Client) -> None:
    first = message("user", "Hello?")
    answer = message("assistant", "Yes.")
    server.send(
        agent(1, ms=900),
        chat(2, parent=1, at_ms=1, question="Hello?", answer="Yes."),
        chat(3, parent=1, at_ms=200, history=[first, answer], question="Really?", answer="Yes!"),
        chat(4, parent=1, at_ms=400, question="Something else"),
        chat(5, parent=1, at_ms=600, history=[first, answer], question="Again?"),
    )
    assert [server.span(number)["new_from"] for number in (2, 3, 4, 5)] == [0, 2, 0, 2]
    assert [part["content"] for told in server.span(3)["input"] for part in told["parts"]] == [
        "Hello?",
        "Yes.",
        "Really?",
    ]


def test_who_and_where_of_a_trace(fresh: Client) -> None:
    about = {
        keys.USER: "u1",
        keys.SESSION: "s1",
        keys.TAGS: ["red", "blue"],
        keys.METADATA: json.dumps({"plan": "free"}),
    }
    resource = {"service.name": "shop", "deployment.environment.name": "staging", "telemetry.sdk.name": "otel", "telemetry.sdk.version": "1"}  # fmt: skip
    fresh.send(chat(1, attributes=about), resource=resource)
    row = fresh.row()
    assert (row["user_id"], row["session_id"], row["tags"], row["environment"], row["services"]) == ("u1", "s1", ["red", "blue"], "staging", ["shop"])  # fmt: skip
    assert fresh.span(1)["metadata"] == {"plan": "free"}
    assert fresh.found("attr.metadata.plan:free") == ["chat gpt-4o-mini"]
    (client,) = fresh.health()["clients"]
    assert client | {"last_ms": 0} == {"sdk": "otel", "version": "1", "service": "shop", "last_ms": 0}


def test_health_tells_what_came(fresh: Client) -> None:
    fresh.send(chat(1), chat(2))
    fresh.send(span(3, attributes={"gen_ai.system": "openai"}), span(4), chat(5, attributes={keys.KIND: "llm"}))
    health = fresh.health()
    assert health["received"] | {"last_span_ms": 0} == {
        "requests": 2, "spans": 5, "accepted": 5, "rejected": {}, "last_rejected": None, "last_span_ms": 0,
    }  # fmt: skip
    assert health["dialects"] == {"genai": 2, "genai-legacy": 1, "other": 1, "limelight": 1}
    assert (health["spans"], health["traces"]) == (5, 1)
    assert health["database_bytes"] > 0
    assert fresh.url.endswith(health["address"])


def test_nothing_is_at_an_unknown_id(server: Client) -> None:
    server.send(chat(1))
    for path in (
        f"/api/v1/traces/{'f' * 32}",
        f"/api/v1/traces/{TRACE}/spans/{'f' * 16}",
        f"/api/v1/traces/{'f' * 32}/spans/{1:016x}",
    ):
        assert server.get(path).status == 404
        assert server.get(path).json["error"]["code"] == "not_found"


def test_the_server_can_make_a_trace_itself(server: Client) -> None:
    made = server.ask("POST", "/api/v1/test-trace").json["trace_id"]
    row = server.row(made)
    assert (row["status"], row["span_count"], row["usage"]["input"]) == ("ok", 3, 12)
    assert row["cost"]["total"] > 0
    assert server.get("/api/v1/range").json["first_ms"] == row["started_ms"]
