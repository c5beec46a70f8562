"""The OpenAI Agents SDK, by a tracing processor beside those it has: runs, agents, handoffs, guardrails, tools, models."""

from __future__ import annotations

import functools
import sys
import weakref
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context, attach, get_current
from opentelemetry.trace import get_current_span

from limelight.core.plain import plain
from limelight.core.wire import openai_agents as wire
from limelight.engine.guard import guarded, unfailing
from limelight.engine.observer import Model, Observer, Told
from limelight.engine.span import Live, enter, nearest
from limelight.engine.targets import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from limelight.core.model import Kind, Record
    from limelight.engine.patch import Undo
    from limelight.engine.span import Sink

_HIDDEN = frozenset({"task", "turn"})
"""Spans that newer versions put around what older ones had side by side."""
_MODELS = frozenset({"generation", "response"})


def observer() -> Observer:
    ours = Processor()
    ours.observing = Observer(
        "openai_agents",
        "openai-agents>=0.1",
        {
            "agents.tracing.setup:get_trace_provider": ours.joining,
            "agents.tracing.provider:DefaultTraceProvider.set_processors": ours.staying,
        },
        {"agents.tracing.setup": ours.leaving, "agents.run": _watch_streams},
    )
    return ours.observing


_RAISES_LATER: ContextVar[bool] = ContextVar("limelight-agents-raises-later", default=False)
"""Is this a streamed run, which raises for its reader when all its spans have ended, and no handler answers instead?"""


def _watch_streams(observing: Observer) -> Undo:
    """No patch like the others: by itself it traces nothing, and the oldest versions have no such class."""
    return replace("agents.run:AgentRunner.run_streamed", _streaming) or (lambda: None)


