"""One intercepted call, from its start to exactly one end."""

from __future__ import annotations

import copy
import time
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from opentelemetry.context import Context
from opentelemetry.trace.propagation import _SPAN_KEY

from limelight.engine.guard import unfailing
from limelight.engine.span import CALL, Live, Sink

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from limelight.core.operation import Integration, Operation

Ending = Literal["done", "error", "abandoned"]
"""How a call ended: with its answer or the last chunk, with an exception, or left before the end."""


class Exchange(NamedTuple):
    """One HTTP request beneath a call: readings of the clock, and what came of it."""

    started: int
    ended: int
    status: int | None = None
    """None: no answer came."""
    headers: Any = None

    @property
    def is_failed(self) -> bool:
        return self.status is None or self.status >= 400


class Call(Live):
    """The mutable notes taken while a call runs; the finisher reads them afterwards."""

    __slots__ = (
        "arguments", "chunks", "client", "ending", "error", "exchanges", "http", "integration", "is_lazy", "is_shown", "operation", "response",
        "seen", "takes", "times",
    )  # fmt: skip

    def __init__(
        self,
        sink: Sink,
        integration: Integration,
        operation: Operation,
        client: Any,
        arguments: Mapping[str, Any],
        parent: Context,
    ) -> None:
        super().__init__(sink, operation.name, parent)
        self.integration = integration
        self.operation = operation
        self.client = client
        self.arguments = arguments
        self.response: Any = None
        self.http: Any = None
        """An HTTP response the user reads himself: its body is in `chunks`, as bytes, or in the response."""
        self.chunks: Any = None
        """What has arrived of a stream: a list from `opened` on."""
        self.times: Any = None
        """One reading of `perf_counter_ns` a chunk.  Those who watch append to both lists, or count, themselves:
        with no function of ours between the user and his chunk, none can fail there."""
        self.seen: int | None = None
        """Chunks the user has taken, where `chunks` holds the bytes they came in: objects kept alive cost him more."""
        self.takes: Callable[[Any], bool | None] | None = None
        """Takes out of a chunk what its reader did not ask for; true when he is not to see it at all."""
        self.exchanges: Sequence[Exchange] = ()
        """The HTTP requests beneath, in the order of their answers."""
        self.error: BaseException | None = None
        self.ending: Ending = "done"
        self.is_lazy = False
        """Is nothing sent before the first piece of the stream is asked for?"""
        shows = sink.shows
        self.is_shown = shows is not None and shows()
        """Does it go where the program's own spans go, so that they may be its children?"""

    def within(self, around: Context) -> Context:
        """A call is no step.  And where others would never hear of it, what they see of the context is theirs alone."""
        return Context({**around, _SPAN_KEY: self, CALL: None} if self.is_shown else {**around, CALL: self})

    def opened(self) -> None:
        """The answer streams: from now on chunks are noted."""
        if self.chunks is None:
            self.chunks, self.times = [], []
            self.sink.opened(self)

    @unfailing("restarting a call")
    def restart(self) -> None:
        """The request only goes out now: count from here."""
        self.started_ns, self._started = time.time_ns(), time.perf_counter_ns()

    @unfailing("ending a call")
    def finish(self, *, error: BaseException | None = None, abandoned: bool = False) -> None:
        """End the call.  The first end wins; later ones are ignored."""
        if self.ended_ns is not None:
            return
        self.ended_ns = self.clock()
        if isinstance(error, GeneratorExit):  # the collector or `close()`: nobody failed, somebody left
            error, abandoned = None, True
        self.error = error
        self.ending = "error" if error is not None else "abandoned" if abandoned else "done"
        self.sink.submit(self)

    def snapshot(self) -> Call:
        """A copy to read while the call goes on: what comes meanwhile is not in it."""
        taken = copy.copy(self)
        if taken.chunks is not None:
            taken.times, taken.chunks = list(taken.times), list(taken.chunks)
        taken.ended_ns, taken.ending = self.clock(), "abandoned"
        return taken

    @unfailing("dropping a call")
    def drop(self) -> None:
        """Forget a call that was prepared and never made."""
        if self.ended_ns is None:
            self.ended_ns = self.started_ns

    def release(self) -> None:
        """Let go of everything that was noted, once it has been read.

        The user may keep a stream for long, and an exception holds his frames, which hold us.
        """
        self.chunks, self.times = (None, None) if self.chunks is None else ([], [])
        self.arguments, self.exchanges = {}, ()
        self.client = self.response = self.http = self.error = None
