"""What Limelight says about itself."""

from __future__ import annotations

import collections
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from limelight.core.model import NOTHING
from limelight.engine import guard, probe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from limelight.pipeline.export import Exporter
    from limelight.pipeline.foreign import Leashed
    from limelight.pipeline.pipeline import Pipeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """Counts of one process since it began or was forked: whatever goes in comes out somewhere here."""

    spans: int = 0
    """Spans made."""
    exported: int = 0
    """Spans that the backend has taken, those of earlier processes among them; of several backends each counts."""
    dropped: Mapping[str, int] = field(default_factory=lambda: NOTHING)
    """Spans that nobody will ever see, by reason."""
    spooled: int = 0
    """Spans written to disk because the backend was away."""
    replayed: int = 0
    """Requests sent from there, of this process or an earlier one."""
    waiting: int = 0
    """Spans in memory, on their way."""
    waiting_on_disk: int = 0
    """Requests in the spool."""
    running: int = 0
    """Calls under way, where they are noted for the case that the process is killed."""
    texts: int = 0
    """Texts looked at for secrets."""
    masked: Mapping[str, int] = field(default_factory=lambda: NOTHING)
    """What was masked in them, by kind."""
    unmaskable: int = 0
    """Contents thrown away because masking them failed."""
    errors: Mapping[str, int] = field(default_factory=lambda: NOTHING)
    """Mistakes of our own that were caught, by what failed."""
    caller_us: float | None = None
    """Microseconds that beginning and ending a call takes on the thread that makes it: the median of one call in 64."""


def counted(pipeline: Pipeline | None, exporters: Sequence[Exporter | Leashed], running: int) -> Stats:
    """Read the counters.  Costs a look at a folder; call it as often as every few seconds."""
    masker = pipeline.policy.masker if pipeline else None
    counts = [exporter.counts for exporter in exporters]
    spools = [exporter.spool for exporter in exporters if exporter.spool is not None]
    return Stats(
        spans=pipeline.made if pipeline else 0,
        exported=sum(one.sent for one in counts),
        dropped=_dropped(pipeline, exporters),
        spooled=sum(one.spooled for one in counts),
        replayed=sum(one.replayed for one in counts),
        waiting=(pipeline.finisher.depth if pipeline else 0) + sum(exporter.depth for exporter in exporters),
        waiting_on_disk=sum(map(len, spools)),
        running=running,
        texts=masker.seen if masker else 0,
        masked=dict(masker.counts) if masker else {},
        unmaskable=masker.dropped if masker else 0,
        errors=dict(guard.errors),
        caller_us=probe.typical_us(),
    )


def _dropped(pipeline: Pipeline | None, exporters: Sequence[Exporter | Leashed]) -> Mapping[str, int]:
    lost = collections.Counter(pipeline.lost if pipeline else ())
    for exporter in exporters:
        lost.update(dict(exporter.counts.lost))  # its thread may be counting just now
        if exporter.spool is not None:
            lost["spool full: requests"] += exporter.spool.pushed_out
    return dict(+lost)
