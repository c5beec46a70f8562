"""With `include_usage="inject"` a stream is asked for its usage, and whoever reads it sees what he would have seen."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any

import openai
import pytest

from tests.conformance.drive import close, each, following, settle
from tests.conformance.subjects.openai import build

if TYPE_CHECKING:
    from collections.abc import Callable

    from limelight.testing import Capture, Captured, FakeProvider
    from tests.conformance.subject import Seen, Style

QUESTION = {"model": "gpt-4o", "messages": [{"role": "user", "content": "What is the weather in Oslo?"}]}
STORY = {"model": "gpt-3.5-turbo-instruct", "prompt": "Once upon a time", "max_tokens": 20}
KNOWS_OPTIONS = "stream_options" in inspect.signature(openai.resources.chat.Completions.create).parameters
KNOWN = pytest.mark.skipif(not KNOWS_OPTIONS, reason="this version of the client has no `stream_options`")
STYLES: tuple[Style, ...] = ("sync", "async")
INPUT, OUTPUT = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"


def told(chunk: Any) -> Any:
    """All that a chunk shows, down to which of its fields were sent; what was drawn by lot is merely there."""
    sent = chunk.to_dict() if hasattr(chunk, "to_dict") else chunk.model_dump(exclude_unset=True)
    sent = {**sent, **dict.fromkeys(DRAWN & sent.keys())}
    return type(chunk), sent, chunk.usage if hasattr(chunk, "usage") else None


async def looped(stream: Any) -> Seen:
    return [told(chunk) async for chunk in each(stream)]


async def one_by_one(stream: Any) -> Seen:
    seen = []
    while hasattr(chunk := await following(stream), "id"):
        seen.append(told(chunk))
    return seen


async def entered(stream: Any) -> Seen:
    if hasattr(stream, "__aenter__"):
        async with stream as inner:
            return await looped(inner)
    with stream as inner:
        return await looped(inner)


DRAWN = {"id", "obfuscation", "system_fingerprint"}
READERS = (looped, one_by_one, entered)


async def asked(fake: FakeProvider, style: Style, read: Any, **arguments: Any) -> tuple[Seen, Any]:
    """What the caller sees, and what was sent."""
    fake.reset()
    client = build(fake, style)
    create = client.completions.create if "prompt" in arguments else client.chat.completions.create
    seen = await read(await settle(create(stream=True, **arguments)))
    await close(client)
    return seen, json.loads(fake.requests[-1].body)


def is_reported(span: Captured) -> bool:
    return (
        span.attributes[INPUT] > 0
        and span.attributes[OUTPUT] > 0
        and "limelight.usage.provenance" not in span.attributes
    )


@pytest.mark.case(15, 61)
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
@pytest.mark.parametrize("question", [QUESTION, STORY], ids=["chat", "completion"])
async def test_the_caller_sees_what_he_would_have_seen(
    fake: FakeProvider, traced: Callable[..., Capture], question: dict[str, Any], read: Any, style: Style
) -> None:
    bare, sent = await asked(fake, style, read, **question)
    spans = traced("openai", include_usage="inject")
    seen, sent_then = await asked(fake, style, read, **question)
    assert seen == bare
    assert len(seen) > 3
    assert sent_then == {**sent, "stream_options": {"include_usage": True}}
    assert is_reported(spans.one())


async def test_nothing_is_asked_for_unless_the_option_says_so(
    fake: FakeProvider, traced: Callable[..., Capture]
) -> None:
    spans = traced("openai")
    _, sent = await asked(fake, "sync", looped, **QUESTION)
    assert "stream_options" not in sent
    assert spans.one().attributes["limelight.usage.provenance"] == "estimated"


@pytest.mark.parametrize(
    "said",
    [
        pytest.param({"stream_options": {"include_usage": True}}, marks=KNOWN),
        pytest.param({"stream_options": {"include_usage": False}}, marks=KNOWN),
        {"extra_body": {"stream_options": {"include_usage": True}}},
    ],
    ids=str,
)
async def test_a_caller_who_has_said_what_he_wants_gets_it(
    fake: FakeProvider, traced: Callable[..., Capture], said: dict[str, Any]
) -> None:
    bare, sent = await asked(fake, "sync", looped, **QUESTION, **said)
    traced("openai", include_usage="inject")
    assert await asked(fake, "sync", looped, **QUESTION, **said) == (bare, sent)


@KNOWN
async def test_other_wishes_of_the_caller_stay(fake: FakeProvider, traced: Callable[..., Capture]) -> None:
    traced("openai", include_usage="inject")
    said = {"stream_options": {"include_obfuscation": False}, "extra_body": {"safety": "high"}}
    _, sent = await asked(fake, "async", looped, **QUESTION, **said)
    assert sent["stream_options"] == {"include_obfuscation": False, "include_usage": True}
    assert sent["safety"] == "high"


def test_whoever_reads_the_bytes_himself_is_not_given_more(fake: FakeProvider, traced: Callable[..., Capture]) -> None:
    spans = traced("openai", include_usage="inject")
    with build(fake, "sync") as client:
        completions = client.chat.completions
        list(completions.with_raw_response.create(stream=True, **QUESTION).parse())
        if hasattr(completions, "with_streaming_response"):  # from openai 1.8 on
            with completions.with_streaming_response.create(stream=True, **QUESTION) as response:
                list(response.iter_lines())
        completions.create(**QUESTION)
    assert not any(b"stream_options" in exchange.body for exchange in fake.requests)
    assert len(spans.all()) == len(fake.requests) >= 2


def test_a_helper_is_not_given_more(fake: FakeProvider, traced: Callable[..., Capture]) -> None:
    if not hasattr(openai.resources.chat.Completions, "stream"):
        pytest.skip("this version of the client has no helper")
    spans = traced("openai", include_usage="inject")
    with build(fake, "sync") as client, client.chat.completions.stream(**QUESTION) as stream:
        assert stream.get_final_completion().usage is None
    assert b"stream_options" not in fake.requests[-1].body
    assert spans.one().attributes["limelight.usage.provenance"] == "estimated"


def test_a_stream_that_was_left_is_guessed_at(fake: FakeProvider, traced: Callable[..., Capture]) -> None:
    spans = traced("openai", include_usage="inject")
    with build(fake, "sync") as client, client.chat.completions.create(stream=True, **QUESTION) as stream:
        assert isinstance(stream, openai.Stream)
        for _, chunk in zip(range(6), stream, strict=False):
            assert chunk.choices
    assert spans.one().attributes["limelight.usage.provenance"] == "estimated"
