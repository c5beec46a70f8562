"""For applications of no framework that Limelight knows: `application = wsgi(application)`, or `asgi(application)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limelight.frameworks import _serving
from limelight.sdk import api

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from limelight.engine.span import Sink

__all__ = ["asgi", "wsgi"]


class _Program:
    """Requests are told of to whom `init()` has made, if it has."""

    def sink_of(self, client: Any) -> Sink | None:
        return None if api._current is None else api._current.pipeline


def wsgi(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Make a trace of each request of a WSGI application, from its first byte to the last of its answer.

    One is told of when something of ours is in it.  Around a framework that is traced by itself it changes nothing.
    """

    def original(_: None, environ: Any, start_response: Any) -> Iterable[bytes]:
        return application(environ, start_response)

    driven = _serving.wsgi(_Program(), original)

    def served(environ: Any, start_response: Any) -> Iterable[bytes]:
        answer: Iterable[bytes] = driven(None, environ, start_response)
        return answer

    return served


def asgi(application: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """The same for an ASGI application; what is no HTTP request is passed on as it is."""

    async def original(_: None, scope: Any, receive: Any, send: Any) -> None:
        await application(scope, receive, send)

    driven = _serving.asgi(_Program(), original)

    async def served(scope: Any, receive: Any, send: Any) -> None:
        await driven(None, scope, receive, send)

    return served
