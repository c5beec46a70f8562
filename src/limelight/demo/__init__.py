"""`limelight demo`: the server here, and beside it a process with a sample application that is traced."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

GOODBYE_S = 10.0
"""Time for the application to finish its sentence."""


def demo(*, host: str, port: int, data: Path | None) -> int | None:
    """Serve until interrupted, while Nightjar's guests come and go.  Without `data`, nothing is kept."""
    from limelight.server.serve import serve

    with TemporaryDirectory(prefix="limelight-demo-") as folder:
        return serve(host=host, port=port, data=data or Path(folder), beside=application)


@contextmanager
def application(endpoint: str) -> Iterator[subprocess.Popen[bytes]]:
    """The sample application in a process of its own.  It leaves when its standard input ends, so it never outlives us."""
    command = [sys.executable, "-m", "limelight.demo.app", "--endpoint", endpoint]
    running = subprocess.Popen([*command, "--keep-going", "--until-stdin-ends"], stdin=subprocess.PIPE)
    try:
        yield running
    finally:
        try:
            running.communicate(timeout=GOODBYE_S)
        except subprocess.TimeoutExpired:
            running.kill()
            running.communicate()
