"""The whole server as one ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from limelight.server.api import read, receive
from limelight.server.counters import Counters
from limelight.server.live import Hub
from limelight.server.store.reader import Reader
from limelight.server.store.sqlite import Store

STATIC = Path(__file__).parent / "static"
POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True, slots=True)
class Services:
    """What the endpoints work with."""

    store: Store
    reader: Reader
    counters: Counters
    hub: Hub
    address: str


def application(folder: Path, *, host: str = "127.0.0.1", port: int = 4318) -> Starlette:
    """The application on the database in `folder`, which is made when it is not there."""
    hub = Hub()
    store = Store(folder / "limelight.db", hub.changed)
    services = Services(store, Reader(store), Counters(), hub, f"{host}:{port}")

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        hub.open(asyncio.get_running_loop())
        yield
        await asyncio.to_thread(store.close)

    app = Starlette(
        routes=_routes(),
        lifespan=lifespan,
        middleware=[Middleware(Guarded, hosts=LOOPBACK | {host})],
        exception_handlers={read.AskedError: _refused},  # type: ignore[dict-item]
    )
    app.state.services = services
    return app


def _routes() -> list[Route | Mount]:
    one = "/api/v1/traces/{trace_id}"
    routes: list[Route | Mount] = [
        Route("/v1/traces", receive.traces, methods=["POST"]),
        Route("/api/v1/traces", read.traces),
        Route("/api/v1/histogram", read.histogram),
        Route("/api/v1/range", read.span_range),
        Route("/api/v1/facets", read.facets),
        Route("/api/v1/complete", read.complete),
        Route(one, read.trace, methods=["GET"]),
        Route(one, read.delete, methods=["DELETE"]),
        Route(one + "/spans/{span_id}", read.span),
        Route("/api/v1/health", read.health),
        Route("/api/v1/live", read.live),
        Route("/api/v1/test-trace", read.test_trace, methods=["POST"]),
        Route("/api/v1/openapi.json", read.openapi),
        Route("/{path:path}", _page),
    ]
    if (STATIC / "assets").is_dir():
        routes.insert(0, Mount("/assets", Assets(directory=STATIC / "assets")))
    return routes


class Assets(StaticFiles):
    """Files whose names change with their content, so a browser may keep them for ever."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


async def _page(request: Request) -> Response:
    """Every address of the dashboard is the same page, which reads the address itself."""
    path: str = request.path_params["path"]
    if path.startswith(("api/", "v1/")):
        raise read.AskedError(
            "not_found", f"there is nothing at /{path}; /api/v1/openapi.json lists what there is", status=404
        )
    file = STATIC / path
    if "." in path and file.resolve().is_relative_to(STATIC.resolve()) and file.is_file():
        return FileResponse(file)
    index = STATIC / "index.html"
    if not index.is_file():
        return PlainTextResponse("The dashboard has not been built: run `make ui`. The API is at /api/v1.", 503)
    return FileResponse(index, headers={"cache-control": "no-cache"})


async def _refused(request: Request, problem: read.AskedError) -> Response:
    return read.refused(problem)


class Guarded:
    """Answers only to our own names, against DNS rebinding, and tells browsers what the page may do."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts
        self._anybody = bool(hosts & {"0.0.0.0", "::"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif not self._anybody and not self._is_ours(scope):
            await PlainTextResponse("This server answers to its own name only.", 421)(scope, receive, send)
        else:
            await self._app(scope, receive, _with_headers(send))

    def _is_ours(self, scope: Scope) -> bool:
        named = next((value.decode("latin-1") for key, value in scope["headers"] if key == b"host"), "")
        name = named.rsplit(":", 1)[0] if not named.endswith("]") else named
        return name.lower() in self._hosts


_HEADERS = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *_HEADERS]
        await send(message)

    return sending
