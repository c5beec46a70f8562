"""From an ended span to whoever wants it: the whole way, in one object per `Limelight` instance."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from limelight.core import names
from limelight.core.dialects import keys
from limelight.core.dialects.genai import Written, span_name, write
from limelight.core.model import Failure, Outcome, Record
from limelight.core.sampling import is_kept
from limelight.core.tokens import estimated
from limelight.engine import probe
from limelight.engine.call import Call
from limelight.engine.forks import after_fork
from limelight.engine.guard import guarded
from limelight.engine.span import Live, nearest
from limelight.engine.stamp import BLANK, stamp_of
from limelight.pipeline import failures, privacy, read, stages
from limelight.pipeline.declared import declared
from limelight.pipeline.finisher import Finisher
from limelight.pipeline.otlp import Finished

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from opentelemetry.trace import SpanContext

    from limelight.core.masking import Masker
    from limelight.core.pricing import PriceList


KILLED = "ProcessKilled"
"""The kind of error of a call whose process died under it."""


class Output(Protocol):
    """Takes finished spans, on the finisher's thread."""

    def __call__(self, done: Finished, live: Live) -> None: ...


class Measure(Protocol):
    """Takes what every span means, masked, whether its trace is kept or not; on the finisher's thread."""

    def __call__(self, record: Record, live: Live) -> None: ...


@dataclass(frozen=True, slots=True)
class Policy:
    """What is kept of a span."""

    capture_content: bool = True
    capture_input: bool = True
    capture_output: bool = True
    capture_tokens: bool = True
    capture_cost: bool = True
    capture_rate: float = 1.0
    """Share of traces whose content is kept."""
    sample_rate: float = 1.0
    """Share of traces that are kept at all."""
    masker: Masker | None = None
    prices: PriceList | None = None
    include_usage: bool = False
    """Ask streams for their usage where the caller does not."""
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    """Put on every span."""


class ForClient:
    """The same way for one wrapped client's calls, of which something else is kept.

    It stands in the client in the pipeline's place, so whoever does not use it pays nothing.
    """

    __slots__ = ("_pipeline", "injects", "opened", "policy", "sampled", "shows", "submit")

    def __init__(self, pipeline: Pipeline, policy: Policy) -> None:
        self.policy = policy
        self.injects, self.opened, self.submit = pipeline.injects, pipeline.opened, pipeline.submit
        self.sampled, self.shows = pipeline.sampled, pipeline.shows
        self._pipeline = pipeline

    @property
    def begun(self) -> Callable[[Call], object] | None:
        return self._pipeline.begun


