"""`limelight demo`: the server here, and beside it a process with a sample application that is traced."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENTS = ("openai", "anthropic")
GOODBYE_S = 10.0
"""Time for the application to finish its sentence."""


def demo(*, host: str, port: int, data: Path | None) -> int | None:
    """Serve until interrupted, while Nightjar's guests come and go.  Without `data`, nothing is kept."""
    for client in CLIENTS:
        if find_spec(client) is None:
            raise ModuleNotFoundError(f"No module named {client!r}", name=client)
    from limelight.server.serve import cannot_listen, running
    from limelight.server.store.database import DatabaseError

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the same goodbye, whoever says it
    try:
        # The port is ours before the application starts, and until it has left: it must never call a stranger.
        with (
            TemporaryDirectory(prefix="limelight-demo-") as folder,
            running(data or Path(folder), host=host, port=port) as url,
            application(url) as guests,
        ):
            print(f"Limelight listens on {url}\nNightjar's guests are calling; Ctrl-C ends it.", flush=True)
            return guests.wait()
    except OSError as error:
        problem = cannot_listen(host, port, error)
    except DatabaseError as error:
        problem = str(error)
    print(f"limelight demo: {problem}", file=sys.stderr)
    return 1


@contextmanager
def application(url: str) -> Iterator[subprocess.Popen[bytes]]:
    """The sample application in a process of its own.

    It leaves when its standard input ends, so it never outlives us; Ctrl-C is for us alone, and we tell it.
    """
    command = [sys.executable, "-m", "limelight.demo.app", "--endpoint", url, "--keep-going", "--until-stdin-ends"]
    running = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
    try:
        yield running
    finally:
        try:
            running.communicate(timeout=GOODBYE_S)
        except subprocess.TimeoutExpired:
            running.kill()
            running.communicate()
