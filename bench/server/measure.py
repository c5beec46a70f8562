"""Ingest, queries, kills, and sizes of the server."""

from __future__ import annotations

import pathlib
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlencode

from bench.server import traces
from bench.server.process import Poster, Server

ROOT = pathlib.Path(__file__).parents[2]
AT_ONCE = 20_000
"""Spans made ahead and then sent without a pause: the making is not timed."""
BIG_STEPS, MIDDLE_STEPS = 2499, 12
"""Rounds of the agent that make a trace of 5,000 and of 25 spans."""


@dataclass
class Ingest:
    spans: int = 0
    sent_s: float = 0.0
    searchable_s: float = 0.0
    cpu_us: float = 0.0
    """Of the server, a span."""
    peak_mb: float = 0.0
    bytes_per_span: float = 0.0


@dataclass
class Query:
    name: str
    cpu_ms: float
    wall_ms: float
    found: int
    """Rows in the answer, spans of the tree, or calls summed up: a query that finds nothing measures nothing."""


@dataclass
class Size:
    """One size of the store."""

    spans: int
    ingest: Ingest
    queries: list[Query] = field(default_factory=list)
    restart_s: float = 0.0
    rss_mb: float = 0.0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def starts(times: int = 5) -> tuple[float, float]:
    """Median seconds from the command to the first answered request, and MB of memory then."""
    seconds, memory = [], []
    for _ in range(times):
        with tempfile.TemporaryDirectory() as folder, Server(pathlib.Path(folder) / "data") as server:
            seconds.append(server.start_s)
            time.sleep(0.5)
            memory.append(server.memory_mb())
    return statistics.median(seconds), statistics.median(memory)


