"""Sampling: decided once, when a trace begins; and a second look at what was left out."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from limelight.core import names, sampling
from limelight.core.sampling import Start
from limelight.engine.call import Call
from limelight.engine.forks import after_fork
from limelight.engine.guard import guarded
from limelight.engine.span import Live
from limelight.engine.stamp import stamp_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from limelight.core.sampling import Reason, Rule
    from limelight.pipeline.otlp import Finished

MAX_HELD_BYTES = 32_000_000
MAX_KEPT = 10_000
"""Traces that we remember to have kept."""
LINGER_S = 10.0
"""So long after its first span has ended, something else may still speak for a trace."""
PATIENCE_S = 900.0
"""So long may a trace be silent while its first span is under way."""
LOOK_S = 1.0
SPAN_BYTES = 1_000
"""What a span takes beside its texts."""
MODEL_ARGUMENTS = ("model", "modelId", "model_id", "model_name", "engine")


class Head:
    """Rules, asked about the first span of each trace."""

    def __init__(self, rules: Sequence[Rule], tags: tuple[str, ...] = ()) -> None:
        self._rules, self._tags = rules, tags

    def sampled(self, live: Live) -> bool:
        """A trace that began elsewhere, or further up, has been decided there."""
        if (parent := live.parent_context) is not None:
            return parent.trace_flags.sampled
        return sampling.is_kept(live.trace_id, sampling.rate(self._rules, self._start(live)))

    def _start(self, live: Live) -> Start:
        start = _of_call(live) if isinstance(live, Call) else live.starts()
        stamp = stamp_of(live.parent)
        tags = (*self._tags, *stamp.tags)
        return replace(start, tags=tags, user_id=stamp.user_id, session_id=stamp.session_id)


def _of_call(call: Call) -> Start:
    operation, integration = call.operation, call.integration
    model = next((found for key in MODEL_ARGUMENTS if isinstance(found := call.arguments.get(key), str)), None)
    provider = integration.name
    with guarded("asking what a call is for"):
        if model is None:
            model = operation.request(call.arguments).model
        if integration.provider is not None:
            host = urlsplit(integration.address(call.client) or "").hostname
            provider = integration.provider(host, call.client) or provider
    return Start(operation.name, operation.kind, operation.name, names.provider(provider), model)


@dataclass(slots=True)
class Held:
    """What waits of one trace."""

    spans: list[tuple[Finished, Live]] = field(default_factory=list)
    bytes: int = 0
    dollars: float = 0.0
    until: float = 0.0


class Tail:
    """Holds spans that were not sampled, until one of their trace speaks for all of them or nobody does in time.

    Bounded: the trace that has been silent for longest goes first.  Spans may come from any thread.
    """

    def __init__(self, reasons: Sequence[Reason], emit: Callable[[Finished, Live], None]) -> None:
        self._reasons, self._emit = reasons, emit
        self._reset()
        after_fork(self._reset)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._held: OrderedDict[int, Held] = OrderedDict()
        self._kept: OrderedDict[int, None] = OrderedDict()
        self._bytes = 0
        self._look_at = 0.0

    def __call__(self, done: Finished, live: Live) -> None:
        with self._lock:
            ready = self._taken(done, live)
        for span, of in ready:
            self._emit(span, of)

    def _taken(self, done: Finished, live: Live) -> list[tuple[Finished, Live]]:
        """The spans that may go now: none, or all of the trace."""
        if (trace_id := done.context.trace_id) in self._kept:
            return [(done, live)]
        held = self._held.setdefault(trace_id, Held())
        self._held.move_to_end(trace_id)
        self._hold(held, done, live)
        seconds = (done.end_ns - done.start_ns) / 1e9
        if any(reason.holds(done.record, seconds, held.dollars) for reason in self._reasons):
            self._forget(trace_id)
            self._kept[trace_id] = None
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
            return held.spans
        self._make_room()
        return []

    def _hold(self, held: Held, done: Finished, live: Live) -> None:
        size = SPAN_BYTES + sum(len(value) for value in done.attributes.values() if isinstance(value, str))
        held.spans.append((done, live))
        held.bytes += size
        self._bytes += size
        held.dollars += done.record.cost.total or 0.0
        is_first = live.parent_context is None or live.parent_context.is_remote
        held.until = time.monotonic() + (LINGER_S if is_first else PATIENCE_S)

    def _make_room(self) -> None:
        while self._bytes > MAX_HELD_BYTES:
            self._forget(next(iter(self._held)))
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + LOOK_S
            for trace_id in [one for one, held in self._held.items() if held.until < now]:
                self._forget(trace_id)

    def _forget(self, trace_id: int) -> None:
        self._bytes -= self._held.pop(trace_id).bytes
