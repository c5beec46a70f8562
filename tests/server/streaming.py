"""Listening to server-sent events."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from tests.server.asking import Client


@contextmanager
def listening(server: Client) -> Iterator[socket.socket]:
    where = urlsplit(server.url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as line:
        line.sendall(f"GET /api/v1/live HTTP/1.1\r\nhost: {where.netloc}\r\n\r\n".encode())
        yield line


def events(line: socket.socket) -> Iterator[tuple[str, Any]]:
    """Name and data, as they come; ends when the server ends it."""
    buffer = b""
    while piece := line.recv(65536):
        buffer += piece
        *whole, buffer = buffer.split(b"\n\n")
        for block in whole:
            lines = [line for line in block.decode().splitlines() if line.startswith(("event: ", "data: "))]
            if lines:
                yield lines[0].removeprefix("event: "), json.loads(lines[1].removeprefix("data: "))
