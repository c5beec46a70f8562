"""What is peculiar to Mistral's client: it makes spans of its own, if it is told to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from mistralai.client import Mistral
from mistralai.extra.observability import configure_telemetry
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import limelight
from limelight.testing import Capture, FakeProvider

if TYPE_CHECKING:
    from collections.abc import Iterator

ASKED: dict[str, Any] = {"model": "mistral-large-latest", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture
def fake() -> Iterator[FakeProvider]:
    with FakeProvider() as fake:
        yield fake


@pytest.fixture
def theirs() -> InMemorySpanExporter:
    return InMemorySpanExporter()


def telling(fake: FakeProvider, theirs: InMemorySpanExporter, transport: Any) -> Mistral:
    """A client whose own spans are switched on."""
    mistral = Mistral(api_key="any", server_url=fake.mistral_url, client=transport)
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(theirs))
    configure_telemetry(mistral, provider=provider, redaction=False)
    return mistral


def ask_in_every_way(mistral: Mistral) -> None:
    mistral.chat.complete(**ASKED)
    with mistral.chat.stream(**ASKED) as stream:
        assert list(stream)


@pytest.mark.case(78)
def test_one_call_is_one_span_whatever_the_client_makes_of_it(fake: FakeProvider, theirs: InMemorySpanExporter) -> None:
    """Case 78, in Mistral's words."""
    with httpx2.Client(verify=False) as transport, Capture() as spans:
        mistral = telling(fake, theirs, transport)
        ask_in_every_way(mistral)
        assert len(theirs.get_finished_spans()) == 2
        theirs.clear()
        spans.instrument("mistral")
        ask_in_every_way(mistral)
        assert theirs.get_finished_spans() == ()
        assert len(spans.all()) == 2
        limelight.uninstrument()
        ask_in_every_way(mistral)
        assert len(theirs.get_finished_spans()) == 2


def test_a_wrapped_client_is_silent_and_another_is_not(fake: FakeProvider, theirs: InMemorySpanExporter) -> None:
    with httpx2.Client(verify=False) as transport, Capture() as spans:
        ours, other = telling(fake, theirs, transport), telling(fake, theirs, transport)
        assert limelight.wrap_mistral(ours, limelight=spans) is ours
        ask_in_every_way(ours)
        assert (len(spans.all()), len(theirs.get_finished_spans())) == (2, 0)
        ask_in_every_way(other)
        assert (len(spans.all()), len(theirs.get_finished_spans())) == (2, 2)
        spans.shutdown()
    limelight.uninstrument()


async def test_requests_of_the_async_client_carry_no_trace_of_ours(
    fake: FakeProvider, theirs: InMemorySpanExporter
) -> None:
    """Its hooks run in a thread, with our call around them."""
    async with httpx2.AsyncClient(verify=False) as transport:
        mistral = Mistral(api_key="any", server_url=fake.mistral_url, async_client=transport)
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(theirs))
        configure_telemetry(mistral, provider=provider, redaction=False)
        with Capture() as spans:
            spans.instrument("mistral")
            await mistral.chat.complete_async(**ASKED)
            assert (len(spans.all()), len(theirs.get_finished_spans())) == (1, 0)
            assert fake.requests[-1].header("traceparent") is None
    limelight.uninstrument()
