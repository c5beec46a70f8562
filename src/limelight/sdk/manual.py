"""Spans by hand: `with limelight.span(…)` and `@limelight.trace`."""

from __future__ import annotations

import functools
import inspect
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, get_args, overload

from opentelemetry.context import Context, get_current

from limelight.core.model import Kind, Record
from limelight.core.plain import plain
from limelight.engine.guard import guarded, unfailing
from limelight.engine.span import Live, Sink, enter, leave
from limelight.engine.stamp import Stamp, stamped
from limelight.pipeline import failures
from limelight.sdk.config import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from typing_extensions import Self

P = ParamSpec("P")
R = TypeVar("R")

OPERATIONS: Mapping[str, str] = MappingProxyType(
    {
        "agent": "invoke_agent",
        "workflow": "invoke_workflow",
        "tool": "execute_tool",
        "retrieval": "retrieval",
        "embedding": "embeddings",
        "plan": "plan",
    }
)
KINDS = frozenset(get_args(Kind))
MODELS = frozenset({"llm", "embedding", "rerank"})
"""Kinds of steps that are calls of a model."""
_UNSET = object()


class Step(Live):
    """A span of the program's own: a context manager that records what went in and what came out."""

    def __init__(self, sink: Sink, name: str, *, kind: Kind = "chain", stamp: Stamp | None = None) -> None:
        if kind not in KINDS:
            raise ConfigError(f"`kind` must be one of {', '.join(sorted(KINDS))}, got {kind!r}")
        parent = get_current()
        super().__init__(sink, name, stamped(parent, stamp) if stamp else parent)
        self._kind: Kind = kind
        self.is_call = kind in MODELS
        self._input: Any = None
        self._output: Any = None
        self._metadata: dict[str, Any] = {}
        self._error: BaseException | None = None
        self._entered: tuple[Context | None, Context] | None = None

    def record_input(self, value: Any) -> Step:
        """Say what the step was given: anything; it is shown as JSON."""
        self._input = _as_it_is(value)
        return self

    def record_output(self, value: Any) -> Step:
        """Say what came out."""
        self._output = _as_it_is(value)
        return self

    def set(self, **attributes: Any) -> Step:
        """Add facts of your own; they become searchable metadata."""
        self._metadata.update(attributes)
        return self

    def update(self, *, input: Any = _UNSET, output: Any = _UNSET, metadata: Mapping[str, Any] | None = None) -> Step:  # noqa: A002
        if input is not _UNSET:
            self.record_input(input)
        if output is not _UNSET:
            self.record_output(output)
        return self.set(**(metadata or {}))

    def span(self, name: str, *, kind: Kind = "chain") -> Step:
        """A step inside this one.  It is a child of whatever is current when it is made, which is this step within its block."""
        return Step(self.sink, name, kind=kind)

    def fail(self, error: BaseException) -> Step:
        """Mark the step as failed though the exception goes no further."""
        self._error = error
        return self

    def record(self) -> Record:
        failure = None
        if self._error is not None and not failures.is_cancellation(self._error):
            failure = failures.of_exception(self._error)
        return Record(
            kind=self._kind,
            operation=OPERATIONS.get(self._kind),
            name=self.name if self._kind in {"agent", "tool", "workflow"} else None,
            input=plain(self._input),
            output=plain(self._output),
            metadata=plain(self._metadata),
            failure=failure,
            outcome="ok" if self._error is None else "error" if failure else "cancelled",
        )

    def release(self) -> None:
        self._input = self._output = self._error = None

    def __enter__(self) -> Self:
        before = get_current()
        self._entered = (enter(self), before)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._entered is not None:
            leave(*self._entered, error=error)
            self._entered = None
        if error is not None:
            self._error = error
        self.end()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)


def _as_it_is(value: Any) -> Any:
    """A container as it is now, since its owner may go on changing it."""
    if type(value) in (list, dict):
        return value.copy()
    return value


class Traced:
    """What `@limelight.trace` needs to know; made once per decorated function."""

    def __init__(self, sink: Callable[[], Sink], name: str | None, kind: Kind, input: bool, output: bool) -> None:  # noqa: A002
        if kind not in KINDS:
            raise ConfigError(f"`kind` must be one of {', '.join(sorted(KINDS))}, got {kind!r}")
        self.sink, self.name, self.kind, self.input, self.output = sink, name, kind, input, output

    @unfailing("starting a step")
    def begin(self, function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Step:
        step = Step(self.sink(), self.name or function.__name__, kind=self.kind)
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
    bound = _signature(function).bind_partial(*args, **kwargs).arguments
    return {name: _as_it_is(value) for name, value in bound.items() if name not in {"self", "cls"}}


@functools.lru_cache(4096)
def _signature(function: Callable[..., Any]) -> inspect.Signature:
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


@overload
def decorator(sink: Callable[[], Sink], function: Callable[P, R]) -> Callable[P, R]: ...
@overload
def decorator(
    sink: Callable[[], Sink],
    function: None = None,
    *,
    name: str | None = None,
    kind: Kind = "chain",
    input: bool = True,
    output: bool = True,
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def decorator(
    sink: Callable[[], Sink],
    function: Callable[P, R] | None = None,
    *,
    name: str | None = None,
    kind: Kind = "chain",
    input: bool = True,  # noqa: A002
    output: bool = True,
) -> Callable[P, R] | Callable[[Callable[P, R]], Callable[P, R]]:
    traced = Traced(sink, name, kind, input, output)
    return traced.around if function is None else traced.around(function)


__all__ = ["Step", "decorator"]
