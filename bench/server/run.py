"""`bench/server`, from an empty folder to the report."""

from __future__ import annotations

import pathlib
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.server import measure
from bench.server.process import Server

KILLS = 20


@dataclass
class Run:
    start_s: float = 0.0
    idle_mb: float = 0.0
    installed_mb: float = 0.0
    largest: list[tuple[str, float]] = field(default_factory=list)
    killed: tuple[int, int] = (0, 0)
    """Spans acknowledged before a kill, and spans lost of these."""
    sizes: list[measure.Size] = field(default_factory=list)
    history: bool = False


def run(sizes: Sequence[int], *, history: bool = False) -> Run:
    found = Run(history=history)
    _say("start")
    found.start_s, found.idle_mb = measure.starts()
    for spans in sizes:
        found.sizes.append(_size(spans, history))
    _say("kill -9")
    found.killed = measure.kills(KILLS)
    _say("installed size")
    found.installed_mb, found.largest = measure.installed_mb()
    return found


def _size(spans: int, history: bool) -> measure.Size:
    _say(f"{spans:,} spans")
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "data"
        with Server(data) as server:
            ingest, asked = measure.filled(server, spans, history=history)
        ingest.bytes_per_span = measure.bytes_per_span(data, asked["stored"])
        with Server(data) as server:
            _say(f"{spans:,} spans: queries")
            answers = measure.queries(server, asked)
            return measure.Size(spans, ingest, answers, server.start_s, server.memory_mb())


def _say(what: str) -> None:
    print(f"\r\x1b[K{what}", end="" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)
