"""Backends: what each is sent, and that none of them stands in another's way."""

from __future__ import annotations

import base64
import contextlib
import importlib.util
import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI
from opentelemetry.context import get_current
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import limelight
from limelight import exporters
from limelight.core.dialects import Name, detect
from limelight.core.dialects.span import Span
from limelight.core.model import Message, Record, Request, Text
from limelight.engine.call import Call
from limelight.engine.span import Live
from limelight.exporters import Destination
from limelight.pipeline.spool import Spool
from limelight.testing import FakeProvider, capture
from tests.pipeline.collector import Collector

WATCHED = ("LIMELIGHT_", "OTEL_", "CX_", "LANGFUSE_", "PHOENIX_", "DD_", "HONEYCOMB_")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(WATCHED):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LIMELIGHT_SPOOL", str(tmp_path / "spool"))


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as found:
        yield found


def ask(client: limelight.Limelight, words: str = "Where is Oslo?") -> None:
    with client.llm_call(provider="openai", model="gpt-4o") as call:
        call.set_input_content(words)
        call.set_output_content("In Norway.")
        call.set_tokens(input=9, output=3)


def told(span: Any) -> dict[str, Any]:
    """The attributes of a span that has arrived."""
    return {each.key: _value(each.value) for each in span.attributes}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    return [_value(each) for each in value.array_value.values] if kind == "array_value" else getattr(value, kind)


PRESETS: dict[str, tuple[Callable[[str], Destination], str, Mapping[str, str], Mapping[str, str], str]] = {
    "coralogix": (
        lambda url: exporters.coralogix(token="t", endpoint=url, application="app", subsystem="sub"),
        "/v1/traces",
        {"authorization": "Bearer t", "cx-application-name": "app", "cx-subsystem-name": "sub"},
        {"cx.application.name": "app", "cx.subsystem.name": "sub"},
        "indexed",
    ),
    "langfuse": (
        lambda url: exporters.langfuse(public_key="pk", secret_key="sk", endpoint=url),
        "/api/public/otel/v1/traces",
        {"authorization": "Basic " + base64.b64encode(b"pk:sk").decode(), "x-langfuse-ingestion-version": "4"},
        {},
        "limelight",
    ),
    "phoenix": (
        lambda url: exporters.phoenix(endpoint=url, api_key="k", project="p"),
        "/v1/traces",
        {"authorization": "Bearer k"},
        {"openinference.project.name": "p"},
        "openinference",
    ),
    "datadog": (
        lambda url: exporters.datadog(api_key="k", endpoint=url),
        "/v1/traces",
        {"dd-api-key": "k", "dd-otlp-source": "llmobs"},
        {},
        "limelight",
    ),
    "honeycomb": (
        lambda url: exporters.honeycomb(api_key="k", endpoint=url, dataset="d"),
        "/v1/traces",
        {"x-honeycomb-team": "k", "x-honeycomb-dataset": "d"},
        {},
        "limelight",
    ),
    "local": (
        lambda url: exporters.local(endpoint=url, api_key="k"),
        "/v1/traces",
        {"authorization": "Bearer k"},
        {},
        "limelight",
    ),
    "otlp": (
        lambda url: exporters.otlp(
            url + "/v1/traces", headers={"x": "y"}, dialect=["genai", "indexed"], resource={"a": "b"}
        ),
        "/v1/traces",
        {"x": "y"},
        {"a": "b"},
        "indexed",
    ),
}


@pytest.mark.parametrize("name", PRESETS)
def test_a_backend_is_sent_what_it_wants(name: str, collector: Collector) -> None:
    preset, path, headers, resource, dialect = PRESETS[name]
    with limelight.Limelight(exporter=preset(collector.url), service_name="s") as client:
        ask(client)
        assert client.flush()
    assert set(collector.paths) == {path}
    assert headers.items() <= collector.headers[0].items()
    assert collector.headers[0]["content-type"] == "application/x-protobuf"
    (sent,) = collector.requests[0].resource_spans
    said = {each.key: _value(each.value) for each in sent.resource.attributes}
    assert {"service.name": "s", **resource}.items() <= said.items()
    (span,) = collector.spans
    found = Span(span.name, told(span))
    assert detect.detect(found).name == dialect
    record = detect.read(found)
    assert (record.request.model, record.response.usage.input, record.response.usage.output) == ("gpt-4o", 9, 3)
    assert [message.parts for message in record.request.messages] == [(Text("Where is Oslo?"),)]
    assert [message.parts for message in record.response.messages] == [(Text("In Norway."),)]


