"""One intercepted call, from its start to exactly one end."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from limelight.engine.guard import unfailing
from limelight.engine.span import Live, Sink

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opentelemetry.context import Context

    from limelight.core.operation import Integration, Operation

Ending = Literal["done", "error", "abandoned"]
"""How a call ended: with its answer or the last chunk, with an exception, or left before the end."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A failed try of the client's own retry loop, as it was seen go by."""

    at_ns: int
    response: Any = None
    """The HTTP response that was judged, if one came."""
    wait_s: float | None = None


class Call(Live):
    """The mutable notes taken while a call runs; the finisher reads them afterwards."""

    response: Any = None
    http: Any = None
    """An HTTP response the user reads himself: its body is in `chunks`, as bytes, or in the response."""
    chunks: Any = None
    """What has arrived of a stream: a list from `opened` on."""
    times: Any = None
    """One reading of `perf_counter_ns` a chunk.  Those who watch append to both lists, or count, themselves:
    with no function of ours between the user and his chunk, none can fail there."""
    seen: int | None = None
    """Chunks the user has taken, where `chunks` holds the bytes they came in: objects kept alive cost him more."""
    tries: Sequence[Tried] = ()
    error: BaseException | None = None
    ending: Ending = "done"
    is_lazy: bool = False
    """Is nothing sent before the first piece of the stream is asked for?"""

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

    def opened(self) -> None:
        """The answer streams: from now on chunks are noted."""
        if self.chunks is None:
            self.chunks, self.times = [], []
            self.sink.opened(self)

    def tried(self, response: Any) -> None:
        """The client judged this answer worth another try."""
        self.tries = (*self.tries, Tried(self.clock(), response))

    def waited(self, seconds: float) -> None:
        """It waits before the next try; one that brought no answer is first heard of here."""
        judged = self.tries and self.tries[-1].wait_s is None
        last = self.tries[-1] if judged else Tried(self.clock())
        earlier = self.tries[:-1] if judged else self.tries
        self.tries = (*earlier, replace(last, wait_s=seconds))

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
        self.arguments, self.tries = {}, ()
        self.client = self.response = self.http = self.error = None
