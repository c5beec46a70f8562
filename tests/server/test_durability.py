"""What was acknowledged is kept: when killed, when the disk is full, when two want the same folder."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from limelight.server.serve import running
from limelight.server.store.database import SCHEMA_VERSION, DatabaseError, connect
from limelight.server.store.writer import Writer
from tests.server.asking import Client
from tests.server.building import TRACE, chat, request


class Process:
    """`limelight serve` as a process of its own."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        command = [sys.executable, "-m", "limelight.cli", "serve", "--port", str(port), "--data", str(folder)]
        self.popen = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.popen.stdout is not None
        first = self.popen.stdout.readline()
        found = re.search(r"http://\S+", first)
        assert found is not None, first + (self.popen.stderr.read() if self.popen.stderr else "")
        self.client = Client(found[0])

    def end(self, how: int = signal.SIGKILL) -> int:
        self.popen.send_signal(how)
        self.popen.communicate(timeout=20)
        return self.popen.returncode


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Process]:
    process = Process(folder)
    try:
        yield process
    finally:
        if process.popen.poll() is None:
            process.end()


def sending(client: Client, first: int, acknowledged: list[int]) -> None:
    """One batch of five traces after the other, until nobody answers."""
    number = first
    with contextlib.suppress(OSError, http.client.HTTPException):
        while True:
            spans = [chat(1, trace=f"{number * 5 + one:032x}", question=f"question {number}") for one in range(5)]
            if client.export(json.dumps(request(*spans)).encode()).status == 200:
                acknowledged.append(number)
            number += 1


def test_killed_at_any_moment_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    acknowledged: list[int] = []
    chance = random.Random(7)
    for round_ in range(4):
        with serving(tmp_path) as process:
            senders = [
                threading.Thread(
                    target=sending, args=(process.client, 1 + round_ * 100_000 + lane * 10_000, acknowledged)
                )
                for lane in range(2)
            ]
            until = len(acknowledged) + 10
            for sender in senders:
                sender.start()
            while len(acknowledged) < until:
                time.sleep(0.001)
            time.sleep(chance.random() * 0.05)
            process.end(signal.SIGKILL)
            for sender in senders:
                sender.join()
    assert len(acknowledged) >= 40
    with running(tmp_path) as url:
        client = Client(url)
        lost = [
            number
            for number in acknowledged
            for one in range(5)
            if client.get(f"/api/v1/traces/{number * 5 + one:032x}").status != 200
        ]
        assert lost == []
        client.indexed()
        assert client.get("/api/v1/traces", q=f'"question {acknowledged[-1]}"').json["total"]["value"] == 5
    with sqlite3.connect(tmp_path / "limelight.db") as sql:
        assert sql.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert (
            sql.execute("SELECT sum(total) FROM rollup WHERE field = ''").fetchone()
            == sql.execute("SELECT count(*) FROM trace").fetchone()
        )
    sql.close()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop_it_stops_and_keeps_everything(tmp_path: Path, how: int) -> None:
    with serving(tmp_path) as process:
        process.client.send(chat(1))
        began = time.monotonic()
        process.end(how)
        assert time.monotonic() - began < 5
    with running(tmp_path) as url:
        assert Client(url).row()["span_count"] == 1


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on the size of files")
def test_a_full_disk_is_told_and_survived(tmp_path: Path) -> None:
    """A limit on file size of the server's process stands for the disk."""
    with serving(tmp_path) as process:
        client = process.client
        client.send(chat(1))
        full = max(file.stat().st_size for file in tmp_path.iterdir())
        limits = psutil.Process(process.popen.pid)
        limits.rlimit(psutil.RLIMIT_FSIZE, (full, psutil.RLIM_INFINITY))
        body = json.dumps(request(chat(2, question=os.urandom(200_000).hex()))).encode()
        for _ in range(3):
            reply = client.export(body)
            assert (reply.status, reply.headers["retry-after"], reply.json["code"]) == (503, "5", 14)
        assert client.health()["received"]["rejected"] == {"unavailable": 3}
        assert client.row()["span_count"] == 1
        limits.rlimit(psutil.RLIMIT_FSIZE, (psutil.RLIM_INFINITY, psutil.RLIM_INFINITY))
        assert client.export(body).status == 200
        assert client.row()["span_count"] == 2
        client.indexed()


