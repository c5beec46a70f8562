"""Switching on and off: `init`, instances, drop-in classes, instrumentors, and every order of import."""

from __future__ import annotations

import logging
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import limelight
from limelight.sdk.config import ConfigError
from limelight.sdk.switches import switch
from limelight.testing import Capture
from tests.pipeline.collector import Collector

if TYPE_CHECKING:
    from limelight.testing import FakeProvider

pytestmark = pytest.mark.usefixtures("unwrapped")

openai = pytest.importorskip("openai")
anthropic = pytest.importorskip("anthropic")
HI = [{"role": "user", "content": "Hi"}]


def ask(client: Any) -> Any:
    return client.chat.completions.create(model="gpt-4o", messages=HI)


@pytest.fixture
def client(fake: FakeProvider) -> Iterator[Any]:
    with openai.OpenAI(base_url=fake.openai_url, api_key="any", max_retries=0) as client:
        yield client


def test_init_sends_to_its_endpoint_and_is_idempotent(client: Any) -> None:
    with Collector() as collector:
        first = limelight.init(
            endpoint=collector.url, spool="off", service_name="app", api_key="key", headers={"x-team": "t"}
        )
        assert (
            limelight.init(
                endpoint=collector.url, spool="off", service_name="app", api_key="key", headers={"x-team": "t"}
            )
            is first
        )
        assert limelight.instance() is first
        ask(client)
        assert limelight.flush()
        (span,) = collector.spans
        assert span.name == "chat gpt-4o"
        assert collector.headers[0]["authorization"] == "Bearer key"
        assert collector.headers[0]["x-team"] == "t"
        (about,) = collector.requests[0].resource_spans
        resource = {pair.key: pair.value.string_value for pair in about.resource.attributes}
        assert (resource["service.name"], resource["telemetry.sdk.name"]) == ("app", "limelight")
        assert limelight.shutdown()
        assert limelight.shutdown()


def test_init_with_other_settings_starts_anew(client: Any) -> None:
    with Collector() as collector:
        first = limelight.init(endpoint=collector.url, spool="off")
        second = limelight.init(endpoint=collector.url, spool="off", tags=["new"])
        assert second is not first
        ask(client)
        assert limelight.flush()
        assert len(collector.spans) == 1


def test_without_init_there_is_no_instance() -> None:
    with pytest.raises(ConfigError, match=r"call `limelight.init\(\)` first"):
        limelight.instance()
    assert limelight.flush()
    assert limelight.shutdown()


def test_switched_off_it_does_nothing(client: Any) -> None:
    with Collector() as collector:
        limelight.init(endpoint=collector.url, spool="off", enabled=False)
        limelight.wrap(client)
        ask(client)
        assert limelight.flush()
        assert collector.requests == []
        assert not switch("openai").patched


def test_only_what_is_named_is_switched_on_and_what_is_excluded_is_not() -> None:
    with Capture() as spans:
        spans.instrument("openai")
        assert switch("openai").is_on
        assert not switch("anthropic").is_on
        spans.shutdown()
    with Capture(exclude=["openai"]) as spans:
        spans.instrument()
        assert not switch("openai").is_on
        assert switch("anthropic").is_on
        spans.shutdown()


def test_instrument_is_a_context_manager_and_uninstrument_undoes_everything(client: Any) -> None:
    with Collector() as collector:
        limelight.init(endpoint=collector.url, spool="off", instrument=False)
        ask(client)
        with limelight.instrument("openai"):
            ask(client)
        ask(client)
        limelight.instrument("openai")
        limelight.uninstrument()
        ask(client)
        assert limelight.flush()
        assert len(collector.spans) == 1


def test_an_unknown_library_is_an_error_that_names_the_known() -> None:
    with pytest.raises(ConfigError, match="`opanai` is no library Limelight knows; known are anthropic, "):
        limelight.instrument("opanai")


def test_wrapping_something_else_is_an_error() -> None:
    with pytest.raises(ConfigError, match="takes a client of"):
        limelight.wrap(object())
    with pytest.raises(ConfigError, match="`wrap_anthropic"):
        limelight.wrap_anthropic(openai.OpenAI(api_key="any"))


def test_wrap_reports_to_the_instance_that_is_given(client: Any, fake: FakeProvider) -> None:
    with Capture() as spans:
        assert limelight.wrap_openai(client, limelight=spans) is client
        ask(client)
        with anthropic.Anthropic(base_url=fake.anthropic_url, api_key="any") as claude:
            assert limelight.wrap_anthropic(claude, limelight=spans) is claude
            claude.messages.create(model="claude-opus-4-8", max_tokens=50, messages=HI)
        assert len(spans.all()) == 2
        spans.shutdown()


