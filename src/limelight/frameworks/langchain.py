"""LangChain and LangGraph, by their own callbacks: chains, agents, graph nodes, tools, retrievers, models."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from opentelemetry.context import attach

from limelight.core.wire import langchain as wire
from limelight.engine.guard import guarded, unfailing
from limelight.engine.observer import Model, Observer, Told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from opentelemetry.context import Context

    from limelight.core.model import Kind, Record
    from limelight.engine.span import Sink

HIDDEN = "langsmith:hidden"
"""LangChain's own mark of runs that are nobody's business."""
_PLUMBING = frozenset({"prompt", "parser"})
"""Kinds of runs whose input and output stand in the runs around."""
_NOT_FAILED = frozenset({"GraphBubbleUp", "GraphInterrupt", "NodeInterrupt", "ParentCommand"})
"""What LangGraph raises to stop or to go elsewhere."""


MAX_NAMES = 1_000
_UNNAMED = "LangGraph"
"""How a graph is called to which nobody gives a name."""


def observer() -> Observer:
    agents = Agents()
    return Observer(
        "langchain",
        "langchain-core>=0.3",
        {
            "langchain_core.callbacks.manager:_configure": functools.partial(_configured, agents),
            "langchain_core.runnables.config:_set_config_context": _entered,
            "langgraph._internal._runnable:_set_config_context": _entered,
            "langgraph.utils.runnable:_set_config_context": _entered,
            "langgraph.prebuilt.chat_agent_executor:create_react_agent": agents.made,
        },
    )


class Agents:
    """The names of LangGraph's own agents, whose runs do not say that they are one."""

    def __init__(self) -> None:
        self.names = {"AgentExecutor"}

    def made(self, observing: Observer, original: Callable[..., Any]) -> Callable[..., Any]:
        def create_react_agent(*args: Any, **kwargs: Any) -> Any:
            agent = original(*args, **kwargs)
            with guarded("noting an agent's name"):
                if agent.name != _UNNAMED and len(self.names) < MAX_NAMES:
                    self.names.add(agent.name)
            return agent

        return create_react_agent

    def kind(self, name: str, run: Mapping[str, Any]) -> tuple[Kind, str | None]:
        """An agent, a graph, or a step: (kind, what it is called)."""
        metadata = run.get("metadata") or {}
        if any(tag.startswith("graph:step:") for tag in run.get("tags") or ()):
            return "chain", None
        maker = metadata.get("ls_integration")  # of what is beneath it, too
        is_outermost = "langgraph_node" not in metadata
        if name in self.names or metadata.get("lc_agent_name") == name:
            return "agent", name
        if maker == "langchain_create_agent" and (is_outermost or name == _UNNAMED):
            return "agent", name
        is_graph = name == _UNNAMED or (maker == "langgraph" and is_outermost)
        return ("workflow", name) if is_graph else ("chain", None)


def _configured(agents: Agents, observing: Observer, original: Callable[..., Any]) -> Callable[..., Any]:
    """Every callback manager that LangChain makes gets one more handler."""
    from limelight.frameworks._langchain_handler import handler

    ours = handler(Runs(observing, agents))

    def configure(*args: Any, **kwargs: Any) -> Any:
        manager = original(*args, **kwargs)
        with guarded("adding a callback handler"):
            manager.add_handler(ours, True)
        return manager

    return configure


def _entered(observing: Observer, original: Callable[..., Any]) -> Callable[..., Any]:
    """LangChain makes a run's config current in a copied context; there, and only there, our span is current too."""

    def enter(config: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(config, *args, **kwargs)
        with guarded("entering a run"):
            inside = observing.inside(getattr(config.get("callbacks"), "parent_run_id", None))
            if inside is not None:
                attach(inside)
        return result

    return enter


class Runs:
    """What the callbacks say, as spans."""

    def __init__(self, observing: Observer, agents: Agents) -> None:
        self._observing = observing
        self._agents = agents

    @unfailing("starting a chain")
    def chain(self, name: str, given: Any, run: Mapping[str, Any]) -> None:
        kind, subject = self._agents.kind(name, run)
        if HIDDEN in (run.get("tags") or ()) or run.get("run_type") in _PLUMBING:
            self._observing.begin(run["run_id"], run.get("parent_run_id"), lambda sink, context: None)
            return
        self._step(run, name, kind=kind, subject=subject, given=given)

    @unfailing("starting a tool")
    def tool(self, name: str, given: Any, run: Mapping[str, Any]) -> None:
        self._step(run, f"execute_tool {name}", kind="tool", subject=name, given=given, call_id=run.get("tool_call_id"))

    @unfailing("starting a retriever")
    def retriever(self, name: str, query: str, run: Mapping[str, Any]) -> None:
        self._step(run, f"retrieval {name}", kind="retrieval", given=query)

    @unfailing("starting a model")
    def model(self, given: Any, run: Mapping[str, Any]) -> None:
        def make(sink: Sink, context: Context) -> Told:
            params = run.get("invocation_params") or {}
            metadata = run.get("metadata") or {}
            return Model(
                sink,
                context,
                wire.span_name(params, metadata),
                given=(given, params, metadata),
                read=_read,
                session=wire.session(metadata),
                tags=_tags(run),
                metadata=wire.metadata(metadata),
            )

        self._observing.begin(run["run_id"], run.get("parent_run_id"), make)

    @unfailing("ending a run")
    def end(self, run_id: Any, result: Any) -> None:
        told = self._observing.told(run_id)
        if told is not None and told.kind == "tool" and told.about.get("call_id") is None:  # before langchain-core 1
            told.about = {**told.about, "call_id": getattr(result, "tool_call_id", None)}
        self._observing.end(run_id, result)

    @unfailing("ending a failed run")
    def fail(self, run_id: Any, error: BaseException) -> None:
        stopped = any(kind.__name__ in _NOT_FAILED for kind in type(error).__mro__)
        self._observing.end(run_id, error=None if stopped or isinstance(error, GeneratorExit) else error)

    def _step(
        self,
        run: Mapping[str, Any],
        name: str,
        *,
        kind: Kind,
        subject: str | None = None,
        given: Any = None,
        call_id: str | None = None,
    ) -> None:
        metadata = run.get("metadata") or {}
        about = {
            "tags": _tags(run),
            "metadata": wire.metadata(metadata),
            "session_id": wire.session(metadata),
            "call_id": call_id,
        }

        def make(sink: Sink, context: Context) -> Told:
            return Told(sink, context, name, kind=kind, subject=subject, given=given, about=about, show=wire.shown)

        self._observing.begin(run["run_id"], run.get("parent_run_id"), make)


def _read(model: Model) -> Record:
    given, params, metadata = model.given
    return wire.record(given, params, metadata, model.result)


def _tags(run: Mapping[str, Any]) -> Sequence[str]:
    """The user's: LangChain's own say at which step of a sequence or graph a run stands."""
    return tuple(tag for tag in run.get("tags") or () if not tag.startswith(("seq:", "graph:", "map:")))
