"""In the company of other tracers, as far as it takes no other tracer to show (docs/cases.md, 29 to 33, 43, 46)."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
import textwrap
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest
import wrapt
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from limelight.core.dialects import keys
from limelight.testing import Capture
from tests.pipeline.collector import Collector

openai = pytest.importorskip("openai")
anthropic = pytest.importorskip("anthropic")

if TYPE_CHECKING:
    from limelight.testing import FakeProvider


@pytest.mark.case(33)
def test_arguments_that_were_not_given_are_in_no_attribute_and_in_no_warning(
    fake: FakeProvider, caplog: pytest.LogCaptureFixture
) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    messages: Any = [{"role": "user", "content": "Hi"}]
    with Capture(tracer_provider=provider) as spans, caplog.at_level(logging.WARNING):
        spans.instrument("openai", "anthropic")
        unset = [
            value for name in ("omit", "not_given", "NOT_GIVEN") if (value := getattr(openai, name, None)) is not None
        ]
        assert unset
        with openai.OpenAI(base_url=fake.openai_url, api_key="any") as client:
            for nothing in unset:
                client.chat.completions.create(
                    model="gpt-4o", messages=messages, temperature=nothing, tools=nothing, stop=None, user=nothing
                )
        with anthropic.Anthropic(base_url=fake.anthropic_url, api_key="any") as claude:
            claude.messages.create(
                model="claude-sonnet-5-5", max_tokens=9, messages=messages, system=anthropic.NOT_GIVEN, metadata={}
            )
        assert len(spans.all()) == len(unset) + 1
        spans.shutdown()
    assert caplog.records == []
    written = [span.to_json() for span in exporter.get_finished_spans()]
    assert len(written) == len(unset) + 1
    assert not [one for one in written if re.search(r"NOT_?GIVEN|NotGiven|Omit|not_given|None", one)]


@pytest.mark.case(46)
def test_nothing_that_a_program_gets_with_us_is_held_back() -> None:
    """Upper bounds and exact pins are what makes a package impossible to install beside the next release of another."""
    wanted = [each for each in metadata.requires("limelight") or () if "extra ==" not in each]
    assert len(wanted) >= 3
    assert [each for each in wanted if re.search(r"[<=~!]=|<", each.partition(";")[0].replace(">=", ""))] == []


@pytest.mark.case(31, 67)
def test_a_provider_of_another_kind_is_left_alone_and_every_call_is_told(fake: FakeProvider) -> None:
    """One that has nothing but what OpenTelemetry's interface asks for."""
    program = """
        from opentelemetry import trace
        started = []
        class Tracer(trace.Tracer):
            def start_span(self, name, *args, **kwargs):
                started.append(name)
                return trace.NonRecordingSpan(trace.SpanContext(7, 8, False, trace.TraceFlags(1)))
            def start_as_current_span(self, name, *args, **kwargs):
                return trace.use_span(self.start_span(name))
        class Provider(trace.TracerProvider):
            def get_tracer(self, *args, **kwargs):
                return Tracer()
        mine = Provider()
        trace.set_tracer_provider(mine)
        import limelight, openai
        limelight.init()
        client = openai.OpenAI()
        asked = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}
        with trace.get_tracer("app").start_as_current_span("app"):
            client.chat.completions.create(**asked)
            list(client.chat.completions.create(**asked, stream=True))
        assert limelight.flush()
        assert trace.get_tracer_provider() is mine
        print(started)
    """
    with Collector() as collector:
        around = {**fake.environment, "LIMELIGHT_ENDPOINT": collector.url, "LIMELIGHT_SPOOL": "off"}
        command = [sys.executable, "-W", "error", "-c", textwrap.dedent(program)]
        done = subprocess.run(command, env=around, capture_output=True, text=True, timeout=50, check=False)
        assert (done.returncode, done.stderr, done.stdout) == (0, "", "['app']\n")
        assert [(span.name, span.parent_span_id[-1]) for span in collector.spans] == [("chat gpt-4o", 8)] * 2


@pytest.mark.case(29, 30)
def test_a_programs_own_tracing_keeps_its_provider_its_processors_and_its_spans(fake: FakeProvider) -> None:
    """Whichever came first: nothing of theirs goes to our backend, and each call goes there once."""
    theirs = """
        from opentelemetry import trace
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
        exporter, mine = InMemorySpanExporter(), TracerProvider()
        mine.add_span_processor(SimpleSpanProcessor(exporter))
        trace.set_tracer_provider(mine)
    """
    ours = "import limelight\nlimelight.init()\n"
    use = """
        import openai
        with trace.get_tracer("app").start_as_current_span("their secret"):
            openai.OpenAI().chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "Hi"}])
        assert limelight.flush()
        assert trace.get_tracer_provider() is mine
        assert len(mine._active_span_processor._span_processors) == 1
        assert "their secret" in [span.name for span in exporter.get_finished_spans()]
    """
    for order in ((theirs, ours), (ours, theirs)):
        program = "".join(textwrap.dedent(part) for part in (*order, use))
        with Collector() as collector:
            around = {**fake.environment, "LIMELIGHT_ENDPOINT": collector.url, "LIMELIGHT_SPOOL": "off"}
            command = [sys.executable, "-W", "error", "-c", program]
            done = subprocess.run(command, env=around, capture_output=True, text=True, timeout=50, check=False)
            assert (done.returncode, done.stderr) == (0, "")
            assert [span.name for span in collector.spans] == ["chat gpt-4o"]


@pytest.mark.case(63, 78)
async def test_whoever_has_wrapped_a_method_before_us_is_told_whose_method_it_is(
    fake: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nearly every tracer wraps in this way, and some ask the instance for its client."""
    told: list[Any] = []

    def theirs(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        told.append(instance)
        return wrapped(*args, **kwargs)

    completions = openai.resources.chat.completions
    for kind in (completions.Completions, completions.AsyncCompletions):
        monkeypatch.setattr(kind, "create", wrapt.FunctionWrapper(vars(kind)["create"], theirs))
    before = vars(completions.Completions)["create"]
    asked: Any = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}
    with Capture() as spans:
        spans.instrument("openai")
        with openai.OpenAI(base_url=fake.openai_url, api_key="any") as client:
            assert client.chat.completions.create(**asked).choices
        async with openai.AsyncOpenAI(base_url=fake.openai_url, api_key="any") as other:
            assert (await other.chat.completions.create(**asked)).choices
        assert told == [client.chat.completions, other.chat.completions]
        assert len(spans.all()) == 2
        spans.shutdown()
    assert vars(completions.Completions)["create"] is before


def test_a_parent_that_goes_elsewhere_is_said_to(fake: FakeProvider) -> None:
    """Whoever shows our spans would wait for it for ever."""
    elsewhere = TracerProvider().get_tracer("theirs")
    with Capture() as spans, elsewhere.start_as_current_span("POST /ask"), spans.span("answer"), spans.span("look up"):
        pass
    inner, outer = spans.all()
    assert (outer.name, outer.attributes[keys.ENTRY]) == ("answer", True)
    assert keys.ENTRY not in inner.attributes
    with Capture() as spans, spans.span("answer"):
        pass
    assert keys.ENTRY not in spans.one().attributes
