"""`Limelight`: one destination for spans, and what is switched on for it."""

from __future__ import annotations

import functools
import threading
import time
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

from opentelemetry.context import get_current

from limelight.engine.exits import at_exit, heed_termination
from limelight.engine.guard import guarded
from limelight.engine.span import Live, Sink, innermost
from limelight.engine.targets import one_pass
from limelight.engine.transport import Transport
from limelight.pipeline import privacy
from limelight.pipeline.journal import Journal
from limelight.pipeline.pipeline import Output, Pipeline
from limelight.sdk.client_options import Reporting
from limelight.sdk.company import others_trace_models, shared_provider
from limelight.sdk.config import Config, ConfigError, in_lambda
from limelight.sdk.console import gathering
from limelight.sdk.manual import decorator
from limelight.sdk.metering import Metering
from limelight.sdk.nowhere import NOWHERE
from limelight.sdk.outlets import Outlets, in_dialect, into_provider
from limelight.sdk.policy import policy
from limelight.sdk.sampled import hold, sampler
from limelight.sdk.serverless import between_invocations
from limelight.sdk.stats import Stats, counted
from limelight.sdk.step import Step
from limelight.sdk.switches import names, packages, switch, switch_for, switches
from limelight.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from typing_extensions import Self, Unpack

    from limelight.core.model import Kind
    from limelight.pipeline.export import Exporter
    from limelight.pipeline.provider import IntoProvider
    from limelight.sdk.business import event
    from limelight.sdk.client_options import ClientOptions
    from limelight.sdk.generation import LLMCall, ToolCall

Client = TypeVar("Client")
P = ParamSpec("P")
R = TypeVar("R")

EXIT_S = 0.9
"""At most this long does the end of a program wait for us."""


