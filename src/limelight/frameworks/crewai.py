"""CrewAI, by what goes over its event bus: crews, tasks, agents, flows and their methods, tools, models.

Its bus calls listeners in threads of their own, where nothing can be made current for what the crew does next; so we
hear an event where it is sent.
"""

from __future__ import annotations

import functools
import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

from limelight.core.dialects import keys
from limelight.core.wire import crewai as wire
from limelight.engine.guard import unfailing
from limelight.engine.observer import Model, Observer, Told
from limelight.engine.targets import replace
from limelight.frameworks._entered import Entered

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.context import Context

    from limelight.core.model import Kind, Record
    from limelight.engine.patch import Undo
    from limelight.engine.span import Sink


_HOME = "crewai.events.event_bus"
_BUS = f"{_HOME}:CrewAIEventsBus"


class Step(NamedTuple):
    """How an event that begins something is told of."""

    kind: Kind
    name: str
    """A pattern; `{}` is the subject."""
    subject: str | None
    """The event's field that says what it is about."""
    given: str | None = None


_STEPS = {
    "crew_kickoff_started": Step("workflow", "{}", "crew_name", "inputs"),
    "flow_started": Step("workflow", "{}", "flow_name", "inputs"),
    "method_execution_started": Step("chain", "{}", "method_name", "params"),
    "task_started": Step("task", "task {}", "task_name"),
    "agent_execution_started": Step("agent", "{}", "agent_role", "task_prompt"),
    "lite_agent_execution_started": Step("agent", "{}", "agent_role", "messages"),
    "tool_usage_started": Step("tool", "execute_tool {}", "tool_name", "tool_args"),
    "llm_guardrail_started": Step("guardrail", "guardrail", None),
    "memory_query_started": Step("retrieval", "retrieval memory", None, "query"),
    "knowledge_query_started": Step("retrieval", "retrieval knowledge", None, "task_prompt"),
}
_NAMED = frozenset({"agent", "tool", "workflow"})
"""Kinds whose record names what they are about."""
_CALL = "llm_call_started"
_ENDED, _FAILED = ("_finished", "_completed", "_paused"), ("_failed", "_error")


def observer() -> Observer:
    crews = Crews()
    crews.observing = Observer(
        "crewai", "crewai>=1.15", {f"{_BUS}._prepare_event": crews.sent}, {_HOME: crews.watching}
    )
    return crews.observing


class Crews:
    """What the bus says, as spans."""

    observing: Observer

    def __init__(self) -> None:
        self._begun: ContextVar[tuple[dict[str, None], ...]] = ContextVar("limelight-crews", default=())
        """What has begun and not ended in each of the crews and flows around."""

    def sent(self, observing: Observer, original: Callable[..., Any]) -> Callable[..., Any]:
        """Where every event passes, with the number of the one that it ends."""
        self._entered = Entered(observing)

        def prepare(bus: Any, source: Any, event: Any) -> Any:
            result = original(bus, source, event)
            self.heard(source, event)
            return result

        return prepare

    # --- crews and flows that are called off, of whose steps no event tells the end -----------

    def watching(self, observing: Observer) -> Undo:
        entering = replace(f"{_BUS}._enter_runtime_scope", self._starting)
        exiting = replace(f"{_BUS}._exit_runtime_scope", self._stopping)

        def undo() -> None:
            for put_back in (entering, exiting):
                if put_back is not None:
                    put_back()

        return undo

    def _starting(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def enter_scope(*args: Any) -> Any:
            self._begun.set((*self._begun.get(), {}))
            return original(*args)

        return enter_scope

    def _stopping(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def exit_scope(*args: Any) -> Any:
            self._stopped(sys.exc_info()[1])
            return original(*args)

        return exit_scope

    @unfailing("ending a crew that was called off")
    def _stopped(self, error: BaseException | None) -> None:
        if isinstance(error, GeneratorExit):  # the collector's doing, in whatever context it happens to run
            return
        *around, begun = self._begun.get() or ({},)
        self._begun.set(tuple(around))
        if error is not None and not isinstance(error, Exception):
            for key in reversed(list(begun)):
                self._end(key, error=error)

    # --- events ---------------------------------------------------------------------------

    @unfailing("hearing an event of CrewAI")
    def heard(self, source: Any, event: Any) -> None:
        what = event.type
        if what == _CALL:
            self._begin(event, functools.partial(_asked, event))
        elif what in _STEPS and not _is_inner(what, source):
            self._begin(event, functools.partial(_told, event, _STEPS[what]))
            self._entered.enter(event.event_id)
        elif (begun := event.started_event_id) and what.endswith(_ENDED):
            self._ended(begun, event)
        elif begun and what.endswith(_FAILED):
            self._fail(begun, event)

    def _begin(self, event: Any, make: Callable[[Sink, Context], Told]) -> None:
        self.observing.begin(event.event_id, None, make)
        for begun in self._begun.get()[-1:]:
            begun[event.event_id] = None

    def _end(self, begun: str, result: Any = None, error: BaseException | None = None) -> None:
        self._entered.leave(begun)
        for underway in self._begun.get()[-1:]:
            underway.pop(begun, None)
        self.observing.end(begun, result, error)

    def _ended(self, begun: str, event: Any) -> None:
        if isinstance(self.observing.told(begun), Model):
            self._end(begun, event)
        else:
            results = (getattr(event, name, None) for name in ("output", "result", "results"))
            self._end(begun, next((result for result in results if result is not None), None))

    def _fail(self, begun: str, event: Any) -> None:
        """Most say what went wrong in words only; the exception itself is being handled where they say so."""
        said = getattr(event, "error", None)
        error = said if isinstance(said, BaseException) else sys.exc_info()[1]
        if error is None and (told := self.observing.told(begun)) is not None:
            told.set_attributes({keys.ERROR_TYPE: event.type, keys.OUTCOME: "error"})
        self._end(begun, error=error)


def _is_inner(what: str, source: Any) -> bool:
    """Is it one of the flows that CrewAI's own agents are made of?"""
    return what in ("flow_started", "method_execution_started") and type(source).__module__.startswith("crewai.")


def _told(event: Any, step: Step, sink: Sink, context: Context) -> Told:
    subject = str(_subject(event, step) or "").strip() or None
    name = step.name.format(subject or step.kind)
    given = (
        getattr(event, step.given, None) if step.given else getattr(getattr(event, "task", None), "description", None)
    )
    named = subject if step.kind in _NAMED else None
    return Told(sink, context, name, kind=step.kind, subject=named, given=given, show=wire.shown)


def _subject(event: Any, step: Step) -> Any:
    if step.kind == "task":  # without a name of its own a task is called after its description, as long as that is
        return getattr(getattr(event, "task", None), "name", None) or ""
    if step.kind == "agent":
        agent = getattr(event, "agent", None)
        return (
            event.agent_role or getattr(agent, "role", None) or (getattr(event, "agent_info", None) or {}).get("role")
        )
    return getattr(event, step.subject, None) if step.subject else None


def _asked(event: Any, sink: Sink, context: Context) -> Told:
    model = str(event.model or "").rpartition("/")[2]
    return Model(sink, context, f"chat {model}" if model else "chat", given=event, read=_read)


def _read(model: Model) -> Record:
    return wire.call(model.given, model.result)