class Pipeline:
    """A `Sink` for the engine."""

    def __init__(
        self,
        policy: Policy,
        outputs: Sequence[Output],
        *,
        sampler: Callable[[Live], bool] | None = None,
        measures: Sequence[Measure] = (),
        hold: Callable[[Output], Output] | None = None,
        shows: Callable[[], bool] | None = None,
    ) -> None:
        """`hold` makes a second chance for spans that were not sampled: it is given what passes them on."""
        self.policy = policy
        self.injects = policy.include_usage
        self._outputs = tuple(outputs)
        self._measures = tuple(measures)
        self._sampler = sampler
        self.shows = shows
        """Do spans go where the program's own go?  None: never."""
        self._held = hold(self._emit_late) if hold is not None else None
        self.finisher = Finisher(self._finish)
        self.submit = self.finisher.submit
        self.opened = self.finisher.opened
        self.begun: Callable[[Call], object] | None = None
        self.ended: Callable[[Any], object] | None = None
        """Told of each span that was told of as a call when it began, and of others; may not fail."""
        self._reset()
        after_fork(self._reset)

    def _reset(self) -> None:
        self.made = 0
        """Spans that were finished and are kept."""
        self.lost: Counter[str] = Counter()
        """Those that never became one, by reason."""

    def sampled(self, span: Live) -> bool:
        parent = span.parent_context
        if self._sampler is not None:
            with guarded("asking the sampler"):
                return self._sampler(span)
        return parent.trace_flags.sampled if parent else is_kept(span.trace_id, self.policy.sample_rate)

    def _finish(self, live: Live, whole: bool) -> None:
        probe.ended()
        if self.ended is not None:
            self.ended(live)
        if live.began >= self.finisher.born:
            if live.get_span_context().trace_flags.sampled:
                self.made += 1
                self._pass_on(live, whole, self._emit)
            elif self._held is not None:
                self._pass_on(live, whole, self._held)
            elif self._measures:
                with guarded("measuring a span that is not kept"):
                    self._measure(self._record(live, _understood(live) if whole else _bare(live)), live)
        live.release()

    def _pass_on(self, live: Live, whole: bool, to: Output) -> None:
        if (done := self._done(live, whole)) is not None:
            with guarded("passing on a span"):
                to(done, live)
            self._measure(done.record, live)

    def _emit(self, done: Finished, live: Live) -> None:
        for output in self._outputs:
            with guarded("passing on a span"):
                output(done, live)

    def _emit_late(self, done: Finished, live: Live) -> None:
        self.made += 1
        self._emit(done, live)

    def _measure(self, record: Record, live: Live) -> None:
        for measure in self._measures:
            with guarded("measuring a span"):
                measure(record, live)

    def unfinished(self, call: Call) -> Finished | None:
        """A call under way as it would be told of if the process died now."""
        seen = call.snapshot()
        if call.ended_ns is not None or not seen.get_span_context().trace_flags.sampled:
            return None
        record = replace(_understood(seen), outcome="killed", failure=Failure(KILLED))
        return self._written(seen, self._record(seen, record))

    def _done(self, live: Live, whole: bool) -> Finished | None:
        if whole:
            with guarded("writing a span"):
                return self._written(live, self._record(live, _understood(live)))
            note = "content dropped: it could not be written"
        else:
            note = "content dropped: too many calls at once"
        with guarded("writing a span without content"):
            return self._written(live, self._record(live, _bare(live, note)))
        self.lost["could not be written"] += 1
        return None

    def _record(self, live: Live, record: Record) -> Record:
        policy = self._policy(live)
        record = _stamped(live, record, policy)
        with guarded("estimating tokens"):
            record = estimated(record)
        with guarded("pricing"):
            at = dt.datetime.fromtimestamp(live.started_ns / 1e9, dt.timezone.utc)
            record = stages.priced(record, at, policy.prices)
        record = _captured(live, record, policy)
        record = privacy.record(policy.masker, record)
        with guarded("cutting"):
            return stages.cut(record)
        return stages.without_content(record, "content dropped: it could not be cut")

    def _written(self, live: Live, record: Record) -> Finished:
        written = write(record)
        said, links = self._said(live)
        parent = live.parent_context
        masker = self._policy(live).masker
        if isinstance(live, Call):  # of parts that are masked by now
            name = span_name(record.operation or live.operation.name, record.request.model)
        else:
            name = privacy.text(masker, live.name)
        return Finished(
            context=privacy.context(masker, live.get_span_context()),
            parent=parent,
            name=name,
            is_client=written.is_client,
            start_ns=live.started_ns,
            end_ns=live.ended_ns or live.clock(),
            attributes={**written.attributes, **self._marks(live), **said.attributes, **self._entry(live, parent)},
            events=(*written.events, *said.events),
            links=links,
            error=said.error if written.error is None else written.error,
            record=record,
        )

    def _policy(self, live: Live) -> Policy:
        return live.sink.policy if isinstance(live.sink, ForClient) else self.policy

    def _entry(self, live: Live, parent: SpanContext | None) -> Mapping[str, Any]:
        """Does it belong to another tracer's span, which goes elsewhere than ours?"""
        if parent is None or parent.is_remote or self.shows is not None or isinstance(nearest(live.parent), Live):
            return _NO_ENTRY
        return _ENTRY

    def _marks(self, live: Live) -> Mapping[str, Any]:
        """What stands on every span, and of which business event this one is a part."""
        policy = self._policy(live)
        return privacy.table(policy.masker, {**policy.attributes, **stamp_of(live.parent).marks})

    def _said(self, live: Live) -> tuple[Written, privacy.Links]:
        """What others said about the span through OpenTelemetry's interface, masked like everything else."""
        if not live.has_notes:
            return _UNSAID, ()
        notes, masker = live.notes, self._policy(live).masker
        error = notes.status.description or "" if notes.status is not None and not notes.status.is_ok else None
        said = Written(
            False,
            dict(privacy.table(masker, notes.attributes)),
            privacy.events(masker, notes.events),
            privacy.text(masker, error) if error else error,
        )
        return said, privacy.links(masker, notes.links)


_UNSAID = Written(False, {}, (), None)
_NO_ENTRY: Mapping[str, Any] = {}
_ENTRY: Mapping[str, Any] = {keys.ENTRY: True}


def _stamped(live: Live, record: Record, policy: Policy) -> Record:
    stamp = stamp_of(live.parent)
    if stamp is BLANK and not policy.tags and not policy.metadata:
        return record
    return replace(
        record,
        user_id=record.user_id or stamp.user_id,
        session_id=record.session_id or stamp.session_id,
        tags=tuple(dict.fromkeys((*policy.tags, *stamp.tags, *record.tags))),
        metadata={**policy.metadata, **stamp.metadata, **record.metadata},
    )


def _captured(live: Live, record: Record, policy: Policy) -> Record:
    """Without what is not wanted of it."""
    if not (policy.capture_content and is_kept(live.trace_id, policy.capture_rate)):
        record = stages.without_content(record)
    if not policy.capture_input:
        record = stages.without_input(record)
    if not policy.capture_output:
        record = stages.without_output(record)
    if not policy.capture_tokens:
        record = stages.without_tokens(record)
    return record if policy.capture_cost else stages.without_cost(record)


def _understood(live: Live) -> Record:
    if isinstance(live, Call):
        return read.record(live)
    with guarded("reading a span"):
        return _ended_by(getattr(live, "error", None), declared(live.record(), live))
    return _bare(live, "content dropped: it could not be read")


def _ended_by(error: BaseException | None, record: Record) -> Record:
    """A step that an exception has ended, where the step does not say so itself."""
    if error is None or record.failure is not None:
        return record
    if failures.is_cancellation(error):
        return replace(record, outcome="cancelled")
    return replace(record, failure=failures.of_exception(error), outcome="error")


def _bare(live: Live, *notes: str) -> Record:
    """What is known of a span without reading what it holds."""
    if not isinstance(live, Call):
        return Record(notes=notes)
    failure = (
        None if live.error is None or failures.is_cancellation(live.error) else Failure(type(live.error).__qualname__)
    )
    left: Outcome = "cancelled" if live.error is not None else "incomplete" if live.ending == "abandoned" else "ok"
    operation = live.operation
    return Record(
        kind=operation.kind,
        operation=operation.name,
        provider=names.provider(live.integration.name),
        failure=failure,
        outcome="error" if failure is not None else left,
        notes=notes,
    )
