"""What an exception, or the HTTP answer behind it, tells about a failure."""

from __future__ import annotations

import math
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from limelight.core.model import Failure
from limelight.core.wire.read import Table, number, said, table, text

MAX_STACK_CHARS = 20_000
REQUEST_IDS = ("x-request-id", "request-id", "apim-request-id", "x-amzn-requestid", "cf-ray")


@dataclass(frozen=True, slots=True)
class Answer:
    """The few facts of an HTTP answer that matter when it is a refusal."""

    status: int | None = None
    retry_after_s: float | None = None
    request_id: str | None = None


def of_exception(error: BaseException) -> Failure:
    response = getattr(error, "response", None)
    answer = of_response(response)
    status = getattr(error, "status_code", None)
    request_id = getattr(error, "request_id", None)
    return Failure(
        type=_name(type(error)),
        message=str(error),
        status=status if isinstance(status, int) else answer.status,
        code=_code(error),
        request_id=request_id if isinstance(request_id, str) else answer.request_id,
        retry_after_s=answer.retry_after_s,
        stacktrace="".join(traceback.format_exception(type(error), error, error.__traceback__))[-MAX_STACK_CHARS:],
    )


def is_cancellation(error: BaseException) -> bool:
    """Did somebody call it off?  By name: `asyncio` takes 13 ms to load, and whoever raised its error has it."""
    if isinstance(error, (GeneratorExit, KeyboardInterrupt)):
        return True
    return any(kind.__name__ == "CancelledError" for kind in type(error).__mro__)


def of_response(response: Any) -> Answer:
    if isinstance(response, Mapping):
        return _of_table(table(response, "ResponseMetadata"))
    headers = getattr(response, "headers", None)
    if headers is None or not hasattr(headers, "get"):
        return Answer()
    status = getattr(response, "status_code", None)
    return Answer(
        status=status if isinstance(status, int) else None,
        retry_after_s=_seconds(headers),
        request_id=next((str(headers[key]) for key in REQUEST_IDS if headers.get(key)), None),
    )


def _of_table(about: Table) -> Answer:
    """As botocore's exceptions have it."""
    headers = table(about, "HTTPHeaders")
    return Answer(number(about, "HTTPStatusCode"), _seconds(headers), said(about, "RequestId"))


def _name(kind: type[BaseException]) -> str:
    module = kind.__module__
    return kind.__qualname__ if module == "builtins" else f"{module.partition('.')[0]}.{kind.__qualname__}"


def _code(error: BaseException) -> str | None:
    """The provider's own word for the failure: OpenAI's `code`, AWS's `Code`, else the `type` in the body."""
    if isinstance(code := getattr(error, "code", None), str):
        return code
    for body in (getattr(error, "body", None), getattr(error, "response", None)):
        if isinstance(body, Mapping):
            inner = table(body, "error") or table(body, "Error") or body
            return text(inner, "code") or text(inner, "Code") or text(inner, "type") or None
    return None


def _seconds(headers: Any) -> float | None:
    """`retry-after`, which is in milliseconds, in seconds or a date."""
    milliseconds, raw = headers.get("retry-after-ms"), headers.get("retry-after")
    try:
        seconds = float(milliseconds) / 1000 if milliseconds else float(raw) if raw else None
    except ValueError:
        seconds = _until(str(raw))
    return seconds if seconds is not None and math.isfinite(seconds) and seconds >= 0 else None


def _until(date: str) -> float | None:
    import email.utils

    try:
        parsed = email.utils.parsedate_tz(date)
        return None if parsed is None else email.utils.mktime_tz(parsed) - time.time()
    except (ValueError, OverflowError):
        return None
