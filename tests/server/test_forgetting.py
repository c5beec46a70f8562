"""Full text, and deleting: what is gone is gone from the file."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest

from limelight.core.dialects import keys
from limelight.server.serve import running
from limelight.server.store.database import connect
from limelight.server.store.writer import Writer
from tests.server.asking import Client
from tests.server.building import TRACE, chat, span

OTHER, THIRD = "b" * 32, "c" * 32


def delete(server: Client, trace: str = TRACE) -> int:
    return server.ask("DELETE", f"/api/v1/traces/{trace}").status


TABLES = (
    "trace",
    "segment",
    "pack",
    "content",
    "use",
    "term",
    "value",
    "unindexed",
    "stale",
    "rollup",
    "calls",
)


def rows(folder: Path) -> dict[str, int]:
    """Every table that holds something of a trace, and how many rows it has."""
    with sqlite3.connect(folder / "limelight.db") as sql:
        counts = {name: sql.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in TABLES}
        counts["tally"] = sql.execute("SELECT sum(value) FROM tally").fetchone()[0]
    sql.close()
    return counts


def test_words_are_found_soon_after_they_were_acknowledged(server: Client) -> None:
    server.send(chat(question="the quick brown fox"))
    until = time.monotonic() + 5
    while not server.found("quick"):
        assert time.monotonic() < until
        time.sleep(0.01)
    assert server.health()["index_lag_s"] == 0.0


def test_words_are_found_while_spans_keep_coming(server: Client) -> None:
    """The index is filled when nobody writes, and after a while even if somebody does."""
    server.send(chat(question="the quick brown fox"))
    until = time.monotonic() + 10
    number = 0
    while not server.found("quick"):
        number += 1
        server.send(chat(1, trace=f"{number:032x}", question=f"number {number}"))
        assert time.monotonic() < until


def test_a_deleted_trace_leaves_nothing(fresh: Client, tmp_path: Path) -> None:
    fresh.send(
        chat(1, question="xylophone quagmire", answer="zyzzyva"),
        span(2, parent=1, attributes={"secret": "hapaxlegomenon"}),
    )
    fresh.indexed()
    assert fresh.found("xylophone") == ["chat gpt-4o-mini"]
    assert delete(fresh) == 200
    assert delete(fresh) == 404
    assert fresh.get(f"/api/v1/traces/{TRACE}").status == 404
    assert fresh.found() == fresh.found("xylophone") == fresh.found("kind:llm") == []
    assert fresh.get("/api/v1/traces").json["total"]["value"] == 0
    assert all(one["values"] == [] for one in fresh.get("/api/v1/facets").json["facets"])
    assert fresh.get("/api/v1/range").json == {"first_ms": None, "last_ms": None}
    assert set(rows(tmp_path).values()) == {0}


def test_a_deleted_word_is_not_in_the_files(fresh: Client, tmp_path: Path) -> None:
    for number in range(30):
        fresh.send(
            chat(1, trace=f"{number + 1:032x}", question=f"filler {number}", attributes={"note": f"filler{number}"})
        )
    fresh.indexed()
    fresh.send(chat(1, question="xylophone", attributes={"note": "hapaxlegomenon"}))
    fresh.indexed()
    words = (b"xylophone", b"hapaxlegomenon")
    held = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert all(word in held for word in words)
    assert delete(fresh) == 200
    until = time.monotonic() + 10
    while any(word in b"".join(file.read_bytes() for file in tmp_path.iterdir()) for word in words):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert fresh.found("filler", limit=1) == ["chat gpt-4o-mini"]


def test_what_two_traces_share_stays_for_the_other(fresh: Client, tmp_path: Path) -> None:
    fresh.send(chat(1, question="a shared xylophone", answer="mine"))
    fresh.send(chat(1, trace=OTHER, question="a shared xylophone", answer="yours"))
    fresh.indexed()
    assert (rows(tmp_path)["content"], rows(tmp_path)["use"]) == (3, 1)
    assert delete(fresh) == 200
    assert fresh.span(1, OTHER)["input"][0]["parts"] == [{"type": "text", "content": "a shared xylophone"}]
    fresh.indexed()
    assert fresh.found("xylophone") == fresh.found("yours") == ["chat gpt-4o-mini"]
    assert fresh.found("mine") == []
    held = rows(tmp_path)
    assert (held["trace"], held["segment"], held["content"], held["use"]) == (1, 2, 2, 1)
    fresh.send(chat(1, trace=THIRD, question="a shared xylophone"))
    assert delete(fresh, OTHER) == 200
    assert fresh.found("xylophone") == ["chat gpt-4o-mini"]
    assert delete(fresh, THIRD) == 200
    assert set(rows(tmp_path).values()) == {0}
    assert fresh.found("xylophone") == []


def test_words_that_were_deleted_are_wiped_though_the_server_was_killed_meanwhile(tmp_path: Path) -> None:
    with running(tmp_path) as url:
        Client(url).send(chat(1, question="xylophone", attributes={"note": "hapaxlegomenon"}), chat(2, trace=OTHER))
        Client(url).indexed()
    writer = Writer(connection := connect(tmp_path / "limelight.db"))
    with writer.transaction():
        assert writer.delete(TRACE)
    connection.close()  # without the wiping that follows
    words = (b"xylophone", b"hapaxlegomenon")
    with running(tmp_path) as url:
        Client(url).indexed()
        until = time.monotonic() + 10
        while any(word in b"".join(file.read_bytes() for file in tmp_path.iterdir()) for word in words):
            assert time.monotonic() < until
            time.sleep(0.05)
        assert Client(url).found() == ["chat gpt-4o-mini"]


def test_a_span_sent_again_is_found_by_its_new_words_only(fresh: Client, tmp_path: Path) -> None:
    old = {"note": "first", keys.USER: "u1"}
    fresh.send(chat(1, question="xylophone", answer="the same", attributes=old), chat(2, question="glockenspiel"))
    fresh.indexed()
    fresh.send(chat(1, question="marimba", answer="the same", attributes={"note": "second", keys.USER: "u1"}))
    fresh.indexed()
    name = ["chat gpt-4o-mini"]
    assert [fresh.found(q) for q in ("xylophone", "attr.note:first")] == [[], []]
    for q in ("marimba", "attr.note:second", "user:u1", "glockenspiel", '"the same"'):
        assert fresh.found(q) == name, q
    assert fresh.span(1)["input"][0]["parts"][0]["content"] == "marimba"
    assert fresh.row()["span_count"] == fresh.health()["spans"] == 2
    assert rows(tmp_path)["content"] == 3
    assert delete(fresh) == 200
    assert set(rows(tmp_path).values()) == {0}


def test_a_batch_sent_again_changes_nothing(fresh: Client, tmp_path: Path) -> None:
    spans = [chat(number, question=f"question {number}") for number in range(1, 5)]
    spans.append(span(5, attributes={keys.KIND: "chain", keys.INPUT: '"given"', keys.OUTPUT: '"given"'}))
    fresh.send(*spans)
    fresh.indexed()
    before = rows(tmp_path)
    for _ in range(3):
        fresh.send(*spans)
    assert rows(tmp_path) == before


def test_a_trace_may_be_deleted_before_its_words_are_indexed(fresh: Client, tmp_path: Path) -> None:
    fresh.send(chat(1, question="xylophone"))
    assert delete(fresh) == 200
    fresh.send(chat(1, question="xylophone"))
    fresh.indexed()
    assert fresh.found("xylophone") == ["chat gpt-4o-mini"]


def test_a_trace_can_come_back(server: Client) -> None:
    server.send(chat(1))
    assert delete(server) == 200
    server.send(chat(1), chat(2))
    assert (server.row()["span_count"], server.get("/api/v1/traces").json["total"]["value"]) == (2, 1)


@pytest.mark.parametrize("trace", ["f" * 32, "x", "%00", "é"])
def test_nothing_to_delete_is_not_found(server: Client, trace: str) -> None:
    assert delete(server, trace if trace.isascii() else "%C3%A9") == 404


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    def told(client: Client) -> list[object]:
        return [client.get(path).json for path in ("/api/v1/traces", "/api/v1/facets", f"/api/v1/traces/{TRACE}", f"/api/v1/traces/{TRACE}/spans/{1:016x}")]  # fmt: skip

    with running(tmp_path) as url:
        Client(url).send(chat(1, question="xylophone"), span(2, parent=1))
        before = told(Client(url))
    with running(tmp_path) as url:
        assert told(Client(url)) == before
        assert Client(url).found("xylophone") == ["chat gpt-4o-mini"]
        assert Client(url).health()["received"]["spans"] == 0
        Client(url).send(chat(3, parent=1))
        assert Client(url).row()["span_count"] == 3
