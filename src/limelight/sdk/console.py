"""`console=True`: each trace on the terminal when it has ended.

Here spans are gathered until the one around them has ended; how they look says `console_view`.
"""

from __future__ import annotations

import importlib.util
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from limelight.core.model import Record, Text
from limelight.engine.forks import after_fork
from limelight.engine.probe import untimed
from limelight.engine.span import Live, nearest
from limelight.sdk.config import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from limelight.pipeline.otlp import Finished
    from limelight.sdk.config import Config

MAX_TRACES = 200
"""Traces under way; the one that began first is shown as it is when there are more."""
MAX_STEPS = 2_000
"""Steps of a trace that are kept; of further ones only the sums are."""
MAX_CHARS = 2_000
"""Of a prompt or an error's message: more fits on no line."""
MAX_MODELS = 20
_MODELS = frozenset({"llm", "embedding", "rerank"})
_GUESSED = frozenset({"estimated", "partial"})


@dataclass(frozen=True, slots=True)
class Step:
    """What is shown of a span; texts are masked by now, and short."""

    id: int
    parent: int | None
    name: str
    start_ns: int
    end_ns: int
    is_call: bool
    has_output: bool
    """Has its answer tokens?  Embeddings and rankings have none."""
    model: str | None
    outcome: str
    tokens: tuple[int | None, int | None]
    cached: int | None
    estimated: frozenset[str]
    cost: float | None
    provenance: str
    retries: tuple[int | None, ...]
    """The HTTP status of each attempt that was tried again."""
    first_s: float | None
    error: str | None
    prompt: str | None


@dataclass(slots=True)
class Sum:
    """A figure of several calls: what is known of it, how many are not, and whether any is a guess."""

    total: float = 0
    known: int = 0
    unknown: int = 0
    is_guess: bool = False

    def add(self, value: float | None, is_guess: bool) -> None:
        if value is None:
            self.unknown += 1
            return
        self.total += value
        self.known += 1
        self.is_guess = self.is_guess or is_guess


@dataclass(slots=True)
class Trace:
    """The spans of a trace that have ended so far, below one that was the first of this program."""

    id: int
    is_late: bool = False
    """Does it tell of steps that ended after the trace itself had been shown?"""
    has_ended: bool = False
    first: Step | None = None
    """The one around all others, which ends last."""
    steps: list[Step] = field(default_factory=list)
    count: int = 0
    calls: int = 0
    failed: int = 0
    retries: int = 0
    models: dict[str, None] = field(default_factory=dict)
    input: Sum = field(default_factory=Sum)
    output: Sum = field(default_factory=Sum)
    cached: int = 0
    cost: Sum = field(default_factory=Sum)

    def add(self, step: Step) -> None:
        self.count += 1
        self.failed += step.outcome == "error"
        if len(self.steps) < MAX_STEPS:
            self.steps.append(step)
        if step.is_call:
            self._spend(step)

    def end(self, step: Step) -> None:
        self.has_ended, self.first = True, step
        if self.steps[-1] is not step:
            self.steps[-1] = step

    def _spend(self, step: Step) -> None:
        self.calls += 1
        self.retries += len(step.retries)
        if step.model and len(self.models) < MAX_MODELS:
            self.models[step.model] = None
        if step.outcome == "error" and step.tokens == (None, None):
            return  # refused: there is nothing to know
        self.input.add(step.tokens[0], "input" in step.estimated)
        if step.has_output:
            self.output.add(step.tokens[1], "output" in step.estimated)
        self.cost.add(step.cost, step.provenance in _GUESSED)
        self.cached += step.cached or 0


class Show(Protocol):
    def __call__(self, trace: Trace) -> None: ...


