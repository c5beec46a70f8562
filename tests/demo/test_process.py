"""The demo as processes: the application beside whatever listens for its traces."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from limelight.demo import application

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST_TRACE_S = 10.0
"""Twice what is promised: a test machine is busy."""


class Receiver(BaseHTTPRequestHandler):
    arrivals: list[float]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.arrivals.append(time.monotonic())
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    Receiver.arrivals = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_first_trace_comes_soon_and_the_application_leaves_with_us(server: ThreadingHTTPServer) -> None:
    began = time.monotonic()
    with application(f"http://127.0.0.1:{server.server_port}") as running:
        while not Receiver.arrivals and time.monotonic() < began + FIRST_TRACE_S:
            time.sleep(0.02)
        assert running.poll() is None
    assert running.poll() == 0
    assert Receiver.arrivals[0] - began < FIRST_TRACE_S