def _streaming(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def run_streamed(*args: Any, **kwargs: Any) -> Any:
        token = _RAISES_LATER.set(not kwargs.get("error_handlers"))
        try:
            return original(*args, **kwargs)  # starts a task, which is in this context for good
        finally:
            _RAISES_LATER.reset(token)

    return run_streamed


class Processor:
    """A `TracingProcessor`: what the SDK says, as spans.

    It joins a provider when that is first asked for, since asking would make the SDK's own, and with it the
    upload to OpenAI, earlier than the program does.
    """

    observing: Observer

    def __init__(self) -> None:
        self._provider: Any = None
        self._joined: weakref.WeakSet[Any] = weakref.WeakSet()

    # --- into the SDK, and out of it ------------------------------------------------------

    def joining(self, observing: Observer, original: Callable[..., Any]) -> Callable[..., Any]:
        def get_trace_provider(*args: Any, **kwargs: Any) -> Any:
            provider = original(*args, **kwargs)
            if provider is not self._provider:
                self._join(provider)
            return provider

        return get_trace_provider

    @unfailing("joining a provider of traces")
    def _join(self, provider: Any) -> None:
        self._provider = provider
        if provider not in self._joined:
            provider.register_processor(self)
            self._joined.add(provider)

    def staying(self, observing: Observer, original: Callable[..., Any]) -> Callable[..., Any]:
        """Who replaces the processors, as one does to stop the upload, replaces those he knows of."""

        def set_processors(provider: Any, processors: Any, *args: Any, **kwargs: Any) -> Any:
            if provider in self._joined and self not in processors:
                processors = [*processors, self]
            return original(provider, processors, *args, **kwargs)

        return set_processors

    def leaving(self, observing: Observer) -> Undo:
        def leave() -> None:
            for provider in list(self._joined):
                with guarded("leaving a provider of traces"):
                    processors = provider._multi_processor
                    processors.set_processors([each for each in processors._processors if each is not self])
                    self._joined.discard(provider)
            self._provider = None

        return leave

    # --- what it is told ------------------------------------------------------------------

    @unfailing("starting a run")
    def on_trace_start(self, trace: Any) -> None:
        about = {
            "session_id": getattr(trace, "group_id", None),
            "metadata": plain(getattr(trace, "metadata", None)) or {},
        }
        self._begin(trace.trace_id, None, trace.name, kind="workflow", subject=trace.name, about=about)

    @unfailing("ending a run")
    def on_trace_end(self, trace: Any) -> None:
        if isinstance(step := self.observing.told(trace.trace_id), Step):
            self._end(trace.trace_id, step, None)

    @unfailing("starting a step")
    def on_span_start(self, span: Any) -> None:
        data, key, parent = span.span_data, span.span_id, span.parent_id or span.trace_id
        session = self._session(span)
        if data.type in _HIDDEN:
            self.observing.begin(key, self._around(parent), lambda sink, context: None)
        elif data.type in _MODELS:
            self._announce(span, parent, session)
        else:
            name, kind, subject = _known(data)
            self._begin(key, parent, name, kind=kind, subject=subject, about={"session_id": session})

    @unfailing("ending a step")
    def on_span_end(self, span: Any) -> None:
        data, key = span.span_data, span.span_id
        if data.type in _MODELS:
            model = self.observing.told((key,))
            self.observing.end((key,), error=_raised(model))
            if isinstance(model, Model):
                _hand_up(model, data)
        elif isinstance(step := self.observing.told(key), Step):
            _tell(step, data)
            self._end(key, step, getattr(span, "error", None))
        else:
            self.observing.end(key)

    def shutdown(self, *args: Any, **kwargs: Any) -> None:
        """Our spans leave by their own way."""

    def force_flush(self) -> None:
        """See `shutdown`."""

    # --- spans ----------------------------------------------------------------------------

    def _begin(
        self, key: str, parent: str | None, name: str, *, kind: Kind, subject: str | None, about: dict[str, Any]
    ) -> None:
        before = get_current()

        def make(sink: Sink, context: Context) -> Told:
            return Step(sink, context, name, kind=kind, subject=subject, about=about)

        self.observing.begin(key, self._around(parent), make)
        if isinstance(step := self.observing.told(key), Step):
            step.before = before
            enter(step)

    def _announce(self, span: Any, parent: str, session: str | None) -> None:
        """A call of a model: what is beneath belongs to the step around, so nobody finds it by its own key."""

        def make(sink: Sink, context: Context) -> Told:
            data = span.span_data
            return Announced(sink, context, wire.span_name(data), given=data, read=_read, session=session)

        self.observing.begin((span.span_id,), self._around(parent), make)

    def _around(self, parent: str | None) -> str | None:
        """The parent that is named; None where we are inside of it, and perhaps of something of the user's in it."""
        inside = self.observing.inside(parent)
        return None if inside is None or _is_within(get_current_span(inside)) else parent

    def _session(self, span: Any) -> str | None:
        run = self.observing.told(span.trace_id)
        return None if run is None else run.about.get("session_id")

    def _end(self, key: str, step: Step, error: Any) -> None:
        raised = _raised(step)
        if raised is None and error is not None:
            step.about = {**step.about, "failure": wire.failure(error), "outcome": "error"}
        if step.kind == "agent":
            _hand_on(step)
        self.observing.end(key, step.result, raised)
        if _is_within(step):
            attach(step.before)


class Step(Told):
    """Current while the SDK's own span is; it remembers which exception was being handled when it began."""

    __slots__ = ("before", "handled", "last", "raises_later", "taken")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.handled = sys.exc_info()[1]
        self.raises_later = _RAISES_LATER.get()
        self.before = Context()
        self.last: Any = None
        """What the agent's last call of its model holds."""
        self.taken: tuple[str, ...] = ()
        """The tool calls it asks for that are under way or done."""

    def record(self) -> Record:
        if self.kind == "tool":
            self.given = wire.arguments(self.given)
        elif self.kind in ("agent", "workflow"):
            self.given, self.result = wire.question(self.given), None if self.last is None else wire.answer(self.last)
        return super().record()

    def release(self) -> None:
        super().release()
        self.last = self.handled = None


class Announced(Model):
    __slots__ = ("handled",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.handled = sys.exc_info()[1]


def _read(model: Model) -> Record:
    return wire.record(model.given, model.session)


def _raised(step: Told | None) -> BaseException | None:
    """The exception that ends a step: the SDK does not say, but ends it while that is on its way."""
    raised = sys.exc_info()[1]
    return None if isinstance(raised, GeneratorExit) or raised is getattr(step, "handled", None) else raised


def _is_within(wanted: object) -> bool:
    each: object = nearest(get_current())
    while isinstance(each, Live):
        if each is wanted:
            return True
        each = nearest(each.parent)
    return False


def _hand_up(model: Model, data: Any) -> None:
    """What goes into an agent and comes out of it is not said of the agent, but of its calls."""
    agent = nearest(model.parent)
    if isinstance(agent, Step) and agent.kind == "agent":
        if agent.given is None:
            agent.given = getattr(data, "input", None)
        agent.last, agent.taken = data, ()


def _hand_on(agent: Step) -> None:
    """Likewise of the run: the first agent's question, the last one's answer, and what it has failed of."""
    run = nearest(agent.parent)
    if isinstance(run, Step) and run.kind == "workflow":
        run.given = agent.given if run.given is None else run.given
        run.last = agent.last
        if run.raises_later and wire.is_raised(failure := agent.about.get("failure")):
            run.about = {**run.about, "failure": failure, "outcome": "error"}


def _known(data: Any) -> tuple[str, Kind, str | None]:
    """(name, kind, subject) of a span that begins."""
    name = str(getattr(data, "name", None) or data.type)
    match data.type:
        case "agent":
            return name, "agent", name
        case "function":
            return f"execute_tool {name}", "tool", name
        case "guardrail":
            return name, "guardrail", None
        case "mcp_tools":
            return f"list_tools {getattr(data, 'server', None) or 'mcp'}", "chain", None
        case _:
            return name, "chain", None


def _tell(step: Step, data: Any) -> None:
    """What the SDK has written into its span by the time it ends."""
    match data.type:
        case "agent":
            step.about = {**step.about, "metadata": wire.about_agent(data)}
        case "function":
            step.given, step.result = data.input, data.output
            step.about = {**step.about, "call_id": _call_id(step, data)}
        case "guardrail":
            step.result = {"triggered": data.triggered}
        case "handoff":
            step.update_name(f"handoff to {data.to_agent}" if data.to_agent else "handoff")
            step.given = {"from": data.from_agent, "to": data.to_agent}
        case "mcp_tools":
            step.result = data.result
        case "custom":
            step.given = data.data or None


def _call_id(step: Step, data: Any) -> str | None:
    agent = nearest(step.parent)
    if not isinstance(agent, Step) or agent.last is None:
        return None
    found = wire.call_id(agent.last, data.name, data.input, agent.taken)
    agent.taken = (*agent.taken, found) if found else agent.taken
    return found
