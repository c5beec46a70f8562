"""Bare words find whatever a trace says: messages, tools, what steps were given and gave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from limelight.core.dialects import keys
from limelight.server.serve import running
from limelight.server.store.search import MOST_READ
from tests.server.asking import Client
from tests.server.building import chat, message, span


def said() -> Iterator[dict[str, Any]]:
    tool = {keys.KIND: "tool", keys.TOOL_NAME: "look_up"}
    yield span(attributes={keys.KIND: "agent", keys.INPUT: '"a plain zebra"', keys.OUTPUT: "an unquoted okapi"})
    yield span(attributes={keys.KIND: "chain", keys.INPUT: '{"animal": "first line\\nlemur", "legs": 4711}'})
    yield span(
        attributes=tool | {keys.TOOL_ARGUMENTS: '{"query": "narwhal"}', keys.TOOL_RESULT: '["found", {"a": "manatee"}]'}
    )
    yield chat(
        history=[message("system", "You know the tapir.")],
        question="Where does a quokka live?",
        answer="On Rottnest Island.",
    )
    called = [
        {
            "role": "assistant",
            "parts": [{"type": "tool_call", "id": "c", "name": "look_up", "arguments": {"x": "axolotl"}}],
        }
    ]
    told = [{"role": "tool", "parts": [{"type": "tool_call_response", "id": "c", "response": {"y": "pangolin"}}]}]
    yield chat(
        attributes={
            keys.OUTPUT_MESSAGES: str(called).replace("'", '"'),
            keys.INPUT_MESSAGES: str(told).replace("'", '"'),
        }
    )
    yield chat(
        question="Crème brûlée, s'il vous plaît", attributes={keys.SYSTEM: '[{"type": "text", "content": "be a gnu"}]'}
    )
    yield chat(question="live quokka", answer="does where")
    yield span(attributes={keys.KIND: "retrieval", keys.INPUT: '"which wombat"'})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with running(tmp_path_factory.mktemp("search")) as url:
        client = Client(url)
        for place, one in enumerate(said()):
            client.send(one | {"traceId": f"{place + 1:032x}", "name": "abcdefgh"[place]})
        client.indexed()
        yield client


WORDS = {
    "zebra": "a", "okapi": "a", "lemur": "b", "nlemur": "", "4711": "b", "animal": "b", "narwhal": "c", "manatee": "c",
    "tapir": "d", "axolotl": "e", "pangolin": "e", "gnu": "f", "wombat": "h", "look_up": "e",
    "quokka": "dg", "QUOKKA": "dg", "quok*": "dg", "quok": "", '"quokka live"': "d", '"live quokka"': "g",
    '"where does a quok*"': "d", '"does where"': "g", "does where": "dg", '"live on"': "", "rottnest-island": "d",
    "creme": "f", "brûlée": "f", '"creme brulee"': "f", '"creme plait"': "", "-quokka": "abcefh", "quokka -tapir": "g",
    "quokka kind:llm": "dg", "quokka kind:tool": "", "...": "", '"uokka live"': "",
}  # fmt: skip


@pytest.mark.parametrize("q", WORDS)
def test_words_find_their_traces(server: Client, q: str) -> None:
    assert "".join(sorted(server.found(q))) == WORDS[q]


def test_pages_of_what_is_found_meet(server: Client) -> None:
    whole = server.get("/api/v1/traces", q="quokka").json
    assert whole["total"] == {"value": 2, "capped": False}
    first = server.get("/api/v1/traces", q="quokka", limit=1).json
    second = server.get("/api/v1/traces", q="quokka", limit=1, cursor=first["next_cursor"]).json
    assert [*first["traces"], *second["traces"]] == whole["traces"]
    assert (first["total"], second["next_cursor"]) == (whole["total"], None)


def test_an_end_of_time_leaves_out_what_came_later(fresh: Client) -> None:
    for number in range(3):
        fresh.send(chat(1, trace=f"{number + 1:032x}", question="xylophone", at_ms=number * 1000))
    fresh.indexed()
    late = fresh.row(f"{3:032x}")["started_ms"]
    assert fresh.get("/api/v1/traces", q="xylophone", to_ms=late).json["total"]["value"] == 2


def test_a_count_of_what_was_not_all_looked_at_says_so(fresh: Client) -> None:
    for at in range(0, MOST_READ + 100, 100):
        fresh.send(*(chat(1, trace=f"{at + one + 1:032x}", question=f"often said {at + one}") for one in range(100)))
    fresh.indexed()
    found = fresh.get("/api/v1/traces", q='"often said"', limit=5).json
    assert found["total"] == {"value": MOST_READ, "capped": True}
    assert fresh.get("/api/v1/traces", q="often").json["total"] == {"value": MOST_READ + 100, "capped": False}
