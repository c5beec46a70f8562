"""Each setting by argument and by variable, and what a wrong one says."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from limelight.exporters import local, phoenix
from limelight.sdk.config import Config, ConfigError, content_asked_for


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("LIMELIGHT_", "OTEL_")):
            monkeypatch.delenv(name)


BY_VARIABLE: list[tuple[str, str, Any]] = [
    ("endpoint", "https://collector.example:4318", "https://collector.example:4318"),
    ("api_key", "k", "k"),
    ("headers", "a=1,b=two%20words", {"a": "1", "b": "two words"}),
    ("service_name", "s", "s"),
    ("project", "p", "p"),
    ("environment", "production", "production"),
    ("instrument", "openai, anthropic", ("openai", "anthropic")),
    ("instrument", "false", False),
    ("exclude", "openai", ("openai",)),
    ("capture_content", "off", False),
    ("capture_rate", "0.25", 0.25),
    ("mask", "pii", "pii"),
    ("mask", "secrets,pii", ["secrets", "pii"]),
    ("mask", "none", None),
    ("sample_rate", "0", 0.0),
    ("agent_name", "Nightjar", "Nightjar"),
    ("tags", "a,b", ("a", "b")),
    ("prices", "/own.json", "/own.json"),
    ("include_usage", "inject", "inject"),
    ("spool", "off", "off"),
    ("enabled", "no", False),
    ("metrics", "true", True),
    ("meter_provider", "global", "global"),
    ("console", "on", True),
    ("keep", "error, slow:30", ("error", "slow:30")),
    ("dialect", "genai, openinference", ("genai", "openinference")),
    ("exporter", "phoenix, local", (phoenix(), local())),
]


@pytest.mark.parametrize(("name", "raw", "value"), BY_VARIABLE, ids=[f"{name}={raw}" for name, raw, _ in BY_VARIABLE])
def test_a_variable_sets_it_and_an_argument_wins(
    monkeypatch: pytest.MonkeyPatch, name: str, raw: str, value: Any
) -> None:
    default = getattr(Config.load(), name)
    assert getattr(Config.load(**{name: value}), name) == value
    monkeypatch.setenv(f"LIMELIGHT_{name.upper()}", raw)
    config = Config.load()
    assert getattr(config, name) == value
    assert config.given == {name}
    assert getattr(Config.load(**{name: default}), name) == default


def test_every_setting_that_can_stand_in_a_variable_is_tried_above() -> None:
    tried = {name for name, _, _ in BY_VARIABLE}
    assert set(Config.__dataclass_fields__) - tried == {"given", "tracer_provider"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sample_rate": 7.0}, "`sample_rate` must be between 0 and 1, got 7.0"),
        ({"capture_rate": "half"}, "`capture_rate` must be between 0 and 1, got 'half'"),
        ({"dialect": "otel"}, "`dialect` must be one or several of genai, indexed, openinference, got 'otel'"),
        ({"dialect": ()}, "`dialect` must be one or several of"),
        (
            {"exporter": "zipkin"},
            "`exporter` must be one of coralogix, datadog, honeycomb, langfuse, local, phoenix, got 'zipkin'",
        ),
        (
            {"exporter": 7},
            "`exporter` must be a backend of `limelight.exporters`, its name, or a `SpanExporter`, got 7",
        ),
        ({"include_usage": True}, "`include_usage` must be 'inject' or None, got True"),
        ({"sample_rate": True}, "`sample_rate` must be between 0 and 1, got True"),
        (
            {"endpoint": "localhost:4318"},
            "`endpoint` must be an address such as http://127.0.0.1:4318, got 'localhost:4318'",
        ),
        ({"endpoint": 4318}, "`endpoint` must be an address"),
        ({"endpoint": "http://host:port"}, "`endpoint` must be an address"),
        ({"instrument": "openai"}, r"`instrument` takes a list of names, got the string 'openai': write \['openai'\]"),
        ({"tags": "a"}, "`tags` takes a list of names"),
        ({"capture_content": "yes"}, "`capture_content` must be True or False, got 'yes'"),
        ({"enabled": 1}, "`enabled` must be True or False, got 1"),
        ({"endpint": "x"}, "`endpint` is no setting of Limelight; known are .*endpoint"),
    ],
    ids=str,
)
def test_a_wrong_setting_says_what_is_wrong(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Config.load(**settings)


@pytest.mark.parametrize(
    ("variable", "raw", "message"),
    [
        ("LIMELIGHT_SAMPLE_RATE", "often", "`LIMELIGHT_SAMPLE_RATE` must be a number, got 'often'"),
        ("LIMELIGHT_ENABLED", "maybe", "`LIMELIGHT_ENABLED` must be true or false, got 'maybe'"),
        ("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "some", "must be one of NO_CONTENT, SPAN_ONLY"),
    ],
)
def test_a_wrong_variable_names_itself(monkeypatch: pytest.MonkeyPatch, variable: str, raw: str, message: str) -> None:
    monkeypatch.setenv(variable, raw)
    with pytest.raises(ConfigError, match=message):
        Config.load()


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("true", True),
        ("NO_CONTENT", False),
        ("SPAN_ONLY", True),
        ("event_only", True),
        ("SPAN_AND_EVENT", True),
        ("0", False),
    ],
)
def test_opentelemetrys_switch_for_content_in_every_spelling(
    monkeypatch: pytest.MonkeyPatch, raw: str, wanted: bool
) -> None:
    assert content_asked_for() is False
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", raw)
    assert Config.load().capture_content is wanted
    assert content_asked_for() is wanted
    monkeypatch.setenv("LIMELIGHT_CAPTURE_CONTENT", "false" if wanted else "true")
    assert Config.load().capture_content is not wanted
    assert content_asked_for() is not wanted


def test_opentelemetrys_own_variables_stand_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://otel:4318/")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x=1")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "theirs")
    monkeypatch.setenv("OTEL_SDK_DISABLED", "TRUE")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "team=search,service.name=overruled")
    config = Config.load()
    assert (config.traces_url, config.headers, config.enabled) == ("http://otel:4318/v1/traces", {"x": "1"}, False)
    resource = config.resource("1.0")
    assert (resource["team"], resource["service.name"]) == ("search", "theirs")
    monkeypatch.setenv("LIMELIGHT_ENDPOINT", "http://own:1/v1/traces")
    assert Config.load().traces_url == "http://own:1/v1/traces"


def test_the_traces_signal_has_an_address_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces:4318/take/these")
    assert Config.load().traces_url == "http://traces:4318/take/these"
    assert Config.load(endpoint="http://own:1").traces_url == "http://own:1/v1/traces"


def test_the_process_is_described(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["/srv/app.py"])
    resource = Config.load(project="p", environment="e").resource("1.0")
    assert resource["service.name"] == "app"
    assert resource["limelight.project"] == "p"
    assert resource["deployment.environment.name"] == "e"
    assert resource["telemetry.sdk.version"] == "1.0"
    assert json.dumps(resource)
    monkeypatch.setattr("sys.argv", ["-c"])
    assert Config.load().resource("1.0")["service.name"] == "python"


def test_the_spool_is_where_one_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    assert Config.load(spool=str(tmp_path)).spool_folder == tmp_path
    assert Config.load(spool="off").spool_folder is None
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert Config.load().spool_folder is not None