def test_one_span_that_cannot_be_written_does_not_end_the_writer(tmp_path: Path) -> None:
    """The table is taken away under the server's feet and given back."""
    with running(tmp_path) as url:
        client = Client(url)
        client.send(chat(1))
        sql = sqlite3.connect(tmp_path / "limelight.db", isolation_level=None)
        sql.execute("ALTER TABLE segment RENAME TO gone")
        assert client.export(json.dumps(request(chat(2))).encode()).status == 503
        reply = client.get(f"/api/v1/traces/{TRACE}")
        assert (reply.json["error"]["code"], reply.headers["retry-after"]) == ("unavailable", "5")
        assert client.ask("DELETE", "/api/v1/traces/" + "a" * 32).status == 404
        sql.execute("ALTER TABLE gone RENAME TO segment")
        sql.close()
        client.send(chat(2))
        assert client.row()["span_count"] == 2


def test_it_says_where_its_data_lies(tmp_path: Path) -> None:
    with serving(tmp_path) as process:
        assert process.popen.stdout is not None
        assert process.popen.stdout.readline() == f"Traces are kept in {tmp_path}\n"


def test_a_folder_in_use_is_refused_to_a_second_server(tmp_path: Path) -> None:
    with running(tmp_path) as url:
        Client(url).send(chat(1))
        with pytest.raises(DatabaseError, match="in use by another"), running(tmp_path):
            pass
        second = subprocess.run(
            [sys.executable, "-m", "limelight.cli", "serve", "--port=0", "--data", tmp_path],
            capture_output=True,
            text=True,
        )
        assert second.returncode == 1
        assert "in use by another" in second.stderr
        assert Client(url).row()["span_count"] == 1
    with running(tmp_path) as url:
        assert Client(url).row()["span_count"] == 1


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    with running(tmp_path / "one") as url:
        port = url.rpartition(":")[2]
        second = subprocess.run(
            [sys.executable, "-m", "limelight.cli", "serve", "--port", port, "--data", tmp_path / "two"],
            capture_output=True,
            text=True,
        )
    assert second.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in second.stderr


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    with running(tmp_path) as url:
        Client(url).send(chat(1))
    with sqlite3.connect(tmp_path / "limelight.db") as sql:
        sql.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    sql.close()
    with pytest.raises(DatabaseError, match=r"newer Limelight.*upgrade"), running(tmp_path):
        pass
    with sqlite3.connect(tmp_path / "limelight.db") as sql:
        assert sql.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION + 1,)
        sql.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    sql.close()
    with running(tmp_path) as url:
        assert Client(url).row()["span_count"] == 1


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "limelight.db").write_bytes(b"my thesis\n" * 1000)
    with pytest.raises(DatabaseError, match="not a database"), running(tmp_path):
        pass
    assert (tmp_path / "limelight.db").read_bytes() == b"my thesis\n" * 1000


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseError, match="name another folder"), running(tmp_path / "file" / "folder"):
        pass


def test_readers_see_whole_traces_while_spans_come(tmp_path: Path) -> None:
    with running(tmp_path) as url:
        client, stop, torn = Client(url), threading.Event(), []

        def read() -> None:
            while not stop.is_set():
                for row in client.get("/api/v1/traces", limit=50).json["traces"]:
                    if row["span_count"] % 3:
                        torn.append(row)
                client.get("/api/v1/facets")

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        for number in range(60):
            spans = [
                chat(one + 3 * (number % 3), trace=f"{number // 3 + 1:032x}", question=f"{number}")
                for one in range(1, 4)
            ]
            client.send(*spans)
        stop.set()
        for reader in readers:
            reader.join()
        assert torn == []
        assert client.health()["spans"] == 180


def test_a_write_is_on_the_disk_before_it_is_acknowledged(tmp_path: Path) -> None:
    """Killing a process cannot show it: only the power going out would."""
    connection = connect(tmp_path / "limelight.db")
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


@pytest.mark.parametrize("by_itself", [True, False])
def test_a_failed_transaction_leaves_the_next_one_free(tmp_path: Path, by_itself: bool) -> None:
    """SQLite ends some transactions by itself, such as one that found the disk full."""
    connection = connect(tmp_path / "limelight.db")
    writer = Writer(connection)

    def spoil() -> None:
        with writer.transaction():
            if by_itself:
                connection.execute("ROLLBACK")
            raise ValueError("spoiled")

    with pytest.raises(ValueError, match="spoiled"):
        spoil()
    with writer.transaction():
        assert not writer.delete("none")
    writer.close()
