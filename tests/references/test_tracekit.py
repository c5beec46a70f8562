"""What `llm-tracekit` promises, held by Limelight: instrumentors by OpenTelemetry's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from limelight.core.dialects import keys

if TYPE_CHECKING:
    from limelight.testing import FakeProvider

SWITCH = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def into(exporter: InMemorySpanExporter) -> TracerProvider:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider


@pytest.mark.parametrize("asked", [True, False])
def test_the_environment_asks_for_content(
    fake: FakeProvider,
    into: TracerProvider,
    exporter: InMemorySpanExporter,
    monkeypatch: pytest.MonkeyPatch,
    asked: bool,
) -> None:
    openai = pytest.importorskip("openai")
    from limelight.instrumentors import OpenAIInstrumentor

    if asked:
        monkeypatch.setenv(SWITCH, "true")
    else:
        monkeypatch.delenv(SWITCH, raising=False)
    OpenAIInstrumentor().instrument(tracer_provider=into)
    with openai.OpenAI(base_url=fake.openai_url, api_key="any") as client:
        client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "whisper"}])
    OpenAIInstrumentor().uninstrument()
    (span,) = exporter.get_finished_spans()
    assert ("whisper" in str(span.attributes)) is asked
    assert "whisper" not in str(span.events)


async def test_bedrock_is_instrumented_the_same_way(
    fake: FakeProvider, into: TracerProvider, exporter: InMemorySpanExporter
) -> None:
    pytest.importorskip("boto3")
    from limelight.instrumentors import BedrockInstrumentor
    from tests.conformance.drive import settle
    from tests.conformance.subjects import SUBJECTS

    subject: Any = next(one for one in SUBJECTS if one.name == "bedrock")
    ask = subject.asks[0]
    BedrockInstrumentor().instrument(tracer_provider=into, capture_content=True)
    await settle(subject.ways["plain"].ask(await subject.client(fake, "sync"), ask, ask.arguments))
    BedrockInstrumentor().uninstrument()
    (span,) = exporter.get_finished_spans()
    assert span.attributes is not None
    assert span.attributes[keys.PROVIDER] == "aws.bedrock"
    assert keys.INPUT_MESSAGES in span.attributes