class Gathering:
    """An `Output` of the pipeline: shows a trace when its first span has ended, and what comes later by itself."""

    def __init__(self, show: Show) -> None:
        self._show = show
        self._reset()
        after_fork(self._reset)

    def _reset(self) -> None:
        """A child shows its own: of the parent's traces the parent tells."""
        self._lock = threading.Lock()
        self._open: OrderedDict[tuple[int, int], Trace] = OrderedDict()
        self._shown: OrderedDict[tuple[int, int], None] = OrderedDict()

    def __call__(self, done: Finished, live: Live) -> None:
        around = list(_around(live))
        first = around[-1] if around else live
        key = (live.trace_id, first.span_id)
        step = _step(done, done.record, around[0].span_id if around else None)
        with self._lock:
            is_late = key in self._shown
            trace = self._open.setdefault(key, Trace(live.trace_id, is_late))
            trace.add(step)
            is_end = live is first or (is_late and (around[0].ended_ns or done.end_ns) < done.end_ns)
            ended = [self._ended(key, step)] if is_end else []
            while len(self._open) > MAX_TRACES:
                ended.append(self._open.popitem(last=False)[1])
        for each in ended:
            self._show(each)

    def close(self) -> None:
        """Show what has not ended, and will not any more."""
        with self._lock:
            left = list(self._open.values())
            self._open.clear()
        for trace in left:
            self._show(trace)

    def _ended(self, key: tuple[int, int], step: Step) -> Trace:
        trace = self._open.pop(key)
        trace.end(step)
        self._shown[key] = None
        while len(self._shown) > MAX_TRACES:
            self._shown.popitem(last=False)
        return trace


def gathering(config: Config) -> Gathering | None:
    """The console that the settings ask for."""
    wanted = config.console
    if wanted is False or not config.enabled:
        return None
    if importlib.util.find_spec("rich") is None:
        raise ConfigError("`console` needs the package `rich`: pip install 'limelight[console]'")
    return Gathering(_Shown(wanted, config.project, config.environment))


class _Shown:
    """Loads `rich` when there is something to show, in the background."""

    def __init__(self, wanted: Any, project: str | None, environment: str | None) -> None:
        self._wanted = wanted
        self._about = (project, environment)
        self._reset()
        after_fork(self._reset)

    def _reset(self) -> None:
        """What was made before a fork may hold a lock that nobody gives back."""
        self._show: Show | None = None

    def __call__(self, trace: Trace) -> None:
        if self._show is None:
            from limelight.sdk.console_view import Panels, console

            self._show = Panels(console(self._wanted), *self._about)
        self._show(trace)


def _around(live: Live) -> Iterable[Live]:
    """The spans of the same instance around this one, from the inside."""
    around, own = nearest(live.parent), untimed(live.sink).submit
    while isinstance(around, Live) and untimed(around.sink).submit == own:
        yield around
        around = nearest(around.parent)


def _step(done: Finished, record: Record, parent: int | None) -> Step:
    usage, failure = record.response.usage, record.failure
    error = None if failure is None else f"{failure.type}: {failure.message}" if failure.message else failure.type
    return Step(
        id=done.context.span_id,
        parent=parent,
        name=done.name,
        start_ns=done.start_ns,
        end_ns=done.end_ns,
        is_call=record.kind in _MODELS,
        has_output=record.kind == "llm",
        model=record.response.model or record.request.model,
        outcome="error" if done.error is not None else record.outcome,
        tokens=(usage.input, usage.output),
        cached=usage.cache_read,
        estimated=usage.estimated,
        cost=record.cost.total,
        provenance=record.cost.provenance,
        retries=tuple(attempt.status for attempt in record.attempts),
        first_s=record.timing.first_content_s or record.timing.first_chunk_s,
        error=(error or done.error or None) and (error or done.error or "")[:MAX_CHARS],
        prompt=_prompt(record),
    )


def _prompt(record: Record) -> str | None:
    """The last thing that a person said."""
    for message in reversed(record.request.messages):
        if message.role == "user":
            said = " ".join(part.content[:MAX_CHARS] for part in message.parts if isinstance(part, Text))
            if said:
                return said[:MAX_CHARS]
    return record.input[:MAX_CHARS] if isinstance(record.input, str) else None
