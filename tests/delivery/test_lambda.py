"""AWS's own runtime client runs a handler, and freezes the process at the end of each invocation (case 48)."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.running import black_hole, environment
from tests.pipeline.collector import Collector

pytest.importorskip("awslambdaric", reason="AWS's runtime client is built for Linux only")

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from limelight.testing import FakeProvider

pytestmark = pytest.mark.case(48)
TOLD = {
    "Lambda-Runtime-Aws-Request-Id": "one",
    "Lambda-Runtime-Deadline-Ms": "1999999999999",
    "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:123456789012:function:f",
    "Lambda-Runtime-Client-Context": "{}",
    "Lambda-Runtime-Cognito-Identity": "{}",
    "Lambda-Runtime-Aws-Tenant-Id": "t",
    "Lambda-Runtime-Invocation-Id": "one",
    "Content-Type": "application/json",
}
"""AWS's client ends in a segmentation fault where one is missing."""
HANDLER = """
import limelight, openai
limelight.init()
client = openai.OpenAI(max_retries=0)
def answer(event, context):
    asked = [{"role": "user", "content": event["text"]}]
    said = client.chat.completions.create(model=event["model"], messages=asked)
    return {"said": said.choices[0].message.content}
"""


class Lambda:
    """Lambda's side of the runtime API: who asks for the next invocation is frozen until there is one."""

    def __init__(self) -> None:
        self.answers: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.frozen: queue.Queue[None] = queue.Queue()
        self.process: subprocess.Popen[str] | None = None
        self._events: queue.Queue[dict[str, Any]] = queue.Queue()
        lambda_ = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                lambda_.freeze()
                event = lambda_._events.get()
                lambda_.thaw()
                self._say(200, json.dumps(event).encode(), TOLD)

            def do_POST(self) -> None:
                if self.headers.get("transfer-encoding") == "chunked":
                    body = b""
                    while size := int(self.rfile.readline(), 16):
                        body += self.rfile.read(size)
                        self.rfile.readline()
                    self.rfile.readline()
                else:
                    body = self.rfile.read(int(self.headers.get("content-length", 0)))
                lambda_.answers.put((self.path.rpartition("/")[2], json.loads(body)))
                self._say(202, b"{}", {})

            def _say(self, status: int, body: bytes, more: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in {**more, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def freeze(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGSTOP)
        self.frozen.put(None)

    def thaw(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGCONT)

    def invoke(self, **event: Any) -> tuple[str, Any]:
        """Its answer, after which the process has come to rest."""
        self._events.put(event)
        answer = self.answers.get(timeout=30)
        self.frozen.get(timeout=30)
        return answer

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def function(fake: FakeProvider, endpoint: str, tmp_path: Path) -> Iterator[Lambda]:
    """A function that has just been deployed, and waits frozen for its first invocation."""
    (tmp_path / "app.py").write_text(HANDLER)
    lambda_ = Lambda()
    settings = environment(
        fake, endpoint, tmp_path, AWS_LAMBDA_RUNTIME_API=lambda_.address, AWS_LAMBDA_FUNCTION_NAME="f"
    )
    settings = {**settings, "TMPDIR": str(tmp_path / "tmp"), "PYTHONPATH": f"{tmp_path}:{':'.join(sys.path)}"}
    del settings["LIMELIGHT_SPOOL"]
    (tmp_path / "tmp").mkdir()
    with subprocess.Popen(
        [sys.executable, "-m", "awslambdaric", "app.answer"],
        env=settings, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        lambda_.process = process
        try:
            lambda_.frozen.get(timeout=60)
            yield lambda_
        finally:
            process.kill()
            process.wait()
            lambda_.close()


@pytest.mark.case(48)
def test_spans_are_sent_before_the_process_is_frozen(fake: FakeProvider, tmp_path: Path) -> None:
    with Collector() as collector, function(fake, collector.url, tmp_path) as one:
        for number in range(1, 3):
            kind, said = one.invoke(text="Hi", model="gpt-4o")
            assert kind == "response"
            assert said["said"]
            assert len(collector.spans) == number
        kind, said = one.invoke(text="Hi", model="fail-400")
        assert (kind, said["errorType"]) == ("error", "BadRequestError")
        assert len(collector.spans) == 3
        assert collector.spans[-1].status.code == 2


def test_a_backend_that_is_away_is_waited_for_once(fake: FakeProvider, tmp_path: Path) -> None:
    """What it misses lies in the one folder that may be written to."""
    with black_hole() as endpoint, function(fake, endpoint, tmp_path) as one:
        for _ in range(3):
            assert one.invoke(text="Hi", model="gpt-4o")[0] == "response"
