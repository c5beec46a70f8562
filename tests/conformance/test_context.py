"""Whose child is whose, what is current when, and whose tracing is asked (cases 3, 4, 12, 29, 33, 60, 61, 78, 80)."""

from __future__ import annotations

import asyncio
import copy
import datetime
import decimal
import pickle
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from types import AsyncGeneratorType, GeneratorType
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import limelight
from limelight.testing import Capture
from tests.conformance.drive import each, settle, wire
from tests.conformance.parameters import first_talks, heavy, openings, talks
from tests.conformance.subjects import SUBJECTS
from tests.conformance.ways import method_at, opened, stream_in, takes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from limelight.testing import Captured, FakeProvider
    from tests.conformance.expected import Recorded
    from tests.conformance.subject import Ask, Opening, Style, Subject

EVERY_TALK = pytest.mark.parametrize(("subject", "ask", "style"), talks(SUBJECTS))
EVERY_FIRST = pytest.mark.parametrize(("subject", "ask", "style"), first_talks(SUBJECTS))
EVERY_ASYNC = pytest.mark.parametrize(("subject", "ask", "style"), first_talks(SUBJECTS, "async"))
MANY_SYNC = pytest.mark.parametrize(("subject", "ask", "style"), heavy(first_talks(SUBJECTS, "sync")))
MANY_ASYNC = pytest.mark.parametrize(("subject", "ask", "style"), heavy(first_talks(SUBJECTS, "async")))
EVERY_WRAPPED = pytest.mark.parametrize(
    ("subject", "ask", "style"), [one for one in first_talks(SUBJECTS) if one.values[0].wraps]
)
EVERY_SAYING = pytest.mark.parametrize(
    ("subject", "ask", "style"),
    [one for one in talks(SUBJECTS) if isinstance(one.values[1].arguments.get(one.values[1].said), list)],
)
EVERY_OPENING = pytest.mark.parametrize(("subject", "ask", "opening", "style"), openings(SUBJECTS))


async def streamed(subject: Subject, client: Any, ask: Ask) -> Any:
    return await opened(subject.ways["stream"].ask(client, ask, ask.arguments))


async def plainly(subject: Subject, client: Any, ask: Ask, **changes: Any) -> Any:
    return await settle(subject.ways["plain"].ask(client, ask, {**ask.arguments, **changes}))


@EVERY_OPENING
async def test_the_users_span_is_current_between_the_chunks_and_after(
    fake: FakeProvider, spans: Capture, subject: Subject, ask: Ask, opening: Opening, style: Style
) -> None:
    client = await subject.client(fake, style)
    with spans.span("outer") as outer:
        async with opening.open(client, ask, ask.arguments) as stream:
            assert limelight.current_span() is outer
            async for _ in each(stream):
                assert limelight.current_span() is outer
                with spans.span("between"):
                    pass
        assert limelight.current_span() is outer
    assert limelight.current_span() is None
    (call,) = (one for one in spans.all() if one.attributes["limelight.kind"] == "llm")
    parent = next(one for one in spans.all() if one.name == "outer")
    assert call.is_child_of(parent)
    assert all(one.is_child_of(parent) for one in spans.all() if one.name == "between")


@pytest.mark.case(60)
@EVERY_SAYING
async def test_messages_that_can_be_read_once_are_left_to_the_vendor(
    fake: FakeProvider, traced: Callable[..., Capture], subject: Subject, ask: Ask, style: Style
) -> None:
    """Case 60.  Some vendors refuse them; then they do so still."""
    sent = []
    for start in (lambda: None, traced):
        fake.reset()
        start()
        client = await subject.client(fake, style)
        try:
            answered: Any = type(await plainly(subject, client, ask, **{ask.said: iter(ask.arguments[ask.said])}))
        except Exception as error:
            answered = type(error)
        sent.append((answered, wire(fake)))
    assert sent[0] == sent[1]


@EVERY_SAYING
async def test_messages_changed_after_the_call_are_told_as_they_were(
    fake: FakeProvider, spans: Capture, expected: Recorded, subject: Subject, ask: Ask, style: Style
) -> None:
    client = await subject.client(fake, style)
    history = copy.deepcopy(ask.arguments[ask.said])
    await plainly(subject, client, ask, **{ask.said: history})
    overwrite(history)
    history.append(history[0])
    assert spans.one().json("gen_ai.input.messages") == expected.question(subject, ask)


