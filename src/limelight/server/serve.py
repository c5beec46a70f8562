"""Run the server: in the foreground for people, in a thread for tests and the demo."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from limelight.server.app import application
from limelight.server.live import Hub
from limelight.server.settings import Settings

START_S = 10.0


def serve(*, host: str = "127.0.0.1", port: int = 4318, data: Path | None = None) -> int:
    """Serve until interrupted; the number is the exit status."""
    settings = Settings.load(host=host, port=port, data=data)
    try:
        listener = _listening(settings.host, settings.port)
    except OSError:
        return 1
    taken = listener.getsockname()[1]
    server = _server(settings.host, taken, settings.data)
    server.run(sockets=[listener])
    return 0


@contextmanager
def running(folder: Path, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """The server in a thread of this process; gives its address."""
    listener = _listening(host, port)
    taken = listener.getsockname()[1]
    server = _server(host, taken, folder)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="limelight-server", daemon=True)
    thread.start()
    until = time.monotonic() + START_S
    while not server.started and time.monotonic() < until:
        time.sleep(0.005)
    try:
        yield f"http://{host}:{taken}"
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
