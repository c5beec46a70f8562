"""Spans by hand: nothing about the program changes, and everything it did is told (cases 4, 12, 55, 75)."""

from __future__ import annotations

import asyncio
import gc
import inspect
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from typing import Any

import pytest
from opentelemetry import trace

import limelight
from limelight.engine import guard
from limelight.sdk.config import ConfigError
from limelight.testing import Capture
from tests.faults.injection import Watch, broken, named


def io(spans: Capture) -> tuple[Any, Any]:
    one = spans.one()
    return one.json("limelight.input"), one.json("limelight.output")


@pytest.mark.case(55)
def test_a_function_keeps_its_name_its_result_and_its_signature(spans: Capture) -> None:
    @spans.trace
    def add(left: int, right: int = 2) -> int:
        """Add up."""
        return left + right

    assert add(1) == 3
    assert (add.__name__, add.__doc__) == ("add", "Add up.")
    assert str(inspect.signature(add)) == "(left: 'int', right: 'int' = 2) -> 'int'"
    assert spans.one().name == "add"
    assert io(spans) == ({"left": 1}, 3)


def test_a_method_is_told_without_its_self(spans: Capture) -> None:
    class Agent:
        @spans.trace(kind="agent", name="planner")
        def plan(self, goal: str) -> str:
            return goal.upper()

        @staticmethod
        @spans.trace(input=False, output=False)
        def quiet(secret: str) -> str:
            return secret

    assert Agent().plan("win") == "WIN"
    assert Agent.quiet("s3cret") == "s3cret"
    planned, quiet = spans.all()
    assert planned.attributes["gen_ai.agent.name"] == "planner"
    assert planned.attributes["gen_ai.operation.name"] == "invoke_agent"
    assert planned.json("limelight.input") == {"goal": "win"}
    assert "s3cret" not in str(quiet.span)


@pytest.mark.case(75)
async def test_a_coroutine_lasts_until_it_is_awaited(spans: Capture) -> None:
    @spans.trace
    async def slow(number: int) -> int:
        await asyncio.sleep(0.02)
        return number

    assert inspect.iscoroutinefunction(slow)
    coroutine = slow(7)
    assert spans.all() == []
    assert await coroutine == 7
    assert spans.one().duration_s >= 0.02
    assert io(spans) == ({"number": 7}, 7)


@pytest.mark.case(75)
def test_a_generator_is_one_step_and_its_reader_is_not_within_it(spans: Capture) -> None:
    @spans.trace
    def count(until: int) -> Generator[int, str, str]:
        for number in range(until):
            assert limelight.current_span() is not None
            yield number
        return "done"

    assert inspect.isgeneratorfunction(count)
    generator = count(2)
    assert next(generator) == 0
    assert limelight.current_span() is None
    assert next(generator) == 1
    with pytest.raises(StopIteration) as stop:
        next(generator)
    assert stop.value.value == "done"
    assert io(spans) == ({"until": 2}, {"yielded": [0, 1], "returned": "done"})


def test_what_is_sent_and_thrown_into_a_generator_arrives(spans: Capture) -> None:
    @spans.trace
    def echo() -> Generator[Any, Any, None]:
        heard: Any = "ready"
        while True:
            try:
                heard = yield heard
            except ValueError as error:
                heard = f"caught {error}"

    generator = echo()
    assert next(generator) == "ready"
    assert generator.send("hello") == "hello"
    assert generator.throw(ValueError("this")) == "caught this"
    assert generator.send("still here") == "still here"
    generator.close()
    one = spans.one()
    assert one.json("limelight.output") == ["ready", "hello", "caught this", "still here"]
    assert one.error is None


def test_a_generator_that_fails_keeps_what_it_yielded(spans: Capture) -> None:
    own = RuntimeError("own")

    @spans.trace
    def fail() -> Iterator[int]:
        yield 1
        raise own

    with pytest.raises(RuntimeError) as caught:
        list(fail())
    assert caught.value is own
    one = spans.one()
    assert (one.json("limelight.output"), one.error) == ([1], "own")


def test_a_generator_that_is_left_ends_and_cleans_up(spans: Capture) -> None:
    cleaned = []

    @spans.trace
    def numbers() -> Iterator[int]:
        try:
            yield 1
            yield 2
        finally:
            cleaned.append(True)

    for _ in numbers():
        break
    gc.collect()
    assert cleaned == [True]
    one = spans.one()
    assert one.json("limelight.output") == [1]
    assert one.attributes["limelight.outcome"] == "cancelled"


