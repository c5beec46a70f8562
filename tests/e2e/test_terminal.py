"""What a person reads in the terminal, and how the programs leave it."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.processes import LIMELIGHT, Program, await_port, free_port, serving, started, surroundings
from tools.screenshots import asked

COMMANDS = ["serve", "demo"]
INTERRUPTED = {0, 130}


def here(folder: Path, port: int) -> tuple[str, ...]:
    return ("--port", str(port), "--data", str(folder / "data"))


def spoken(program: Program, words: str) -> bool:
    """Whether the program says these words within a while."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and words not in program.said():
        time.sleep(0.05)
    return words in program.said()


@pytest.mark.parametrize("command", COMMANDS)
def test_the_address_is_printed_and_interrupting_is_quiet(command: str, tmp_path: Path) -> None:
    port = free_port()
    with started(*LIMELIGHT, command, *here(tmp_path, port), log=tmp_path / "log") as program:
        await_port(port, program)
        while command == "demo" and not asked(f"http://127.0.0.1:{port}", "/api/v1/traces"):
            time.sleep(0.1)
        told = spoken(program, f"http://127.0.0.1:{port}")
        before = program.said()
        status = program.interrupt()
    after = program.said().removeprefix(before)
    assert status in INTERRUPTED
    assert [word for word in ("Traceback", "Error", "Exception", "error", "Task") if word in after] == []
    assert told, f"`limelight {command}` never said where it listens; it said {before!r}"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_port_in_use_is_named_with_a_way_out(command: str, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = subprocess.run(
            [*LIMELIGHT, command, *here(tmp_path, port)],
            env=surroundings(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert found.returncode not in INTERRUPTED
    assert str(port) in found.stderr
    assert "--port" in found.stderr
    assert "Traceback" not in found.stderr


def test_the_demo_leaves_a_server_alone_that_has_its_port(tmp_path: Path) -> None:
    """Its traces are made up: they belong in nobody's database but its own."""
    with serving(tmp_path / "own") as (url, _):
        port = url.rpartition(":")[2]
        subprocess.run([*LIMELIGHT, "demo", "--port", port], env=surroundings(), stdin=subprocess.DEVNULL, timeout=60)
        assert asked(url, "/api/v1/traces") == []


def test_the_demo_leaves_the_spans_of_other_programs_alone(tmp_path: Path) -> None:
    """What waits in the user's spool is the user's: the demo's database is thrown away."""
    port = free_port()
    environment = {**surroundings(), "XDG_STATE_HOME": str(tmp_path / "state"), "LOCALAPPDATA": str(tmp_path / "state")}
    del environment["LIMELIGHT_SPOOL"]
    program = (
        f"import limelight\nlimelight.init(endpoint='http://127.0.0.1:{port}')\nwith limelight.span('mine'): pass\n"
    )
    subprocess.run([*LIMELIGHT[:1], "-c", program], env=environment, check=True, capture_output=True, timeout=60)
    waiting = sorted((tmp_path / "state").rglob("*.otlp"))
    assert waiting
    command = [*LIMELIGHT, "demo", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True) as demo:
        deadline = time.monotonic() + 60
        while len(asked(f"http://127.0.0.1:{port}", "/api/v1/traces")) < 3 and time.monotonic() < deadline:
            time.sleep(0.2)
        os.killpg(demo.pid, 2)
        demo.wait(30)
    assert sorted((tmp_path / "state").rglob("*.otlp")) == waiting
