"""The unit of work a business counts: one event, what it was for, what it brought, and all that it cost."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ParamSpec, TypeAlias, TypeVar

from opentelemetry.context import Context, create_key, get_current
from opentelemetry.trace import get_current_span

from limelight.core.dialects import keys
from limelight.engine.guard import guarded
from limelight.engine.stamp import Stamp
from limelight.sdk.manual import Traced, signature
from limelight.sdk.step import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from limelight.engine.span import Sink

    OfArguments: TypeAlias = (
        Callable[[], Any]
        | Callable[[Any], Any]
        | Callable[[Any, Any], Any]
        | Callable[[Any, Any, Any], Any]
        | Callable[[Any, Any, Any, Any], Any]
    )
    """Of what the function takes: each spelt out, since of `...` strict checkers would not know what a lambda takes."""

P = ParamSpec("P")
R = TypeVar("R")

_EVENT = create_key("limelight-event")


class EventStep(Step):
    """The span of an event; everything beneath carries its run, its workflow and its customer."""

    def __init__(self, sink: Sink, name: str, marks: Mapping[str, str]) -> None:
        super().__init__(sink, name, kind="workflow", stamp=Stamp(marks=marks))
        self._brought: dict[str, float] = {}

    def within(self, around: Context) -> Context:
        return Context({**super().within(around), _EVENT: self})

    def outcome(self, value_type: str | None, value_amount: float | None, **metadata: Any) -> None:
        """What it brought; amounts of one type add up."""
        about = _outcome(value_type, value_amount, metadata)
        self.add_event(keys.BUSINESS_EVENT, about)
        if value_type is not None:
            self._brought[value_type] = self._brought.get(value_type, 0) + (1 if value_amount is None else value_amount)
            self.set_attribute(keys.VALUE_TYPE, tuple(self._brought))
            self.set_attribute(keys.VALUE_AMOUNT, tuple(map(float, self._brought.values())))


class event:  # noqa: N801 - reads as a statement
    """`@limelight.event(workflow="support", customer_id=lambda ticket: ticket.customer)`, or `with limelight.event(…)`.

    Args:
        workflow: What kind of work it is; the function's name by default.
        event_id: Of this piece of work, as the business knows it.
        customer_id: For whom it is.

    Each is a value or, above a function, a callable of the function's arguments.  Each run has an id of its own.
    """

    def __init__(
        self,
        workflow: str | OfArguments | None = None,
        *,
        event_id: str | OfArguments | None = None,
        customer_id: str | OfArguments | None = None,
        sink: Callable[[], Sink] | None = None,
    ) -> None:
        self._sink = sink or _current_sink
        self._said = {keys.WORKFLOW: workflow, keys.EVENT: event_id, keys.CUSTOMER: customer_id}
        self._open: list[EventStep] = []

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        return _Event(self).around(function)

    def begin(self, name: str | None, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None) -> EventStep:
        marks = {keys.RUN: uuid.uuid4().hex}
        for key, said in self._said.items():
            with guarded(f"asking for {key}"):
                value = said(*args, **(kwargs or {})) if callable(said) else said
                if value is not None:
                    marks[key] = str(value)
        marks.setdefault(keys.WORKFLOW, name or "event")
        return EventStep(self._sink(), marks[keys.WORKFLOW], marks)

    def __enter__(self) -> EventStep:
        self._open.append(step := self.begin(None))
        return step.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.pop().__exit__(kind, error, trace)

    async def __aenter__(self) -> EventStep:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)


class _Event(Traced):
    """An event around every call of a function."""

    def __init__(self, about: event) -> None:
        super().__init__(about._sink, kind="workflow")
        self._about = about

    def step(self, function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Step:
        is_method = next(iter(signature(function).parameters), None) in {"self", "cls"}
        return self._about.begin(function.__name__, args[1:] if is_method else args, kwargs)


def outcome(value_type: str | None = None, value_amount: float | None = None, **metadata: Any) -> None:
    """Say what the event around was worth: `limelight.outcome("tickets_solved", 1)`.

    It lands on the event's own span however deep the code is that says so; in another process than the
    event's, on the span that is current there.
    """
    around = get_current().get(_EVENT)
    if isinstance(around, EventStep) and around.is_recording():
        around.outcome(value_type, value_amount, **metadata)
        return
    span = get_current_span()
    span.add_event(keys.BUSINESS_EVENT, _outcome(value_type, value_amount, metadata))


def _outcome(value_type: str | None, value_amount: float | None, metadata: Mapping[str, Any]) -> dict[str, Any]:
    said = {keys.VALUE_TYPE: value_type, keys.VALUE_AMOUNT: value_amount, **metadata}
    return {key: value for key, value in said.items() if value is not None}


def _current_sink() -> Sink:
    from limelight.sdk.api import _sink

    return _sink()
