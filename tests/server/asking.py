"""A client of the server that believes nothing: plain HTTP, whole answers."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from tests.server import building


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Client:
    url: str

    def ask(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Reply:
        where = urlsplit(self.url)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return Reply(response.status, {key.lower(): value for key, value in response.getheaders()}, response.read())
        finally:
            connection.close()

    def get(self, path: str, **query: Any) -> Reply:
        given = {key.rstrip("_"): value for key, value in query.items()}
        return self.ask("GET", quote(path, safe="/") + ("?" + urlencode(given) if given else ""))

    def export(self, body: bytes, kind: str = "application/json", **headers: str) -> Reply:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        return self.ask("POST", "/v1/traces", body, {"content-type": kind, **named})

    def send(self, *spans: dict[str, Any], resource: Mapping[str, Any] | None = None) -> None:
        reply = self.export(json.dumps(building.request(*spans, resource=resource)).encode())
        assert (reply.status, reply.body) == (200, b"{}")

    def found(self, q: str = "", **query: Any) -> list[str]:
        """The names of the traces that fit, newest first."""
        reply = self.get("/api/v1/traces", q=q, **query)
        assert reply.status == 200, reply.body
        return [row["name"] for row in reply.json["traces"]]

    def trace(self, trace: str = building.TRACE) -> Any:
        reply = self.get(f"/api/v1/traces/{trace}")
        assert reply.status == 200, reply.body
        return reply.json

    def row(self, trace: str = building.TRACE) -> Any:
        return self.trace(trace)["trace"]

    def span(self, number: int, trace: str = building.TRACE) -> Any:
        reply = self.get(f"/api/v1/traces/{trace}/spans/{number:016x}")
        assert reply.status == 200, reply.body
        return reply.json

    def health(self) -> Any:
        return self.get("/api/v1/health").json

    def indexed(self) -> None:
        """Return when every word can be found."""
        until = time.monotonic() + 10
        while self.health()["index_lag_s"]:
            assert time.monotonic() < until
            time.sleep(0.02)
