"""`limelight serve` as a process of its own, and what the kernel knows of it."""

from __future__ import annotations

import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
from types import TracebackType
from typing import Any

from typing_extensions import Self

TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class Server:
    """Started on entering, with its time to the first answer; ended on leaving."""

    def __init__(self, data: pathlib.Path) -> None:
        self.data = data
        self.start_s = 0.0
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.port = _free_port()
        command = [sys.executable, "-m", "limelight.cli", "serve", "--port", str(self.port), "--data", str(self.data)]
        began = time.perf_counter()
        with (self.data.parent / f"{self.data.name}.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        while True:
            try:
                self.get("/api/v1/health")
                break
            except OSError:
                if self._process.poll() is not None or time.perf_counter() - began > 60:
                    raise RuntimeError(f"`limelight serve` did not start: see {self.data}.log") from None
                time.sleep(0.002)
        self.start_s = time.perf_counter() - began

    def stop(self, *, how: signal.Signals = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None

    def get(self, path: str) -> Any:
        """A GET on a connection of its own, decoded."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}: {body[:200]!r}")
        return json.loads(body)

    def cpu_s(self) -> float:
        """User and system time of the process so far, in steps of a clock tick."""
        fields = self._proc("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * TICK_S

    def memory_mb(self, what: str = "VmRSS") -> float:
        line = next(line for line in self._proc("status").splitlines() if line.startswith(what))
        return int(line.split()[1]) * 1024 / 1e6

    def _proc(self, name: str) -> str:
        assert self._process is not None
        return pathlib.Path(f"/proc/{self._process.pid}/{name}").read_text()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


class Poster:
    """One kept-alive connection that posts OTLP."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def post(self, body: bytes) -> None:
        self._connection.request("POST", "/v1/traces", body, {"content-type": "application/x-protobuf"})
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"/v1/traces answered {answer.status}: {said[:200]!r}")