def test_drop_in_classes_are_the_vendors_and_traced(fake: FakeProvider) -> None:
    from limelight.anthropic import Anthropic, AsyncAnthropic
    from limelight.openai import AsyncAzureOpenAI, AsyncOpenAI, AzureOpenAI, OpenAI

    with Collector() as collector:
        limelight.init(endpoint=collector.url, spool="off", instrument=False)
        assert issubclass(AsyncOpenAI, openai.AsyncOpenAI)
        assert issubclass(AsyncAnthropic, anthropic.AsyncAnthropic)
        assert issubclass(AsyncAzureOpenAI, openai.AsyncAzureOpenAI)
        with OpenAI(base_url=fake.openai_url, api_key="any") as gpt:
            assert isinstance(gpt, openai.OpenAI)
            ask(gpt)
            ask(gpt.with_options(timeout=5))
        with AzureOpenAI(azure_endpoint=fake.azure_url, api_key="any", api_version="2024-10-21") as azure:
            ask(azure)
        with Anthropic(base_url=fake.anthropic_url, api_key="any") as claude:
            claude.messages.create(model="claude-opus-4-8", max_tokens=50, messages=HI)
        with openai.OpenAI(base_url=fake.openai_url, api_key="any") as other:
            ask(other)
        assert limelight.flush()
        providers = [
            next(pair.value.string_value for pair in span.attributes if pair.key == "gen_ai.provider.name")
            for span in collector.spans
        ]
        assert providers == ["openai", "openai", "azure.ai.openai", "anthropic"]


@pytest.mark.parametrize("content", [None, True, False])
def test_instrumentors_make_spans_in_the_given_provider(client: Any, content: bool | None) -> None:
    from limelight.instrumentors import OpenAIInstrumentor

    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor = OpenAIInstrumentor()
    assert instrumentor.instrumentation_dependencies() == ("openai>=1.6",)
    instrumentor.instrument(tracer_provider=provider, capture_content=content, skip_dep_check=True)
    instrumentor.instrument(tracer_provider=provider)
    ask(client)
    instrumentor.uninstrument()
    instrumentor.uninstrument()
    ask(client)
    (span,) = exporter.get_finished_spans()
    assert span.attributes is not None
    assert ("gen_ai.input.messages" in span.attributes) is bool(content)
    assert span.attributes["gen_ai.usage.input_tokens"]
    assert not switch("openai").patched


def test_an_exporter_of_ones_own_gets_the_spans(client: Any) -> None:
    exporter = InMemorySpanExporter()
    with limelight.Limelight(exporter=exporter) as own:
        own.instrument("openai")
        ask(client)
        assert own.flush()
        (span,) = exporter.get_finished_spans()
        assert span.name == "chat gpt-4o"
        assert span.resource.attributes["telemetry.sdk.name"] == "limelight"


def test_sampling_keeps_all_of_a_trace_or_nothing(client: Any) -> None:
    with Capture(sample_rate=0.0) as spans:
        spans.instrument("openai")
        with spans.span("outer"):
            ask(client)
        assert spans.all() == []
        spans.shutdown()
    with Capture(sample_rate=0.5) as spans:
        spans.instrument("openai")
        for _ in range(30):
            with spans.span("outer"):
                ask(client)
        names: dict[int, set[str]] = {}
        for one in spans.all():
            names.setdefault(one.span.context.trace_id, set()).add(one.name)
        assert 0 < len(names) < 30
        assert all(kept == {"outer", "chat gpt-4o"} for kept in names.values())
        spans.shutdown()


@pytest.mark.case(65)
def test_content_is_captured_for_the_share_of_traces_one_asks_for(client: Any) -> None:
    """Case 65: at rate 0 no word of the prompt leaves."""
    for settings in ({"capture_rate": 0.0}, {"capture_content": False}):
        with Capture(**settings) as spans:
            spans.instrument("openai")
            ask(client)
            one = spans.one()
            assert "Hi" not in str(one.span.attributes)
            assert one.attributes["gen_ai.usage.input_tokens"]
            spans.shutdown()


def test_nothing_is_printed_and_no_logger_is_configured(client: Any, capfd: pytest.CaptureFixture[str]) -> None:
    handlers = list(logging.getLogger().handlers)
    with Collector() as collector:
        limelight.init(endpoint=collector.url, spool="off")
        ask(client)
        limelight.shutdown()
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger().handlers == handlers
    assert logging.getLogger("limelight").handlers == []


ORDERS = {
    "init first": "import limelight; limelight.init()\nimport openai",
    "init last": "import openai\nimport limelight; limelight.init()",
    "from-import first": "from openai import OpenAI as Kind\nfrom openai.resources.chat.completions import Completions\nimport limelight; limelight.init()\nimport openai",
    "client first": "import openai\nready = openai.OpenAI()\nimport limelight; limelight.init()",
    "resource first": "import openai\nready = openai.OpenAI(); completions = ready.chat.completions\nimport limelight; limelight.init()",
    "in between": "import openai._models\nimport limelight; limelight.init()\nimport openai",
    "twice": "import limelight; limelight.init()\nimport openai\nlimelight.init(); limelight.init(tags=['again'])",
}


@pytest.mark.case(27)
@pytest.mark.parametrize("order", ORDERS)
def test_the_order_of_imports_does_not_matter(order: str, fake: FakeProvider) -> None:
    code = ORDERS[order] + textwrap.dedent("""
        client = globals().get("ready") or openai.OpenAI()
        one = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}
        (globals().get("completions") or client.chat.completions).create(**one)
        for _ in client.chat.completions.create(**one, stream=True):
            pass
    """)
    with Collector() as collector:
        variables = {**fake.environment, "LIMELIGHT_ENDPOINT": collector.url, "LIMELIGHT_SPOOL": "off"}
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            env=variables,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert [span.name for span in collector.spans] == ["chat gpt-4o"] * 2