@pytest.mark.case(75)
async def test_an_async_generator_is_one_step(spans: Capture) -> None:
    @spans.trace
    async def count(until: int) -> AsyncIterator[int]:
        for number in range(until):
            await asyncio.sleep(0)
            assert limelight.current_span() is not None
            yield number

    assert inspect.isasyncgenfunction(count)
    seen = []
    async for number in count(3):
        assert limelight.current_span() is None
        seen.append(number)
    assert seen == [0, 1, 2]
    assert io(spans) == ({"until": 3}, [0, 1, 2])


async def test_what_is_sent_and_thrown_into_an_async_generator_arrives(spans: Capture) -> None:
    @spans.trace
    async def echo() -> Any:
        heard: Any = "ready"
        while True:
            try:
                heard = yield heard
            except ValueError as error:
                heard = f"caught {error}"

    generator = echo()
    assert await generator.asend(None) == "ready"
    assert await generator.asend("hello") == "hello"
    assert await generator.athrow(ValueError("this")) == "caught this"
    await generator.aclose()
    assert spans.one().json("limelight.output") == ["ready", "hello", "caught this"]


@pytest.mark.case(3)
async def test_an_async_generator_dropped_in_another_task_disturbs_nobody(
    spans: Capture, unraised: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    @spans.trace
    async def forever() -> AsyncIterator[int]:
        while True:
            yield 1

    async def begin() -> AsyncIterator[int]:
        generator = forever()
        await anext(generator)
        return generator

    generator = await asyncio.create_task(begin())
    del generator
    gc.collect()
    await asyncio.sleep(0.01)  # the loop closes it in a task of its own
    assert trace.get_current_span() is trace.INVALID_SPAN
    assert unraised == []
    assert caplog.records == []
    assert len(spans.all()) == 1


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_an_exception_passes_through_untouched(spans: Capture, asynchronous: bool) -> None:
    own = KeyError("own")

    @spans.trace
    def fail() -> None:
        raise own

    @spans.trace
    async def fail_later() -> None:
        raise own

    with pytest.raises(KeyError) as caught:
        await fail_later() if asynchronous else fail()
    assert caught.value is own
    assert own.__context__ is None
    one = spans.one()
    assert one.error == "'own'"
    assert one.attributes["error.type"] == "KeyError"


def test_spans_nest(spans: Capture) -> None:
    with spans.span("outer", kind="agent") as outer:
        outer.record_input({"q": 1})
        with outer.span("plan", kind="plan") as plan:
            plan.set(step=1).update(output="go", metadata={"sure": True})
            assert limelight.current_span() is plan
        assert limelight.current_span() is outer
    plan_, outer_ = spans.all()
    assert plan_.is_child_of(outer_)
    assert outer_.json("limelight.input") == {"q": 1}
    assert plan_.json("limelight.output") == "go"
    assert plan_.json("limelight.metadata") == {"step": 1, "sure": True}


async def test_a_span_can_be_entered_asynchronously_and_fail_without_raising(spans: Capture) -> None:
    async with spans.span("work", kind="task") as work:
        work.fail(ValueError("soft"))
        work.update(input=[1])
    one = spans.one()
    assert (one.error, one.attributes["limelight.outcome"], one.json("limelight.input")) == ("soft", "error", [1])


def test_opentelemetrys_own_words_are_understood(spans: Capture) -> None:
    with spans.span("mixed") as mixed:
        mixed.set_attribute("own.number", 1)
        mixed.set_attributes({"own.word": "two"})
        mixed.add_event("happened", {"at": "noon"})
        mixed.record_exception(ValueError("noted"))
        mixed.add_link(trace.SpanContext(1, 2, False))
        mixed.set_status(trace.Status(trace.StatusCode.ERROR, "bad"))
        mixed.update_name("renamed")
        assert mixed.is_recording()
        assert mixed.get_span_context().is_valid
    assert not mixed.is_recording()
    mixed.set_attribute("too", "late")
    mixed.end()
    one = spans.one()
    assert (one.name, one.error) == ("renamed", "bad")
    assert one.attributes["own.number"] == 1
    assert one.attributes["own.word"] == "two"
    assert "too" not in one.attributes
    assert one.events("happened") == [{"at": "noon"}]
    assert one.events("exception")[0]["exception.message"] == "noted"
    assert len(one.span.links) == 1


def test_a_context_stamps_everything_beneath(spans: Capture) -> None:
    with limelight.context(user_id="u", session_id="s", tags=["a"], metadata={"k": 1}):
        with limelight.context(user_id="v", tags=["b"]), spans.span("inner"):
            pass
        with spans.span("outer"):
            pass
    with spans.span("free"):
        pass
    inner, outer, free = spans.all()
    assert (inner.attributes["user.id"], inner.attributes["session.id"], inner.attributes["limelight.tags"]) == (
        "v",
        "s",
        ("a", "b"),
    )
    assert (outer.attributes["user.id"], outer.json("limelight.metadata")) == ("u", {"k": 1})
    assert "user.id" not in free.attributes


async def test_a_context_can_be_entered_asynchronously(spans: Capture) -> None:
    async with limelight.context(user_id="u"):
        with spans.span("within"):
            pass
    assert spans.one().attributes["user.id"] == "u"


def test_a_wrong_kind_is_said_at_once(spans: Capture) -> None:
    with pytest.raises(ConfigError, match="`kind` must be one of"):
        spans.span("x", kind="nonsense")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="`kind` must be one of"):
        spans.trace(kind="nonsense")


