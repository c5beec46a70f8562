"""`limelight doctor`: what is traced here, where it goes, and what stands in the way."""

from __future__ import annotations

import contextlib
import json
import platform
import time
import urllib.request
from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from limelight.core.dialects import keys
from limelight.core.wire.read import as_table, listed
from limelight.engine.doors import DOORS
from limelight.engine.guard import errors, guarded
from limelight.engine.targets import unsupported
from limelight.sdk.api import Limelight
from limelight.sdk.config import Config, ConfigError
from limelight.sdk.metering import Metering
from limelight.sdk.outlets import backends, spool
from limelight.sdk.switches import switch, switches
from limelight.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from limelight.engine.patch import Switch
    from limelight.pipeline.export import Exporter
    from limelight.sdk.stats import Stats

State = Literal["good", "note", "bad"]
PATIENCE_S = 5.0
ALONE: Mapping[str, Any] = {
    "spool": "off",
    "console": False,
    "metrics": False,
    "sample_rate": 1.0,
    "instrument": False,
}
"""What we try out is seen by nobody but us, and does not hang on a share."""


class Finding(NamedTuple):
    state: State
    subject: str
    text: str


def examine() -> Iterator[Finding]:
    """Look at everything, in the order in which a reader would ask.  Imports what is traced, and sends one span and no figures."""
    yield Finding("good", "limelight", f"{VERSION}, on Python {platform.python_version()} and {_version_of_otel()}")
    try:
        config = _tried()
    except ConfigError as wrong:
        yield Finding("bad", "settings", str(wrong))
        return
    yield from settings(config)
    if config.enabled:
        yield from libraries()
        yield from neighbours()
        yield from delivery(config)
        yield from figures(config)


def _tried() -> Config:
    """The settings, and whether a program with these would start: some are only read where they are needed."""
    with Limelight() as trial:
        wanted = trial.config.instrument
        for name in wanted if isinstance(wanted, tuple) else ():
            switch(name)
        return trial.config


def settings(config: Config) -> Iterator[Finding]:
    if not config.enabled:
        yield Finding("bad", "settings", "tracing is off: LIMELIGHT_ENABLED or OTEL_SDK_DISABLED says so")
        return
    named = sorted(config.given - {"given"})
    yield Finding("good", "settings", f"from the environment: {', '.join(named)}" if named else "all at their defaults")
    if not config.capture_content:
        yield Finding("note", "settings", "prompts and answers are not recorded: `capture_content` is off")
    if isinstance(config.sample_rate, tuple):
        yield Finding(
            "note", "settings", f"{len(config.sample_rate)} rules say which traces are recorded: `sample_rate`"
        )
    elif config.sample_rate < 1:
        yield Finding("note", "settings", f"{config.sample_rate:.0%} of traces are recorded: `sample_rate`")


def libraries() -> Iterator[Finding]:
    """Each client library: installed, in a version we know, and patched."""
    absent = []
    with Limelight(**ALONE, exporter=_Nobody()) as trial:
        for one in switches():
            integration = one.integration
            if not integration.package:
                continue
            name = integration.package.partition(">=")[0]
            if problem := unsupported(integration.package):
                if "not installed" in problem:
                    absent.append(name)
                else:
                    yield Finding("bad", integration.name, problem)
                continue
            yield _patched(one, trial, f"{name} {metadata.version(name)}")
    if absent:
        yield Finding("note", "not installed", ", ".join(sorted(set(absent))))


def _patched(one: Switch, trial: Limelight, which: str) -> Finding:
    """Switch it on, import what is to be patched, and see what came of it."""
    name, before = one.integration.name, errors.copy()
    with guarded(f"importing {name}"), trial.instrument(name):
        for module in sorted({target.partition(":")[0] for target in one.targets}):
            _import(module)
        done = len(one.targets & set(one.patched))
        if done:
            return Finding("good", name, f"{which}: {one.deeds.format(done)}")
    failed = ", ".join(errors - before) or f"nothing of it stands where it did ({', '.join(sorted(one.targets)[:3])})"
    return Finding("bad", name, f"{which} cannot be traced: {failed}")


def _import(module: str) -> None:
    """A module that this version lacks is passed over; one that breaks is heard of."""
    try:
        import_module(module)
    except ModuleNotFoundError:
        return


