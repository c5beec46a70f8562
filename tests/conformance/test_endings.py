"""A stream ends exactly once, however it ends, and what came of it until then is kept (cases 5, 7, 8, 10, 11)."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import inspect
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace

from limelight.testing.fake import slow
from tests.conformance.drive import calm, close, each, entered, settle
from tests.conformance.parameters import openings, talks
from tests.conformance.subjects import SUBJECTS
from tests.conformance.ways import opened

if TYPE_CHECKING:
    from limelight.testing import Capture, Captured, FakeProvider
    from tests.conformance.expected import Recorded
    from tests.conformance.subject import Ask, Opening, Style, Subject

EVERY_OPENING = pytest.mark.parametrize(("subject", "ask", "opening", "style"), openings(SUBJECTS))
EVERY_TALK = pytest.mark.parametrize(("subject", "ask", "style"), talks(SUBJECTS))
EVERY_ASYNC_OPENING = pytest.mark.parametrize(("subject", "ask", "opening", "style"), openings(SUBJECTS, "async"))
EVERY_HELPER = pytest.mark.parametrize(
    ("subject", "ask", "style"), [one for one in talks(SUBJECTS) if one.values[1].helper is not None]
)
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # a stream dropped by its reader keeps its socket


def slowly(fake: FakeProvider, ask: Ask) -> dict[str, Any]:
    """Let the answer come piece by piece."""
    fake.script(slow(gap_s=0.004))
    return dict(ask.arguments)


def spoken(one: Captured) -> str:
    messages = one.json("gen_ai.output.messages") or []
    return "".join(part["content"] for message in messages for part in message["parts"] if part["type"] == "text")


def check_partial(one: Captured, whole: str) -> None:
    assert one.attributes["limelight.outcome"] == "incomplete"
    assert 0 < one.attributes["gen_ai.response.time_to_first_chunk"] < one.duration_s
    assert one.attributes["limelight.chunks"] >= 1
    text = spoken(one)
    assert text
    assert whole.startswith(text)
    assert text != whole


async def streamed(subject: Subject, client: Any, ask: Ask, arguments: Any) -> Any:
    return await opened(subject.ways["stream"].ask(client, ask, arguments))


async def some(stream: Any, count: int) -> None:
    seen = 0
    async for _ in each(stream):
        seen += 1
        if seen == count:
            return


@pytest.mark.case(7, 9)
@EVERY_OPENING
async def test_a_stream_left_early_is_incomplete_and_keeps_what_came(
    fake: FakeProvider, spans: Capture, expected: Recorded, subject: Subject, ask: Ask, opening: Opening, style: Style
) -> None:
    client = await subject.client(fake, style)
    async with opening.open(client, ask, slowly(fake, ask)) as stream:
        await some(stream, opening.some or subject.some)
        assert spans.all() == []
    one = spans.one()
    assert one.error is None
    check_partial(one, expected.text(subject, ask))


@EVERY_OPENING
async def test_a_stream_read_to_its_end_and_then_left_is_whole(
    fake: FakeProvider, spans: Capture, expected: Recorded, subject: Subject, ask: Ask, opening: Opening, style: Style
) -> None:
    client = await subject.client(fake, style)
    async with opening.open(client, ask, ask.arguments) as stream:
        await some(stream, -1)
    one = spans.one()
    assert "limelight.outcome" not in one.attributes
    assert spoken(one) == expected.text(subject, ask)


@pytest.mark.case(7)
@EVERY_OPENING
async def test_a_stream_that_breaks_raises_what_it_raised_before_and_is_an_error(
    fake: FakeProvider, spans: Capture, subject: Subject, ask: Ask, opening: Opening, style: Style
) -> None:
    raised: list[Exception] = []
    for switch in (spans.uninstrument, spans.instrument):
        switch()
        client = await subject.client(fake, style)
        try:
            async with opening.open(client, ask, subject.steer(ask.arguments, "disconnect")) as stream:
                await some(stream, -1)
        except Exception as error:
            raised.append(error)
    bare, traced = raised
    assert (type(traced), str(traced), type(traced.__cause__)) == (type(bare), str(bare), type(bare.__cause__))
    one = spans.one()
    assert one.attributes["limelight.outcome"] == "error"
    seen = traced if one.error == str(traced) else traced.__cause__  # who watches the bytes sees the error below
    assert one.error == str(seen)
    assert one.attributes["error.type"].rpartition(".")[2] == type(seen).__name__
    assert "Traceback (most recent call last)" in one.events("exception")[0]["exception.stacktrace"]


@EVERY_OPENING
async def test_a_stream_that_its_server_ends_too_soon_is_incomplete(
    fake: FakeProvider, spans: Capture, subject: Subject, ask: Ask, opening: Opening, style: Style
) -> None:
    client = await subject.client(fake, style)
    with contextlib.suppress(Exception):  # some helpers miss the end they wait for
        async with opening.open(client, ask, subject.steer(ask.arguments, "truncated")) as stream:
            await some(stream, -1)
    one = spans.one()
    assert one.attributes["limelight.outcome"] in ("incomplete", "error")


@pytest.mark.case(5, 7)
@EVERY_OPENING
async def test_an_exception_of_the_reader_passes_through(
    fake: FakeProvider, spans: Capture, subject: Subject, ask: Ask, opening: Opening, style: Style, unraised: list[Any]
) -> None:
    client = await subject.client(fake, style)
    own = ValueError("the reader's own")
    with pytest.raises(ValueError, match="own") as caught:  # noqa: PT012 - what is raised within is the point
        async with opening.open(client, ask, slowly(fake, ask)) as stream:
            await some(stream, opening.some or subject.some)
            raise own
    assert caught.value is own
    assert own.__cause__ is None
    assert own.__context__ is None
    assert spoken(spans.one())
    assert unraised == []


@pytest.mark.case(3, 7, 72)
@EVERY_TALK
async def test_a_stream_that_is_dropped_ends_when_it_is_collected(
    fake: FakeProvider,
    spans: Capture,
    expected: Recorded,
    subject: Subject,
    ask: Ask,
    style: Style,
    unraised: list[Any],
) -> None:
    client = await subject.client(fake, style)
    stream: Any = await streamed(subject, client, ask, slowly(fake, ask))
    iterator = each(stream)
    for _ in range(subject.some):
        await anext(iterator)
    await iterator.aclose()  # type: ignore[attr-defined]
    assert spans.all() == []
    del stream, iterator
    await calm()
    check_partial(spans.one(), expected.text(subject, ask))
    assert unraised == []


@EVERY_TALK
async def test_a_stream_that_is_never_read_is_incomplete(
    fake: FakeProvider, spans: Capture, subject: Subject, ask: Ask, style: Style
) -> None:
    client = await subject.client(fake, style)
    stream: Any = await streamed(subject, client, ask, ask.arguments)
    del stream
    if not fake.requests:  # a generator: it has not begun
        assert spans.all() == []
        return
    one = spans.one()
    assert one.attributes["limelight.outcome"] == "incomplete"
    assert "gen_ai.response.time_to_first_chunk" not in one.attributes


@pytest.mark.filterwarnings("ignore:coroutine", "ignore::pytest.PytestUnraisableExceptionWarning")  # the vendor's
@EVERY_HELPER
async def test_a_helper_that_is_never_entered_is_no_call(
    fake: FakeProvider, spans: Capture, subject: Subject, ask: Ask, style: Style
) -> None:
    client = await subject.client(fake, style)
    if not subject.ways["helper"].needs(client, ask):
        pytest.skip("no helper in this version")
    manager = subject.ways["helper"].ask(client, ask, ask.arguments)
    del manager
    gc.collect()
    assert spans.all() == []
    assert fake.requests == []


@pytest.mark.case(7)
@EVERY_TALK
async def test_a_second_end_changes_nothing(
    fake: FakeProvider, spans: Capture, subject: Subject, ask: Ask, style: Style
) -> None:
    client = await subject.client(fake, style)
    stream: Any = await streamed(subject, client, ask, ask.arguments)
    await some(stream, -1)
    if hasattr(stream, "close") or hasattr(stream, "aclose"):
        await close(stream)
        await close(stream)
    if hasattr(type(stream), "__aenter__") or hasattr(type(stream), "__enter__"):
        async with entered(stream):
            pass
    del stream
    assert "limelight.outcome" not in spans.one().attributes


@pytest.mark.case(8)
@EVERY_TALK
async def test_a_stream_open_at_the_end_of_tracing_is_incomplete_and_goes_on(
    fake: FakeProvider, spans: Capture, expected: Recorded, subject: Subject, ask: Ask, style: Style
) -> None:
    client = await subject.client(fake, style)
    stream: Any = await streamed(subject, client, ask, slowly(fake, ask))
    await some(stream, subject.some)
    spans.shutdown()
    check_partial(spans.one(), expected.text(subject, ask))
    await some(stream, -1)
    assert len(spans.all()) == 1


@EVERY_TALK
async def test_taking_the_patches_out_leaves_an_open_stream_alone(
    fake: FakeProvider, spans: Capture, expected: Recorded, subject: Subject, ask: Ask, style: Style
) -> None:
    client = await subject.client(fake, style)
    stream: Any = await streamed(subject, client, ask, ask.arguments)
    await some(stream, subject.some)
    spans.uninstrument()
    await some(stream, -1)
    assert spoken(spans.one()) == expected.text(subject, ask)
    await settle(subject.ways["plain"].ask(client, ask, ask.arguments))
    assert len(spans.all()) == 1


@pytest.mark.case(7, 8)
@EVERY_ASYNC_OPENING
async def test_a_task_cancelled_in_mid_stream_is_cancelled_and_the_call_too(
    fake: FakeProvider, spans: Capture, subject: Subject, ask: Ask, opening: Opening, style: Style
) -> None:
    client = await subject.client(fake, style)
    reached = asyncio.Event()
    stalled = asyncio.Event()

    async def read() -> None:
        async with opening.open(client, ask, slowly(fake, ask)) as stream:
            seen = 0
            async for _ in stream:
                seen += 1
                if seen == (opening.some or subject.some):
                    reached.set()
        stalled.set()

    task = asyncio.create_task(read())
    await reached.wait()
    await asyncio.sleep(0.005)  # into the wait for the next chunk
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not stalled.is_set()
    del task
    gc.collect()
    one = spans.one()
    assert one.attributes["limelight.outcome"] in ("cancelled", "incomplete")
    assert one.error is None
    assert spoken(one)


@pytest.mark.case(8)
@pytest.mark.parametrize(("subject", "ask", "style"), talks(SUBJECTS, "async"))
@pytest.mark.parametrize("way", ["plain", "stream"])
async def test_a_task_cancelled_before_the_answer_is_cancelled_and_the_call_too(
    fake: FakeProvider, spans: Capture, subject: Subject, ask: Ask, style: Style, way: str
) -> None:
    client = await subject.client(fake, style)

    async def call() -> None:
        async for _ in each(await streamed(subject, client, ask, subject.steer(ask.arguments, "slow-first-byte"))):
            pass

    async def plainly() -> None:
        await subject.ways["plain"].ask(client, ask, subject.steer(ask.arguments, "slow-first-byte"))

    task = asyncio.create_task(call() if way == "stream" else plainly())
    while not fake.requests:  # noqa: ASYNC110 - the provider runs in another thread
        await asyncio.sleep(0.002)
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    one = spans.one()
    assert one.attributes["limelight.outcome"] == "cancelled"
    assert one.error is None
    assert one.events("exception") == []
    assert trace.get_current_span() is trace.INVALID_SPAN


@pytest.mark.parametrize(("subject", "ask", "style"), talks(SUBJECTS, "async"))
async def test_a_coroutine_that_is_never_awaited_is_no_call(
    fake: FakeProvider, spans: Capture, subject: Subject, ask: Ask, style: Style
) -> None:
    client = await subject.client(fake, style)
    coroutine = subject.ways["plain"].ask(client, ask, ask.arguments)
    assert inspect.iscoroutine(coroutine)
    coroutine.close()
    del coroutine
    assert spans.all() == []
    assert fake.requests == []
