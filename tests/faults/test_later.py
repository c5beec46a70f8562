"""What fails after the call, fails alone: the span survives without its content, and the error is counted."""

from __future__ import annotations

import contextlib
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from limelight.core.masking import Masker
from limelight.core.operation import Integration, Operation
from limelight.engine import guard
from limelight.engine.patch import Switch
from limelight.pipeline import pipeline as stage_by_stage
from limelight.sdk.switches import switch, switches
from limelight.testing import Capture, capture
from tests.conformance.parameters import THOROUGH, talks
from tests.conformance.subjects import SUBJECTS as EVERY_SUBJECT

if TYPE_CHECKING:
    from collections.abc import Callable

    from limelight.testing import FakeProvider
    from tests.conformance.subject import Ask, Style, Subject

SUBJECTS = [subject for subject in EVERY_SUBJECT if subject.name in THOROUGH]
SYNC = [one for one in talks(SUBJECTS, "sync") if one.values[1].name == one.values[0].talks[0]]
EVERY_TALK = pytest.mark.parametrize(("subject", "ask", "style"), SYNC)
SAID = ("Good question", "Certainly", "Oslo")


def fails(*args: Any, **kwargs: Any) -> Any:
    raise RuntimeError("injected")


@pytest.fixture
def counted() -> Callable[[], dict[str, int]]:
    before = dict(guard.errors)
    return lambda: {
        what: count - before.get(what, 0) for what, count in guard.errors.items() if count != before.get(what)
    }


def spoiled(integration: Integration, **changes: Any) -> Integration:
    """The same integration, with a part of every operation replaced."""
    fields = {name: getattr(integration, name) for name in integration.__dataclass_fields__}
    operations = []
    for operation in integration.operations:
        parts = {name: getattr(operation, name) for name in operation.__dataclass_fields__}
        operations.append(Operation(**{**parts, **{name: value for name, value in changes.items() if name in parts}}))
    own = {name: value for name, value in changes.items() if name in fields}
    return Integration(**{**fields, **own, "operations": tuple(operations)})


async def call(fake: FakeProvider, subject: Subject, ask: Ask, style: Style, way: str, **changes: Any) -> Any:
    how = subject.ways[way]
    return await how.read(how.ask(await subject.client(fake, style), ask, {**ask.arguments, **changes}))


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Capture]:
    """Trace with an integration whose parts fail."""
    started: list[Capture] = []

    def start(subject: Subject, **changes: Any) -> Capture:
        sound: Switch = switch(subject.name)
        for target in sound.targets:  # one that is imported later would be patched with the spoilt part
            with contextlib.suppress(ImportError):
                import_module(target.partition(":")[0])
        monkeypatch.setattr(sound, "integration", spoiled(sound.integration, **changes))
        started.append(capture(subject.name))
        return started[-1]

    yield start
    for one in started:
        one.shutdown()
    assert not any(one.patched for one in switches())


@EVERY_TALK
@pytest.mark.parametrize(
    ("part", "way", "what", "lost"),
    [
        ("request", "plain", "reading the chat request", "gen_ai.input.messages"),
        ("response", "plain", "reading the chat answer", "gen_ai.output.messages"),
        ("response", "stream", "reading the chat answer", "gen_ai.output.messages"),
        ("fold", "stream", "reading the chat answer", "gen_ai.output.messages"),
        ("fold", "raw stream", "reading the chat answer", "gen_ai.output.messages"),
        ("is_content", "stream", "finding the first content", "limelight.time_to_first_content"),
        ("provider", "plain", "reading the server's address", "limelight.never"),
    ],
)
async def test_a_reader_that_fails_costs_what_it_reads(
    fake: FakeProvider,
    reader: Callable[..., Capture],
    counted: Callable[[], dict[str, int]],
    subject: Subject,
    ask: Ask,
    style: Style,
    part: str,
    way: str,
    what: str,
    lost: str,
) -> None:
    spans = reader(subject, **{part: fails})
    await call(fake, subject, ask, style, way)
    one = spans.one()
    assert one.attributes["gen_ai.operation.name"] == "chat"
    assert one.attributes["gen_ai.provider.name"] == subject.name
    assert lost not in one.attributes
    kept = {"gen_ai.input.messages", "gen_ai.output.messages"} - {lost}
    assert kept <= one.attributes.keys()
    assert counted() == {what: 1}


@EVERY_TALK
async def test_masking_that_fails_drops_the_content(
    fake: FakeProvider,
    traced: Callable[..., Capture],
    counted: Callable[[], dict[str, int]],
    subject: Subject,
    ask: Ask,
    style: Style,
) -> None:
    spans = traced(mask=fails)
    await call(fake, subject, ask, style, "plain")
    one = spans.one()
    assert not any(word in str(one.span) for word in SAID)
    assert "content dropped: masking failed" in one.attributes["limelight.notes"]
    assert one.attributes["gen_ai.usage.input_tokens"] > 0
    assert counted()


