"""Django, by WSGI and by ASGI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.trace import get_current_span

from limelight.engine.guard import guarded
from limelight.engine.observer import Observer
from limelight.frameworks._serving import Served, asgi, wsgi

if TYPE_CHECKING:
    from collections.abc import Callable


def observer() -> Observer:
    return Observer(
        "django",
        "django>=3.2",
        {
            "django.core.handlers.wsgi:WSGIHandler.__call__": wsgi,
            "django.core.handlers.asgi:ASGIHandler.__call__": asgi,
            "django.core.handlers.base:BaseHandler.resolve_request": _routed,
        },
    )


def _routed(observing: Observer, original: Callable[..., Any]) -> Callable[..., Any]:
    """The route is known when Django has found it."""

    def resolve(self: Any, *args: Any, **kwargs: Any) -> Any:
        found = original(self, *args, **kwargs)
        with guarded("reading a route"):
            if isinstance(served := get_current_span(), Served):
                served.route = f"/{found.route}"
        return found

    return resolve
