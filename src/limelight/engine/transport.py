"""What goes over the wire, whoever sends it.

Beneath a call of ours every HTTP exchange is an attempt of it: how often a client tries, how long it waits and what it
was answered are seen here, whichever client it is.  A request to a model that nobody has claimed is a call
of its own, so that libraries we do not know are seen, too; `unclaimed` has their names.
"""

from __future__ import annotations

import collections
import functools
import sys
import weakref
from collections.abc import Mapping
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context

from limelight.core.dialects import keys
from limelight.core.endpoint import Endpoint, target
from limelight.engine.call import Call, Exchange
from limelight.engine.doors import DOORS, Door
from limelight.engine.guard import guarded, unfailing
from limelight.engine.invoke import drive_exchange
from limelight.engine.patch import Switch, is_suppressed, noted
from limelight.engine.pending import PENDING
from limelight.engine.span import Live, enter, here, innermost, leave

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    from limelight.core.operation import Integration
    from limelight.engine.invoke import Begun
    from limelight.engine.patch import Undo
    from limelight.engine.span import Sink

_WATCHING = guarded("watching an answer")

unclaimed: collections.Counter[str] = collections.Counter()
"""Libraries that called a model in a way we do not know otherwise, and how often."""


class Transport(Switch):
    """The switch of everything that sends HTTP requests.

    It is in place for as long as any other switch is on, which hears of its attempts that way.  Switched on
    itself, it captures the calls that nobody has claimed.
    """

    def __init__(self, integration: Integration, endpoints: Sequence[Endpoint]) -> None:
        super().__init__(integration)
        self._endpoints: dict[str, list[Endpoint]] = {}
        for endpoint in endpoints:
            self._endpoints.setdefault(endpoint.word, []).append(endpoint)
        self._held: set[Switch] = set()
        self._excluded: weakref.WeakKeyDictionary[Sink, frozenset[str]] = weakref.WeakKeyDictionary()

    @property
    def is_on(self) -> bool:
        return super().is_on or bool(self._held)

    def off(self) -> None:
        self._held.clear()
        super().off()

    def hold(self, holder: Switch) -> Undo:
        """See the attempts of this switch's calls, until the returned undo is called."""
        self._held.add(holder)
        self._install()

        def undo() -> None:
            self._held.discard(holder)
            if not self.is_on:
                self._uninstall()

        return undo

    def exclude(self, sink: Sink, packages: frozenset[str]) -> None:
        """Let this sink never hear of calls that come from these top packages."""
        self._excluded[sink] = packages

    def _steps(self) -> list[tuple[Callable[[Any], Any], str]]:
        return [(functools.partial(self.watch, door), door.target) for door in DOORS]

    def watch(self, door: Door, original: Callable[..., Any]) -> Callable[..., Any]:
        """Look at every request that passes a door."""
        return drive_exchange(original, functools.partial(_begin, self, door, self._endpoints, self._sinks))

    def claim(
        self, door: Door, known: Sequence[Endpoint], args: tuple[Any, ...], kwargs: dict[str, Any], context: Context
    ) -> Unclaimed | None:
        sent, sink = door.sent(args, kwargs), self._sinks[-1]
        found = target(sent.url, sent.body, known)
        library = _library(door.library, self._excluded.get(sink, frozenset()))
        if found is None or library is None:
            return None
        body = noted(sent.body) if isinstance(sent.body, Mapping) else sent.body
        given = {"body": body, "named": found.named}
        call = Call(sink, self.integration, found.endpoint.operation, found.url, given, context)
        if sink.begun is not None:
            sink.begun(call)
        call.set_attributes({keys.CAPTURED_AT: "transport", keys.LIBRARY: library})
        unclaimed[library] += 1
        if (announced := PENDING.get()) is not None and announced.ended_ns is None:
            announced.claimed(call)
        return Unclaimed(call, door)


