"""Answers, and what is answered when there is none to give."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from limelight.server.api import answers

logger = logging.getLogger("limelight.server")


class AskedError(ValueError):
    """A question that cannot be answered as it was put."""

    def __init__(self, code: str, message: str, *, status: int = 400, position: int | None = None) -> None:
        super().__init__(message)
        self.code, self.status, self.position = code, status, position


def answered(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        msgspec.json.encode(data),
        status,
        media_type="application/json",
        headers={"cache-control": "no-store", **(headers or {})},
    )


def _refused(
    code: str, message: str, status: int, *, position: int | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    problem = answers.Problem(code=code, message=message, position=position)
    return answered(answers.ErrorBody(error=problem), status, headers)


async def _asked(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, AskedError)
    return _refused(problem.code, str(problem), problem.status, position=problem.position)


async def _http(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    code = {404: "not_found", 405: "bad_method"}.get(problem.status_code, "bad_request")
    message = f"{request.method} {request.url.path[:100]}: {problem.detail}"
    return _refused(code, message, problem.status_code, headers=problem.headers)


async def _unavailable(request: Request, problem: Exception) -> Response:
    logger.warning("the database did not answer %s: %s", request.url.path, problem)
    return _refused("unavailable", f"the database cannot be read now: {problem}", 503, headers={"retry-after": "5"})


async def _broken(request: Request, problem: Exception) -> Response:
    return _refused("internal", "the server failed at this; its log says how", 500)


HANDLERS: Mapping[Any, Callable[[Request, Exception], Awaitable[Response]]] = {
    AskedError: _asked,
    HTTPException: _http,
    sqlite3.Error: _unavailable,
    Exception: _broken,
}
