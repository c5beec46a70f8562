"""Every setting, once: argument, then environment, then default."""

from __future__ import annotations

import os
import pathlib
import sys
import tempfile
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import unquote

from limelight.core.dialects import Name
from limelight.core.sampling import Reason, Rule, reason
from limelight.sdk.checks import DEFAULT_ENDPOINT, checked
from limelight.sdk.checks import ConfigError as ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings of one `Limelight`.  Each has a variable `LIMELIGHT_…` of the same name."""

    endpoint: str = DEFAULT_ENDPOINT
    """Where spans are sent, without `/v1/traces`.  Then `OTEL_EXPORTER_OTLP_ENDPOINT`."""
    api_key: str | None = None
    """Sent as `authorization: Bearer …`."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Sent with every export.  `a=1,b=2` in the environment; then `OTEL_EXPORTER_OTLP_HEADERS`."""
    service_name: str | None = None
    """Then `OTEL_SERVICE_NAME`, then the name of the program."""
    project: str | None = None
    """Groups services in the dashboard."""
    environment: str | None = None
    """`production`, `staging` …"""
    instrument: bool | tuple[str, ...] = True
    """True: every supported library; or the names of some."""
    exclude: tuple[str, ...] = ()
    """Libraries to leave alone."""
    capture_content: bool = True
    """Record prompts and answers.  Then `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`."""
    capture_rate: float = 1.0
    """Share of traces whose content is recorded, 0 to 1."""
    mask: Any = "secrets"
    """`"secrets"`, `"pii"`, `"nlp"` (see docs/privacy.md), a function of a string, a list of these, or None."""
    sample_rate: float | tuple[Rule, ...] = 1.0
    """Share of traces that are recorded at all, 0 to 1; or rules, `{"model:gpt-4o-mini": 0.1, "*": 1.0}`, of which the first that fits
    counts (see docs/exporters.md).  Then `OTEL_TRACES_SAMPLER`."""
    keep: tuple[str, ...] = ()
    """Traces to record whole though `sample_rate` leaves them out: `error`, `slow:30` (seconds), `cost:0.5` (dollars)."""
    agent_name: str | None = None
    """Of the agent that this program is: put on every span."""
    tags: tuple[str, ...] = ()
    """Put on every span."""
    prices: Any = None
    """Your own price list, a file or a mapping, over the bundled one (see docs/pricing.md)."""
    include_usage: str | None = None
    """`"inject"`: ask OpenAI-compatible chat streams for their usage where the call does not, and hide the chunk that brings it."""
    spool: str | None = None
    """Folder for spans while the backend is away, or `off`.  By default the user's state folder."""
    tracer_provider: Any = None
    """Make the spans in this `TracerProvider` (and export them only there, unless `endpoint` is given too)."""
    exporter: Any = None
    """Instead of `endpoint`: a backend of `limelight.exporters` or its name, an OpenTelemetry `SpanExporter`, or a list of these (see
    docs/exporters.md)."""
    dialect: tuple[Name, ...] = ("genai",)
    """How attributes are written: `genai`, `indexed`, `openinference`, or several of them (see docs/exporters.md)."""
    metrics: bool | None = None
    """Count tokens, cost, times and attempts, whatever is sampled (see docs/metrics.md).  On where there is a `meter_provider`;
    otherwise they are sent to `endpoint`."""
    meter_provider: Any = None
    """Count in this `MeterProvider`, or `"global"`: in the one that the program has set."""
    console: bool | str = False
    """Print each trace when it has ended: True on standard error, `"stdout"`, or a console of `rich`'s (needs `limelight[console]`)."""
    enabled: bool = True
    """False switches everything off.  Then `OTEL_SDK_DISABLED`, inverted."""
    given: frozenset[str] = frozenset()
    """The settings that are not at their default."""

    @classmethod
    def load(cls, **given: Any) -> Config:
        known = {item.name: item for item in fields(cls) if item.name != "given"}
        for name in given:
            if name not in known:
                raise ConfigError(f"`{name}` is no setting of Limelight; known are {', '.join(sorted(known))}")
        kinds = typing.get_type_hints(cls)
        values = {**_from_otel(), **_from_environment(kinds), **given}
        values = {name: checked(name, value) for name, value in values.items()}
        return cls(**values, given=frozenset(values))

    @property
    def traces_url(self) -> str:
        """The address of the traces signal, which OpenTelemetry lets one set apart."""
        if "endpoint" not in self.given or os.environ.get("LIMELIGHT_ENDPOINT") is None:
            own = os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
            if own and self.endpoint == _otel_endpoint():
                return own
        return self.endpoint.rstrip("/") + ("" if self.endpoint.rstrip("/").endswith("/v1/traces") else "/v1/traces")

    @property
    def key(self) -> Mapping[str, str]:
        """The header in which `api_key` is sent."""
        return {"authorization": f"Bearer {self.api_key}"} if self.api_key else {}

    @property
    def metrics_export(self) -> MetricsExport | None:
        """Where our own sums go, if anywhere.  Who runs the program may forbid it: `OTEL_METRICS_EXPORTER=none`."""
        env = os.environ
        wanted = self.enabled and self.metrics is True and self.meter_provider is None
        if not wanted or env.get("OTEL_METRICS_EXPORTER", "").strip().lower() == "none":
            return None
        base = self.endpoint
        if base == env.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):  # the traces' own address
            base = env.get("OTEL_EXPORTER_OTLP_ENDPOINT") or base
        base = base.rstrip("/").removesuffix("/v1/traces")
        preference = env.get("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "cumulative").strip().lower()
        return MetricsExport(
            env.get("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT") or f"{base}/v1/metrics",
            {**self.headers, **_pairs(env.get("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "")), **self.key},
            _interval(env.get("OTEL_METRIC_EXPORT_INTERVAL")),
            preference in {"delta", "lowmemory"},
        )

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """To keep a trace, in other words."""
        return tuple(map(reason, self.keep))

    @property
    def limits_attributes(self) -> bool:
        """Does the environment say how many attributes a span may have?"""
        return variable("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT") is not None

    @property
    def batching(self) -> Mapping[str, int]:
        """What OpenTelemetry's variables say of batches for an exporter of the program's own, as far as they are numbers."""
        told = {
            "max_waiting": os.environ.get("OTEL_BSP_MAX_QUEUE_SIZE", ""),
            "max_batch": os.environ.get("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", ""),
            "interval_ms": os.environ.get("OTEL_BSP_SCHEDULE_DELAY", ""),
        }
        return {name: int(raw) for name, raw in told.items() if raw.strip().isdecimal() and int(raw)}

    @property
    def spool_folder(self) -> pathlib.Path | None:
        if self.spool is None:
            try:
                return _state_folder() / "limelight" / "spool"
            except RuntimeError:  # a container's user of whom no list knows has no home
                return None
        return None if self.spool.lower() in {"off", "none", "false", ""} else pathlib.Path(self.spool)

    def resource(self, version: str) -> dict[str, Any]:
        """What is said of the process as a whole."""
        own = {
            "service.name": self.service_name or _program(),
            "telemetry.sdk.name": "limelight",
            "telemetry.sdk.language": "python",
            "telemetry.sdk.version": version,
            "process.pid": os.getpid(),
            "deployment.environment.name": self.environment,
            "limelight.project": self.project,
        }
        pairs = _pairs(os.environ.get("OTEL_RESOURCE_ATTRIBUTES", ""))
        return {**pairs, **{key: value for key, value in own.items() if value is not None}}


@dataclass(frozen=True, slots=True)
class MetricsExport:
    """How OpenTelemetry's variables want metrics to be sent."""

    url: str
    headers: Mapping[str, str]
    interval_s: float
    is_delta: bool
    """Sums since the last time, not since the start."""


def _interval(raw: str | None) -> float:
    try:
        return max(float(raw or 60_000), 1.0) / 1_000
    except ValueError:
        raise ConfigError(f"`OTEL_METRIC_EXPORT_INTERVAL` must be a number of milliseconds, got {raw!r}") from None


def _from_environment(kinds: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name, kind in kinds.items():
        raw = os.environ.get(f"LIMELIGHT_{name.upper()}")
        if raw is not None and name not in {"given", "tracer_provider"}:
            found[name] = _parsed(f"LIMELIGHT_{name.upper()}", raw.strip(), kind)
    return found


def _from_otel() -> dict[str, Any]:
    env = os.environ
    found: dict[str, Any] = {}
    if endpoint := _otel_endpoint():
        found["endpoint"] = endpoint
    if headers := env.get("OTEL_EXPORTER_OTLP_TRACES_HEADERS") or env.get("OTEL_EXPORTER_OTLP_HEADERS"):
        found["headers"] = _pairs(headers)
    if service := env.get("OTEL_SERVICE_NAME"):
        found["service_name"] = service
    if capture := env.get("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"):
        found["capture_content"] = content_wanted(capture)
    if (share := _otel_share()) is not None:
        found["sample_rate"] = share
    if env.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        found["enabled"] = False
    return found


def _otel_share() -> float | None:
    """What OpenTelemetry's own samplers keep; those that we do not know are somebody else's."""
    match variable("OTEL_TRACES_SAMPLER"):
        case "always_off" | "parentbased_always_off":
            return 0.0
        case "traceidratio" | "parentbased_traceidratio":
            raw = variable("OTEL_TRACES_SAMPLER_ARG") or "1"
            try:
                return float(raw)
            except ValueError:
                raise ConfigError(f"`OTEL_TRACES_SAMPLER_ARG` must be a number, got {raw!r}") from None
        case _:
            return None


def content_wanted(raw: str) -> bool:
    """OpenTelemetry's switch for content, in every spelling it has had."""
    match raw.strip().lower():
        case "true" | "1" | "yes" | "on" | "span_only" | "span_and_event" | "event_only":
            return True
        case "false" | "0" | "no" | "off" | "no_content" | "":
            return False
        case _:
            raise ConfigError(
                "`OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` must be one of NO_CONTENT, SPAN_ONLY, EVENT_ONLY, "
                f"SPAN_AND_EVENT, true or false, got {raw!r}"
            )


def content_asked_for() -> bool:
    """Does the environment ask for content, where OpenTelemetry's rule holds: none unless somebody says so?"""
    raw = os.environ.get("LIMELIGHT_CAPTURE_CONTENT") or os.environ.get(
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
    )
    return bool(raw) and content_wanted(raw or "")


def variable(*names: str) -> str | None:
    """The first of these variables that says anything."""
    return next((value for name in names if (value := os.environ.get(name, "").strip())), None)


def _otel_endpoint() -> str | None:
    env = os.environ
    return env.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or env.get("OTEL_EXPORTER_OTLP_ENDPOINT")


def _parsed(name: str, raw: str, kind: Any) -> Any:
    options = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    if bool in options and (raw.lower() in _BOOLEANS or len(options) == 1):
        if raw.lower() not in _BOOLEANS:
            raise ConfigError(f"`{name}` must be true or false, got {raw!r}")
        return _BOOLEANS[raw.lower()]
    if name == "LIMELIGHT_SAMPLE_RATE" and "=" in raw:
        return raw
    if float in options:
        try:
            return float(raw)
        except ValueError:
            raise ConfigError(f"`{name}` must be a number, got {raw!r}") from None
    if any(typing.get_origin(option) is tuple for option in options):
        return tuple(item.strip() for item in raw.split(",") if item.strip())
    if any(typing.get_origin(option) is Mapping for option in options):
        return _pairs(raw)
    if name == "LIMELIGHT_EXPORTER":
        return tuple(item.strip() for item in raw.split(",") if item.strip())
    if name == "LIMELIGHT_MASK":
        return _mask_levels(raw)
    return raw


_BOOLEANS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


def _mask_levels(raw: str) -> Any:
    if raw.lower() in {"", "none", "off", "false"}:
        return None
    levels = [level.strip() for level in raw.split(",")]
    return levels[0] if len(levels) == 1 else levels


def _pairs(raw: str) -> dict[str, str]:
    """`a=1,b=2`, percent-encoded, as OpenTelemetry writes headers and resources."""
    pairs = (item.partition("=") for item in raw.split(",") if "=" in item)
    return {unquote(key.strip()): unquote(value.strip()) for key, _, value in pairs}


def in_lambda() -> bool:
    """Does AWS Lambda run this process?"""
    return "AWS_LAMBDA_RUNTIME_API" in os.environ


def _state_folder() -> pathlib.Path:
    """Where this platform keeps what a program wants to find again."""
    if in_lambda():  # the one folder that may be written to
        return pathlib.Path(tempfile.gettempdir())
    if sys.platform == "win32":
        return pathlib.Path(os.environ.get("LOCALAPPDATA") or pathlib.Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return pathlib.Path.home() / "Library" / "Application Support"
    return pathlib.Path(os.environ.get("XDG_STATE_HOME") or pathlib.Path.home() / ".local" / "state")


def _program() -> str:
    name = pathlib.PurePath(sys.argv[0] if sys.argv else "").stem
    return name if name and name not in {"-c", "-m", "__main__"} else "python"
