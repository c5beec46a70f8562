"""Where an instance's metrics go: into a `MeterProvider`, to its endpoint, or nowhere."""

from __future__ import annotations

import os
import time
import uuid
from typing import TYPE_CHECKING, Any

from limelight.sdk.destination import Destination
from limelight.sdk.outlets import spool, target
from limelight.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from limelight.pipeline.metrics import Adding
    from limelight.pipeline.metrics_export import MetricsExporter
    from limelight.pipeline.pipeline import Measure
    from limelight.sdk.config import Config


class Metering:
    """The metrics of one instance; what they need is loaded only where they are wanted."""

    def __init__(self, config: Config, resource: Mapping[str, Any]) -> None:
        self.exporter = None if config.metrics is False else _exporter(config, resource)
        into: Adding | None = self.exporter
        if config.enabled and config.metrics is not False and config.meter_provider is not None:
            from limelight.pipeline.metrics_provider import IntoMeter

            into = IntoMeter(_provider(config.meter_provider), VERSION)
        self.measures: tuple[Measure, ...] = () if into is None else _measures(into)

    def sent(self, until: float | None, *, is_last: bool = False) -> bool:
        """Are the sums with the backend, by that time on the monotonic clock?"""
        if self.exporter is None:
            return True
        left = None if until is None else max(0.0, until - time.monotonic())
        return self.exporter.close(left) if is_last else self.exporter.flush(left)


def _measures(into: Adding) -> tuple[Measure, ...]:
    from limelight.pipeline.metrics import Measuring

    return (Measuring(into),)


def _exporter(config: Config, resource: Mapping[str, Any]) -> MetricsExporter | None:
    if (wanted := config.metrics_export) is None:
        return None
    from limelight.pipeline.metrics_export import MetricsExporter

    to = Destination(url=wanted.url, headers=wanted.headers)
    return MetricsExporter(
        target(to),
        lambda: {**_this_process(), **resource, "process.pid": os.getpid()},
        VERSION,
        spool=spool(config, to),
        interval_s=wanted.interval_s,
        is_delta=wanted.is_delta,
        is_quiet=wanted.url.partition("/v1/")[0] == config.traces_url.partition("/v1/")[0],
    )


_instances: dict[int, str] = {}


def _this_process() -> dict[str, str]:
    """Sums of two processes must never be taken for one's; containers all have the same process ids."""
    return {"service.instance.id": _instances.setdefault(os.getpid(), str(uuid.uuid4()))}


def _provider(given: Any) -> Any:
    if given != "global":
        return given
    from opentelemetry import metrics

    return metrics.get_meter_provider()