def test_arguments_that_do_not_fit_raise_the_functions_own_error(spans: Capture) -> None:
    @spans.trace
    def one(argument: int) -> int:
        return argument

    with pytest.raises(TypeError, match="argument"):
        one()  # type: ignore[call-arg]
    assert spans.one().attributes["error.type"] == "TypeError"


@pytest.mark.case(52)
def test_what_went_in_and_out_is_not_kept_alive(spans: Capture) -> None:
    class Large:
        pass

    @spans.trace
    def work(large: Large) -> Large:
        return large

    large = Large()
    known = weakref.ref(large)
    work(large)
    del large
    assert spans.one()
    gc.collect()
    assert known() is None


def test_before_init_everything_works_and_nothing_is_told() -> None:
    @limelight.trace
    def work() -> int:
        with limelight.span("inner"):
            return 1

    assert work() == 1


STEPS: dict[str, Callable[[Capture], Awaitable[Any]]] = {}


def scenario(function: Callable[[Capture], Awaitable[Any]]) -> Callable[[Capture], Awaitable[Any]]:
    STEPS[function.__name__] = function
    return function


@scenario
async def a_function(spans: Capture) -> Any:
    return spans.trace(lambda number: number + 1)(1)


@scenario
async def a_failing_function(spans: Capture) -> Any:
    @spans.trace
    def fail() -> None:
        raise KeyError("own")

    with pytest.raises(KeyError):
        fail()


@scenario
async def a_coroutine(spans: Capture) -> Any:
    @spans.trace
    async def work() -> int:
        await asyncio.sleep(0)
        return 2

    return await work()


@scenario
async def a_generator(spans: Capture) -> Any:
    @spans.trace
    def numbers() -> Iterator[int]:
        yield from range(3)

    return list(numbers())


@scenario
async def an_async_generator(spans: Capture) -> Any:
    @spans.trace
    async def numbers() -> AsyncIterator[int]:
        for number in range(3):
            yield number

    return [number async for number in numbers()]


MADE_ONCE = {
    f"limelight.sdk.manual.{name}"
    for name in (
        "decorator",
        "Traced.__init__",
        "Traced.around",
        "_function",
        "_coroutine",
        "_generator",
        "_async_generator",
    )
}
"""These run where a function is defined: a wrong setting is told there."""


@pytest.mark.parametrize("name", STEPS)
async def test_whatever_of_ours_fails_a_traced_function_works(name: str, spans: Capture) -> None:
    errors = guard.errors.copy()
    with Watch() as watch:
        expected = await asyncio.create_task(STEPS[name](spans))  # type: ignore[arg-type]
    harmful = {}
    for function in watch.functions:
        if named(function) in MADE_ONCE:
            continue
        with broken(function):
            try:
                result = await asyncio.create_task(STEPS[name](spans))  # type: ignore[arg-type]
            except Exception as error:
                result = error
        if result != expected:
            harmful[named(function)] = result
    assert harmful == {}
    assert guard.errors != errors
    guard.errors.clear()
    guard.errors.update(errors)
