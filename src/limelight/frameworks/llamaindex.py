"""LlamaIndex, by its own dispatcher: queries, retrievers, agents and their steps, tools, models, embeddings."""

from __future__ import annotations

import functools
import sys
import types
import weakref
from typing import TYPE_CHECKING, Any

from opentelemetry.context import attach, get_current
from opentelemetry.trace import get_current_span

from limelight.core.wire import llamaindex as wire
from limelight.core.wire.read import as_table
from limelight.engine.guard import guarded, unfailing
from limelight.engine.observer import Model, Observer, Told
from limelight.engine.pending import PENDING
from limelight.frameworks._entered import Entered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from opentelemetry.context import Context

    from limelight.core.model import Kind, Record
    from limelight.engine.span import Sink

_HOME = "llama_index.core.instrumentation"
_CALLS = frozenset(
    {
        "chat", "achat", "stream_chat", "astream_chat", "complete", "acomplete", "stream_complete", "astream_complete",
    }
)  # fmt: skip
_EMBEDS = frozenset(
    {
        "get_query_embedding", "aget_query_embedding", "get_text_embedding", "aget_text_embedding",
        "get_text_embedding_batch", "aget_text_embedding_batch",
    }
)  # fmt: skip
_STEPS: Mapping[str, tuple[Kind, frozenset[str]]] = {
    "BaseLLM": ("llm", _CALLS),
    "BaseEmbedding": ("embedding", _EMBEDS),
    "BaseRetriever": ("retrieval", frozenset({"retrieve", "aretrieve"})),
    "AsyncBaseTool": ("tool", frozenset({"call", "acall", "__call__"})),
    "BaseTool": ("tool", frozenset({"call", "acall", "__call__"})),
    "BaseWorkflowAgent": ("agent", frozenset({"run"})),
    "Workflow": ("workflow", frozenset({"run"})),
    "BaseQueryEngine": ("chain", frozenset({"query", "aquery"})),
    "BaseChatEngine": ("chain", frozenset({"chat", "achat", "stream_chat", "astream_chat"})),
    "BaseSynthesizer": ("chain", frozenset({"synthesize", "asynthesize"})),
    "BaseNodePostprocessor": ("chain", frozenset({"postprocess_nodes", "apostprocess_nodes"})),
    "IngestionPipeline": ("chain", frozenset({"run", "arun"})),
}
"""What is told of: the class, or one it inherits from -> the kind of step, and the methods that are one."""
_PIECES = (types.GeneratorType, types.AsyncGeneratorType)


def observer() -> Observer:
    return Observer("llamaindex", "llama-index-core>=0.14", {}, {_HOME: _listen})


def _listen(observing: Observer) -> Callable[[], None]:
    """One more handler of spans and of events at the root, where all that is said arrives."""
    root = sys.modules[_HOME].root_dispatcher
    ours = Runs(observing)
    root.add_span_handler(ours)
    root.add_event_handler(ours)

    def undo() -> None:
        root.span_handlers = [each for each in root.span_handlers if each is not ours]
        root.event_handlers = [each for each in root.event_handlers if each is not ours]

    return undo


class Asked(Model):
    """A call of a model or of an embedding."""

    __slots__ = ("owner", "pieces")

    owner: Any
    pieces: Any
    """A weak reference to the stream that the caller reads: as long as he has it, the call may go on."""


