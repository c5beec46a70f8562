"""A call of a model that no integration claims is seen at transport (B8)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.transport.places import CHAT, PLACES, QUESTION, STREAMED
from tests.transport.senders import SENDERS

if TYPE_CHECKING:
    from limelight.testing import Capture, Captured, FakeProvider
    from tests.transport.places import Place
    from tests.transport.senders import Sender

EVERY_SENDER = pytest.mark.parametrize("sender", SENDERS, ids=str)
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def wire(fake: FakeProvider) -> list[Any]:
    return [(request.method, request.path, request.body) for request in fake.requests]


def check(one: Captured, sender: Sender, place: Place) -> None:
    said = one.attributes
    assert one.name == f"{place.operation} {place.model}"
    assert said["limelight.notes"] == ("captured at transport",)
    assert said["limelight.captured_at"] == "transport"
    assert said["limelight.library"] == sender.library
    assert said["gen_ai.operation.name"] == place.operation
    assert said["gen_ai.provider.name"] == place.provider
    assert said["gen_ai.request.model"] == place.model
    assert said["gen_ai.usage.input_tokens"] > 0
    assert said["server.address"] == "127.0.0.1"
    assert "limelight.outcome" not in said
    assert "canary" not in str(one.span)
    if place.operation == "embeddings":
        return
    assert said["gen_ai.usage.output_tokens"] > 0
    (asked,) = one.json("gen_ai.input.messages")
    assert asked["parts"] == [{"type": "text", "content": QUESTION}]
    (answer,) = one.json("gen_ai.output.messages")
    assert answer["parts"][0]["content"].strip()
    assert answer["finish_reason"]


@EVERY_SENDER
@pytest.mark.parametrize("place", PLACES, ids=str)
async def test_an_answer_is_read_by_the_wire(fake: FakeProvider, spans: Capture, sender: Sender, place: Place) -> None:
    spans.uninstrument()
    bare = await sender.ask(place.url(fake), place.asked())
    before = wire(fake)
    fake.reset()
    spans.instrument("transport")
    status, content = await sender.ask(place.url(fake) + "?token=sk-canary", place.asked())
    assert status == bare[0]
    assert len(json.loads(content)) == len(json.loads(bare[1]))
    assert [request[2] for request in wire(fake)] == [request[2] for request in before]
    check(spans.one(), sender, place)


@EVERY_SENDER
@pytest.mark.parametrize("place", STREAMED, ids=str)
async def test_a_stream_is_put_together(fake: FakeProvider, spans: Capture, sender: Sender, place: Place) -> None:
    got = await sender.read(place.url(fake, is_stream=True), place.asked(is_stream=True), None)
    assert got
    one = spans.one()
    check(one, sender, place)
    assert one.attributes["limelight.chunks"] > 1
    assert one.attributes["gen_ai.request.stream"] is True
    assert (
        0 < one.attributes["gen_ai.response.time_to_first_chunk"] <= one.attributes["limelight.time_to_first_content"]
    )


@EVERY_SENDER
async def test_a_stream_that_is_left_keeps_what_has_come(fake: FakeProvider, spans: Capture, sender: Sender) -> None:
    await sender.read(CHAT.url(fake), CHAT.asked(is_stream=True, model="slow"), 6)
    one = spans.one()
    assert one.attributes["limelight.outcome"] == "incomplete"
    assert one.attributes["gen_ai.request.model"] == "slow"
    assert one.error is None


@EVERY_SENDER
async def test_a_stream_that_breaks_is_an_error(fake: FakeProvider, spans: Capture, sender: Sender) -> None:
    with pytest.raises(sender.broken):
        await sender.read(CHAT.url(fake), CHAT.asked(is_stream=True, model="disconnect"), None)
    one = spans.one()
    assert one.attributes["limelight.outcome"] == "error"
    assert one.attributes["error.type"]


@EVERY_SENDER
@pytest.mark.parametrize("place", [PLACES[0], PLACES[3]], ids=str)
async def test_a_refusal_is_an_error_though_nothing_was_raised(
    fake: FakeProvider, spans: Capture, sender: Sender, place: Place
) -> None:
    status, content = await sender.ask(place.url(fake), place.asked(model="fail-429"))
    assert status == 429
    one = spans.one()
    assert one.attributes["limelight.outcome"] == "error"
    assert one.attributes["error.type"] == "429"
    assert one.attributes["http.response.status_code"] == 429
    assert one.error == json.loads(content)["error"]["message"]
    assert one.attributes["limelight.error.code"]
    assert one.attributes["limelight.error.request_id"]
    assert one.attributes["limelight.error.retry_after"] == 0.02
    assert any(key.startswith("http.response.header.") and "ratelimit" in key for key in one.attributes)


@EVERY_SENDER
async def test_nobody_there_is_the_same_exception_and_an_error(spans: Capture, sender: Sender) -> None:
    with pytest.raises(sender.broken) as caught:
        await sender.ask("http://127.0.0.1:9/v1/chat/completions", CHAT.asked())
    one = spans.one()
    assert one.error == str(caught.value)
    assert "http.response.status_code" not in one.attributes


@EVERY_SENDER
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/orders", {"model": "T", "messages": []}),
        ("/v1/models", {}),
        ("/v1/messages", {"to": "Ada", "text": "Hi"}),
        ("/api/chat", {"room": 7}),
    ],
)
async def test_everybody_elses_requests_are_none_of_ours(
    fake: FakeProvider, spans: Capture, sender: Sender, path: str, body: Any
) -> None:
    await sender.ask(fake.url + path, body)
    assert spans.all() == []
