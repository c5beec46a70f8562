"""`@limelight.trace`: a span around every call of a function, whichever kind of function it is."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from opentelemetry.context import get_current

from limelight.core.dialects import keys
from limelight.core.plain import MAX_ITEMS
from limelight.engine.guard import guarded, unfailing
from limelight.engine.span import Sink, enter, leave
from limelight.engine.stamp import BLANK, Stamp
from limelight.sdk.config import ConfigError
from limelight.sdk.step import KINDS, Step, as_it_is

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from limelight.core.model import Kind

P = ParamSpec("P")
R = TypeVar("R")

_UNSET = object()


class Traced:
    """What `@limelight.trace` needs to know; made once per decorated function."""

    def __init__(
        self,
        sink: Callable[[], Sink],
        *,
        name: str | None = None,
        kind: Kind = "chain",
        input: bool = True,  # noqa: A002
        output: bool = True,
        project: str | None = None,
        environment: str | None = None,
        tags: Sequence[str] = (),
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        if kind not in KINDS:
            raise ConfigError(f"`kind` must be one of {', '.join(sorted(KINDS))}, got {kind!r}")
        self.sink, self.name, self.kind, self.input, self.output = sink, name, kind, input, output
        marks = {keys.PROJECT: project, keys.ENVIRONMENT: environment}
        self.stamp = Stamp(
            tags=tuple(tags),
            metadata=dict(metadata or {}),
            marks={key: mark for key, mark in marks.items() if mark is not None},
        )

    def step(self, function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Step:
        """The step of one call, not yet entered."""
        stamp = None if self.stamp == BLANK else self.stamp
        return Step(self.sink(), self.name or function.__name__, kind=self.kind, stamp=stamp)

    @unfailing("starting a step")
    def begin(self, function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Step:
        step = self.step(function, args, kwargs)
        if self.input:
            with guarded("noting arguments"):
                step.record_input(_arguments(function, args, kwargs))
        return step

    @unfailing("ending a step")
    def done(self, step: Step | None, result: Any = _UNSET, error: BaseException | None = None) -> None:
        if step is None:
            return
        if self.output and result is not _UNSET:
            step.record_output(result)
        if error is not None:
            step.fail(error)
        step.end()

    def around(self, function: Callable[P, R]) -> Callable[P, R]:
        if inspect.isasyncgenfunction(function):
            return _async_generator(self, function)
        if inspect.iscoroutinefunction(function):
            return _coroutine(self, function)
        if inspect.isgeneratorfunction(function):
            return _generator(self, function)
        return _function(self, function)


def _arguments(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    bound = signature(function).bind_partial(*args, **kwargs).arguments
    return {name: as_it_is(value) for name, value in bound.items() if name not in {"self", "cls"}}


@functools.lru_cache(4096)
def signature(function: Callable[..., Any]) -> inspect.Signature:
    return inspect.signature(function)


def _function(traced: Traced, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        if (step := traced.begin(function, args, kwargs)) is None:
            return function(*args, **kwargs)
        before, entered = get_current(), enter(step)
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            leave(entered, before, error=error)
            traced.done(step, error=error)
            raise
        leave(entered, before)
        traced.done(step, result)
        return result

    return run


def _coroutine(traced: Traced, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def run(*args: Any, **kwargs: Any) -> Any:
        if (step := traced.begin(function, args, kwargs)) is None:
            return await function(*args, **kwargs)
        before, entered = get_current(), enter(step)
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            leave(entered, before, error=error)
            traced.done(step, error=error)
            raise
        leave(entered, before)
        traced.done(step, result)
        return result

    return run


def _generator(traced: Traced, function: Callable[..., Any]) -> Callable[..., Any]:
    """The step is current while the function's own code runs, not while its reader's does."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Any:
        if (step := traced.begin(function, args, kwargs)) is None:
            return (yield from function(*args, **kwargs))
        seen: list[Any] = []
        generator = function(*args, **kwargs)
        go_on = functools.partial(generator.send, None)
        while True:
            before, entered = get_current(), enter(step)
            try:
                item = go_on()
            except StopIteration as stop:
                leave(entered, before)
                traced.done(step, seen if stop.value is None else {"yielded": seen, "returned": stop.value})
                return stop.value
            except BaseException as error:
                leave(entered, before, error=error)
                traced.done(step, seen, error)
                raise
            leave(entered, before)
            if len(seen) <= MAX_ITEMS:  # one more than is shown
                seen.append(item)
            try:
                go_on = functools.partial(generator.send, (yield item))
            except GeneratorExit as error:  # the reader went away: what was yielded so far is the output
                traced.done(step, seen, error)
                generator.close()
                raise
            except BaseException as thrown:  # noqa: BLE001 - it is thrown on
                go_on = functools.partial(generator.throw, thrown)

    return run


def _async_generator(traced: Traced, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def run(*args: Any, **kwargs: Any) -> Any:
        step = traced.begin(function, args, kwargs)
        seen: list[Any] = []
        generator = function(*args, **kwargs)
        go_on = functools.partial(generator.asend, None)
        while True:
            before, entered = get_current(), None if step is None else enter(step)
            try:
                item = await go_on()
            except StopAsyncIteration:
                leave(entered, before)
                traced.done(step, seen)
                return
            except BaseException as error:
                leave(entered, before, error=error)
                traced.done(step, seen, error)
                raise
            leave(entered, before)
            if len(seen) <= MAX_ITEMS:  # one more than is shown
                seen.append(item)
            try:
                go_on = functools.partial(generator.asend, (yield item))
            except GeneratorExit as error:
                traced.done(step, seen, error)
                await generator.aclose()
                raise
            except BaseException as thrown:  # noqa: BLE001 - it is thrown on
                go_on = functools.partial(generator.athrow, thrown)

    return run


def decorator(sink: Callable[[], Sink], function: Callable[P, R] | None = None, **options: Any) -> Any:
    """What `@limelight.trace` is, with and without parentheses."""
    traced = Traced(sink, **options)
    return traced.around if function is None else traced.around(function)
