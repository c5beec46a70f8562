"""The whole server as one ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from limelight.server.api import problems, read, receive
from limelight.server.api.problems import AskedError
from limelight.server.counters import Counters
from limelight.server.guarded import Guarded
from limelight.server.live import Hub
from limelight.server.lock import FolderLock
from limelight.server.store.reader import Reader
from limelight.server.store.sqlite import Store

STATIC = Path(__file__).parent / "static"
POSTED = frozenset({"v1/metrics", "v1/traces", "api/v1/test-trace"})
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


MAX_AT_WORK = 4


@dataclass(frozen=True, slots=True)
class Services:
    """What the endpoints work with."""

    store: Store
    reader: Reader
    counters: Counters
    hub: Hub
    address: str
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_AT_WORK))
    """What has been read takes many times the room of what was sent: only so many requests at once are."""


def application(folder: Path, *, host: str = "127.0.0.1", port: int = 4318) -> Starlette:
    """The application on the database in `folder`, which is made when it is not there.  Raises `DatabaseError`."""
    lock = FolderLock(folder)
    hub = Hub()
    try:
        store = Store(folder / "limelight.db", hub.changed)
    except BaseException:  # raised again; whatever it was, the folder is not ours then
        lock.release()
        raise
    services = Services(store, Reader(store), Counters(), hub, f"{host}:{port}")

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        hub.open(asyncio.get_running_loop())
        yield
        await asyncio.to_thread(store.close)
        lock.release()

    app = Starlette(
        routes=_routes(),
        lifespan=lifespan,
        middleware=[Middleware(Guarded, hosts=LOOPBACK | {f"[{host}]" if ":" in host else host})],
        exception_handlers=problems.HANDLERS,
    )
    app.state.services = services
    return app


def _routes() -> list[Route | Mount]:
    one = "/api/v1/traces/{trace_id}"
    routes: list[Route | Mount] = [
        Route("/v1/traces", receive.traces, methods=["POST"]),
        Route("/v1/metrics", receive.metrics, methods=["POST"]),
        Route("/api/v1/traces", read.traces),
        Route("/api/v1/histogram", read.histogram),
        Route("/api/v1/range", read.span_range),
        Route("/api/v1/facets", read.facets),
        Route("/api/v1/overview", read.overview),
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
    if path in POSTED:
        raise HTTPException(405, "this address is posted to", {"allow": "POST"})
    if path.partition("/")[0] in {"api", "v1"}:
        raise AskedError(
            "not_found", f"there is nothing at /{path[:100]}; /api/v1/openapi.json lists what there is", status=404
        )
    if path in _files():
        return FileResponse(STATIC / path)
    if "." in path.rpartition("/")[2]:
        raise AskedError("not_found", "there is no such file", status=404)
    index = STATIC / "index.html"
    if not index.is_file():
        return PlainTextResponse("The dashboard has not been built: run `make ui`. The API is at /api/v1.", 503)
    return FileResponse(index, headers={"cache-control": "no-cache"})


def _files() -> set[str]:
    """What the build put beside the page."""
    return {file.name for file in STATIC.iterdir() if file.is_file()} if STATIC.is_dir() else set()
