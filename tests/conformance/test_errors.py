"""Refusals, retries and broken connections: the application sees what it always saw, the span says why."""

from __future__ import annotations

import contextlib
import gc
import traceback
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace

from tests.conformance.drive import told
from tests.conformance.parameters import choices
from tests.conformance.subject import NOWHERE
from tests.conformance.subjects import SUBJECTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from limelight.testing import Capture, Captured, FakeProvider
    from tests.conformance.expected import Recorded
    from tests.conformance.subject import Ask, Style, Subject, Way

CHOICES = [one for one in choices(SUBJECTS) if one.values[1].steered]
EVERYTHING = pytest.mark.parametrize(("subject", "ask", "way", "style"), CHOICES)
TALKS = [one for one in CHOICES if one.values[1].name in one.values[0].talks]
EVERY_TALK = pytest.mark.parametrize(("subject", "ask", "way", "style"), TALKS)
PLAIN_TALKS = [one for one in TALKS if one.values[2] is one.values[0].ways["plain"]]
EVERY_PLAIN_TALK = pytest.mark.parametrize(("subject", "ask", "way", "style"), PLAIN_TALKS)
RETRIED = [
    one
    for one in TALKS
    if one.values[0].retrying is not None and (one.values[0].retries_streams or one.values[2].form != "stream")
]
EVERY_RETRIED = pytest.mark.parametrize(("subject", "ask", "way", "style"), RETRIED)
EVERY_PLAIN_RETRIED = pytest.mark.parametrize(
    ("subject", "ask", "way", "style"), [one for one in RETRIED if one.values[2] is one.values[0].ways["plain"]]
)
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:Pydantic")  # the vendors'


async def refused(
    fake: FakeProvider, subject: Subject, ask: Ask, way: Way, style: Style, word: str, **options: Any
) -> Exception:
    """The exception that the caller gets."""
    client = await subject.client(fake, style, **options)
    arguments = {**subject.steer(ask.arguments, word), **(ask.prepare(fake) if ask.prepare else {})}
    fake.requests.clear()
    try:
        await way.read(way.ask(client, ask, arguments))
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


@EVERYTHING
async def test_a_refusal_is_the_same_exception_and_an_error_span(
    fake: FakeProvider, traced: Callable[..., Capture], subject: Subject, ask: Ask, way: Way, style: Style
) -> None:
    bare = await refused(fake, subject, ask, way, style, "fail-429")
    fake.reset()
    spans = traced()
    error = await refused(fake, subject, ask, way, style, "fail-429")
    assert told(error) == told(bare)
    one = spans.one()
    check_failure(one, error)
    assert "error.type" in one.attributes
    assert one.attributes["http.response.status_code"] == 429
    if (known := subject.request_id(error)) is not None:  # we have it from the answer, which not every error shows
        assert one.attributes["limelight.error.request_id"] == known
    assert one.attributes.get("limelight.error.retry_after") == subject.retry_after_s
    assert one.attributes["gen_ai.request.model"] == model(subject.steer(ask.arguments, "fail-429"))
    assert "gen_ai.output.messages" not in one.attributes


def model(arguments: Mapping[str, Any]) -> str:
    return str(arguments.get("modelId") or arguments["model"])


def check_failure(one: Captured, error: Exception) -> None:
    assert one.attributes["limelight.outcome"] == "error"
    root = type(error).__module__.partition(".")[0]
    name = type(error).__qualname__
    assert one.attributes["error.type"] == (name if root == "builtins" else f"{root}.{name}")
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
    assert any(subject.root.replace(".", "/") in name for name in files)
    assert "limelight/engine" not in files[-1].replace("\\", "/")
    assert spans.one()


@pytest.mark.case(62)
@EVERY_RETRIED
async def test_retries_are_told_and_are_one_call(
    fake: FakeProvider, spans: Capture, expected: Recorded, subject: Subject, ask: Ask, way: Way, style: Style
) -> None:
    """Cases 62 and B6: each failed attempt is an event, with its status and how long the client waited."""
    client = await subject.client(fake, style, **subject.retrying(2))
    await way.read(way.ask(client, ask, subject.steer(ask.arguments, "fail-429x2")))
    assert len(fake.requests) == 3
    one = spans.one()
    assert one.attributes.get("limelight.outcome", "ok") == "ok"
    attempts = one.events("limelight.attempt")
    assert [attempt["http.response.status_code"] for attempt in attempts] == [429, 429]
    assert all(0 < attempt["limelight.attempt.wait"] < 10 for attempt in attempts)  # the oldest do not read fractions
    assert all(attempt.get("limelight.attempt.retry_after") == subject.retry_after_s for attempt in attempts)
    ids = [attempt["limelight.attempt.request_id"] for attempt in attempts if "limelight.attempt.request_id" in attempt]
    assert len(set(ids)) == (2 if subject.identified and expected.request_ids else 0)


@EVERY_PLAIN_RETRIED
async def test_the_last_retry_that_fails_is_the_error(
    fake: FakeProvider, spans: Capture, subject: Subject, ask: Ask, way: Way, style: Style
) -> None:
    error = await refused(fake, subject, ask, way, style, "fail-429", **subject.retrying(1))
    one = spans.one()
    check_failure(one, error)
    assert len(one.events("limelight.attempt")) == 1


@EVERY_TALK
async def test_a_provider_that_is_not_there_is_an_error(
    fake: FakeProvider, spans: Capture, subject: Subject, ask: Ask, way: Way, style: Style
) -> None:
    client = await subject.client(NOWHERE, style)
    with pytest.raises(subject.broken) as caught:
        await way.read(way.ask(client, ask, ask.arguments))
    one = spans.one()
    assert one.error == str(caught.value)
    assert "http.response.status_code" not in one.attributes
    assert trace.get_current_span() is trace.INVALID_SPAN


@pytest.mark.case(52)
@pytest.mark.parametrize(("subject", "ask", "way", "style"), [one for one in TALKS if one.id.endswith("plain-sync")])
async def test_an_exception_does_not_keep_the_callers_frame_alive(
    fake: FakeProvider, spans: Capture, subject: Subject, ask: Ask, way: Way, style: Style
) -> None:
    """Case 52: once the span is written, nothing of ours holds the exception, hence the frames, hence what is in them."""

    class Large:
        pass

    kept: list[weakref.ref[Large]] = []

    client = await subject.client(fake, style)

    def user() -> None:
        large = Large()
        kept.append(weakref.ref(large))
        with contextlib.suppress(subject.error):
            way.ask(client, ask, subject.steer(ask.arguments, "fail-400"))

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
