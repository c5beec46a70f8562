"""Traces of thousands of spans, that come bit by bit."""

from __future__ import annotations

import json
import time
from pathlib import Path

import msgspec
import pytest

from limelight.server.ingest.digest import Digest, digest
from limelight.server.ingest.otlp_json import from_json
from limelight.server.query.language import parse
from limelight.server.serve import running
from limelight.server.store import conditions
from limelight.server.store.conditions import Said, Window
from limelight.server.store.database import connect
from limelight.server.store.packing import Packing
from limelight.server.store.reader import counted
from limelight.server.store.rollups import decode_frame
from limelight.server.store.sqlite import Store
from limelight.server.store.writer import Writer
from tests.server.asking import Client
from tests.server.building import TRACE, chat, request, span


def digests(numbers: range) -> list[Digest]:
    spans = [chat(number, parent=1, at_ms=number) for number in numbers if number > 1]
    root = [span(1, name="root", ms=1e6)] if 1 in numbers else []
    return [digest(one) for one in from_json(json.dumps(request(*root, *spans)).encode())]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "limelight.db"


def count(writer: Writer, path: Path) -> int:
    connection = connect(path)
    frame = connection.execute("SELECT frame FROM trace").fetchone()[0]
    row = msgspec.json.decode(decode_frame(Packing.of(connection).unpacked(frame)).row)
    connection.close()
    return int(row["span_count"])


def test_the_row_of_a_large_trace_is_not_made_for_every_few_spans(path: Path) -> None:
    statements: list[str] = []
    connection = connect(path)
    writer = Writer(connection)
    connection.set_trace_callback(statements.append)
    batches = [digests(range(at, at + 40)) for at in range(1, 4001, 40)]
    for batch in batches:
        with writer.transaction():
            writer.add(batch)
    made = sum(one.startswith("UPDATE trace SET status") for one in statements)
    assert 1 < made < len(batches) * 0.7
    while writer.renew_stale():
        time.sleep(0.01)
    assert count(writer, path) == 4000
    writer.close()


def test_a_row_that_was_not_made_before_a_kill_is_made_after_it(path: Path) -> None:
    connection = connect(path)
    writer = Writer(connection)
    for numbers in (range(1, 3001), range(3001, 3101), range(3101, 3201)):
        with writer.transaction():
            writer.add(digests(numbers))
    assert connection.execute("SELECT count(*) FROM stale").fetchone() == (1,)
    assert count(writer, path) < 3200
    connection.close()
    with running(path.parent) as url:
        client, until = Client(url), time.monotonic() + 10
        assert client.row()["span_count"] == 3200
        while client.get("/api/v1/traces").json["traces"][0]["span_count"] < 3200:
            assert time.monotonic() < until
            time.sleep(0.02)
        assert client.get("/api/v1/traces").json["traces"] == [client.row()]
        assert client.health()["spans"] == 3200


def test_a_span_is_read_without_the_others(fresh: Client) -> None:
    for at in range(1, 1001, 250):
        fresh.send(*(chat(number, at_ms=number, question=f"question {number}") for number in range(at, at + 250)))
    for number in (1, 300, 1000):
        found = fresh.span(number)
        assert found["input"][0]["parts"][0]["content"] == f"question {number}"
        assert (found["span_id"], found["counted"]) == (f"{number:016x}", True)
    assert fresh.get(f"/api/v1/traces/{TRACE}/spans/{1001:016x}").status == 404


def test_a_line_says_only_what_is_known(fresh: Client) -> None:
    fresh.send(span(1, name="step"), chat(2, parent=1, question="Hello?"))
    step, call = fresh.trace()["spans"]
    assert set(step) == {"span_id", "name", "kind", "status", "started_ms", "duration_ms", "service"}
    assert call["usage"] == {"provenance": "reported", "input": 12, "output": 3}
    assert set(call["cost"]) == {"provenance", "total", "input", "output"}


def test_a_count_looks_at_the_newest_traces_only(tmp_path: Path) -> None:
    with running(tmp_path) as url:
        for number in range(6):
            fails = {"error": "no"} if number % 2 else {}
            Client(url).send(chat(1, trace=f"{number + 1:032x}", at_ms=number * 1000, **fails))
    store, window = Store(tmp_path / "limelight.db"), Window()
    with store.reading() as sql:
        where = conditions.where(sql, parse("status:error"), window, lambda words: Said(()))
        assert [counted(sql, where, window, newest) for newest in (2, 5, 6, 7)] == [
            (1, True),
            (3, True),
            (3, False),
            (3, False),
        ]
    store.close()
