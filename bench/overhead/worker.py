"""One contender in its own process: reads orders from stdin, a JSON object a line, and answers on stdout."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import json
import os
import pathlib
import sys
import time
from collections.abc import Iterator
from typing import Any

from openai import Stream
from openai.resources.chat.completions import Completions

from bench.overhead.calls import CASES, Canned, Case, clients
from bench.overhead.contenders import CONTENDERS


class Worker:
    def __init__(self, name: str, sink: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._transport = Canned()
        self._contender = CONTENDERS[name](sink)
        self._off = clients(self._transport)
        wrapped = clients(self._transport)
        self._on = (self._contender.wrap(wrapped[0]), self._contender.wrap(wrapped[1]))
        self._made = 0

    def block(self, case: str, traced: bool, calls: int | None = None) -> dict[str, Any]:
        """Run a block of calls; CPU and wall-clock nanoseconds of each, and the CPU of all with what went on behind."""
        if traced:
            self._contender.on()
        try:
            began = time.process_time_ns()
            noted = self._calls(CASES[case], self._on if traced else self._off, calls or CASES[case].calls)
            self._contender.flush()
            return {**noted, "total": time.process_time_ns() - began}
        finally:
            if traced:
                self._contender.off()

    def _calls(self, case: Case, pair: tuple[Any, Any], calls: int) -> dict[str, Any]:
        self._transport.answer = case.answer
        client = pair[case.is_async]
        between, own, wall = [], [], []
        for _ in range(calls):
            self._made += 1
            arguments = case.arguments(self._made)
            at, cpu, thread = time.perf_counter_ns(), time.process_time_ns(), time.thread_time_ns()
            result = case.run(client, arguments)
            if case.is_async:
                self._loop.run_until_complete(result)
            own.append((time.thread_time_ns() - thread) / case.weight)
            between.append((time.process_time_ns() - cpu) / case.weight)
            wall.append((time.perf_counter_ns() - at) / case.weight)
            del result
            if case.is_async:  # one burst at a time: what is left to do is done before the next
                self._contender.flush()
        return {"between": between, "own": own, "wall": wall, "calls": calls * case.weight}

    def alone(self, case: str, traced: bool, calls: int) -> float:
        """The caller's own thread, with the vendor's work taken out: `create` gives at once what it gave before."""
        about = CASES[case]
        with _ready(about, self._transport):
            client = clients(self._transport)[0]
            if traced:
                self._contender.on()
                client = self._contender.wrap(client)
            arguments = about.arguments(0)
            try:
                began = time.thread_time_ns()
                for _ in range(calls):
                    about.run(client, arguments)
                return (time.thread_time_ns() - began) / calls
            finally:
                self._contender.flush()
                if traced:
                    self._contender.off()

    def soak(self, calls: int) -> dict[str, Any]:
        """Many calls back to back with tracing on, and a quarter as many bare ones before and after."""
        self.block("a", True, 500)
        before = self._long(False, calls // 4)
        rss = _rss_bytes()
        traced = self._long(True, calls)
        growth = _rss_bytes() - rss
        after = self._long(False, calls // 4)
        return {"traced": traced, "bare": [before, after], "rss_growth": growth}

    def _long(self, traced: bool, calls: int) -> dict[str, Any]:
        gc.collect()
        began = time.perf_counter_ns()
        noted = self.block("a", traced, calls)
        return {**noted, "seconds": (time.perf_counter_ns() - began) / 1e9}


@contextlib.contextmanager
def _ready(case: Case, transport: Canned) -> Iterator[None]:
    """Put something that does nothing in the place of `Completions.create`."""
    real = Completions.create
    transport.answer = case.answer
    answer = real(clients(transport)[0].chat.completions, **case.arguments(0))
    chunks = list(answer) if isinstance(answer, Stream) else None

    @functools.wraps(real)
    def create(self: Any, **arguments: Any) -> Any:
        return answer if chunks is None else _Chunks(chunks)

    Completions.create = create  # type: ignore[method-assign]
    try:
        yield
    finally:
        Completions.create = real  # type: ignore[method-assign]


class _Chunks(Stream[Any]):
    """A stream of chunks that are there already."""

    def __init__(self, chunks: list[Any]) -> None:
        self._iterator = iter(chunks)
        self.response = None  # type: ignore[assignment]

    def __iter__(self) -> Iterator[Any]:
        yield from self._iterator

    def __next__(self) -> Any:
        return next(self._iterator)


def _rss_bytes() -> int:
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    name, sink, core = sys.argv[1:4]
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(core)})
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a contender prints is not an answer
    worker = Worker(name, sink)
    answers.write("{}\n")
    answers.flush()
    for line in sys.stdin:
        order = json.loads(line)
        done = getattr(worker, order.pop("do"))(**order)
        answers.write(json.dumps(done) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
