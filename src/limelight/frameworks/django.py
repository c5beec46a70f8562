"""Django, by WSGI and by ASGI."""

from __future__ import annotations

from limelight.engine.observer import Observer
from limelight.frameworks._serving import asgi, wsgi


def observer() -> Observer:
    return Observer(
        "django",
        "django>=3.2",
        {
            "django.core.handlers.wsgi:WSGIHandler.__call__": wsgi,
            "django.core.handlers.asgi:ASGIHandler.__call__": asgi,
        },
    )