@unfailing("seeing a request")
def _begin(
    transport: Transport,
    door: Door,
    endpoints: Mapping[str, Sequence[Endpoint]],
    sinks: Sequence[Sink],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Begun | None:
    """What a request that is about to be sent is to us: nearly always nothing, and that is soon decided."""
    context = here()
    around: object = innermost(context) if context else None
    if isinstance(around, Call) and around.ended_ns is None:
        return Attempted(around)
    if not sinks or (path := door.posted(args, kwargs)) is None:
        return None
    word = path.partition("?")[0].rpartition("/")[2].rpartition(":")[2]
    if word not in endpoints or is_suppressed(context) or _is_told(around):
        return None
    return transport.claim(door, endpoints[word], args, kwargs, context)


class Attempted:
    """A request beneath a call of ours."""

    __slots__ = ("_call", "_started")

    def __init__(self, call: Call) -> None:
        self._call, self._started = call, perf_counter_ns()

    @unfailing("noting an answer")
    def answered(self, response: Any) -> None:
        self._call.exchanges = (*self._call.exchanges, _exchange(self._started, response))

    @unfailing("noting a failed request")
    def failed(self, error: BaseException) -> None:
        if isinstance(error, Exception):  # otherwise nothing failed: somebody called it off
            self._call.exchanges = (*self._call.exchanges, Exchange(self._started, perf_counter_ns()))


class Unclaimed:
    """A request to a model, which is a call by itself."""

    __slots__ = ("_call", "_door", "_entered", "_started")

    def __init__(self, call: Call, door: Door) -> None:
        self._call, self._door, self._entered, self._started = call, door, enter(call), perf_counter_ns()

    @unfailing("noting an answer")
    def answered(self, response: Any) -> None:
        call = self._call
        leave(self._entered, call.parent)
        with _WATCHING:
            call.exchanges = (*call.exchanges, _exchange(self._started, response))
            self._door.watch(response, call)
            return
        call.finish()

    @unfailing("noting a failed request")
    def failed(self, error: BaseException) -> None:
        leave(self._entered, self._call.parent, error=error)
        self._call.finish(error=error)


def _exchange(started: int, response: Any) -> Exchange:
    status = getattr(response, "status_code", None)
    return Exchange(started, perf_counter_ns(), response.status if status is None else status, response.headers)


_MODELS = frozenset({"chat", "text_completion", "generate_content", "embeddings", "rerank", "image_generation"})
_MODEL_KINDS = frozenset({"LLM", "EMBEDDING", "RERANKER"})


def _is_told(around: object) -> bool:
    """Is there a span already that stands for this call: one by hand, or of another instrumentation?"""
    if isinstance(around, Live):
        return around.is_call
    about = getattr(around, "attributes", None)
    if not about or getattr(around, "end_time", None) is not None:
        return False
    return (
        about.get(keys.OPERATION) in _MODELS
        or about.get("openinference.span.kind") in _MODEL_KINDS
        or "llm.request.type" in about  # OpenLLMetry's
    )


_PLUMBING = frozenset(
    {"aiobotocore", "aiohttp", "boto3", "botocore", "httpx", "httpx2", "httpx_sse", "limelight", "requests", "urllib3"}
    | {"aiohttp_retry", "backoff", "httpx_retries", "requests_toolbelt", "stamina", "tenacity", "wrapt"}
    | {"anyio", "asyncio", "sniffio", "trio", "opentelemetry"}
)


def _library(door: str, excluded: frozenset[str]) -> str | None:
    """The top package that asked for this request, or `door` where it was the program itself; None for an excluded one."""
    frame: FrameType | None = sys._getframe(1)
    library = None
    while frame is not None:
        root = str(frame.f_globals.get("__name__")).partition(".")[0]
        if root in excluded:
            return None
        if library is None and root not in _PLUMBING and root not in sys.stdlib_module_names:
            library = root if _is_installed(frame.f_code.co_filename) else door
        frame = frame.f_back
    return library or door


def _is_installed(filename: str) -> bool:
    return "site-packages" in filename or "dist-packages" in filename
