"""One kept-alive HTTP connection.  Imported by the exporter's own thread: `http.client` takes 20 ms to load."""

from __future__ import annotations

import gzip
import http.client
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from limelight.pipeline.parcel import rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from limelight.pipeline.export import Target

IDLE_S = 30.0
"""A connection that has rested longer is not trusted: what stands between may have forgotten it, or we were frozen."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Connection:
    """Opened when it is first needed, and again when it has gone stale."""

    def __init__(self, target: Target) -> None:
        url = urlsplit(target.url)
        kind = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
        self._open: Callable[[], http.client.HTTPConnection] = lambda: kind(
            url.hostname or "", url.port, timeout=target.timeout_s
        )
        self._path = url.path + (f"?{url.query}" if url.query else "")
        self._compress = url.hostname not in LOOPBACK
        self._headers = {"content-type": "application/x-protobuf", "user-agent": "limelight", **target.headers}
        self._connection: http.client.HTTPConnection | None = None
        self._used_at = 0.0
        self.problem: str | None = None
        self.rejected = 0
        """Spans that the last request lost though it was taken."""
        self.retry_after_s = 0.0
        """How long the last answer asked us to wait."""

    def __call__(self, body: bytes) -> int | None:
        """Post `body`; the HTTP status, or None when there was no answer."""
        headers = dict(self._headers)
        self.rejected, self.retry_after_s, self.problem = 0, 0.0, None
        if time.time() - self._used_at > IDLE_S:
            self.close()
        if self._compress:
            body, headers["content-encoding"] = gzip.compress(body, 1), "gzip"
        if self._connection is not None:
            try:
                return self._request(self._connection, body, headers)
            except (OSError, http.client.HTTPException):
                self.close()  # kept alive too long: once more, on a new one
        try:
            self._connection = self._open()
            return self._request(self._connection, body, headers)
        except (OSError, http.client.HTTPException) as error:
            self.problem = f"cannot be reached ({type(error).__name__})"
            self.close()
            return None

    def _request(self, connection: http.client.HTTPConnection, body: bytes, headers: Mapping[str, str]) -> int:
        connection.request("POST", self._path, body, dict(headers))
        answer = connection.getresponse()
        said = answer.read()
        self._used_at = time.time()
        if answer.status < 300:
            self.rejected = rejected(said)
        elif (wait := answer.getheader("retry-after", "")).isdecimal():
            self.retry_after_s = float(wait)
        return answer.status

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