def overwrite(said: Any) -> None:
    """Replace every text in it."""
    for key, value in said.items() if isinstance(said, dict) else enumerate(said):
        if isinstance(value, str):
            said[key] = "After."
        elif isinstance(value, (dict, list)):
            overwrite(value)


def strange(client: Any, ask: Ask, stranger: Any) -> dict[str, Any]:
    """Pass it where a client lets most things through, or else where it looks closest."""
    free = next(
        name
        for name in ("extra_body", "temperature", "options", ask.said)
        if takes(method_at(client, ask.method), {name: None})
    )
    return {free: {"stranger": stranger} if free == "extra_body" else stranger}


class Cyclic:
    def __init__(self) -> None:
        self.itself = self
        self.lock = threading.Lock()

    @property
    def spiteful(self) -> None:
        raise RuntimeError("not for you")


@pytest.mark.case(33, 80)
@EVERY_FIRST
@pytest.mark.parametrize(
    "stranger",
    [datetime.datetime(2026, 1, 1), decimal.Decimal("1.5"), {1, 2}, threading.Lock(), Cyclic(), object(), b"bytes"],
    ids=lambda value: type(value).__name__,
)
async def test_strange_arguments_raise_what_they_raised_before(
    fake: FakeProvider, traced: Callable[..., Capture], subject: Subject, ask: Ask, style: Style, stranger: Any
) -> None:
    """Cases 33 and 80."""
    raised = []
    for start in (lambda: None, traced):
        fake.reset()
        start()
        client = await subject.client(fake, style)
        try:
            raised.append(type(await plainly(subject, client, ask, **strange(client, ask, stranger))))
        except Exception as error:
            # The interpreter words a recursion by the operation it was at, which a few frames more or less change.
            raised.append((type(error), "" if isinstance(error, RecursionError) else str(error)))  # type: ignore[arg-type]
    assert raised[0] == raised[1]


@EVERY_FIRST
async def test_a_result_can_be_copied_and_pickled_as_before(
    fake: FakeProvider, spans: Capture, subject: Subject, ask: Ask, style: Style
) -> None:
    client = await subject.client(fake, style)
    answer = await plainly(subject, client, ask)
    spans.uninstrument()
    bare = await plainly(subject, client, ask)
    can_be_copied = copy.deepcopy(bare) == bare
    if not can_be_copied:
        pytest.skip("the vendor's own answers cannot be copied")
    assert copy.deepcopy(answer) == answer
    assert pickle.loads(pickle.dumps(answer)) == answer
    assert len(spans.all()) == 1


@EVERY_FIRST
async def test_a_stream_can_be_copied_if_it_could(
    fake: FakeProvider, spans: Capture, subject: Subject, ask: Ask, style: Style
) -> None:
    client = await subject.client(fake, style)
    stream = await streamed(subject, client, ask)
    try:
        twin = copy.copy(stream)
    except TypeError:
        assert issubclass(stream.__class__, (GeneratorType, AsyncGeneratorType))  # Python copies none
    else:
        assert type(twin) in subject.stream_types
        del twin
    assert [item async for item in each(stream)]
    assert len(spans.all()) == 1


@pytest.mark.case(9, 10, 63)
@EVERY_FIRST
async def test_a_stream_is_what_it_was_to_whoever_asks(
    fake: FakeProvider, spans: Capture, subject: Subject, ask: Ask, style: Style
) -> None:
    """Cases 9, 10 and 63: `isinstance`, `.response`, and no special method that the vendor's class has not."""
    client = await subject.client(fake, style)
    stream = await streamed(subject, client, ask)
    spans.uninstrument()
    bare = await streamed(subject, client, ask)
    # anthropic below 1 answers `isinstance` for a stream by its exact type alone: nothing can stand in for that.
    assert isinstance(stream, type(bare)) or "__instancecheck__" in vars(type(type(bare)))
    assert stream.__class__ is type(bare)
    assert type(stream).__name__ == type(bare).__name__
    assert dir(stream) == dir(bare)
    more = {name for name in dir(type(stream)) if hasattr(stream, name) and not hasattr(bare, name)}
    ours = {"__wrapped__", "__getattr__", "__slots__"} | ({"__del__"} - set(dir(type(bare))))
    if type(bare).__module__ == "builtins":  # a generator has neither, and every class of Python's own making has both
        more -= {"__module__", "__weakref__"}
    nobody_stands_in = type(stream) is type(bare)  # the vendor's own generator, around ours
    assert nobody_stands_in or {name for name in more if not name.startswith("_self_")} | {"__slots__"} == ours
    if hasattr(bare, "__dict__"):
        stream.own = 1
        assert stream.own == 1
        assert bare.__dict__.keys() == stream.__dict__.keys() - {"own"}
        del stream.own
        assert not hasattr(stream, "own")
    for one in (stream, bare):
        assert [item async for item in each(one)]


