"""A loopback OTLP backend that answers as told, and decodes with the official classes."""

from __future__ import annotations

import gzip
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from typing_extensions import Self

if TYPE_CHECKING:
    from collections.abc import Callable


class Collector:
    """`answer(body)` gives the status of each request; `requests` holds those that were taken."""

    def __init__(
        self,
        answer: Callable[[bytes], int] = lambda body: 200,
        *,
        delay_s: float = 0.0,
        port: int = 0,
        says: bytes = b"",
        extra: Callable[[], dict[str, str]] = dict,
    ) -> None:
        self.answer, self.delay_s = answer, delay_s
        self.requests: list[ExportTraceServiceRequest] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.seen: list[tuple[int, int]] = []
        """(status, bytes) of everything that came."""
        collector = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                time.sleep(collector.delay_s)
                status = collector.answer(body)
                collector.seen.append((status, len(body)))
                collector.paths.append(self.path)
                collector.headers.append({key.lower(): value for key, value in self.headers.items()})
                if status < 300:
                    collector.requests.append(ExportTraceServiceRequest.FromString(body))
                self.send_response(status)
                for name, value in extra().items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(says)))
                self.end_headers()
                if says:
                    self.wfile.write(says)

            def log_message(self, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @property
    def spans(self) -> list[Any]:
        return [
            span
            for request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
