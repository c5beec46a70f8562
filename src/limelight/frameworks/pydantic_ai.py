"""Pydantic AI: runs of agents, however they are made, tools, and models that no client of ours calls.

It has an instrumentation of its own, which makes spans for OpenTelemetry's tracer and is left as it is: ours asks
nothing of it, so where it is off it costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context, get_current
from opentelemetry.trace import get_current_span

from limelight.core.dialects import keys
from limelight.core.wire import pydantic_ai as wire
from limelight.engine.guard import guarded, unfailing
from limelight.engine.observer import Observer, Told
from limelight.engine.patch import is_suppressed
from limelight.engine.pending import PENDING
from limelight.engine.span import Live, enter, enter_beside, leave, nearest
from limelight.engine.stamp import stamp_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from limelight.core.model import Record
    from limelight.engine.pending import Announced

_NOT_FAILED = frozenset({"ApprovalRequired", "CallDeferred", "SkipToolExecution"})
"""What a tool raises to have it done elsewhere or later."""


def observer() -> Observer:
    return Observer(
        "pydantic_ai",
        "pydantic-ai-slim>=1.0",
        {
            "pydantic_ai.agent:Agent.iter": _runs,
            "pydantic_ai.tool_manager:ToolManager.execute_tool_call": _tools,
            "pydantic_ai._tool_manager:ToolManager.execute_tool_call": _tools,
            "pydantic_ai._tool_manager:ToolManager._call_function_tool": _tools,
            "pydantic_ai._tool_manager:ToolManager._call_tool_traced": _tools,
            "pydantic_ai._agent_graph:model_request": _requests,
            "pydantic_ai._agent_graph:model_request_stream": _streams,
        },
    )


def _runs(observing: Observer, original: Callable[..., Any]) -> Callable[..., Any]:
    """Every way of running an agent goes through `iter`."""

    def iterate(agent: Any, *args: Any, **kwargs: Any) -> Any:
        return Running(original(agent, *args, **kwargs), observing, agent, args, kwargs)

    return iterate


def _tools(observing: Observer, original: Callable[..., Any]) -> Callable[..., Any]:
    async def execute(manager: Any, validated: Any, *args: Any, **kwargs: Any) -> Any:
        tool = Tooling()
        tool.begin(observing, validated)
        try:
            result = await original(manager, validated, *args, **kwargs)
        except BaseException as error:
            tool.end(error=error)
            raise
        tool.end(result)
        return result

    return execute


def _requests(observing: Observer, original: Callable[..., Any]) -> Callable[..., Any]:
    async def request(model: Any, *args: Any, **kwargs: Any) -> Any:
        unseen = _unseen(observing, model, kwargs)
        try:
            response = await original(model, *args, **kwargs)
        except BaseException as error:
            _told(unseen, None, error)
            raise
        _told(unseen, response, None)
        return response

    return request


def _streams(observing: Observer, original: Callable[..., Any]) -> Callable[..., Any]:
    def stream(model: Any, *args: Any, **kwargs: Any) -> Any:
        return Streaming(original(model, *args, **kwargs), observing, model, kwargs)

    return stream


class Step(Told):
    __slots__ = ()

    def record(self) -> Record:
        if self.kind == "tool":
            self.given = wire.arguments(self.given)
        return super().record()


class Entered:
    """A step while it is current, and what was so before; by which calls of models inside of it are announced."""

    __slots__ = ("_announced", "_before", "_context", "_current", "step")

    def __init__(self, step: Step, announces: Announced | None) -> None:
        self.step = step
        self._before, self._announced, self._current = get_current(), PENDING.get(), announces
        self._context = enter_beside(step) if _is_theirs() else enter(step)
        PENDING.set(announces)

    def leave(self, result: Any, error: BaseException | None) -> None:
        leave(self._context, self._before, error=error)
        if PENDING.get() is self._current:
            PENDING.set(self._announced)
        self.step.finish(result, _failed(error))


def _is_theirs() -> bool:
    """Is a span of the framework's own instrumentation current?  Those hang together as they would without us."""
    scope = getattr(get_current_span(), "instrumentation_scope", None)
    return getattr(scope, "name", None) == "pydantic-ai"


def _failed(error: BaseException | None) -> BaseException | None:
    """What went wrong, if anything did: a retry that is asked for has a reason, a run called off a cancellation."""
    if error is None or isinstance(error, GeneratorExit):
        return None
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & _NOT_FAILED:
        return None
    reason = error.__cause__ or error.__context__
    return reason if reason is not None and names & _WRAPPERS else error


_WRAPPERS = frozenset({"RunCancelled", "ToolRetryError"})


def _begin(observing: Observer, name: str, announces: Announced | None, **about: Any) -> Entered | None:
    sink, context = observing.sink_of(None), get_current()
    if sink is None or is_suppressed(context):
        return None
    return Entered(Step(sink, context, name, **about), announces)


class Calls:
    """Counts the calls of models that clients of ours make within a run, and tells them whose conversation it is."""

    ended_ns: int | None = None
    session: str | None = None

    def __init__(self) -> None:
        self.seen = 0

    def claimed(self, call: Live) -> None:
        self.seen += 1
        if self.session:
            call.set_attributes({keys.CONVERSATION: self.session, keys.SESSION: self.session})


