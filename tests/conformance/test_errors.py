"""Refusals, retries and broken connections: the application sees what it always saw, the span says why."""

from __future__ import annotations

import gc
import traceback
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace

from tests.conformance.drive import settle
from tests.conformance.subject import NOWHERE, choices
from tests.conformance.subjects import SUBJECTS

if TYPE_CHECKING:
    from limelight.testing import Capture, Captured, FakeProvider
    from tests.conformance.subject import Ask, Style, Subject, Way

CHOICES = [one for one in choices(SUBJECTS) if one.values[1].steered]
EVERYTHING = pytest.mark.parametrize(("subject", "ask", "way", "style"), CHOICES)
TALKS = [one for one in CHOICES if one.values[1].name in one.values[0].talks]
EVERY_TALK = pytest.mark.parametrize(("subject", "ask", "way", "style"), TALKS)
EVERY_PLAIN_TALK = pytest.mark.parametrize(
    ("subject", "ask", "way", "style"), [one for one in TALKS if one.values[2] is one.values[0].ways["plain"]]
)
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:Pydantic")  # the vendors'


async def refused(
    fake: FakeProvider, subject: Subject, ask: Ask, way: Way, style: Style, model: str, **options: Any
) -> Exception:
    """The exception that the caller gets."""
    client = subject.build(fake, style, **options)
    arguments = {**ask.arguments, "model": model, **(ask.prepare(fake) if ask.prepare else {})}
    fake.requests.clear()
    try:
        await way.read(way.ask(client, ask, arguments))
    except Exception as error:
        return error
    finally:
        await settle(client.close())
    raise AssertionError("nothing was raised")


def told(error: Exception) -> Any:
    return type(error), str(error), error.status_code, error.body, dict(error.response.headers)  # type: ignore[attr-defined]


def request_id(error: Any) -> str:
    """From the answer: the oldest clients have no attribute for it."""
    headers = error.response.headers
    return str(headers.get("x-request-id") or headers["request-id"])


@EVERYTHING
async def test_a_refusal_is_the_same_exception_and_an_error_span(
    fake: FakeProvider, spans: Capture, subject: Subject, ask: Ask, way: Way, style: Style
) -> None:
    spans.uninstrument()
    bare = await refused(fake, subject, ask, way, style, "fail-429")
    fake.reset()
    spans.instrument()
    error = await refused(fake, subject, ask, way, style, "fail-429")
    assert told(error) == told(bare)
    one = spans.one()
    check_failure(one, error)
    assert "error.type" in one.attributes
    assert one.attributes["http.response.status_code"] == 429
    assert one.attributes["limelight.error.request_id"] == request_id(error)
    assert one.attributes["limelight.error.retry_after"] == 0.02
    assert one.attributes["gen_ai.request.model"] == "fail-429"
    assert "gen_ai.output.messages" not in one.attributes


def check_failure(one: Captured, error: Exception) -> None:
    assert one.attributes["limelight.outcome"] == "error"
    assert one.attributes["error.type"] == f"{type(error).__module__.partition('.')[0]}.{type(error).__qualname__}"
    assert one.error == str(error)
    (exception,) = one.events("exception")
    assert exception["exception.message"] == str(error)
    assert "test_errors.py" in exception["exception.stacktrace"] or "refused" in exception["exception.stacktrace"]


@EVERY_PLAIN_TALK
@pytest.mark.parametrize("status", [400, 401, 404, 500])
async def test_every_status_reaches_the_caller_and_the_span(
    fake: FakeProvider, spans: Capture, subject: Subject, ask: Ask, way: Way, style: Style, status: int
) -> None:
    error = await refused(fake, subject, ask, way, style, f"fail-{status}")
    assert isinstance(error, subject.error)
    one = spans.one()
    check_failure(one, error)
    assert one.attributes["http.response.status_code"] == status


@EVERY_TALK
async def test_the_traceback_leads_from_the_callers_frame_to_the_vendors(
    fake: FakeProvider, spans: Capture, subject: Subject, ask: Ask, way: Way, style: Style
) -> None:
    error = await refused(fake, subject, ask, way, style, "fail-400")
    files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    assert files[0] == __file__
    assert subject.name in files[-1]
    assert error.__cause__ is None or "httpx" in type(error.__cause__).__module__
    assert spans.one()


@EVERY_TALK
async def test_retries_are_told_and_are_one_call(
    fake: FakeProvider, spans: Capture, subject: Subject, ask: Ask, way: Way, style: Style
) -> None:
    """Cases 62 and B6: each failed attempt is an event, with its status and how long the client waited."""
    client = subject.build(fake, style, max_retries=2)
    await way.read(way.ask(client, ask, {**ask.arguments, "model": "fail-429x2"}))
    assert len(fake.requests) == 3
    one = spans.one()
    assert one.attributes.get("limelight.outcome", "ok") == "ok"
    attempts = one.events("limelight.attempt")
    assert [attempt["http.response.status_code"] for attempt in attempts] == [429, 429]
    assert all(0 < attempt["limelight.attempt.wait"] < 10 for attempt in attempts)  # the oldest do not read fractions
    assert all(attempt["limelight.attempt.retry_after"] == 0.02 for attempt in attempts)
    assert len({attempt["limelight.attempt.request_id"] for attempt in attempts}) == 2
    await settle(client.close())


@EVERY_PLAIN_TALK
async def test_the_last_retry_that_fails_is_the_error(
    fake: FakeProvider, spans: Capture, subject: Subject, ask: Ask, way: Way, style: Style
) -> None:
    error = await refused(fake, subject, ask, way, style, "fail-429", max_retries=1)
    one = spans.one()
    check_failure(one, error)
    assert len(one.events("limelight.attempt")) == 1


@EVERY_TALK
async def test_a_provider_that_is_not_there_is_an_error(
    fake: FakeProvider, spans: Capture, subject: Subject, ask: Ask, way: Way, style: Style
) -> None:
    client = subject.build(NOWHERE, style)
    with pytest.raises(subject.broken) as caught:
        await way.read(way.ask(client, ask, ask.arguments))
    one = spans.one()
    assert one.error == str(caught.value)
    assert "http.response.status_code" not in one.attributes
    assert trace.get_current_span() is trace.INVALID_SPAN
    await settle(client.close())


@pytest.mark.parametrize(("subject", "ask", "way", "style"), [one for one in TALKS if one.id.endswith("plain-sync")])
async def test_an_exception_does_not_keep_the_callers_frame_alive(
    fake: FakeProvider, spans: Capture, subject: Subject, ask: Ask, way: Way, style: Style
) -> None:
    """Case 52: once the span is written, nothing of ours holds the exception, hence the frames, hence what is in them."""

    class Large:
        pass

    kept: list[weakref.ref[Large]] = []

    def user() -> None:
        large = Large()
        kept.append(weakref.ref(large))
        client = subject.build(fake, style)
        try:
            way.ask(client, ask, {**ask.arguments, "model": "fail-400"})
        except subject.error:
            client.close()

    gc.collect()
    gc.disable()
    try:
        spans.uninstrument()
        user()
        bare = kept[-1]() is None
        spans.instrument()
        user()
        assert spans.one()
        assert (kept[-1]() is None) == bare
    finally:
        gc.enable()