ADDRESSES: list[tuple[Callable[[], Destination], str]] = [
    (lambda: exporters.coralogix(token="t", region="eu2"), "https://ingress.eu2.coralogix.com/v1/traces"),
    (lambda: exporters.coralogix(token="t", endpoint="ingress.us1.coralogix.com:443"), "https://ingress.us1.coralogix.com:443/v1/traces"),
    (lambda: exporters.langfuse(public_key="p", secret_key="s"), "https://cloud.langfuse.com/api/public/otel/v1/traces"),
    (lambda: exporters.langfuse(public_key="p", secret_key="s", region="us"), "https://us.cloud.langfuse.com/api/public/otel/v1/traces"),
    (lambda: exporters.langfuse(public_key="p", secret_key="s", endpoint="https://l.example/api/public/otel/"), "https://l.example/api/public/otel/v1/traces"),
    (exporters.phoenix, "http://127.0.0.1:6006/v1/traces"),
    (lambda: exporters.phoenix(endpoint="https://app.phoenix.arize.com/s/mine"), "https://app.phoenix.arize.com/s/mine/v1/traces"),
    (lambda: exporters.datadog(api_key="k"), "https://otlp.datadoghq.com/v1/traces"),
    (lambda: exporters.datadog(api_key="k", site="datadoghq.eu"), "https://otlp.datadoghq.eu/v1/traces"),
    (lambda: exporters.honeycomb(api_key="k"), "https://api.honeycomb.io/v1/traces"),
    (lambda: exporters.honeycomb(api_key="k", region="eu"), "https://api.eu1.honeycomb.io/v1/traces"),
    (exporters.local, "http://127.0.0.1:4318/v1/traces"),
]  # fmt: skip


@pytest.mark.parametrize(("made", "url"), ADDRESSES, ids=[url for _, url in ADDRESSES])
def test_a_backend_has_its_address(made: Callable[[], Destination], url: str) -> None:
    assert made().url == url


def test_the_environment_names_backends_and_their_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "CX_TOKEN": "t", "CX_ENDPOINT": "ingress.ap3.coralogix.com:443", "CX_APPLICATION_NAME": "a", "CX_SUBSYSTEM_NAME": "b",
        "LANGFUSE_PUBLIC_KEY": "p", "LANGFUSE_SECRET_KEY": "s", "LANGFUSE_HOST": "https://l.example",
        "PHOENIX_COLLECTOR_ENDPOINT": "https://p.example", "PHOENIX_API_KEY": "k", "PHOENIX_PROJECT_NAME": "n",
        "DD_API_KEY": "k", "DD_SITE": "us5.datadoghq.com", "HONEYCOMB_API_KEY": "k", "HONEYCOMB_API_ENDPOINT": "https://h.example",
        "LIMELIGHT_EXPORTER": "coralogix, langfuse,phoenix,datadog,honeycomb",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    assert [each.url for each in limelight.Config.load().exporter] == [
        "https://ingress.ap3.coralogix.com:443/v1/traces",
        "https://l.example/api/public/otel/v1/traces",
        "https://p.example/v1/traces",
        "https://otlp.us5.datadoghq.com/v1/traces",
        "https://h.example/v1/traces",
    ]


REFUSED: list[tuple[Callable[[], Any], str]] = [
    (exporters.coralogix, "`coralogix()` needs a `token`, or the variable `CX_TOKEN`"),
    (lambda: exporters.coralogix(token="t"), "`coralogix()` needs a `region`, one of eu1, eu2"),
    (lambda: exporters.coralogix(token="t", region="mars"), "`region` must be one of eu1"),
    (exporters.langfuse, "`langfuse()` needs a `public_key`, or the variable `LANGFUSE_PUBLIC_KEY`"),
    (lambda: exporters.langfuse(public_key="p"), "`langfuse()` needs a `secret_key`"),
    (exporters.datadog, "`datadog()` needs a `api_key`, or the variable `DD_API_KEY`"),
    (lambda: exporters.datadog(api_key="k", site="datadog.example"), "`site` must be one of datadoghq.com"),
    (exporters.honeycomb, "`honeycomb()` needs a `api_key`, or the variable `HONEYCOMB_API_KEY`"),
    (lambda: exporters.otlp("collector:4318"), "`endpoint` must be an address such as http://127.0.0.1:4318, got 'collector:4318'"),
    (lambda: exporters.otlp("http://c", protocol="udp"), "`protocol` must be 'http/protobuf' or 'grpc', got 'udp'"),
    (lambda: exporters.otlp("http://c", dialect="latin"), "`dialect` must be one or several of"),
]  # fmt: skip


