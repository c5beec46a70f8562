"""`anthropic`'s tool runner makes several calls and spans of its own: each call is told once, within the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anthropic
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import INVALID_SPAN, get_current_span

from limelight.testing import FakeProvider, capture

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(
    not hasattr(anthropic.Anthropic, "open_telemetry"), reason="this version makes no spans of its own"
)


@pytest.fixture
def fake() -> Iterator[FakeProvider]:
    with FakeProvider() as provider:
        yield provider


@anthropic.beta_tool
def weather(city: str) -> str:
    """Look out of the window.

    Args:
        city: where the window is
    """
    return f"rain in {city}"


def run(client: Any, *, stream: bool) -> None:
    question = [{"role": "user", "content": "Use the weather tool for Oslo"}]
    runner = client.beta.messages.tool_runner(
        model="claude-opus-5", max_tokens=500, messages=question, tools=[weather], stream=stream
    )
    for turn in runner:
        if stream:
            list(turn)


@pytest.mark.parametrize("stream", [False, True])
def test_each_turn_of_a_run_is_one_span_within_it(fake: FakeProvider, stream: bool) -> None:
    own, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(own))
    with (
        anthropic.Anthropic(
            api_key="x", base_url=fake.anthropic_url, open_telemetry={"tracer_provider": provider}
        ) as client,
        capture("anthropic") as spans,
    ):
        run(client, stream=stream)
        turns = spans.all()
    vendors = {span.name: span for span in own.get_finished_spans()}
    assert sorted(vendors) == [
        "anthropic.custom_tool_use weather",
        "anthropic.messages.create",
        "anthropic.messages.tool_runner",
    ]
    the_run = vendors["anthropic.messages.tool_runner"].context.span_id
    assert [(turn.name, turn.span.parent and turn.span.parent.span_id) for turn in turns] == [
        ("chat claude-opus-5", the_run)
    ] * 2
    assert get_current_span() is INVALID_SPAN
