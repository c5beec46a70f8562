"""Server-sent events: told soon, told once for many changes, and never waiting for a slow reader."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

from limelight.server.ingest.digest import digest
from limelight.server.ingest.otlp_json import from_json
from limelight.server.live import MAX_WAITING, Reader
from limelight.server.serve import running
from limelight.server.store import aggregate
from tests.server.asking import Client
from tests.server.building import TRACE, chat, request
from tests.server.streaming import events, listening


def test_a_reader_is_told_the_counters_first_and_then_each_change(fresh: Client) -> None:
    with listening(fresh) as line:
        told = events(line)
        name, data = next(told)
        assert (name, data["spans"]) == ("stats", 0)
        fresh.send(chat(1, question="Hello?"))
        name, data = next(told)
        assert (name, data["trace_id"], data["row"]) == ("trace", TRACE, fresh.row())


def test_changes_of_one_trace_are_told_together(server: Client) -> None:
    with listening(server) as line:
        told = events(line)
        next(told)
        for number in range(1, 21):
            server.send(chat(number))
        seen = []
        while not seen or seen[-1]["row"]["span_count"] < 20:
            name, data = next(told)
            seen += [data] if name == "trace" else []
        assert len(seen) < 20


def test_the_counters_come_every_two_seconds_however_busy_it_is(server: Client) -> None:
    stop = threading.Event()

    def send() -> None:
        while not stop.is_set():
            server.send(chat(1))

    with listening(server) as line:
        told, began = events(line), time.monotonic()
        next(told)
        sender = threading.Thread(target=send)
        sender.start()
        try:
            while next(told)[0] != "stats":
                assert time.monotonic() - began < 5
        finally:
            stop.set()
            sender.join()
        assert time.monotonic() - began > 1


def test_a_reader_that_does_not_read_delays_nobody(server: Client) -> None:
    with listening(server), listening(server) as other:
        told = events(other)
        next(told)
        for number in range(50):
            server.send(chat(1, trace=f"{number + 1:032x}", question="x" * 20_000))
        assert next(told)[0] == "trace"
        assert server.health()["traces"] == 50


def test_a_reader_that_goes_away_is_forgotten(server: Client) -> None:
    for _ in range(20):
        with listening(server) as line:
            next(events(line))
    server.send(chat(1))
    assert server.row()["span_count"] == 1


def test_what_a_reader_cannot_keep_up_with_is_left_out_oldest_first() -> None:
    reader, row = (
        Reader(),
        aggregate.trace_row(
            "0", [digest(one).summary for one in from_json(json.dumps(request(chat(1))).encode())], set()
        ),
    )
    for number in range(MAX_WAITING + 10):
        reader.tell(str(number), row)
    reader.tell("12", row)
    assert len(reader.waiting) == MAX_WAITING
    assert next(iter(reader.waiting)) == "10"
    assert list(reader.waiting)[-1] == "12"


def test_a_stopping_server_sends_its_readers_home(tmp_path: Path) -> None:
    with running(tmp_path) as url:
        with_line = listening(Client(url))
        line = with_line.__enter__()
        told = events(line)
        next(told)
        began = time.monotonic()
    assert time.monotonic() - began < 2
    assert list(told) == []
    line.close()


def test_the_stream_is_one_a_proxy_leaves_alone(server: Client) -> None:
    with listening(server) as line:
        head = line.recv(4096).decode().lower()
    assert "content-type: text/event-stream" in head
    assert "cache-control: no-store" in head
