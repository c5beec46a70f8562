"""Every kind of secret and of personal data, in every place: none of it is in any byte that leaves the process."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

import pytest
from anthropic import Anthropic
from openai import OpenAI
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import limelight
from limelight.engine import guard
from limelight.testing import FakeProvider
from tests.pipeline.collector import Collector
from tests.privacy.kinds import PERSONAL, SECRETS, Spelling
from tests.privacy.places import PLACES, UNSEEN, Scene

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from opentelemetry.sdk.trace import ReadableSpan

pytestmark = pytest.mark.filterwarnings("ignore:.*<socket.socket:pytest.PytestUnraisableExceptionWarning")

LEVELS = {"secrets": SECRETS, "pii": SECRETS + PERSONAL}


class Wire:
    """A backend, and every byte that it was sent."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.collector = Collector(self._take)

    def _take(self, body: bytes) -> int:
        self.bodies.append(body)
        return 200

    @property
    def text(self) -> str:
        return b"\n".join(self.bodies).decode("utf-8", "replace")


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    with wire.collector:
        yield wire


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeProvider]:
    with FakeProvider() as fake:
        yield fake


@pytest.fixture
def scene(fake: FakeProvider) -> Iterator[Callable[..., Scene]]:
    opened: list[Any] = []

    def make(**settings: Any) -> Scene:
        fake.reset()
        instance = limelight.init(instrument=["openai", "anthropic"], spool="off", **settings)
        openai = OpenAI(base_url=fake.openai_url, api_key="any", max_retries=0)
        anthropic = Anthropic(base_url=fake.anthropic_url, api_key="any", max_retries=0)
        opened.extend((openai, anthropic))
        return Scene(instance, fake, openai, anthropic)

    yield make
    limelight.shutdown()
    for client in opened:
        client.close()


def found(spellings: Sequence[Spelling], text: str) -> list[str]:
    """Which of them are in the text, and after what."""
    return [
        f"{one.kind} {one.text!r} in {text[max(0, at - 120) : at + len(one.core)]!r}"
        for one in spellings
        if (at := text.find(one.core)) >= 0
    ]


def test_the_table_is_as_large_as_was_promised() -> None:
    kinds = {one.kind for one in SECRETS + PERSONAL}
    assert len(kinds) >= 40
    assert all(sum(one.kind == kind for one in SECRETS + PERSONAL) == 3 for kind in kinds)
    assert all(one.core in one.text and len(one.core) >= 7 for one in SECRETS + PERSONAL)


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("level", LEVELS)
def test_nothing_of_it_leaves(
    level: str, place: str, wire: Wire, scene: Callable[..., Scene], caplog: pytest.LogCaptureFixture
) -> None:
    """All kinds in one place; `tag` proves that the place itself does arrive."""
    held(level, {place: LEVELS[level]}, wire, scene, caplog)
    assert ("tag-" + place in wire.text) is (place not in UNSEEN)


@pytest.mark.parametrize("level", LEVELS)
def test_nothing_leaves_of_some_kinds_in_each_place(
    level: str, wire: Wire, scene: Callable[..., Scene], caplog: pytest.LogCaptureFixture
) -> None:
    """A twelfth of the product above, each kind somewhere."""
    some = {place: LEVELS[level][number % 12 :: 12] for number, place in enumerate(PLACES)}
    held(level, some, wire, scene, caplog)
    assert {place for place in PLACES if f"tag-{place}" in wire.text} == set(PLACES) - UNSEEN