def filled(server: Server, spans: int, *, history: bool) -> tuple[Ingest, dict[str, Any]]:
    """Fill the store; gives what it cost, and what to ask for."""
    number = spans // traces.SPANS_A_TRACE
    end_ns = time.time_ns()
    generator = traces.Generator(number, end_ns, history=history)
    ingest = Ingest()
    asked: dict[str, Any] = {"end_ms": end_ns / 1e6, "number": number}
    at = 0
    while at < number:
        upto = min(number, at + AT_ONCE // traces.SPANS_A_TRACE)
        _timed(server, ingest, list(traces.batches(generator, range(at, upto))))
        at = upto
        print(f"\r\x1b[K{ingest.spans:,} spans sent", end="", file=sys.stderr, flush=True)
    for name, steps in (("middle", MIDDLE_STEPS), ("big", BIG_STEPS)):
        _timed(server, Ingest(), [traces.one_of(generator, number - 1, steps)])
        newest = server.get("/api/v1/traces?limit=5&q=" + urlencode({"": f"attr.app.order:order-{number - 1}"})[1:])
        asked[name] = max(newest["traces"], key=lambda row: row["span_count"])["trace_id"]
    asked["stored"] = server.get("/api/v1/health")["spans"]
    return ingest, asked


def _timed(server: Server, ingest: Ingest, bodies: list[tuple[int, bytes]]) -> None:
    """Send from two connections, and wait until all of it can be found."""
    cpu, began = server.cpu_s(), time.perf_counter()
    work = iter(bodies)
    lock = threading.Lock()

    def send() -> None:
        poster = Poster(server.port)
        while (one := _next(work, lock)) is not None:
            poster.post(one[1])

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent = time.perf_counter() - began
    while server.get("/api/v1/health")["index_lag_s"] > 0:
        time.sleep(0.02)
    spans = sum(count for count, _ in bodies)
    done = time.perf_counter() - began
    cpu = (server.cpu_s() - cpu) * 1e6
    ingest.cpu_us = (ingest.cpu_us * ingest.spans + cpu) / (ingest.spans + spans)
    ingest.spans += spans
    ingest.sent_s += sent
    ingest.searchable_s += done
    ingest.peak_mb = max(ingest.peak_mb, server.memory_mb("VmHWM"))


def _next(work: Iterator[tuple[int, bytes]], lock: threading.Lock) -> tuple[int, bytes] | None:
    with lock:
        return next(work, None)


def bytes_per_span(data: pathlib.Path, stored: int) -> float:
    """On disk, with the server ended in an orderly way."""
    return sum(path.stat().st_size for path in data.rglob("*") if path.is_file()) / stored


def queries(server: Server, asked: dict[str, Any]) -> list[Query]:
    """Every query behind the pages, through the HTTP API."""
    end = asked["end_ms"] + 1
    month = {"from_ms": end - traces.DAYS * 86_400_000, "to_ms": end}

    def listed(q: str) -> str:
        return "/api/v1/traces?" + urlencode({"limit": 50, "q": q})

    return [
        _query(server, "latest 50 traces", "/api/v1/traces?limit=50"),
        _query(server, "tree of 25 spans", f"/api/v1/traces/{asked['middle']}"),
        _query(server, "tree of 5,000 spans", f"/api/v1/traces/{asked['big']}"),
        _query(server, "model + user + status", listed("model:gpt-4o user:user-17 status:ok")),
        _query(server, "provider + latency", listed("provider:anthropic duration>30s")),
        _query(server, "word, rare", listed(traces.RARE_WORD)),
        _query(server, "word, common", listed(traces.COMMON_WORD)),
        _query(server, "word, absent", listed("qqqxyz")),
        _query(server, "attribute = value", listed(f"attr.app.order:order-{asked['number'] // 2}")),
        _query(server, "overview 30 d", "/api/v1/overview?" + urlencode(month)),
        _query(server, "facets 30 d", "/api/v1/facets?" + urlencode(month)),
    ]


def _query(server: Server, name: str, path: str) -> Query:
    """CPU of the server, a request: as many as it takes to be well above the clock's step."""
    answer = server.get(path)
    cpu, began, times = server.cpu_s(), time.perf_counter(), 0
    while times < 5 or (time.perf_counter() - began < 1.0 and times < 400):
        server.get(path)
        times += 1
    wall = (time.perf_counter() - began) / times
    return Query(name, (server.cpu_s() - cpu) / times * 1e3, wall * 1e3, _found(answer))


def _found(answer: dict[str, Any]) -> int:
    for key in ("spans", "traces", "facets"):
        if key in answer:
            return len(answer[key])
    return int(answer["total"]["calls"])


def kills(times: int) -> tuple[int, int]:
    """Kill the server in the middle of receiving, again and again: (spans acknowledged, spans that were lost)."""
    generator = traces.Generator(100_000, time.time_ns())
    acknowledged, lost, at = 0, 0, 0
    chance = random.Random(3)
    with tempfile.TemporaryDirectory() as folder:
        server = Server(pathlib.Path(folder) / "data")
        for _ in range(times):
            bodies = list(traces.batches(generator, range(at, at + 200), 110))
            at += 200
            server.start()
            acknowledged += _until_killed(server, bodies, chance.uniform(0.05, 0.4))
            server.start()
            lost = max(lost, acknowledged - int(server.get("/api/v1/health")["spans"]))
            server.stop()
    return acknowledged, lost


def _until_killed(server: Server, bodies: list[tuple[int, bytes]], after_s: float) -> int:
    timer = threading.Timer(after_s, lambda: server.stop(how=signal.SIGKILL))
    timer.start()
    acknowledged = 0
    try:
        poster = Poster(server.port)
        for spans, body in bodies:
            poster.post(body)
            acknowledged += spans
    except OSError:
        pass
    timer.join()
    return acknowledged


def installed_mb() -> tuple[float, list[tuple[str, float]]]:
    """`pip install 'limelight[server]'` of the built wheel into an empty folder: MB, and the largest parts."""
    with tempfile.TemporaryDirectory() as folder:
        wheels, target = pathlib.Path(folder) / "wheels", pathlib.Path(folder) / "target"
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
        _quietly([*pip, "wheel", "--no-deps", "--wheel-dir", str(wheels), str(ROOT)])
        wheel = next(wheels.glob("limelight-*.whl"))
        given = ["-c", str(ROOT / "constraints.txt"), f"{wheel}[server]"]
        _quietly([*pip, "install", "--no-compile", "--target", str(target), *given])
        parts = sorted(((path.name, _size_mb(path)) for path in target.iterdir()), key=lambda one: -one[1])
        shutil.rmtree(target)
    return sum(size for _, size in parts), parts[:6]


def _quietly(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"`{' '.join(command)}` failed:\n{done.stderr[-2000:]}")


def _size_mb(path: pathlib.Path) -> float:
    files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
    return sum(one.stat().st_size for one in files) / 1e6
