"""Flask: a request is one trace, streamed answers included."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from opentelemetry.trace import get_current_span

from limelight.engine.guard import guarded
from limelight.engine.observer import Observer
from limelight.frameworks._serving import Served, wsgi

if TYPE_CHECKING:
    from collections.abc import Callable


def observer() -> Observer:
    return Observer(
        "flask",
        "flask>=2.2",
        {"flask.app:Flask.wsgi_app": wsgi, "flask.app:Flask.dispatch_request": _routed},
    )


def _routed(observing: Observer, original: Callable[..., Any]) -> Callable[..., Any]:
    """The route is known when Flask has found it."""

    def dispatch(self: Any, *args: Any, **kwargs: Any) -> Any:
        with guarded("reading a route"):
            if isinstance(served := get_current_span(), Served):
                rule = sys.modules["flask"].request.url_rule
                served.route = None if rule is None else rule.rule
        return original(self, *args, **kwargs)

    return dispatch