@EVERY_TALK
async def test_masking_that_fails_drops_the_text_of_an_exception(
    fake: FakeProvider, traced: Callable[..., Capture], subject: Subject, ask: Ask, style: Style
) -> None:
    spans = traced(mask=fails)
    with pytest.raises(subject.error) as caught:
        await call(fake, subject, ask, style, "plain", model="fail-429")
    one = spans.one()
    assert one.attributes["limelight.outcome"] == "error"
    assert one.error == ""
    assert caught.value.message not in str(one.span)


@EVERY_TALK
@pytest.mark.parametrize("stage", ["stages.priced", "stages.cut", "write", "stamp_of", "stages.without_content"])
async def test_a_stage_that_fails_costs_at_most_the_content(
    fake: FakeProvider,
    traced: Callable[..., Capture],
    monkeypatch: pytest.MonkeyPatch,
    counted: Callable[[], dict[str, int]],
    subject: Subject,
    ask: Ask,
    style: Style,
    stage: str,
) -> None:
    spans = traced(capture_content=stage != "stages.without_content")
    holder: Any = stage_by_stage.stages if stage.startswith("stages.") else stage_by_stage
    name = stage.rpartition(".")[2]
    sound = getattr(holder, name)
    failed: list[str] = []

    def once(*args: Any, **kwargs: Any) -> Any:
        if not failed:
            failed.append(name)
            raise RuntimeError("injected")
        return sound(*args, **kwargs)

    monkeypatch.setattr(holder, name, once)
    await call(fake, subject, ask, style, "plain")
    one = spans.one()
    assert failed == [name]
    assert one.attributes["gen_ai.operation.name"] == "chat"
    if stage == "stages.priced":
        assert "limelight.cost.total" not in one.attributes
    elif stage != "stages.without_content":
        assert any("content dropped" in note for note in one.attributes["limelight.notes"])
    assert sum(counted().values()) == 1


@EVERY_TALK
async def test_a_span_that_cannot_even_be_written_bare_is_counted(
    fake: FakeProvider,
    traced: Callable[..., Capture],
    monkeypatch: pytest.MonkeyPatch,
    counted: Callable[[], dict[str, int]],
    subject: Subject,
    ask: Ask,
    style: Style,
) -> None:
    spans = traced()
    monkeypatch.setattr(stage_by_stage, "write", fails)
    await call(fake, subject, ask, style, "plain")
    assert spans.all() == []
    assert counted() == {"writing a span": 1, "writing a span without content": 1}


@EVERY_TALK
async def test_an_output_that_fails_does_not_rob_the_others(
    fake: FakeProvider,
    traced: Callable[..., Capture],
    counted: Callable[[], dict[str, int]],
    subject: Subject,
    ask: Ask,
    style: Style,
) -> None:
    spans = traced()
    spans.pipeline._outputs = (fails, *spans.pipeline._outputs)
    await call(fake, subject, ask, style, "plain")
    assert spans.one()
    assert counted() == {"passing on a span": 1}


@EVERY_TALK
async def test_an_overrun_queue_keeps_the_span_without_its_content(
    fake: FakeProvider,
    traced: Callable[..., Capture],
    counted: Callable[[], dict[str, int]],
    subject: Subject,
    ask: Ask,
    style: Style,
) -> None:
    spans = traced()
    spans.pipeline.finisher._capacity = 0
    await call(fake, subject, ask, style, "plain")
    with pytest.raises(subject.error):
        await call(fake, subject, ask, style, "plain", model="fail-429")
    fine, failed = spans.all()
    assert fine.attributes["limelight.notes"] == ("content dropped: too many calls at once",)
    assert not any(word in str(fine.span) for word in SAID)
    assert failed.attributes["limelight.outcome"] == "error"
    assert failed.attributes["error.type"] == "RateLimitError"
    assert counted() == {"queue full: content let go": 2}


@EVERY_TALK
async def test_a_sampler_that_fails_keeps_the_span(
    fake: FakeProvider,
    traced: Callable[..., Capture],
    counted: Callable[[], dict[str, int]],
    subject: Subject,
    ask: Ask,
    style: Style,
) -> None:
    spans = traced()
    spans.pipeline._sampler = fails
    await call(fake, subject, ask, style, "plain")
    assert spans.one()
    assert counted() == {"asking the sampler": 1}


def test_a_masker_is_what_a_user_gives(traced: Callable[..., Capture]) -> None:
    """The fault above is put where a user's own function stands."""
    masker = traced(mask=str.upper).pipeline.policy.masker
    assert isinstance(masker, Masker)
    assert masker.text("quiet") == "QUIET"
