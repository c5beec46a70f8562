"""Who may ask, and what a browser may do with the page."""

from __future__ import annotations

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"


class Guarded:
    """Answers only to our own names, against DNS rebinding, and tells browsers what the page may do."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts
        self._anybody = bool(hosts & {"0.0.0.0", "::"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host, origin = _header(scope, b"host"), _header(scope, b"origin")
        if not self._anybody and _name(host) not in self._hosts:
            await PlainTextResponse("This server answers to its own name only.", 421)(scope, receive, send)
        elif scope["method"] not in SAFE and origin and origin.partition("://")[2] != host:
            await PlainTextResponse("Another site's page may not change anything here.", 403)(scope, receive, send)
        else:
            await self._app(scope, receive, _with_headers(send))


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1").lower() for key, value in scope["headers"] if key == name), "")


def _name(host: str) -> str:
    return host if host.endswith("]") else host.rpartition(":")[0] or host


_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *_HEADERS]
        await send(message)

    return sending
