"""Starlette, and FastAPI, which is one: a request is one trace, from its first byte to its last background task."""

from __future__ import annotations

from limelight.engine.observer import Observer
from limelight.frameworks._serving import asgi


def observer() -> Observer:
    return Observer("starlette", "starlette>=0.27", {"starlette.applications:Starlette.__call__": asgi})