class Runs:
    """What the dispatcher says, as spans.  A handler by its methods alone, without LlamaIndex's base class."""

    def __init__(self, observing: Observer) -> None:
        self._observing = observing
        self._entered = Entered(observing)
        self._called_off: set[str] = set()
        self.open_spans: dict[str, Any] = {}
        """Asked for by the dispatcher; ours are the observer's."""

    # --- spans ------------------------------------------------------------------------------

    @unfailing("starting a step of LlamaIndex")
    def span_enter(
        self, id_: str, bound_args: Any, instance: Any = None, parent_id: str | None = None, tags: Any = None, **_: Any
    ) -> None:
        make = self._maker(id_, bound_args, instance, parent_id, tags or {})
        if make is None:
            return
        parent = parent_id if not get_current_span().get_span_context().is_valid else None
        self._observing.begin(id_, parent, make)
        if not isinstance(self._observing.told(id_), Asked):
            self._entered.enter(id_)

    @unfailing("ending a step of LlamaIndex")
    def span_exit(self, id_: str, bound_args: Any, instance: Any = None, result: Any = None, **_: Any) -> None:
        self._entered.leave(id_)
        told = self._observing.told(id_)
        if isinstance(told, Asked) and isinstance(result, _PIECES):
            told.pieces = weakref.ref(result, lambda _: self._forgotten(id_))
            return
        if id_ in self._called_off:
            self._called_off.discard(id_)
            self._end_called_off(id_)
            return
        inside = self._observing.inside(id_)
        if inside is not None and told is not None:
            _continue(result, inside)
        self._observing.end(id_, result)

    @unfailing("ending a failed step of LlamaIndex")
    def span_drop(
        self, id_: str, bound_args: Any, instance: Any = None, err: BaseException | None = None, **_: Any
    ) -> None:
        self._entered.leave(id_)
        self._observing.end(id_, error=err)

    def _end_called_off(self, id_: str) -> None:
        from asyncio import CancelledError

        self._observing.end(id_, error=CancelledError())

    @unfailing("ending a stream that nobody has read")
    def _forgotten(self, id_: str) -> None:
        told = self._observing.told(id_)
        if told is not None and told.result is None:
            told.ended_ns = told.started_ns  # it was never begun
        self._observing.end(id_, None if told is None else told.result)

    def capture_propagation_context(self) -> dict[str, Any]:
        return {}

    def restore_propagation_context(self, context: Any) -> None:
        """Nothing to restore: OpenTelemetry's context is what goes along."""

    def close(self) -> None:
        """Nothing is held."""

    # --- events -----------------------------------------------------------------------------

    @unfailing("hearing an event of LlamaIndex")
    def handle(self, event: Any, **_: Any) -> None:
        name, id_ = type(event).__name__, getattr(event, "span_id", None)
        if name == "SpanCancelledEvent":
            self._called_off.add(str(id_))
        if not isinstance(told := self._observing.told(id_), Asked) or told.pieces is None:
            return
        match name:
            case "LLMChatInProgressEvent" | "LLMCompletionInProgressEvent":
                told.result = event.response
            case "LLMChatEndEvent" | "LLMCompletionEndEvent":
                self._observing.end(id_, event.response)
            case "ExceptionEvent":
                error = event.exception
                self._observing.end(id_, told.result, None if isinstance(error, GeneratorExit) else error)

    async def ahandle(self, event: Any, **_: Any) -> None:
        self.handle(event)

    # --- what is told of --------------------------------------------------------------------

    def _maker(
        self, id_: str, bound: Any, instance: Any, parent_id: str | None, tags: Mapping[str, Any]
    ) -> Callable[[Sink, Context], Told | None] | None:
        """None: nothing to tell of, and what is beneath belongs to the run around."""
        method = id_[:-37].rpartition(".")[2]  # "Class.method-" and a UUID
        given, about = bound.arguments, {"metadata": wire.tags(tags)}
        if instance is None:
            return functools.partial(_step, method, given, about) if _is_event(given) else None
        owner: Any = type(instance)
        kind = _kind(owner, method)
        if kind is None:
            return None
        if kind in ("llm", "embedding"):
            if _is_same_call(self._observing.told(parent_id), instance) or _is_reading(PENDING.get(), instance):
                return None
            return functools.partial(_asked, kind, instance, given, tags)
        if kind == "tool" and self._is_same(parent_id, instance):
            return None
        return functools.partial(_told, kind, method, instance, given, about)

    def _is_same(self, parent_id: str | None, instance: Any) -> bool:
        """Does a tool call itself by another of its methods?"""
        around = self._observing.told(parent_id)
        return isinstance(around, Told) and around.kind == "tool" and around.subject == _subject("tool", instance)


def _is_same_call(around: Told | None, instance: Any) -> bool:
    """Does a model answer by another of its own methods?"""
    return isinstance(around, Asked) and around.owner is instance


def _is_reading(announced: Any, instance: Any) -> bool:
    """Does it so while its stream is being read, where the dispatcher knows no parent?"""
    if not isinstance(announced, Asked) or announced.owner is not instance or announced.pieces is None:
        return False
    stream = announced.pieces()
    return bool(getattr(stream, "gi_running", False) or getattr(stream, "ag_running", False))