def held(
    level: str,
    planted: Mapping[str, Sequence[Spelling]],
    wire: Wire,
    scene: Callable[..., Scene],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Plant them, and look for them in all that was sent, logged and counted."""
    caplog.set_level(logging.DEBUG, "limelight")
    there = scene(mask=level, endpoint=wire.collector.url)
    for place, spellings in planted.items():
        for spelling in spellings:
            PLACES[place](there, f"tag-{place} {spelling.text}")
    assert limelight.flush()
    masker = there.limelight.pipeline.policy.masker
    assert masker is not None
    said = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("limelight"))
    assert found(LEVELS[level], wire.text) == []
    assert found(LEVELS[level], said + str(masker.stats())) == []
    assert masker.dropped == 0
    assert wire.bodies


@pytest.mark.parametrize("level", LEVELS)
def test_nothing_of_it_lies_in_the_spool(level: str, tmp_path: Path, fake: FakeProvider) -> None:
    with limelight.Limelight(mask=level, endpoint="http://127.0.0.1:9", spool=str(tmp_path)) as instance:
        for spelling in LEVELS[level]:
            with instance.span("step") as span:
                span.record_input(f"tag-spool {spelling.text}")
    bodies = [path.read_bytes().decode("utf-8", "replace") for path in tmp_path.rglob("*.otlp")]
    assert "tag-spool" in "".join(bodies)
    assert found(LEVELS[level], "".join(bodies)) == []


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_said_of_the_process_is_masked(level: str, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    from urllib.parse import quote

    said = {f"note.{number}": one.text for number, one in enumerate(LEVELS[level])}
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", ",".join(f"{key}={quote(text)}" for key, text in said.items()))
    text = LEVELS[level][0].text
    settings = {"service_name": text, "project": text, "environment": text, "agent_name": text, "tags": [text]}
    with limelight.Limelight(mask=level, endpoint=wire.collector.url, spool="off", **settings) as instance:
        with instance.span("step"):
            pass
        assert instance.flush()
    assert "service.name" in wire.text
    assert found(LEVELS[level], wire.text) == []


@pytest.mark.parametrize("level", LEVELS)
def test_an_exporter_of_the_users_own_gets_nothing_of_it(level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", f"note=key {SECRETS[0].text}")
    kept = InMemorySpanExporter()
    with limelight.Limelight(mask=level, exporter=kept) as instance:
        for spelling in LEVELS[level]:
            with instance.span(spelling.text) as span:
                span.add_event(spelling.text, {"note": spelling.text})
        instance.flush()
    assert len(kept.get_finished_spans()) == len(LEVELS[level])
    assert found(LEVELS[level], noted(kept.get_finished_spans())) == []


def noted(spans: Sequence[ReadableSpan]) -> str:
    """All that they say, as it was written."""
    text = "\n".join(span.to_json() for span in spans)
    return re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), text)


@pytest.mark.parametrize("level", LEVELS)
def test_in_the_programs_own_provider_our_spans_are_masked_and_others_are_as_they_were(level: str, wire: Wire) -> None:
    """We see no span of another library: neither does one leave with ours, nor can we mask it."""
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    there = {"tracer_provider": provider, "endpoint": wire.collector.url, "spool": "off"}
    with limelight.Limelight(mask=level, **there) as instance:
        for spelling in LEVELS[level]:
            with provider.get_tracer("another").start_as_current_span("theirs") as theirs:
                theirs.set_attribute("note", spelling.text)
                with instance.span("ours") as ours:
                    ours.set_attribute("note", spelling.text)
        assert instance.flush()
    made = {name: [span for span in kept.get_finished_spans() if span.name == name] for name in ("ours", "theirs")}
    assert len(made["ours"]) == len(made["theirs"]) == len(LEVELS[level])
    assert found(LEVELS[level], noted(made["ours"])) == []
    assert [span.attributes["note"] for span in made["theirs"] if span.attributes] == [
        spelling.text for spelling in LEVELS[level]
    ]
    assert "ours" in wire.text
    assert "theirs" not in wire.text
    assert found(LEVELS[level], wire.text) == []


@pytest.mark.parametrize("spelling", SECRETS + PERSONAL, ids=lambda one: one.kind)
def test_nothing_of_it_stands_in_our_log(spelling: Spelling, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "limelight")
    before = dict(guard.errors)
    with guard.guarded("testing"):
        raise ValueError(f"cannot read {spelling.text}") from RuntimeError(spelling.text)
    guard.errors.clear()
    guard.errors.update(before)
    assert "limelight: testing failed" in caplog.text
    assert "ValueError: cannot read" in caplog.text
    assert found([spelling], caplog.text) == []
    if spelling in SECRETS:
        logging.getLogger("limelight").warning("limelight: %s cannot be reached", f"to {spelling.text}")
        assert found([spelling], caplog.text) == []


def test_a_mask_that_fails_costs_the_content_and_is_counted(wire: Wire, scene: Callable[..., Scene]) -> None:
    def broken(text: str) -> str:
        raise RuntimeError(text)

    there = scene(mask=broken, endpoint=wire.collector.url)
    for place in PLACES.values():
        place(there, "tag-of-mine")
    limelight.flush()
    assert wire.bodies
    assert "tag-of-mine" not in wire.text
    assert there.limelight.pipeline.policy.masker.dropped > len(PLACES)  # type: ignore[union-attr]
