"""Whatever of ours fails between the user's call and its return, the call is as it would be without us."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace

from limelight.engine import guard, stream, watch
from tests.conformance.drive import each, settle, wire
from tests.conformance.parameters import THOROUGH, choices, openings, slowly, talks
from tests.conformance.subjects import SUBJECTS as EVERY_SUBJECT
from tests.faults.injection import Watch, broken, named

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from types import FunctionType

    from limelight.testing import Capture, FakeProvider
    from tests.conformance.subject import Ask, Opening, Style, Subject, Way

SUBJECTS = [subject for subject in EVERY_SUBJECT if subject.name in THOROUGH]
"""What is ours on the caller's thread is the same for all of them; these two take every way through it."""
TALKS = {(subject.name, subject.talks[0]) for subject in SUBJECTS}


def only_talks(parameters: list[Any]) -> list[Any]:
    """The first operation of every provider: what is ours on the caller's thread is the same for all of them."""
    found = [one for one in parameters if (one.values[0].name, one.values[1].name) in TALKS]
    return [one if one.values[-1] == "sync" else slowly(one) for one in found]


EVERY_TALK = pytest.mark.parametrize(("subject", "ask", "style"), only_talks(talks(SUBJECTS)))
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(autouse=True)
def same_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "urandom", lambda size: b"\1" * size)


async def outcome(scenario: Callable[[Any], Awaitable[Any]], client: Any) -> Any:
    """What the user sees: a value or an exception.  In a task of its own, so that a context left behind stays there."""
    try:
        return await asyncio.create_task(scenario(client))  # type: ignore[arg-type]
    except Exception as error:
        return type(error), str(error), type(error.__cause__)


def forget_classes() -> None:
    """What is made once for each class of a vendor's is made again."""
    for module in (stream, watch):
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


class Ward:
    """Watches over one scenario: without us, with us, and with each of our functions broken in turn."""

    def __init__(self, traced: Callable[..., Capture], caplog: pytest.LogCaptureFixture) -> None:
        self._traced, self._caplog = traced, caplog

    async def unharmed(self, build: Callable[[], Any], scenario: Callable[[Any], Awaitable[Any]]) -> list[str]:
        """The names of the functions that were broken."""
        bare = await outcome(scenario, await settle(build()))
        spans = self._traced()
        client = await settle(build())
        with Watch() as watching:
            assert await outcome(scenario, client) == bare
        assert spans.all()
        harm = {
            named(one): result
            for one in watching.functions
            if (result := await self._harm(one, scenario, client, bare))
        }
        assert harm == {}
        return [named(one) for one in watching.functions]

    async def _harm(self, function: FunctionType, scenario: Any, client: Any, bare: Any) -> Any:
        """What differs when this function fails; it has to be noticed and counted."""
        was_called = False
        for trace_anew in (lambda: None, self._traced):  # some are called only the first time
            trace_anew()
            forget_classes()
            errors = sum(guard.errors.values())
            with broken(function) as calls:
                result = await outcome(scenario, client)
                gc.collect(0)
            if result != bare:
                return result
            if sum(guard.errors.values()) > errors:
                return None
            was_called = was_called or calls.any
        return "was not counted" if was_called else None


@pytest.fixture
def ward(
    traced: Callable[..., Capture],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    unraised: list[Any],
) -> Iterator[Ward]:
    yield Ward(traced, caplog)
    assert capfd.readouterr().err == ""
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert unraised == []
    assert trace.get_current_span() is trace.INVALID_SPAN


@pytest.mark.parametrize(("subject", "ask", "way", "style"), only_talks(choices(SUBJECTS)))
async def test_an_answer(fake: FakeProvider, ward: Ward, subject: Subject, ask: Ask, way: Way, style: Style) -> None:
    async def scenario(client: Any) -> Any:
        fake.reset()
        return await way.read(way.ask(client, ask, ask.arguments)), wire(fake)

    assert len(await ward.unharmed(lambda: subject.client(fake, style), scenario)) > 5


@pytest.mark.parametrize(("subject", "ask", "opening", "style"), only_talks(openings(SUBJECTS)))
async def test_a_stream_left_early(
    fake: FakeProvider, ward: Ward, subject: Subject, ask: Ask, opening: Opening, style: Style
) -> None:
    async def scenario(client: Any) -> Any:
        fake.reset()
        seen = 0
        async with opening.open(client, ask, ask.arguments) as opened, contextlib.aclosing(each(opened)) as pieces:
            async for _ in pieces:
                seen += 1
                if seen == 4:
                    break
        return seen, wire(fake)

    await ward.unharmed(lambda: subject.client(fake, style), scenario)


@EVERY_TALK
@pytest.mark.parametrize("steering", ["fail-400", "fail-429-then-ok", "disconnect", "error-event"])
@pytest.mark.parametrize("way", ["plain", "stream"])
async def test_a_failure(
    fake: FakeProvider, ward: Ward, subject: Subject, ask: Ask, style: Style, steering: str, way: str
) -> None:
    how = subject.ways[way]
    options = subject.retrying(1) if "then" in steering and subject.retrying is not None else {}

    async def scenario(client: Any) -> Any:
        fake.reset()
        return await how.read(how.ask(client, ask, subject.steer(ask.arguments, steering))), wire(fake)

    await ward.unharmed(lambda: subject.client(fake, style, **options), scenario)


@EVERY_TALK
async def test_a_stream_that_is_dropped(
    fake: FakeProvider, ward: Ward, subject: Subject, ask: Ask, style: Style
) -> None:
    async def scenario(client: Any) -> Any:
        dropped: Any = await settle(subject.ways["stream"].ask(client, ask, ask.arguments))
        del dropped

    await ward.unharmed(lambda: subject.client(fake, style), scenario)