class Running:
    """What `iter` gives, with a span around."""

    def __init__(self, inner: Any, observing: Observer, agent: Any, args: Any, kwargs: dict[str, Any]) -> None:
        self._inner, self._observing, self._agent = inner, observing, agent
        self._given, self._asked = args[0] if args else kwargs.get("user_prompt"), kwargs
        self._entered: Entered | None = None
        self._calls = Calls()
        self._run: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def __aenter__(self) -> Any:
        self._begin()
        try:
            self._run = await self._inner.__aenter__()
        except BaseException as error:
            self._end(error)
            raise
        self._belongs()
        return self._run

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> Any:
        try:
            swallowed = await self._inner.__aexit__(kind, error, trace)
        except BaseException as raised:
            self._end(raised)
            raise
        self._end(None if swallowed else error)
        return swallowed

    @unfailing("starting a run")
    def _begin(self) -> None:
        name = self._agent.name or "agent"
        self._entered = _begin(self._observing, name, self._calls, kind="agent", subject=name, given=self._given)

    @unfailing("learning of a conversation")
    def _belongs(self) -> None:
        """What the program has said counts more than an id that was made for this run alone."""
        if self._entered is None:
            return
        made = not any(self._asked.get(name) for name in ("conversation_id", "conversation", "message_history"))
        around = stamp_of(get_current()).session_id or _session_around(self._entered.step.parent)
        found = getattr(self._run, "conversation_id", None)
        session = around if made and around else found
        if isinstance(session, str) and session:
            self._calls.session = session
            self._entered.step.about = {"session_id": session}

    @unfailing("ending a run")
    def _end(self, error: BaseException | None) -> None:
        if self._entered is None:
            return
        step = self._entered.step
        if self._agent.name and step.subject != self._agent.name:  # found out meanwhile
            step.name = step.subject = self._agent.name
        result = getattr(self._run, "result", None)
        self._entered.leave(getattr(result, "output", None), error)
        self._calls.ended_ns = step.ended_ns
        self._run = None


class Tooling:
    """A tool at work.  A call of a model that it makes itself is none of the agent's."""

    def __init__(self) -> None:
        self._entered: Entered | None = None

    @unfailing("starting a tool")
    def begin(self, observing: Observer, validated: Any) -> None:
        definition = getattr(getattr(validated, "tool", None), "tool_def", None)
        if getattr(definition, "kind", None) == "output":  # how the model hands over its answer
            return
        call = getattr(validated, "call", validated)
        about = {"call_id": getattr(call, "tool_call_id", None), "session_id": _session()}
        name = call.tool_name
        self._entered = _begin(
            observing, f"execute_tool {name}", None, kind="tool", subject=name, given=call.args, about=about
        )

    @unfailing("ending a tool")
    def end(self, result: Any = None, error: BaseException | None = None) -> None:
        if self._entered is not None:
            self._entered.leave(result, error)


def _session() -> str | None:
    announced = PENDING.get()
    return announced.session if isinstance(announced, Calls) else None


def _session_around(context: Context) -> str | None:
    """Of the run whose tool runs this one."""
    around = nearest(context)
    return around.about.get("session_id") if isinstance(around, Step) else None


class Unseen(Told):
    """A call of a model, told of by the framework if no client is seen making it.  Never current."""

    __slots__ = ("asked", "before", "calls")

    def __init__(self, calls: Calls, asked: wire.Asked, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.calls, self.before, self.asked = calls, calls.seen, asked

    def record(self) -> Record:
        return wire.record(self.asked, self.result, self.calls.session)

    def finish(self, result: Any = None, error: BaseException | None = None) -> None:
        if self.calls.seen == self.before:
            super().finish(result, error)
        elif self.ended_ns is None:
            self.ended_ns = self.started_ns


@unfailing("starting a model call")
def _unseen(observing: Observer, model: Any, kwargs: dict[str, Any]) -> Unseen | None:
    calls, sink, context = PENDING.get(), observing.sink_of(None), get_current()
    if not isinstance(calls, Calls) or sink is None or is_suppressed(context):
        return None
    about = kwargs.get("request_context")
    asked = wire.Asked(
        model,
        tuple(getattr(about, "messages", ())),
        getattr(about, "model_settings", None),
        getattr(about, "model_request_parameters", None),
    )
    name = wire.model_name(model)
    return Unseen(calls, asked, sink, context, f"chat {name}" if name else "chat", kind="llm")


@unfailing("ending a model call")
def _told(unseen: Unseen | None, response: Any, error: BaseException | None) -> None:
    if unseen is not None:
        unseen.finish(response, _failed(error))


class Streaming:
    """What `model_request_stream` gives."""

    def __init__(self, inner: Any, observing: Observer, model: Any, kwargs: dict[str, Any]) -> None:
        self._inner, self._observing, self._model, self._kwargs = inner, observing, model, kwargs
        self._unseen: Unseen | None = None
        self._stream: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def __aenter__(self) -> Any:
        self._unseen = _unseen(self._observing, self._model, self._kwargs)
        try:
            self._stream = await self._inner.__aenter__()
        except BaseException as error:
            _told(self._unseen, None, error)
            raise
        return self._stream

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> Any:
        response = None
        with guarded("reading a stream's answer"):
            response = self._stream.get()
        try:
            return await self._inner.__aexit__(kind, error, trace)
        finally:
            _told(self._unseen, response, error)