TRACERS = {
    "ddtrace": "Datadog",
    "langfuse": "Langfuse",
    "langsmith": "LangSmith",
    "logfire": "Logfire",
    "openlit": "OpenLIT",
    "sentry-sdk": "Sentry",
    "traceloop-sdk": "OpenLLMetry",
    "weave": "Weave",
}
_INSTRUMENTATIONS = ("openinference-instrumentation-", "opentelemetry-instrumentation-", "llm-tracekit")


def neighbours() -> Iterator[Finding]:
    """Who else may trace the same calls."""
    installed = {(one.metadata["Name"] or "").lower() for one in metadata.distributions()}
    found = sorted(name for name in installed if name in TRACERS or name.startswith(_INSTRUMENTATIONS))
    if found:
        yield Finding("note", "other tracers", f"{', '.join(found)}: what they trace they report to their own backend")


def delivery(config: Config) -> Iterator[Finding]:
    """Send one span, and look whether earlier ones still wait."""
    began = time.monotonic()
    with Limelight(**ALONE, service_name="limelight doctor") as trial:
        with trial.span("self-test", kind="task"):
            pass
        trial.flush(PATIENCE_S)
        took_ms = (time.monotonic() - began) * 1_000
        tried = trial.outlets.exporters
        counted = trial.stats()
    for each in tried:
        yield _delivered(each, took_ms)
    if any(each.counts.sent for each in tried):
        yield from blind_spots(config)
    yield itself(counted)
    if waiting := sum(len(one) for to in backends(config) if (one := spool(config, to)) is not None):
        yield Finding(
            "note", "delivery", f"{waiting} earlier requests wait on disk; the next traced program sends them"
        )


def _delivered(exporter: Exporter, took_ms: float) -> Finding:
    target, counts = exporter.target, exporter.counts
    if counts.sent:
        return Finding("good", "delivery", f"a test span was taken at {target.url} ({took_ms:.0f} ms)")
    problem = counts.last_problem or "did not answer in time"
    return Finding("bad", "delivery", f"{target.url} {problem}. {target.advice}")


def figures(config: Config) -> Iterator[Finding]:
    """Where metrics go, if they are wanted."""
    if config.metrics is False or (config.metrics is None and config.meter_provider is None):
        return
    if config.meter_provider is not None:
        yield Finding("good", "metrics", "counted in the `MeterProvider` that the program has set")
    elif (exporter := Metering(config, config.resource(VERSION)).exporter) is None:
        yield Finding("note", "metrics", "not sent: OTEL_METRICS_EXPORTER says so")
    elif problem := exporter.problem():
        yield Finding("bad", "metrics", f"{exporter.target.url} {problem}. {exporter.target.advice}")
    else:
        yield Finding("good", "metrics", f"a test request was taken at {exporter.target.url}")


def itself(counted: Stats) -> Finding:
    """What Limelight has counted while it looked: the same numbers that `limelight.stats()` gives in the program."""
    wrong = {**counted.dropped, **counted.errors}
    text = f"{counted.spans} spans made, {counted.exported} taken, {counted.waiting} waiting; "
    if not wrong:
        return Finding("good", "itself", text + "nothing dropped, nothing of its own went wrong")
    return Finding("note", "itself", text + ", ".join(f"{what}: {count}" for what, count in sorted(wrong.items())))


def blind_spots(config: Config) -> Iterator[Finding]:
    """Libraries whose calls were captured at transport, as far as the server there is ours and has heard of them."""
    found: list[str] = []
    with (
        contextlib.suppress(OSError, ValueError),
        urllib.request.urlopen(_asking(config), timeout=PATIENCE_S) as answer,
    ):
        found = [str(name) for name in listed((as_table(json.load(answer)) or {}).get("values"))]
    if libraries := sorted(set(found) - {door.library for door in DOORS}):
        many = (
            "integrations of their own; their calls are"
            if len(libraries) > 1
            else "integration of its own; its calls are"
        )
        yield Finding("note", "blind spots", f"{', '.join(libraries)}: no {many} captured at transport")


def _asking(config: Config) -> str:
    base = config.traces_url.partition("/v1/traces")[0]
    return f"{base}/api/v1/complete?field=attr.{keys.LIBRARY}"


class _Nobody:
    """An exporter that keeps nothing: `doctor` patches, but does not trace."""

    def export(self, spans: object) -> object:
        from opentelemetry.sdk.trace.export import SpanExportResult

        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        return None


def _version_of_otel() -> str:
    return f"opentelemetry-sdk {metadata.version('opentelemetry-sdk')}"
