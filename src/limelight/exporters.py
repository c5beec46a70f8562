"""Backends by name: `limelight.init(exporter=limelight.exporters.phoenix())`.

Each gives the address, the headers and the dialect that its backend wants.  Keys are arguments, or stand in the
variables that the backend's own documentation names.  Several may be used at once; one that is down does not hold
up the others.
"""

from __future__ import annotations

import base64
from importlib import import_module
from typing import TYPE_CHECKING, Any

from limelight.sdk.checks import DEFAULT_ENDPOINT, ConfigError, dialects, is_address
from limelight.sdk.config import variable
from limelight.sdk.destination import Destination

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["Destination", "coralogix", "datadog", "honeycomb", "langfuse", "local", "otlp", "phoenix"]

CORALOGIX = ("eu1", "eu2", "us1", "us2", "us3", "ap1", "ap2", "ap3")
LANGFUSE = {
    "eu": "https://cloud.langfuse.com",
    "us": "https://us.cloud.langfuse.com",
    "jp": "https://jp.cloud.langfuse.com",
    "hipaa": "https://hipaa.cloud.langfuse.com",
}
DATADOG = (
    "datadoghq.com",
    "us3.datadoghq.com",
    "us5.datadoghq.com",
    "datadoghq.eu",
    "ap1.datadoghq.com",
    "ap2.datadoghq.com",
)
HONEYCOMB = {"us": "https://api.honeycomb.io", "eu": "https://api.eu1.honeycomb.io"}


def otlp(
    endpoint: str,
    *,
    headers: Mapping[str, str] | None = None,
    dialect: str | Sequence[str] | None = None,
    resource: Mapping[str, Any] | None = None,
    protocol: str = "http/protobuf",
    timeout: float = 10.0,
    advice: str | None = "Are the address and the key right?",
) -> Any:
    """Any backend that takes OTLP.

    Args:
        endpoint: With or without `/v1/traces`.
        dialect: Of the attributes; see `limelight.Config.dialect`.
        resource: Said of the process there.
        protocol: `http/protobuf`, or `grpc`, which needs `opentelemetry-exporter-otlp-proto-grpc`.
        timeout: Seconds that a request may take.
        advice: Said when it cannot be reached.
    """
    if not is_address(endpoint):
        raise ConfigError(f"`endpoint` must be an address such as {DEFAULT_ENDPOINT}, got {endpoint!r}")
    if protocol == "grpc":
        return _grpc(endpoint, dict(headers or {}), timeout)
    if protocol != "http/protobuf":
        raise ConfigError(f"`protocol` must be 'http/protobuf' or 'grpc', got {protocol!r}")
    base = endpoint.rstrip("/").removesuffix("/v1/traces")
    return Destination(
        url=f"{base}/v1/traces",
        headers=dict(headers or {}),
        dialect=None if dialect is None else dialects(dialect),
        resource=dict(resource or {}),
        timeout_s=timeout,
        advice=advice,
    )


def local(*, endpoint: str | None = None, api_key: str | None = None) -> Destination:
    """`limelight serve`, by default on this machine."""
    key = api_key or variable("LIMELIGHT_API_KEY")
    return _http(
        endpoint or variable("LIMELIGHT_ENDPOINT") or DEFAULT_ENDPOINT,
        {"authorization": f"Bearer {key}"} if key else {},
        advice=None,
    )


def coralogix(
    *,
    token: str | None = None,
    region: str | None = None,
    endpoint: str | None = None,
    application: str | None = None,
    subsystem: str | None = None,
    dialect: str | Sequence[str] = "indexed",
) -> Destination:
    """Coralogix, whose evaluations read indexed prompts.

    Args:
        token: A Send-Your-Data key; else `CX_TOKEN`.
        region: `eu1`, `eu2`, `us1`, `us2`, `us3`, `ap1`, `ap2` or `ap3`.
        endpoint: Instead of a region; else `CX_ENDPOINT`.
        application, subsystem: Else `CX_APPLICATION_NAME` and `CX_SUBSYSTEM_NAME`.
    """
    token = _key("coralogix", "token", token, "CX_TOKEN")
    if region is not None:
        endpoint = f"https://ingress.{_among('region', region, CORALOGIX)}.coralogix.com"
    address = endpoint or variable("CX_ENDPOINT")
    if address is None:
        raise ConfigError("`coralogix()` needs a `region`, one of " + ", ".join(CORALOGIX) + ", or `CX_ENDPOINT`")
    names = {
        "application": application or variable("CX_APPLICATION_NAME") or "Unknown",
        "subsystem": subsystem or variable("CX_SUBSYSTEM_NAME") or "Unknown",
    }
    return _http(
        _https(address),
        {"authorization": f"Bearer {token}", **{f"cx-{name}-name": value for name, value in names.items()}},
        dialect,
        {f"cx.{name}.name": value for name, value in names.items()},
    )


