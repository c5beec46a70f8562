"""What an exception, or the HTTP answer behind it, tells about a failure."""

from __future__ import annotations

import asyncio
import email.utils
import time
from types import SimpleNamespace
from typing import Any

import pytest

from limelight.pipeline.failures import MAX_STACK_CHARS, Answer, is_cancellation, of_exception, of_response


def answer(status: Any = 429, **headers: str) -> SimpleNamespace:
    return SimpleNamespace(
        status_code=status, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after_ms": "1500", "retry_after": "9"}, 1.5),
        ({"retry_after": "2.5"}, 2.5),
        ({"retry_after": "0"}, 0.0),
        ({}, None),
        ({"retry_after": "-1"}, None),
        ({"retry_after": "nan"}, None),
        ({"retry_after_ms": "nan"}, None),
        ({"retry_after_ms": "-5"}, None),
        ({"retry_after": "soon"}, None),
        ({"retry_after_ms": "soon", "retry_after": "3"}, None),
        ({"retry_after": "Fri, 31 Dec 99999999 23:59:59 GMT"}, None),
        ({"retry_after": "Mon, 01 Jan 2001 00:00:00 GMT"}, None),
    ],
    ids=str,
)
def test_retry_after_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    assert of_response(answer(**headers)).retry_after_s == seconds


def test_retry_after_as_a_date() -> None:
    found = of_response(answer(retry_after=email.utils.formatdate(time.time() + 100, usegmt=True))).retry_after_s
    assert found is not None
    assert 95 < found <= 100


def test_an_answer_without_sense_tells_nothing() -> None:
    assert of_response(None) == Answer()
    assert of_response(SimpleNamespace(headers="?")) == Answer()
    assert of_response(answer("200 OK")).status is None
    assert of_response(answer(request_id="r")).request_id == "r"
    assert of_response(answer(x_request_id="x", cf_ray="c")).request_id == "x"


class OwnError(Exception):
    status_code = 418
    request_id = "req"
    body: Any = None


def test_an_exception_is_told_in_its_own_words() -> None:
    own = OwnError("short and stout")
    own.body = {"error": {"type": "teapot"}}
    try:
        raise own
    except OwnError as error:
        failure = of_exception(error)
    assert failure.type.endswith("OwnError")
    assert (failure.message, failure.status, failure.code, failure.request_id) == (
        "short and stout",
        418,
        "teapot",
        "req",
    )
    assert failure.stacktrace is not None
    assert "test_failures.py" in failure.stacktrace


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"code": "c", "type": "t"}, "c"),
        ({"type": "t"}, "t"),
        ({"error": "just text"}, None),
        ("no table", None),
        (None, None),
    ],
)
def test_the_providers_word_for_it(body: Any, code: str | None) -> None:
    error = OwnError()
    error.body = body
    assert of_exception(error).code == code
    error.code = "own"  # type: ignore[attr-defined]
    assert of_exception(error).code == "own"


def test_a_stack_is_bounded() -> None:
    failure = of_exception(ValueError("x" * 100_000))
    assert failure.type == "ValueError"
    assert failure.stacktrace is not None
    assert len(failure.stacktrace) == MAX_STACK_CHARS


def test_what_was_called_off() -> None:
    assert all(map(is_cancellation, (asyncio.CancelledError(), GeneratorExit(), KeyboardInterrupt())))
    assert not is_cancellation(TimeoutError())