@EVERY_FIRST
@pytest.mark.parametrize(
    "key", [_SUPPRESS_INSTRUMENTATION_KEY, "suppress_instrumentation", "suppress_language_model_instrumentation"]
)
async def test_suppressed_calls_are_left_alone(
    fake: FakeProvider, spans: Capture, subject: Subject, ask: Ask, style: Style, key: str
) -> None:
    client = await subject.client(fake, style)
    token = otel_context.attach(otel_context.set_value(key, True))
    try:
        await plainly(subject, client, ask)
    finally:
        otel_context.detach(token)
    assert spans.all() == []
    await plainly(subject, client, ask)
    assert len(spans.all()) == 1


@pytest.mark.case(29, 30, 67, 78)
@EVERY_FIRST
async def test_our_spans_go_into_a_provider_that_is_given_and_nobody_elses_come_out(
    fake: FakeProvider, subject: Subject, ask: Ask, style: Style
) -> None:
    """Cases 29, 30, 67 and 78: once, with the identity they had, under the parent they had."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    ours = Capture(tracer_provider=provider)
    ours.instrument(subject.name)
    before = trace.get_tracer_provider()
    client = await subject.client(fake, style)
    with provider.get_tracer("app").start_as_current_span("app") as around:
        await plainly(subject, client, ask)
    assert ours.flush()
    found = {span.name: span for span in exporter.get_finished_spans()}
    assert found.keys() == {"app", ours.one().name}
    made = found[ours.one().name]
    assert made.parent is not None
    assert made.parent.span_id == around.get_span_context().span_id
    assert made.context.span_id == ours.one().span.context.span_id
    assert made.context.trace_id == around.get_span_context().trace_id
    assert made.attributes == dict(ours.one().attributes)
    assert (made.start_time, made.end_time) == (ours.one().span.start_ns, ours.one().span.end_ns)
    assert made.instrumentation_scope is not None
    assert made.instrumentation_scope.name == "limelight"
    assert [one.name for one in ours.all()] == [made.name]
    assert trace.get_tracer_provider() is before
    assert not any(name.lower() == "traceparent" for name, _ in fake.requests[0].headers)
    ours.shutdown()


@EVERY_FIRST
async def test_a_trace_the_program_does_not_sample_is_not_sampled(
    fake: FakeProvider, spans: Capture, subject: Subject, ask: Ask, style: Style
) -> None:
    client = await subject.client(fake, style)
    around = trace.SpanContext(7, 8, True, trace.TraceFlags(0))
    token = otel_context.attach(trace.set_span_in_context(trace.NonRecordingSpan(around)))
    await plainly(subject, client, ask)
    otel_context.detach(token)
    assert spans.all() == []


@MANY_ASYNC
async def test_two_hundred_tasks_make_two_hundred_spans(
    fake: FakeProvider, spans: Capture, expected: Recorded, subject: Subject, ask: Ask, style: Style
) -> None:
    client = await subject.client(fake, style)

    async def one(number: int) -> None:
        with spans.span(f"task {number}"):
            await plainly(subject, client, ask)

    await asyncio.gather(*map(one, range(200)))
    calls = [span for span in spans.all() if span.attributes["limelight.kind"] == "llm"]
    check_ids(calls, 200, named=expected.has_id(subject, ask))
    outer = {span.span.context.span_id: span for span in spans.all() if span.name.startswith("task")}
    assert len({call.span.parent.span_id for call in calls if call.span.parent} & outer.keys()) == 200


@pytest.mark.case(64)
@MANY_SYNC
async def test_fifty_threads_make_fifty_spans_each(
    fake: FakeProvider, spans: Capture, expected: Recorded, subject: Subject, ask: Ask, style: Style
) -> None:
    """Case 64."""
    client = await subject.client(fake, style)

    def work(number: int) -> None:
        for item in stream_in(subject.ways["stream"].ask(client, ask, ask.arguments)):
            assert item
        subject.ways["plain"].ask(client, ask, ask.arguments)

    with ThreadPoolExecutor(50) as pool:
        list(pool.map(work, range(50)))
    calls = spans.all()
    check_ids(calls, 100, named=expected.has_id(subject, ask))
    assert len({call.span.context.trace_id for call in calls}) == 100


def check_ids(calls: Sequence[Captured], count: int, *, named: bool) -> None:
    """Each answer is told once, where answers have ids."""
    assert len(calls) == count
    assert len({call.attributes.get("gen_ai.response.id") for call in calls}) == (count if named else 1)


@pytest.mark.case(3)
@EVERY_ASYNC
async def test_a_stream_read_in_another_task_than_it_began_in(
    fake: FakeProvider,
    spans: Capture,
    subject: Subject,
    ask: Ask,
    style: Style,
    unraised: list[Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Case 3: no «Failed to detach context», and neither task's context is touched."""
    client = await subject.client(fake, style)
    stream = aiter(await streamed(subject, client, ask))

    async def first() -> None:
        await anext(stream)
        assert trace.get_current_span() is trace.INVALID_SPAN

    async def rest() -> int:
        seen = 0
        async for _ in stream:
            seen += 1
        assert trace.get_current_span() is trace.INVALID_SPAN
        return seen

    await asyncio.create_task(first())
    assert await asyncio.create_task(rest()) > 1
    assert "limelight.outcome" not in spans.one().attributes
    assert unraised == []
    assert caplog.records == []


