"""Run the server: in the foreground for people, in a thread for tests and the demo."""

from __future__ import annotations

import gc
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EACCES, EADDRINUSE
from pathlib import Path

import uvicorn

from limelight.server.app import application
from limelight.server.live import Hub
from limelight.server.settings import Settings
from limelight.server.store.database import DatabaseError

START_S = 10.0


def serve(*, host: str = "127.0.0.1", port: int = 4318, data: Path | None = None) -> int:
    """Serve until interrupted; the number is the exit status."""
    settings = Settings.load(host=host, port=port, data=data)
    try:
        listener = _listening(settings.host, settings.port)
        server = _server(settings.host, listener.getsockname()[1], settings.data)
    except OSError as error:
        return _failed(cannot_listen(host, port, error))
    except DatabaseError as error:
        return _failed(str(error))
    sys.stdout.write(
        f"Limelight listens on {_address(host, listener)}\nTraces are kept in {settings.data.absolute()}\n"
    )
    sys.stdout.flush()
    _use_one_process_well()
    server.run(sockets=[listener])
    return 0


def _use_one_process_well() -> None:
    """What is read makes many objects and no cycles; and who comes back from SQLite should not wait long for Python's lock."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    sys.setswitchinterval(0.001)


def cannot_listen(host: str, port: int, error: OSError) -> str:
    """What happened, and which of the two was at fault."""
    culprit = "another port with `--port`" if error.errno in (EADDRINUSE, EACCES) else "another address with `--host`"
    return f"cannot listen on {host}:{port} ({error.strerror}): choose {culprit}"


def _failed(message: str) -> int:
    sys.stderr.write(f"limelight serve: {message}\n")
    return 1


def _address(host: str, listener: socket.socket) -> str:
    """Where a browser on this machine finds it."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{name}:{listener.getsockname()[1]}"


@contextmanager
def running(folder: Path, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """The server in a thread of this process; gives its address."""
    listener = _listening(host, port)
    try:
        server = _server(host, listener.getsockname()[1], folder)
    except BaseException:  # raised again; whatever it was, nobody else would close it
        listener.close()
        raise
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="limelight-server", daemon=True)
    thread.start()
    until = time.monotonic() + START_S
    while not server.started and time.monotonic() < until:
        time.sleep(0.005)
    try:
        yield _address(host, listener)
    finally:
        server.should_exit = True
        thread.join(START_S)


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(512)
    return listener


def _server(host: str, port: int, folder: Path) -> uvicorn.Server:
    app = application(folder, host=host, port=port)
    hub: Hub = app.state.services.hub
    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="on", timeout_graceful_shutdown=2)
    return _Server(config, hub)


class _Server(uvicorn.Server):
    """Ends the open event streams before it waits for open connections to end."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._hub.close()
        await super().shutdown(sockets)
