"""Measurements in the program's own `MeterProvider`, through OpenTelemetry's interface."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.metrics import MeterProvider

    from limelight.core.dialects.metrics import Measurement, Metric


class IntoMeter:
    """An instrument for each metric, made when it is first needed."""

    def __init__(self, provider: MeterProvider, version: str) -> None:
        self._meter: Any = provider.get_meter("limelight", version)
        self._instruments: dict[Metric, Callable[[float, dict[str, str | int]], None]] = {}
        known = inspect.signature(self._meter.create_histogram).parameters
        self._may_advise = "explicit_bucket_boundaries_advisory" in known
        """OpenTelemetry lets an instrument ask for its buckets since 1.30."""

    def add(self, one: Measurement) -> None:
        metric, value, labels = one
        record = self._instruments.get(metric)
        if record is None:
            record = self._instruments[metric] = self._instrument(metric)
        record(value, dict(labels))

    def _instrument(self, metric: Metric) -> Any:
        about: dict[str, Any] = {"unit": metric.unit, "description": metric.description}
        if metric.buckets is None:
            return self._meter.create_counter(metric.name, **about).add
        if self._may_advise:
            about["explicit_bucket_boundaries_advisory"] = metric.buckets
        return self._meter.create_histogram(metric.name, **about).record
