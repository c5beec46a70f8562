"""Spans in memory: `with capture() as spans: …; spans.all()`."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from limelight.sdk.api import Limelight

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Self

    from limelight.engine.span import Live
    from limelight.pipeline.otlp import Finished
    from limelight.pipeline.pipeline import Output, Pipeline
    from limelight.pipeline.provider import IntoProvider
    from limelight.sdk.config import Config


@dataclass(frozen=True, slots=True)
class Captured:
    """A span as it would have left the process."""

    span: Finished

    @property
    def name(self) -> str:
        return self.span.name

    @property
    def attributes(self) -> Mapping[str, Any]:
        return self.span.attributes

    @property
    def error(self) -> str | None:
        """The status description of a failed span."""
        return self.span.error

    @property
    def duration_s(self) -> float:
        return (self.span.end_ns - self.span.start_ns) / 1e9

    def events(self, name: str) -> list[Mapping[str, Any]]:
        return [event.attributes for event in self.span.events if event.name == name]

    def json(self, key: str) -> Any:
        """An attribute that holds JSON, decoded; None when it is not there."""
        raw = self.span.attributes.get(key)
        return None if raw is None else json.loads(raw)

    def is_child_of(self, other: Captured) -> bool:
        parent = self.span.parent
        return parent is not None and parent.span_id == other.span.context.span_id


class Capture(Limelight):
    """A `Limelight` that sends nothing and keeps everything."""

    _kept: list[Captured]

    def _piped(self, config: Config, outputs: Sequence[Output] = ()) -> Pipeline:
        self._kept = []
        quiet = config if config.meter_provider is not None else replace(config, metrics=False)
        return super()._piped(quiet, (*outputs, self._keep))

    def _exports(self, config: Config) -> bool:
        return False

    def _into_provider(self, config: Config) -> IntoProvider | None:
        """Into a provider that was asked for, never into one that is merely there."""
        return super()._into_provider(config) if {"tracer_provider", "exporter"} & config.given else None

    def _keep(self, done: Finished, live: Live) -> None:
        self._kept.append(Captured(done))

    def all(self) -> list[Captured]:
        """Every span that has ended, oldest end first."""
        self.flush()
        return list(self._kept)

    def one(self) -> Captured:
        """The only span there is."""
        spans = self.all()
        if len(spans) != 1:
            raise AssertionError(f"expected one span, got {len(spans)}: {[span.name for span in spans]}")
        return spans[0]

    def clear(self) -> None:
        self.flush()
        self._kept.clear()

    def __enter__(self) -> Self:
        return self


def capture(*libraries: str, **settings: Any) -> Capture:
    """Trace `libraries`, or all, into memory; takes the settings of `limelight.init()`."""
    captured = Capture(**settings)
    captured.instrument(*libraries)
    return captured
