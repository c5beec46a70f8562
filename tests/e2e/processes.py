"""Programs as a shell starts them: the command in a group of its own, so that Ctrl-C reaches everyone in it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIMELIGHT = (sys.executable, "-m", "limelight.cli")
START_S = 60.0
"""A test machine is busy; what the start really takes is measured, not asserted."""
GOODBYE_S = 30.0


@dataclass(slots=True)
class Program:
    """A running command and what it has written so far."""

    process: subprocess.Popen[bytes]
    log: Path

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def interrupt(self) -> int:
        """Press Ctrl-C; the number is the exit status."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(GOODBYE_S)


@contextmanager
def started(*command: str, log: Path) -> Iterator[Program]:
    """The command, until the block ends."""
    with log.open("wb") as written:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=surroundings(),
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    program = Program(process, log)
    try:
        yield program
    finally:
        try:
            program.interrupt()
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def serving(folder: Path, port: int | None = None) -> Iterator[tuple[str, Program]]:
    """`limelight serve` on a database in `folder`, and its address, once it answers."""
    port = port or free_port()
    where = ("--port", str(port), "--data", str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    with started(*LIMELIGHT, "serve", *where, log=folder / "serve.log") as program:
        await_port(port, program)
        yield f"http://127.0.0.1:{port}", program


def surroundings() -> dict[str, str]:
    """This process's environment without what would steer the program or make."""
    steering = ("LIMELIGHT_", "OTEL_", "MAKE", "MFLAGS")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(steering)}
    return {**kept, "LIMELIGHT_SPOOL": "off"}


def free_port() -> int:
    with socket.socket() as one_of_many:
        one_of_many.bind(("127.0.0.1", 0))
        port: int = one_of_many.getsockname()[1]
        return port


def await_port(port: int, program: Program) -> None:
    """Return as soon as somebody listens."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and program.process.poll() is None:
        with socket.socket() as knock:
            knock.settimeout(1)
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"nobody listens on port {port}:\n{program.said()}")
