"""The processes of a run: one sink, and one worker for each contender, all kept at hand and asked in turn."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import urllib.request
from types import TracebackType
from typing import Any

from typing_extensions import Self

from bench.overhead import environments


class Sink:
    def __init__(self, core: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.overhead.sink"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=environments.ROOT,
        )
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(self._process.pid, {core})
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{self._process.stdout.readline().strip()}"

    def taken(self) -> dict[str, Any]:
        """What came in since the last time this was asked."""
        with urllib.request.urlopen(f"{self.url}/taken") as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()


class Worker:
    def __init__(self, contender: str, sink: Sink, core: int, log: pathlib.Path) -> None:
        self.contender = contender
        with log.open("ab") as complaints:
            self._process = subprocess.Popen(
                [environments.python(contender), "-m", "bench.overhead.worker", contender, sink.url, str(core)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                text=True,
                env=environments.environment(),
                cwd=environments.ROOT,
            )
        self._log = log
        self._answer()

    def ask(self, do: str, **about: Any) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **about}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def stop(self) -> None:
        self._process.communicate()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            last = self._log.read_text(errors="replace").strip().splitlines()[-1:]
            raise WorkerError(f"{self.contender} stopped: {''.join(last)} (see {self._log})")
        return json.loads(line)


class WorkerError(Exception):
    """A contender does not work here; it is left out of the run, and the report says so."""