@functools.lru_cache(1024)
def _kind(owner: type, method: str) -> Kind | None:
    for base in owner.__mro__:
        kind, methods = _STEPS.get(base.__name__, (None, frozenset()))
        if method in methods:
            return kind
    return None


def _is_event(given: Mapping[str, Any]) -> bool:
    """Is this a step of a workflow: a function that is given an event?"""
    return any(kind.__module__ == "workflows.events" for value in given.values() for kind in type(value).__mro__)


def _subject(kind: Kind, instance: Any) -> str | None:
    if kind == "tool":
        return getattr(getattr(instance, "metadata", None), "name", None) or type(instance).__name__
    if kind == "agent":
        return getattr(instance, "name", None) or type(instance).__name__
    return type(instance).__name__ if kind == "workflow" else None


def _told(
    kind: Kind, method: str, instance: Any, bound: Mapping[str, Any], about: Any, sink: Sink, context: Context
) -> Told:
    given: Any = bound
    subject = _subject(kind, instance)
    match kind:
        case "tool":
            name, given = f"execute_tool {subject}", _arguments(bound)
        case "agent" | "workflow":
            name, given = str(subject), bound.get("start_event")
        case "retrieval":
            name, given = f"retrieval {type(instance).__name__}", next(iter(bound.values()), None)
        case _:
            name = f"{type(instance).__name__}.{method}"
            given = next(iter(bound.values())) if len(bound) == 1 else bound
    return Told(sink, context, name, kind=kind, subject=subject, given=given, about=about, show=wire.shown)


def _arguments(given: Mapping[str, Any]) -> Any:
    """Of a method that takes what it is given and hands it on."""
    named, others = given.get("kwargs") or {}, given.get("args") or given.get("input") or ()
    return {**named, **({"args": others} if others else {})}


def _step(method: str, given: Mapping[str, Any], about: Any, sink: Sink, context: Context) -> Told:
    event = next(value for value in given.values() if _is_event({"": value}))
    return Told(sink, context, method, kind="chain", given=event, about=about, show=wire.shown)


def _asked(
    kind: Kind, instance: Any, given: Mapping[str, Any], tags: Mapping[str, Any], sink: Sink, context: Context
) -> Told:
    about = {**(as_table(instance) or {}), "class": type(instance).__name__}
    model = wire.model(about)
    read = _read if kind == "llm" else _read_embedding
    operation = "chat" if kind == "llm" else "embeddings"
    name = f"{operation} {model}" if model else operation
    asked = Asked(sink, context, name, given=(about, dict(given)), read=read, metadata=wire.tags(tags))
    asked.owner, asked.pieces = instance, None
    return asked


def _read(model: Model) -> Record:
    about, given = model.given
    named = {**given, **(given.get("kwargs") or {})}
    if "messages" not in named and "prompt" not in named:
        named["prompt"] = next(iter(given.get("args") or ()), None)
    return wire.call(about, named, model.result)


def _read_embedding(model: Model) -> Record:
    return wire.embedding(model.given[0], model.result)


# --- streams --------------------------------------------------------------------------------


def _continue(result: Any, inside: Context) -> None:
    """An answer that is made while it is read: what that takes belongs to the query."""
    pieces = getattr(result, "response_gen", None) if type(result).__name__.endswith("StreamingResponse") else None
    if isinstance(pieces, types.GeneratorType):
        result.response_gen = _continued(pieces, inside)
    elif isinstance(pieces, types.AsyncGeneratorType):
        result.response_gen = _continued_async(pieces, inside)


def _continued(pieces: Any, inside: Context) -> Iterator[Any]:
    try:
        while True:
            before = _enter(inside)
            try:
                piece = next(pieces)
            except StopIteration:
                return
            finally:
                _leave(before)
            yield piece
    finally:
        pieces.close()


async def _continued_async(pieces: Any, inside: Context) -> AsyncIterator[Any]:
    try:
        while True:
            before = _enter(inside)
            try:
                piece = await pieces.__anext__()
            except StopAsyncIteration:
                return
            finally:
                _leave(before)
            yield piece
    finally:
        await pieces.aclose()


_CONTINUING = guarded("continuing an answer")


def _enter(inside: Context) -> Context | None:
    before = None
    with _CONTINUING:
        before = get_current()
        attach(inside)
    return before


def _leave(before: Context | None) -> None:
    with _CONTINUING:
        if before is not None:
            attach(before)
