"""What spans add up to: measured on the finisher's thread, summed here or in the program's own `MeterProvider`."""

from __future__ import annotations

import bisect
import itertools
import math
import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from limelight.core.dialects.metrics import OVERFLOW, Measurement, measured
from limelight.engine.call import Call
from limelight.engine.forks import after_fork
from limelight.pipeline.metrics_otlp import Period
from limelight.pipeline.metrics_otlp import metric as encoded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from limelight.core.dialects.metrics import Labels, Metric
    from limelight.core.model import Record
    from limelight.engine.span import Live

MAX_SERIES = 2_000
"""Combinations of attributes a metric; what comes beyond is summed together and says so, as OpenTelemetry has it."""
MAX_GAPS = 10_000
"""Chunks of one stream whose distances are counted."""


class Adding(Protocol):
    """Where measurements go."""

    def add(self, one: Measurement) -> None: ...


class Measuring:
    """A `Measure` of the pipeline: a span's meaning, as numbers."""

    def __init__(self, into: Adding) -> None:
        self._add = into.add

    def __call__(self, record: Record, live: Live) -> None:
        seconds = ((live.ended_ns or live.clock()) - live.started_ns) / 1e9
        for one in measured(record, seconds, _gaps(live)):
            self._add(one)


def _gaps(live: Live) -> Sequence[float]:
    """Seconds between the chunks of a stream."""
    times = live.times if isinstance(live, Call) else None
    if not times:
        return ()
    seen = times[: MAX_GAPS + 1]
    return [(after - before) / 1e9 for before, after in itertools.pairwise(seen)]


@dataclass(slots=True)
class Point:
    """One series: a sum, and for a histogram how the values lie."""

    total: float = 0
    count: int = 0
    least: float = math.inf
    most: float = -math.inf
    counts: list[int] = field(default_factory=list)

    def add(self, value: float, buckets: tuple[float, ...] | None) -> None:
        self.total += value
        if buckets is None:
            return
        self.count += 1
        self.least, self.most = min(self.least, value), max(self.most, value)
        self.counts = self.counts or [0] * (len(buckets) + 1)
        self.counts[bisect.bisect_left(buckets, value)] += 1

    def join(self, other: Point) -> None:
        self.total += other.total
        self.count += other.count
        self.least, self.most = min(self.least, other.least), max(self.most, other.most)
        self.counts = [sum(pair) for pair in zip(self.counts, other.counts, strict=True)] or self.counts


@dataclass(frozen=True, slots=True)
class Sums:
    """What was counted in a period."""

    period: Period
    points: dict[Metric, dict[Labels, Point]]

    def encoded(self) -> list[bytes]:
        return [encoded(metric, points.items(), self.period) for metric, points in self.points.items()]


class Aggregation:
    """Sums since the start, or since they were last taken (`is_delta`).  A forked child begins at nothing."""

    def __init__(self, *, is_delta: bool = False) -> None:
        self._is_delta = is_delta
        self._reset()
        after_fork(self._reset)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._start_ns = time.time_ns()
        self._points: dict[Metric, dict[Labels, Point]] = {}

    def add(self, one: Measurement) -> None:
        metric, value, labels = one
        with self._lock:
            self._point(metric, labels).add(value, metric.buckets)

    def _point(self, metric: Metric, labels: Labels) -> Point:
        series = self._points.setdefault(metric, {})
        found = series.get(labels)
        if found is None:
            labels = labels if len(series) < MAX_SERIES else OVERFLOW
            found = series.setdefault(labels, Point())
        return found

    def taken(self) -> Sums:
        with self._lock:
            period = Period(self._start_ns, time.time_ns(), self._is_delta)
            if self._is_delta:
                sums = Sums(period, self._points)
                self._points, self._start_ns = {}, period.end_ns
                return sums
            copies = {
                metric: {labels: replace(point, counts=[*point.counts]) for labels, point in series.items()}
                for metric, series in self._points.items()
            }
            return Sums(period, copies)

    def give_back(self, sums: Sums) -> None:
        """Nobody took them: differences are to be told another time; sums since the start are told again anyway."""
        if not self._is_delta:
            return
        with self._lock:
            self._start_ns = sums.period.start_ns
            for metric, series in sums.points.items():
                for labels, point in series.items():
                    now = self._points.setdefault(metric, {})
                    if (since := now.get(labels)) is not None:
                        point.join(since)
                    now[labels] = point
