"""A request that is served, whichever protocol brought it: one span from its first byte to the last of its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from opentelemetry import propagate
from opentelemetry.context import get_current
from opentelemetry.trace import get_current_span

from limelight.core.dialects import keys
from limelight.engine.guard import unfailing
from limelight.engine.observer import Frame
from limelight.engine.patch import is_suppressed
from limelight.engine.span import enter, leave

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from opentelemetry.context import Context

    from limelight.engine.span import Sink

METHOD, PATH, ROUTE = "http.request.method", "url.path", "http.route"


class Observing(Protocol):
    """Whoever knows where a request is told of."""

    def sink_of(self, client: Any) -> Sink | None: ...


class Served(Frame):
    """A request under way."""

    __slots__ = ("route", "status")

    def __init__(self, sink: Sink, parent: Context, method: str) -> None:
        super().__init__(sink, parent, method, kind="http")
        self.status: int | None = None
        self.route: str | None = None
        """The pattern of its path, once the framework has found it."""

    @unfailing("ending a request")
    def served(self, error: BaseException | None = None) -> None:
        if self.ended_ns is not None:  # a body that is read to its end is closed as well
            return
        if self.route:
            self.name = f"{self.name} {self.route}"
            self.set_attribute(ROUTE, self.route)
        if self.status is not None:
            self.set_attribute(keys.HTTP_STATUS, self.status)
            if self.status >= 500 and error is None:
                self.set_attribute(keys.ERROR_TYPE, str(self.status))
                self.set_attribute(keys.OUTCOME, "error")
        self.finish(error=error)


@unfailing("starting a request")
def begin(observing: Observing, method: str, path: str, headers: Mapping[str, str]) -> Served | None:
    """None where somebody tells of this request already, or nobody wants to know."""
    sink, here = observing.sink_of(None), get_current()
    if sink is None or is_suppressed(here) or isinstance(around := get_current_span(here), Served):
        return None
    parent = here if around.get_span_context().is_valid else propagate.extract(headers, here)
    served = Served(sink, parent, method)
    served.set_attributes({METHOD: method, PATH: path})
    return served


def asgi(observing: Observing, original: Callable[..., Any]) -> Callable[..., Any]:
    """Around the `__call__` of an ASGI application."""

    async def call(self: Any, scope: Any, receive: Any, send: Any) -> Any:
        served = _of_scope(observing, scope)
        if served is None:
            return await original(self, scope, receive, send)

        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                served.status = message.get("status")
            await send(message)

        before, entered = get_current(), enter(served)
        try:
            result = await original(self, scope, receive, sending)
        except BaseException as error:
            leave(entered, before, error=error)
            served.route = _route(scope) or served.route
            served.served(error)
            raise
        leave(entered, before)
        served.route = _route(scope) or served.route
        served.served()
        return result

    return call


@unfailing("reading a request")
def _of_scope(observing: Observing, scope: Any) -> Served | None:
    if scope["type"] != "http":
        return None
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return begin(observing, scope["method"], scope["path"], headers)


@unfailing("reading a route")
def _route(scope: Any) -> str | None:
    return getattr(scope.get("route"), "path", None)


def wsgi(observing: Observing, original: Callable[..., Any]) -> Callable[..., Any]:
    """Around a WSGI application that is a method."""

    def call(self: Any, environ: Any, start_response: Any) -> Any:
        served = _of_environ(observing, environ)
        if served is None:
            return original(self, environ, start_response)

        def starting(status: str, *args: Any) -> Any:
            served.status = int(status[:3]) if status[:3].isdigit() else None
            return start_response(status, *args)

        before, entered = get_current(), enter(served)
        try:
            body = original(self, environ, starting)
        except BaseException as error:
            leave(entered, before, error=error)
            served.served(error)
            raise
        leave(entered, before)
        if isinstance(body, (list, tuple)) or _is_file(environ, body):
            served.served()
            return body
        return Body(body, served)

    return call


@unfailing("reading a request")
def _of_environ(observing: Observing, environ: Any) -> Served | None:
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    return begin(observing, environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""), headers)


def _is_file(environ: Any, body: Any) -> bool:
    wrapper = environ.get("wsgi.file_wrapper")
    return isinstance(wrapper, type) and isinstance(body, wrapper)


class Body:
    """An answer that is made while it is sent: what it does belongs to its request."""

    def __init__(self, body: Any, served: Served) -> None:
        self._body, self._served = body, served
        self._pieces: Iterator[Any] | None = None

    def __iter__(self) -> Body:
        return self

    def __next__(self) -> Any:
        before, entered = get_current(), enter(self._served)
        try:
            if self._pieces is None:
                self._pieces = iter(self._body)
            piece = next(self._pieces)
        except StopIteration:
            leave(entered, before)
            self._served.served()
            raise
        except BaseException as error:
            leave(entered, before, error=error)
            self._served.served(error)
            raise
        leave(entered, before)
        return piece

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)

    def close(self) -> None:
        try:
            if (close := getattr(self._body, "close", None)) is not None:
                close()
        finally:
            self._served.served()
