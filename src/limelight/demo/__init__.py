"""`limelight demo`: the server here, and beside it a process with a sample application that is traced."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}
"""Addresses to listen on that cannot be called, and what to call instead."""
GOODBYE_S = 10.0
"""Time for the application to finish its sentence."""


def demo(*, host: str, port: int, data: Path | None) -> int | None:
    """Serve until interrupted, while Nightjar's guests come and go.  Without `data`, nothing is kept."""
    from limelight.server.serve import serve

    port = port or _free_port(host)
    with TemporaryDirectory(prefix="limelight-demo-") as folder, application(host, port):
        return serve(host=host, port=port, data=data or Path(folder))


@contextmanager
def application(host: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The sample application in a process of its own.  It leaves when its standard input ends, so it never outlives us."""
    called = ANYWHERE.get(host, host)
    address = f"[{called}]" if ":" in called else called
    command = [sys.executable, "-m", "limelight.demo.app", "--endpoint", f"http://{address}:{port}"]
    running = subprocess.Popen([*command, "--keep-going", "--until-stdin-ends"], stdin=subprocess.PIPE)
    try:
        yield running
    finally:
        try:
            running.communicate(timeout=GOODBYE_S)
        except subprocess.TimeoutExpired:
            running.kill()
            running.communicate()


def _free_port(host: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
