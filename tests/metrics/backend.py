"""A loopback backend for metrics, which decodes them with the official classes."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from typing_extensions import Self

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric


class Backend:
    """Answers `status` to everything; `requests` holds what came to `/v1/metrics` and was taken."""

    def __init__(self) -> None:
        self.status = 200
        self.requests: list[ExportMetricsServiceRequest] = []
        self.headers: list[Mapping[str, str]] = []
        self.paths: list[str] = []
        self.refused = 0
        self.answers = threading.Event()
        """Cleared: it takes requests and says nothing."""
        self.answers.set()
        backend = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                backend.answers.wait()
                backend.take(self.path, {key.lower(): value for key, value in self.headers.items()}, body)
                self.send_response(backend.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def take(self, path: str, headers: Mapping[str, str], body: bytes) -> None:
        self.paths.append(path)
        if not path.endswith("metrics"):
            return
        if self.status >= 300:
            self.refused += 1
            return
        self.headers.append(headers)
        self.requests.append(ExportMetricsServiceRequest.FromString(body))

    def metrics(self, request: int = -1) -> dict[str, Metric]:
        return {
            metric.name: metric
            for resource in self.requests[request].resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    def resource(self, request: int = -1) -> dict[str, Any]:
        return labels(self.requests[request].resource_metrics[0].resource)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.answers.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def labels(point: Any) -> dict[str, Any]:
    """The attributes of a point or a resource, as Python's values."""
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in point.attributes}


def only(metric: Metric) -> Any:
    """The one point that a metric has."""
    points = metric.histogram.data_points or metric.sum.data_points
    assert len(points) == 1
    return points[0]
