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
from limelight import Limelight
from limelight.testing import FakeProvider, capture

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


@pytest.fixture
def provider(theirs: InMemorySpanExporter) -> TracerProvider:
    """The program's own."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(theirs))
    return provider


def telling(fake: FakeProvider, provider: TracerProvider, transport: Any) -> Mistral:
    """A client whose own spans are switched on."""
    mistral = Mistral(api_key="any", server_url=fake.mistral_url, client=transport)
    configure_telemetry(mistral, provider=provider, redaction=False)
    return mistral


def ask_in_every_way(mistral: Mistral) -> None:
    mistral.chat.complete(**ASKED)
    with mistral.chat.stream(**ASKED) as stream:
        assert list(stream)


@pytest.mark.case(78)
def test_one_call_is_one_span_wherever_it_is_told(
    fake: FakeProvider, theirs: InMemorySpanExporter, provider: TracerProvider
) -> None:
    """Case 78, in Mistral's words: the vendor's own span gives way where ours goes, too, and nowhere else."""
    with httpx2.Client(verify=False) as transport:
        mistral = telling(fake, provider, transport)
        ask_in_every_way(mistral)
        assert scopes(theirs) == ["mistralai"] * 2
        with Limelight(tracer_provider=provider, spool="off") as same_place:
            same_place.instrument("mistral")
            ask_in_every_way(mistral)
            same_place.flush()
        assert scopes(theirs) == ["limelight"] * 2
        with capture("mistral") as spans:
            ask_in_every_way(mistral)
            assert len(spans.all()) == 2
        assert scopes(theirs) == ["mistralai"] * 2
        ask_in_every_way(mistral)
        assert scopes(theirs) == ["mistralai"] * 2


def scopes(theirs: InMemorySpanExporter) -> list[str]:
    """Who made the calls' spans since the last time this was asked."""
    spans = theirs.get_finished_spans()
    theirs.clear()
    return [str(span.instrumentation_scope.name).partition("_")[0].partition(".")[0] for span in spans]


def test_a_wrapped_client_is_silent_where_we_tell_and_another_is_not(
    fake: FakeProvider, theirs: InMemorySpanExporter, provider: TracerProvider
) -> None:
    with httpx2.Client(verify=False) as transport, Limelight(tracer_provider=provider, spool="off") as same_place:
        ours, other = telling(fake, provider, transport), telling(fake, provider, transport)
        assert limelight.wrap_mistral(ours, limelight=same_place) is ours
        ask_in_every_way(ours)
        same_place.flush()
        assert scopes(theirs) == ["limelight"] * 2
        ask_in_every_way(other)
        assert scopes(theirs) == ["mistralai"] * 2
    limelight.uninstrument()


async def test_requests_of_the_async_client_carry_no_trace_of_ours(
    fake: FakeProvider, theirs: InMemorySpanExporter, provider: TracerProvider
) -> None:
    """Its hooks run in a thread, with our call around them."""
    async with httpx2.AsyncClient(verify=False) as transport:
        mistral = Mistral(api_key="any", server_url=fake.mistral_url, async_client=transport)
        configure_telemetry(mistral, provider=provider, redaction=False)
        with Limelight(tracer_provider=provider, spool="off") as same_place:
            same_place.instrument("mistral")
            await mistral.chat.complete_async(**ASKED)
            same_place.flush()
            assert scopes(theirs) == ["limelight"]
            assert fake.requests[-1].header("traceparent") is None