def langfuse(
    *,
    public_key: str | None = None,
    secret_key: str | None = None,
    region: str | None = None,
    endpoint: str | None = None,
    dialect: str | Sequence[str] = "genai",
) -> Destination:
    """Langfuse, in the cloud or your own.

    Args:
        public_key, secret_key: Of a project; else `LANGFUSE_PUBLIC_KEY` and `LANGFUSE_SECRET_KEY`.
        region: `eu`, `us`, `jp` or `hipaa`.
        endpoint: Your own server; else `LANGFUSE_BASE_URL` or `LANGFUSE_HOST`, else the cloud in the EU.
    """
    public = _key("langfuse", "public_key", public_key, "LANGFUSE_PUBLIC_KEY")
    secret = _key("langfuse", "secret_key", secret_key, "LANGFUSE_SECRET_KEY")
    if region is not None:
        endpoint = LANGFUSE[_among("region", region, tuple(LANGFUSE))]
    base = endpoint or variable("LANGFUSE_BASE_URL", "LANGFUSE_HOST") or LANGFUSE["eu"]
    basic = base64.b64encode(f"{public}:{secret}".encode()).decode("ascii")
    return _http(
        base.rstrip("/").removesuffix("/api/public/otel") + "/api/public/otel",
        {"authorization": f"Basic {basic}", "x-langfuse-ingestion-version": "4"},
        dialect,
    )


def phoenix(
    *,
    endpoint: str | None = None,
    api_key: str | None = None,
    project: str | None = None,
    dialect: str | Sequence[str] = "openinference",
) -> Destination:
    """Arize Phoenix, which reads OpenInference.

    Args:
        endpoint: Else `PHOENIX_COLLECTOR_ENDPOINT`, else the one on this machine.
        api_key: Else `PHOENIX_API_KEY`; the one on this machine needs none.
        project: Else `PHOENIX_PROJECT_NAME`.
    """
    key = api_key or variable("PHOENIX_API_KEY")
    name = project or variable("PHOENIX_PROJECT_NAME")
    return _http(
        endpoint or variable("PHOENIX_COLLECTOR_ENDPOINT") or "http://127.0.0.1:6006",
        {"authorization": f"Bearer {key}"} if key else {},
        dialect,
        {"openinference.project.name": name} if name else {},
    )


def datadog(
    *,
    api_key: str | None = None,
    site: str | None = None,
    endpoint: str | None = None,
    dialect: str | Sequence[str] = "genai",
) -> Destination:
    """Datadog's LLM Observability, without an agent.

    Args:
        api_key: Else `DD_API_KEY`.
        site: `datadoghq.com`, `datadoghq.eu`, `us3.datadoghq.com` …; else `DD_SITE`.
        endpoint: Instead of a site.
    """
    key = _key("datadog", "api_key", api_key, "DD_API_KEY")
    chosen = _among("site", site or variable("DD_SITE") or DATADOG[0], DATADOG)
    return _http(endpoint or f"https://otlp.{chosen}", {"dd-api-key": key, "dd-otlp-source": "llmobs"}, dialect)


def honeycomb(
    *,
    api_key: str | None = None,
    region: str | None = None,
    endpoint: str | None = None,
    dataset: str | None = None,
    dialect: str | Sequence[str] = "genai",
) -> Destination:
    """Honeycomb.

    Args:
        api_key: An ingest key; else `HONEYCOMB_API_KEY`.
        region: `us` or `eu`.
        endpoint: Instead of a region; else `HONEYCOMB_API_ENDPOINT`, else the United States.
        dataset: In Honeycomb Classic; everywhere else it is the name of the service.
    """
    key = _key("honeycomb", "api_key", api_key, "HONEYCOMB_API_KEY")
    if region is not None:
        endpoint = HONEYCOMB[_among("region", region, tuple(HONEYCOMB))]
    headers = {"x-honeycomb-team": key, **({"x-honeycomb-dataset": dataset} if dataset else {})}
    return _http(endpoint or variable("HONEYCOMB_API_ENDPOINT") or HONEYCOMB["us"], headers, dialect)


PRESETS: Mapping[str, Callable[[], Destination]] = {
    "coralogix": coralogix,
    "datadog": datadog,
    "honeycomb": honeycomb,
    "langfuse": langfuse,
    "local": local,
    "phoenix": phoenix,
}


def preset(name: str) -> Destination:
    """The backend of that name, with all that it needs from the environment."""
    return PRESETS[_among("exporter", name, tuple(PRESETS))]()


def _http(
    endpoint: str,
    headers: Mapping[str, str],
    dialect: str | Sequence[str] | None = None,
    resource: Mapping[str, Any] | None = None,
    advice: str | None = "Are the address and the key right?",
) -> Destination:
    found: Destination = otlp(endpoint, headers=headers, dialect=dialect, resource=resource, advice=advice)
    return found


def _key(preset_name: str, argument: str, given: str | None, name: str) -> str:
    found = given or variable(name)
    if not found:
        raise ConfigError(f"`{preset_name}()` needs a `{argument}`, or the variable `{name}`")
    return found


def _among(argument: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise ConfigError(f"`{argument}` must be one of {', '.join(known)}, got {value!r}")
    return value


def _https(address: str) -> str:
    """Its gRPC address, `ingress.eu2.coralogix.com:443`, is what many have in their environment."""
    return address if "://" in address else f"https://{address}"


def _grpc(endpoint: str, headers: dict[str, str], timeout: float) -> Any:
    try:
        grpc = import_module("opentelemetry.exporter.otlp.proto.grpc.trace_exporter")
    except ImportError:
        raise ConfigError(
            "`protocol='grpc'` needs the package `opentelemetry-exporter-otlp-proto-grpc`; `http/protobuf` needs nothing"
        ) from None
    return grpc.OTLPSpanExporter(endpoint=endpoint, headers=headers, timeout=timeout)
