"""Where the examples of the documentation run: providers that need no key, and a collector that takes everything."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from limelight.testing import FakeProvider

ROOT = Path(__file__).parents[2]


class Collector(BaseHTTPRequestHandler):
    """Accepts OTLP/HTTP and forgets it."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-type", "application/x-protobuf")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Tests print only what failed."""


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def surroundings() -> Iterator[dict[str, str]]:
    """The environment variables of a reader who has a key and a running `limelight serve`."""
    collector = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "LIMELIGHT_"))}
    with FakeProvider() as fake:
        endpoint = {"LIMELIGHT_ENDPOINT": f"http://127.0.0.1:{collector.server_port}"}
        yield {**inherited, **fake.environment, **endpoint}
    collector.shutdown()
    collector.server_close()