@pytest.mark.parametrize(("made", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_what_is_missing_is_named_at_once(made: Callable[[], Any], message: str) -> None:
    with pytest.raises(limelight.ConfigError) as raised:
        made()
    assert str(raised.value).startswith(message)


def test_a_key_is_never_shown() -> None:
    assert "hush" not in repr(exporters.honeycomb(api_key="hush"))


def nobody() -> str:
    """An address at which nobody answers."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{found.getsockname()[1]}"


def test_one_backend_that_is_down_costs_the_other_nothing(
    collector: Collector, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    away = exporters.phoenix(endpoint=nobody())
    client = limelight.Limelight(exporter=[away, exporters.local(endpoint=collector.url)])
    ask(client)
    assert not client.flush(30)
    client.shutdown()
    (warning,) = caplog.messages
    assert warning.startswith(f"limelight: {away.url} cannot be reached")
    assert warning.endswith("Are the address and the key right?")
    assert [span.name for span in collector.spans] == ["chat gpt-4o"]
    here, there = (each.spool for each in client.outlets.exporters)
    assert here is not None
    assert there is not None
    assert here.folder != there.folder
    assert (len(here), len(there)) == (1, 0)
    with Collector() as phoenix, limelight.Limelight(exporter=exporters.phoenix(endpoint=phoenix.url)) as later:
        assert later.outlets.exporters[0].spool is not None
        assert later.outlets.exporters[0].spool.folder != here.folder


def test_two_accounts_at_one_backend_share_no_spool(tmp_path: Path) -> None:
    folders = set()
    for key in ("one", "two"):
        client = limelight.Limelight(exporter=exporters.langfuse(public_key=key, secret_key="s"))
        spool = client.outlets.exporters[0].spool
        assert isinstance(spool, Spool)
        folders.add(spool.folder)
        client.shutdown()
    assert len(folders) == 2


def test_an_exporter_of_opentelemetrys_stands_beside(collector: Collector) -> None:
    kept = InMemorySpanExporter()
    with limelight.Limelight(
        exporter=[kept, exporters.local(endpoint=collector.url)], dialect="indexed", sample_rate=1.0
    ) as client:
        ask(client)
        assert client.flush()
        (span,) = kept.get_finished_spans()
    assert span.attributes is not None
    assert span.attributes["gen_ai.prompt.0.content"] == "Where is Oslo?"
    assert told(collector.spans[0])["gen_ai.prompt.0.content"] == "Where is Oslo?"


SECRET = "sk-proj-" + "aB3dE5fG7hJ9" * 4


@pytest.mark.parametrize("dialect", [("indexed",), ("openinference",), ("genai", "indexed", "openinference")])
def test_no_secret_leaves_in_any_dialect(dialect: tuple[Name, ...], collector: Collector) -> None:
    with limelight.Limelight(exporter=exporters.otlp(collector.url, dialect=dialect), tags=[SECRET]) as client:
        with limelight.context(metadata={"note": SECRET}), client.agent(SECRET):
            ask(client, f"My key is {SECRET}.")
            with client.tool_call("search", "c1") as tool:
                tool.record_input({"key": SECRET}).record_output([{"content": SECRET, "metadata": {"x": SECRET}}])
            with client.span("look up", kind="retrieval") as found:
                found.record_output([{"content": SECRET, "metadata": {"x": SECRET}}])
                found.set_attribute("mine", SECRET)
            with pytest.raises(ValueError, match="sk-"), client.span("fails"):
                raise ValueError(f"no use of {SECRET}")
        assert client.flush()
    assert len(collector.spans) == 5
    assert all(SECRET.encode() not in request.SerializeToString() for request in collector.requests)
    assert all(b"REDACTED" in span.SerializeToString() for span in collector.spans)


TURNS = 150


def talk(client: limelight.Limelight) -> None:
    """A chat that has gone on for long."""

    class Long(Live):
        def record(self) -> Record:
            messages = tuple(
                Message("user" if turn % 2 else "assistant", (Text(f"Line {turn}"),)) for turn in range(TURNS)
            )
            return Record(kind="llm", operation="chat", provider="openai", request=Request("gpt-4o", messages=messages))

    Long(client.pipeline, "chat", get_current()).end()


@pytest.mark.case(71)
@pytest.mark.parametrize("dialect", ["indexed", "openinference"])
def test_a_long_chat_is_whole_in_somebodys_own_provider(dialect: Name) -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    with limelight.Limelight(tracer_provider=provider, dialect=dialect) as client:
        talk(client)
        client.flush()
    (span,) = kept.get_finished_spans()
    assert span.dropped_attributes == 0
    assert len(detect.read(Span(span.name, span.attributes or {})).request.messages) == TURNS
    with provider.get_tracer("somebody else").start_as_current_span("x") as other:
        other.set_attributes({f"a{number}": number for number in range(200)})
    assert len(kept.get_finished_spans()[-1].attributes or {}) == 128, "nobody else's limit is touched"


@pytest.mark.case(71)
def test_a_long_chat_is_whole_on_the_wire(collector: Collector) -> None:
    with limelight.Limelight(exporter=exporters.otlp(collector.url, dialect="indexed")) as client:
        talk(client)
        assert client.flush()
    assert len(detect.read(Span("chat", told(collector.spans[0]))).request.messages) == TURNS


def test_a_limit_that_somebody_has_set_is_kept() -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider(span_limits=SpanLimits(max_span_attributes=40))
    provider.add_span_processor(SimpleSpanProcessor(kept))
    with limelight.Limelight(tracer_provider=provider, dialect="indexed") as client:
        talk(client)
        client.flush()
    assert len(kept.get_finished_spans()[0].attributes or {}) == 40


def test_a_capture_speaks_the_dialect_too() -> None:
    with capture(instrument=False, dialect="openinference") as spans:
        ask(spans)
        (found,) = spans.all()
    assert found.attributes["openinference.span.kind"] == "LLM"
    assert json.loads(found.attributes["llm.invocation_parameters"])["model"] == "gpt-4o"


def test_a_call_under_way_is_told_of_in_the_dialect_too() -> None:
    with (
        FakeProvider() as fake,
        limelight.Limelight(exporter=exporters.phoenix(endpoint=nobody()), spool="off") as client,
    ):
        openai = client.wrap(OpenAI(base_url=f"{fake.url}/v1", api_key="k"))
        begun: list[Call] = []
        client.pipeline.begun = begun.append
        stream = openai.chat.completions.create(
            model="gpt-4o", messages=[{"role": "user", "content": "Hello"}], stream=True
        )
        next(iter(stream))
        found = client.pipeline.unfinished(begun[0])
        assert found is not None
        done = client.outlets.respoken(found)
        client.pipeline.begun = None
        stream.close()
    limelight.uninstrument()
    assert done.attributes["llm.input_messages.0.message.content"] == "Hello"


def test_grpc_needs_its_package() -> None:
    if importlib.util.find_spec("opentelemetry.exporter.otlp.proto.grpc") is not None:
        pytest.skip("it is installed here")
    with pytest.raises(limelight.ConfigError, match="opentelemetry-exporter-otlp-proto-grpc"):
        exporters.otlp("http://127.0.0.1:4317", protocol="grpc")


@pytest.mark.parametrize("how", ["endpoint", "exporter"])
def test_a_password_in_the_address_is_sent_as_a_header_and_shown_nowhere(how: str, collector: Collector) -> None:
    address = collector.url.replace("http://", "http://me%40here:s3cret%2Fword@")
    given = {"endpoint": address} if how == "endpoint" else {"exporter": exporters.otlp(address)}
    with limelight.Limelight(**given, instrument=False) as one:
        ask(one)
        assert one.flush(5)
        assert one.exporter is not None
        assert one.exporter.target.url == f"{collector.url}/v1/traces"
    basic = base64.b64encode(b"me@here:s3cret/word").decode()
    assert collector.headers[0]["authorization"] == f"Basic {basic}"


def test_a_key_of_ones_own_wins_over_a_password_in_the_address(collector: Collector) -> None:
    address = collector.url.replace("http://", "http://me:word@")
    with limelight.Limelight(endpoint=address, api_key="key", instrument=False) as one:
        ask(one)
        assert one.flush(5)
    assert collector.headers[0]["authorization"] == "Bearer key"


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_an_address_of_the_sixth_version_is_asked(caplog: pytest.LogCaptureFixture) -> None:
    with contextlib.suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6) as listening:
        url = f"http://[::1]:{listening.getsockname()[1]}/a/path"
        with limelight.Limelight(endpoint=url, spool="off", instrument=False) as one:
            ask(one)
            one.pipeline.finisher.flush(5)
            listening.settimeout(5)
            connection, _ = listening.accept()
            with connection:
                connection.settimeout(5)
                said = connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                assert one.flush(5)
        assert said.startswith(b"POST /a/path/v1/traces HTTP/1.1")
        assert f"Host: {url[7:].partition('/')[0]}".encode() in said


class Batches(InMemorySpanExporter):
    """Remembers how many it was given at once."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def export(self, spans: Any) -> Any:
        self.sizes.append(len(spans))
        return super().export(spans)


def test_batches_for_an_exporter_of_ones_own_are_as_opentelemetrys_variables_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "3600000")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4")
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "soon")  # no number: as if it were not there
    kept = Batches()
    with limelight.Limelight(exporter=kept, instrument=False) as client:
        for _ in range(10):
            ask(client)
        assert client.flush(5)
    assert sum(kept.sizes) == 10
    assert max(kept.sizes) == 4
