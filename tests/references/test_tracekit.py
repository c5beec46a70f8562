"""What `llm-tracekit` promises, held by Limelight: instrumentors by OpenTelemetry's rules."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from limelight.core.dialects import keys
from limelight.testing.fake import Answer, say, tool_call

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


TOOL = {
    "type": "function",
    "function": {"name": "get_weather", "description": "Of a city", "parameters": {"type": "object"}},
}
TALK: list[Any] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Cold in Oslo?"},
    {
        "role": "assistant",
        "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city":"Oslo"}'}}
        ],
    },
    {"role": "tool", "tool_call_id": "call_1", "content": "Four degrees."},
]
ASKED = {
    "gen_ai.prompt.0.role": "system",
    "gen_ai.prompt.0.content": "Be brief.",
    "gen_ai.prompt.1.role": "user",
    "gen_ai.prompt.1.content": "Cold in Oslo?",
    "gen_ai.prompt.2.tool_calls.0.id": "call_1",
    "gen_ai.prompt.2.tool_calls.0.type": "function",
    "gen_ai.prompt.2.tool_calls.0.function.name": "get_weather",
    "gen_ai.prompt.2.tool_calls.0.function.arguments": '{"city":"Oslo"}',
    "gen_ai.prompt.3.role": "tool",
    "gen_ai.prompt.3.tool_call_id": "call_1",
    "gen_ai.prompt.3.content": "Four degrees.",
    "gen_ai.openai.request.user": "ann",
    "gen_ai.openai.request.tools.0.type": "function",
    "gen_ai.openai.request.tools.0.function.name": "get_weather",
    "gen_ai.openai.request.tools.0.function.description": "Of a city",
    "gen_ai.openai.request.tools.0.function.parameters": '{"type":"object"}',
}
SAID = {
    "gen_ai.completion.0.role": "assistant",
    "gen_ai.completion.0.finish_reason": "stop",
    "gen_ai.completion.0.content": "Yes.",
}
CALLED = {
    "gen_ai.completion.0.role": "assistant",
    "gen_ai.completion.0.finish_reason": "tool_calls",
    "gen_ai.completion.0.tool_calls.0.type": "function",
    "gen_ai.completion.0.tool_calls.0.function.name": "get_weather",
    "gen_ai.completion.0.tool_calls.0.function.arguments": '{"city":"Oslo"}',
}


@pytest.mark.parametrize(
    ("answer", "said"),
    [(say("Yes."), SAID), (tool_call("get_weather", {"city": "Oslo"}), CALLED)],
    ids=["text", "tool"],
)
def test_every_attribute_is_written_in_its_dialect(
    fake: FakeProvider, traced: Any, answer: Answer, said: dict[str, str]
) -> None:
    openai = pytest.importorskip("openai")
    spans = traced(dialect="indexed")
    fake.script(answer)
    with openai.OpenAI(base_url=fake.openai_url, api_key="any") as client:
        given = client.chat.completions.create(model="gpt-4o-mini", messages=TALK, tools=[TOOL], user="ann")
    found = {key: compact(value) for key, value in spans.one().attributes.items()}
    wanted = {**ASKED, **said}
    if calls := given.choices[0].message.tool_calls:
        wanted["gen_ai.completion.0.tool_calls.0.id"] = calls[0].id
    assert {key: found.get(key) for key in wanted} == wanted


def compact(value: Any) -> Any:
    """JSON without blanks."""
    if not (isinstance(value, str) and value.startswith("{")):
        return value
    return json.dumps(json.loads(value), separators=(",", ":"))


async def test_bedrocks_attributes_are_written_in_its_dialect(fake: FakeProvider, traced: Any) -> None:
    pytest.importorskip("boto3")
    from tests.conformance.drive import settle
    from tests.conformance.subjects import SUBJECTS

    subject: Any = next(one for one in SUBJECTS if one.name == "bedrock")
    asks = {one.name: one for one in subject.asks}
    spans = traced(dialect="indexed")
    client = await subject.client(fake, "sync")
    spec = {"name": "get_weather", "description": "Of a city", "inputSchema": {"json": {"type": "object"}}}
    arguments = {**asks["converse"].arguments, "toolConfig": {"tools": [{"toolSpec": spec}]}}
    await settle(subject.ways["plain"].ask(client, asks["converse"], arguments))
    found = {key: compact(value) for key, value in spans.one().attributes.items()}
    tool = "gen_ai.bedrock.request.tools.0.function."
    assert {key.removeprefix(tool): value for key, value in found.items() if key.startswith(tool)} == {
        "name": "get_weather",
        "description": "Of a city",
        "parameters": '{"type":"object"}',
    }
    if "agent" not in asks or not asks["agent"].present(client):
        return  # an older client
    spans.clear()
    way = subject.ways["plain"]
    await way.read(way.ask(client, asks["agent"], asks["agent"].arguments))
    assert spans.one().attributes["gen_ai.bedrock.agent_alias.id"] == "ALIAS12345"
