"""`bench/overhead`, from the first process to the report."""

from __future__ import annotations

import os
import pathlib
import sys
from collections.abc import Sequence

from bench.overhead import environments, measure, startup
from bench.overhead.fleet import Sink, Worker, WorkerError
from bench.overhead.report import NAMES, Run

OURS = ("bare", "otel_span", "limelight", "limelight_no_mask", "limelight_pii")
PEERS = ("llm_tracekit", "langsmith", "brokle")
"""The strongest of those that install and run with openai 3 today; `--peers` takes more."""
SOAKED = ("bare", "otel_span", "limelight")
EXTRA_CASE = "b_new"


def run(peers: Sequence[str], rounds: int, soak_calls: int, log: pathlib.Path) -> Run:
    contenders = (*OURS, *peers)
    for name in contenders:
        environments.python(name)
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
    found = Run(soak_calls=soak_calls)
    with Sink(cores[0]) as sink:
        _rounds(found, contenders, rounds, sink, cores[-1], log)
        if soak_calls:
            _soaks(found, (*SOAKED, *peers), soak_calls, sink, cores[-1], log)
    _startups(found, [name for name in ("otel_span", "limelight", *peers) if name not in found.left_out])
    return found


def _rounds(found: Run, contenders: Sequence[str], rounds: int, sink: Sink, core: int, log: pathlib.Path) -> None:
    workers: list[Worker] = []
    for name in contenders:
        try:
            worker = Worker(name, sink, core, log)
            found.figures[name] = measure.warm_up(worker, sink, _cases(name))
            workers.append(worker)
        except WorkerError as error:
            found.left_out[name] = str(error)
    for at in range(rounds):
        for worker in workers:
            _say(f"round {at + 1} of {rounds}: {worker.contender}")
            measure.round_of(worker, found.figures[worker.contender], _cases(worker.contender))
            sink.taken()
    for worker in workers:
        worker.stop()


def _cases(contender: str) -> tuple[str, ...]:
    if contender == "limelight_pii":
        return ("a", "b", EXTRA_CASE)
    return (
        (*measure.MEASURED, EXTRA_CASE) if contender in ("limelight", "limelight_no_mask") else tuple(measure.MEASURED)
    )


def _soaks(found: Run, contenders: Sequence[str], calls: int, sink: Sink, core: int, log: pathlib.Path) -> None:
    for name in contenders:
        if name in found.left_out:
            continue
        _say(f"soak: {name}")
        worker = Worker(name, sink, core, log)
        found.soaks[name] = measure.soak(worker, sink, calls)
        worker.stop()


def _startups(found: Run, contenders: Sequence[str]) -> None:
    _say("start-up")
    nothing = startup.fresh(startup.NOTHING, "limelight", 9)
    for label, program in (
        ("`import limelight`", startup.IMPORT),
        ("`limelight.init()`, no vendor's library loaded", startup.INIT),
    ):
        one = startup.fresh(program, "limelight", 9)
        found.startup[label] = {"ms": one["ms"], "modules": one["modules"] - nothing["modules"]}
        if one["vendor"]:
            found.left_out[label] = "it loads a vendor's library"
    for name in contenders:
        found.startup[f"{NAMES[name]}: import and set-up, `openai` loaded before"] = startup.fresh(
            startup.SET_UP, name, 7
        )


def _say(what: str) -> None:
    print(f"\r\x1b[K{what}", end="" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)
