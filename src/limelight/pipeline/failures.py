"""What an exception, or the HTTP answer behind it, tells about a failure."""

from __future__ import annotations

import functools
import math
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from limelight.core import names
from limelight.core.model import Failure
from limelight.core.wire.read import Table, number, said, table, text

MAX_STACK_CHARS = 20_000
REQUEST_IDS = (
    "x-request-id", "request-id", "apim-request-id", "x-amzn-requestid", "x-goog-request-id", "x-debug-trace-id",
    "mistral-correlation-id", "x-kong-request-id", "cf-ray",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """The few facts of an HTTP answer that matter when it is a refusal."""

    status: int | None = None
    retry_after_s: float | None = None
    request_id: str | None = None


def of_exception(error: BaseException) -> Failure:
    answer = _answer(error)
    request_id = getattr(error, "request_id", None)
    return Failure(
        type=_name(type(error)),
        message=str(error),
        status=answer.status,
        code=_code(error),
        request_id=request_id if isinstance(request_id, str) else answer.request_id,
        retry_after_s=answer.retry_after_s,
        stacktrace="".join(traceback.format_exception(type(error), error, error.__traceback__))[-MAX_STACK_CHARS:],
    )


def of_refusal(status: int, body: Table, said: Failure | None = None) -> Failure:
    """An answer that the caller was given as it came, and whose status says that there is none."""
    inner = table(body, "error") or body
    message = text(inner, "message") or text(body, "error") or text(body, "detail") or text(body, "text")
    return Failure(
        type=str(status),
        message=said.message if said and said.message else message,
        status=status,
        code=(said.code if said else None)
        or text(inner, "code")
        or text(inner, "status")
        or text(inner, "type")
        or None,
    )


def is_cancellation(error: BaseException) -> bool:
    """Did somebody call it off?  By name: `asyncio` takes 13 ms to load, and whoever raised its error has it."""
    if isinstance(error, (GeneratorExit, KeyboardInterrupt)):
        return True
    return any(kind.__name__ == "CancelledError" for kind in type(error).__mro__)


def of_response(response: Any) -> Answer:
    """Of an HTTP response, or the table that botocore has for one."""
    if isinstance(response, Mapping):
        about = table(response, "ResponseMetadata")
        found = of_headers(about.get("HTTPHeaders"))
        return Answer(
            number(about, "HTTPStatusCode"), found.retry_after_s, found.request_id or said(about, "RequestId")
        )
    found = of_headers(getattr(response, "headers", None))
    return Answer(_status(response), found.retry_after_s, found.request_id)


def of_headers(headers: Any) -> Answer:
    """Names are compared without regard to case."""
    told = telling(headers)
    return Answer(retry_after_s=_seconds(told), request_id=request_id(told))


def request_id(told: Mapping[str, str]) -> str | None:
    return next((value for key in REQUEST_IDS if (value := told.get(key))), None)


def limits(told: Mapping[str, str]) -> dict[str, str]:
    """Of an answer's headers those about how much more may be asked."""
    return {key: value[:MAX_HEADER_CHARS] for key, value in told.items() if key not in _IDS and names.is_limit(key)}


MAX_HEADER_CHARS = 200
_IDS = frozenset(REQUEST_IDS)


def telling(headers: Any) -> dict[str, str]:
    """The headers that say anything to us, in lower case."""
    raw = getattr(headers, "raw", None)  # httpx decodes each header anew for those who ask for text
    if isinstance(raw, list):
        return {key: value.decode("latin-1") for name, value in raw if (key := _telling(name)) is not None}
    pairs = headers.items() if hasattr(headers, "items") else ()
    return {key: str(value) for name, value in pairs if (key := _telling(name)) is not None}


@functools.lru_cache(1024)
def _telling(name: bytes | str) -> str | None:
    """The name in lower case, if it is one that tells; servers send the same few dozen again and again."""
    key = (name.decode("latin-1") if isinstance(name, bytes) else str(name)).lower()
    return key if key in _IDS or key == "date" or names.is_limit(key) else None


def _answer(error: BaseException) -> Answer:
    """What an exception knows of the answer behind it: the answer itself, or parts of it."""
    response = next((found for name in _RESPONSES if (found := getattr(error, name, None)) is not None), None)
    answer = of_response(response)
    if response is None:
        answer = of_headers(getattr(error, "headers", None))
    return Answer(_status(error) or answer.status, answer.retry_after_s, answer.request_id)


_RESPONSES = ("response", "raw_response", "http_response")
_STATUSES = ("status_code", "status", "code")


def _status(said: Any) -> int | None:
    """An HTTP status, under whichever name: by its value, since a `code` may be anything."""
    for name in _STATUSES:
        value = _attribute(said, name)
        if isinstance(value, int) and not isinstance(value, bool) and 100 <= value < 600:
            return int(value)
    return None


def _attribute(said: Any, name: str) -> Any:
    """A `code` that is computed is another name for the status, and aiohttp's warns whoever looks at it."""
    if name == "code" and isinstance(getattr(type(said), name, None), property):
        return None
    return getattr(said, name, None)


def _name(kind: type[BaseException]) -> str:
    module = kind.__module__
    return kind.__qualname__ if module == "builtins" else f"{module.partition('.')[0]}.{kind.__qualname__}"


def _code(error: BaseException) -> str | None:
    """The provider's own word for the failure: OpenAI's `code`, else the `type` in the body."""
    for name in ("code", "status"):  # Google's `code` is the HTTP status
        if isinstance(word := _attribute(error, name), str) and not word.isdigit():
            return word
    response = getattr(error, "response", None)
    if isinstance(response, Mapping):  # botocore's
        return said(table(response, "Error"), "Code")
    body = getattr(error, "body", None)
    if not isinstance(body, Mapping):
        return None
    inner = table(body, "error") or body
    return text(inner, "code") or text(inner, "type") or None


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