@EVERY_WRAPPED
async def test_one_client_can_be_wrapped_and_its_copies_are_too(
    fake: FakeProvider, subject: Subject, ask: Ask, style: Style
) -> None:
    with Capture() as spans:
        one, other = await subject.client(fake, style), await subject.client(fake, style)
        assert spans.wrap(one) is one
        await plainly(subject, one, ask)
        await plainly(subject, other, ask)
        assert len(spans.all()) == 1
        copies = subject.copies(one)
        for made in copies:
            await plainly(subject, made, ask)
        assert len(spans.all()) == 1 + len(copies)
        limelight.uninstrument()
        await plainly(subject, one, ask)
        assert len(spans.all()) == 1 + len(copies)
        spans.shutdown()


@EVERY_WRAPPED
async def test_two_instances_each_get_what_is_theirs(
    fake: FakeProvider, traced: Callable[..., Capture], subject: Subject, ask: Ask, style: Style
) -> None:
    everything, special = traced(), Capture()
    client, own = await subject.client(fake, style), await subject.client(fake, style)
    special.wrap(own)
    await plainly(subject, client, ask)
    await plainly(subject, own, ask)
    assert (len(everything.all()), len(special.all())) == (1, 1)
    special.shutdown()
    limelight.uninstrument()


@EVERY_FIRST
async def test_undoing_leaves_every_class_as_the_vendor_wrote_it(
    fake: FakeProvider, subject: Subject, ask: Ask, style: Style
) -> None:
    def written() -> dict[str, dict[str, Any]]:
        """Every class of the library, and every function of its modules."""
        modules = {
            name: module for name, module in list(sys.modules.items()) if f"{name}.".startswith(f"{subject.root}.")
        }
        classes = {
            f"{name}.{value.__qualname__}": dict(vars(value))
            for name, module in modules.items()
            for value in list(vars(module).values())
            if issubclass(type(value), type)  # `isinstance` would wake a lazy import of what is not installed
        }
        functions = {
            name: {key: one for key, one in vars(module).items() if callable(one)} for name, module in modules.items()
        }
        return {**classes, **functions}

    client = await subject.client(fake, style)
    await plainly(subject, client, ask)
    before = written()
    for _ in range(3):
        spans = Capture()
        spans.instrument()
        with spans.instrument(subject.name):
            await plainly(subject, client, ask)
        await plainly(subject, client, ask)
        assert len(spans.all()) == 2
        spans.shutdown()
    after = written()
    changed = {name: [key for key in vars_ if vars_[key] is not after[name].get(key)] for name, vars_ in before.items()}
    assert {name: keys for name, keys in changed.items() if keys} == {}