class Limelight:
    """Traces LLM calls and sends them somewhere.  Touches nothing global: several may live side by side.

    Takes the settings of `limelight.init()` as keywords.  As a context manager it shuts
    itself down at the end of the block.
    """

    def __init__(self, **settings: Any) -> None:
        self.config = config = Config.load(**settings)
        self._undo: list[Callable[[], None]] = []
        self._is_open = True
        self.pipeline = self._piped(config)
        self._journal = self._journalled()
        at_exit(self._leave)

    @property
    def _reports(self) -> Pipeline | None:
        """Where what begins now is reported; None when it is switched off or shut down."""
        return self.pipeline if self._is_open and self.config.enabled else None

    @property
    def _sink(self) -> Sink:
        """The same for steps made by hand, which work all the same."""
        return self._reports or NOWHERE

    def _piped(self, config: Config, outputs: Sequence[Output] = ()) -> Pipeline:
        kept = policy(config)
        self._resource = dict(privacy.table(kept.masker, config.resource(VERSION)))
        into = self._into_provider(config)
        if into is not None:
            outputs = (*outputs, into)
        outputs = [in_dialect(config.dialect, each) for each in outputs]
        self.outlets = Outlets(config, self._resource, to_endpoint=self._exports(config))
        self.exporter: Exporter | None = next(iter(self.outlets.exporters), None)
        self.metering = Metering(config, self._resource)
        self._console = gathering(config)
        shown = (self._console,) if self._console else ()
        outputs = (*outputs, *self.outlets.outputs, *shown)
        return Pipeline(
            kept,
            outputs,
            sampler=sampler(config, into),
            measures=self.metering.measures,
            hold=hold(config, into),
            shows=into.shows if into else None,
        )

    def _journalled(self) -> Journal | None:
        """The calls under way are noted where their spans would be spooled."""
        exporter = self.exporter
        if exporter is None or exporter.spool is None:
            return None
        exporter.beside = journal = Journal(self.pipeline, exporter, exporter.spool.folder, self.outlets.respoken)
        return journal

    def _leave(self) -> None:
        """The process ends, and with it what it had under way."""
        if self._journal is not None:
            self._journal.end_running()
        self.shutdown()

    def _exports(self, config: Config) -> bool:
        if not config.enabled or config.exporter is not None:
            return False
        return config.tracer_provider is None or "endpoint" in config.given

    def _into_provider(self, config: Config) -> IntoProvider | None:
        provider, withholds = config.tracer_provider, None
        if provider is None and config.exporter is None:
            provider, withholds = shared_provider(config), others_trace_models
        return into_provider(config, provider, withholds) if provider is not None and config.enabled else None

    def instrument(self, *libraries: str) -> Instrumented:
        """Trace every client of these libraries, imported now or later; of all supported ones when none is named."""
        wanted = libraries or tuple(name for name in names() if name not in self.config.exclude)
        if self.config.exclude and isinstance(transport := switch("transport"), Transport):
            transport.exclude(self.pipeline, packages(self.config.exclude))
        found = [switch(name) for name in wanted]
        with one_pass():
            undo = [one.on(self.pipeline) for one in found] if self.config.enabled else []
        self._undo += undo
        return Instrumented(undo)

    def uninstrument(self) -> None:
        """Undo what `instrument` did for this instance."""
        with one_pass():
            while self._undo:
                self._undo.pop()()

    def wrap(self, client: Client, **options: Unpack[ClientOptions]) -> Client:
        """Trace this one client, and the copies that `with_options` makes of it; see `limelight.wrap`."""
        return _wrapped(lambda: self, client, options)

    def span(self, name: str, *, kind: Kind = "chain") -> Step:
        """A span of your own: `with limelight.span("plan") as span: …`."""
        return Step(self._sink, name, kind=kind)

    def agent(self, name: str) -> Step:
        """An agent at work."""
        return Step(self._sink, name, kind="agent")

    @overload
    def trace(self, function: Callable[P, R], /) -> Callable[P, R]: ...
    @overload
    def trace(self, function: None = None, /, **options: Any) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
    def trace(self, function: Any = None, /, **options: Any) -> Any:
        """Decorate a function with a span that records its arguments and its result."""
        return decorator(lambda: self._sink, function, **options)

    def llm_call(self, *, provider: str, model: str | None = None, operation: str = "chat") -> LLMCall:
        """A call of a model that cannot be seen; see `limelight.llm_call`."""
        from limelight.sdk.generation import LLMCall

        return LLMCall(self._sink, provider=provider, model=model, operation=operation)

    def tool_call(self, name: str, call_id: str | None = None) -> ToolCall:
        """A tool at work for a model; see `limelight.tool_call`."""
        from limelight.sdk.generation import ToolCall

        return ToolCall(self._sink, name, call_id)

    def llm_instrumented(
        self, *, provider: str, operation: str = "chat", tokens_from_response: bool = True
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Decorate a method of your own client; see `limelight.llm_instrumented`."""
        from limelight.sdk.own_client import instrumented

        return instrumented(lambda: self._sink, provider, operation, tokens_from_response)

    def event(self, workflow: Any = None, *, event_id: Any = None, customer_id: Any = None) -> event:
        """A unit of work that a business counts; see `limelight.event`."""
        from limelight.sdk.business import event

        return event(workflow, event_id=event_id, customer_id=customer_id, sink=lambda: self._sink)

    def flush(self, timeout: float | None = 10.0) -> bool:
        """Send what is done so far; False when it did not all get through in `timeout` seconds."""
        until = None if timeout is None else time.monotonic() + timeout
        through = self.pipeline.finisher.flush(timeout)
        return all([through, self._sent(until), self.metering.sent(until)])

    def shutdown(self, timeout: float = EXIT_S) -> bool:
        """Undo everything, end open streams, send what is left; nothing that begins later is recorded.  Takes at most `timeout` seconds."""
        if not self._is_open:
            return True
        self._is_open = False
        until = time.monotonic() + timeout
        self.uninstrument()
        through = self.pipeline.finisher.close(timeout)
        if self._console is not None:
            with guarded("showing what has not ended"):
                self._console.close()
        sent = [self._sent(until), self.metering.sent(until, is_last=True)]
        return all([through, *sent])

    def stats(self) -> Stats:
        """Counts of what became of every span, and of what Limelight cost and got wrong."""
        return counted(self.pipeline, self.outlets.all, self._journal.depth if self._journal else 0)

    def _sent(self, until: float | None) -> bool:
        return self.outlets.flush(until) if self._is_open else self.outlets.close(until)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shutdown()


class Instrumented:
    """What `instrument` gives back: call `undo`, or use it as a context manager."""

    def __init__(self, undo: Sequence[Callable[[], None]]) -> None:
        self._undo = list(undo)

    def undo(self) -> None:
        with one_pass():
            while self._undo:
                self._undo.pop()()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.undo()


_lock = threading.Lock()
_current: Limelight | None = None


def init(**settings: Any) -> Limelight:
    """Trace every LLM call of this program.  Called again, it changes nothing unless settings differ.

    Args:
        settings: See `limelight.Config`; each has a variable `LIMELIGHT_…` too.

    Returns:
        The instance that does it, for `flush()` and `shutdown()`.
    """
    global _current
    with _lock:
        if _current is not None and _current._is_open and Config.load(**settings) == _current.config:
            return _current
        fresh = Limelight(**settings)
        wanted = fresh.config.instrument
        if wanted:
            fresh.instrument(*(wanted if isinstance(wanted, tuple) else ()))
        if fresh.config.enabled:
            heed_termination()
            _heed_invocations()
        if _current is not None:
            _current.shutdown()
        _current = fresh
        return fresh


@functools.cache
def _heed_invocations() -> None:
    """Once, whatever `init()` is called with later."""
    if in_lambda():
        between_invocations(_settle)


def _settle() -> None:
    """An invocation has ended.  A backend that is away is not waited for once more at every end."""
    if _current is not None and not (_current.exporter and _current.exporter.is_away):
        _current.flush(EXIT_S)


def instance() -> Limelight:
    """The one that `init()` made."""
    if _current is None:
        raise ConfigError("Limelight is not switched on: call `limelight.init()` first")
    return _current


def wrap(client: Client, *, limelight: Limelight | None = None, **options: Unpack[ClientOptions]) -> Client:
    """Trace one client instance of any supported library; returns the same object.

    Reports to `limelight`, or to the instance that `init()` made last; without either, one is made that instruments nothing else.

    Args:
        options: What is recorded of this client, where that differs from `init()`; see `limelight.ClientOptions`.
    """
    if limelight is not None:
        return limelight.wrap(client, **options)
    _for_wrapping()
    return _wrapped(instance, client, options)


def _wrapped(of: Callable[[], Limelight], client: Client, options: ClientOptions) -> Client:
    """`of` is asked at each call: whoever calls `init()` with other settings means all that reports there."""
    reporting = Reporting(lambda: of()._reports, options)
    if of().config.enabled:
        switch_for(client).mark(client, reporting)
    return client


def _for_wrapping() -> Limelight:
    return _current if _current is not None else init(instrument=False)


def instrument(*libraries: str) -> Instrumented:
    """Trace these libraries only: `limelight.instrument("openai")`.  Also a context manager that undoes itself."""
    return _for_wrapping().instrument(*libraries)


def uninstrument() -> None:
    """Take every patch out again: each class is as its vendor wrote it."""
    for one in switches():
        one.off()


def flush(timeout: float | None = 10.0) -> bool:
    """Send what is done so far; False when it did not all get through in `timeout` seconds."""
    return True if _current is None else _current.flush(timeout)


def stats() -> Stats:
    """Counts of what became of every span, and of what Limelight cost and got wrong."""
    return counted(None, (), 0) if _current is None else _current.stats()


def shutdown(timeout: float = EXIT_S) -> bool:
    """Undo `init()` and send what is left, in at most `timeout` seconds."""
    return True if _current is None else _current.shutdown(timeout)


def span(name: str, *, kind: Kind = "chain") -> Step:
    """A span of your own: `with limelight.span("plan") as span: …`.  Before `init()` it records nothing."""
    return Step(_sink(), name, kind=kind)


def agent(name: str) -> Step:
    """An agent at work: what is captured inside, and the steps made inside, are its children."""
    return Step(_sink(), name, kind="agent")


@overload
def trace(function: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def trace(
    *,
    name: str | None = None,
    kind: Kind = "chain",
    input: bool = True,
    output: bool = True,
    project: str | None = None,
    environment: str | None = None,
    tags: Sequence[str] = (),
    metadata: Mapping[str, Any] | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def trace(function: Any = None, /, **options: Any) -> Any:
    """Decorate a function, coroutine or generator with a span that records its arguments and its result.

    Args:
        name: Of the span; the function's by default.
        kind: What the step is: `agent`, `tool`, `chain` …
        input: Record the arguments.
        output: Record the result, or what a generator yields.
        project, environment: Of this piece of the program, where they differ from the whole.
        tags, metadata: Put on the span and on every one beneath.
    """
    return decorator(_sink, function, **options)


def current_span() -> Live | None:
    """The span of ours that is current, if one is."""
    around = innermost(get_current())
    return around if isinstance(around, Live) else None


def _sink() -> Sink:
    return NOWHERE if _current is None else _current._sink
