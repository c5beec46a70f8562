from __future__ import annotations

import base64
import io
import json
import math
import wave
from typing import TYPE_CHECKING, Any

import openai
import pytest

from limelight.testing.fake import say
from tests.fake.both import drain, settle

if TYPE_CHECKING:
    from limelight.testing.fake import FakeProvider

SOUND = ("hello.wav", b"RIFF" + bytes(9000), "audio/wav")


async def test_legacy_completions(gpt: Any) -> None:
    answer = await settle(gpt.completions.create(model="gpt-3.5-turbo-instruct", prompt="Say hi", max_tokens=60))
    chunks = await drain(
        gpt.completions.create(model="gpt-3.5-turbo-instruct", prompt="Say hi", max_tokens=60, stream=True)
    )
    assert "Say hi" in answer.choices[0].text
    assert "".join(chunk.choices[0].text for chunk in chunks) == answer.choices[0].text
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert answer.usage.completion_tokens > 5


async def test_legacy_completions_are_short_unless_told_otherwise(gpt: Any) -> None:
    answer = await settle(gpt.completions.create(model="babbage-002", prompt=["One", "Two"]))
    assert [choice.finish_reason for choice in answer.choices] == ["length", "length"]


async def test_embeddings_are_unit_vectors_in_either_encoding(fake: FakeProvider, gpt: Any) -> None:
    texts = ["red", "green"]
    packed = await settle(gpt.embeddings.create(model="text-embedding-3-small", input=texts))
    floats = await settle(gpt.embeddings.create(model="text-embedding-3-small", input=texts, encoding_format="float"))
    assert len(packed.data) == 2
    assert len(packed.data[0].embedding) == 1536
    assert packed.data[0].embedding == pytest.approx(floats.data[0].embedding, abs=1e-6)
    assert math.hypot(*floats.data[1].embedding) == pytest.approx(1, abs=1e-4)
    assert packed.usage.prompt_tokens == packed.usage.total_tokens == 2
    assert fake.requests[0].json()["encoding_format"] == "base64"


async def test_texts_with_words_in_common_are_near_each_other(gpt: Any) -> None:
    texts = ["Where is my cat?", "Cats travel free in a carrier", "Breakfast is served from six"]
    answer = await settle(gpt.embeddings.create(model="text-embedding-3-small", input=texts))
    cat, cats, breakfast = (item.embedding for item in answer.data)
    assert near(cat, cats) > 0.2
    assert abs(near(cat, breakfast)) < 0.1


def near(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


async def test_embeddings_of_another_size(gpt: Any) -> None:
    answer = await settle(gpt.embeddings.create(model="text-embedding-3-large", input="x", dimensions=64))
    assert len(answer.data[0].embedding) == 64


async def test_images_are_real_pictures(gpt: Any) -> None:
    made = await settle(gpt.images.generate(model="gpt-image-1", prompt="A lighthouse", n=2))
    assert len(made.data) == 2
    assert base64.b64decode(made.data[0].b64_json).startswith(b"\x89PNG")
    assert made.usage.output_tokens > 0
    linked = await settle(gpt.images.generate(model="dall-e-3", prompt="A lighthouse"))
    assert linked.data[0].url
    assert linked.usage is None


async def test_images_are_edited_and_streamed(gpt: Any) -> None:
    picture = ("a.png", b"\x89PNG" + bytes(600), "image/png")
    edited = await settle(gpt.images.edit(model="gpt-image-1", image=picture, prompt="Add a boat"))
    assert edited.usage.input_tokens_details.image_tokens > 0
    events = await drain(gpt.images.generate(model="gpt-image-1", prompt="A lighthouse", stream=True, partial_images=1))
    assert [event.type for event in events] == [
        "image_generation.partial_image",
        "image_generation.completed",
    ]


async def test_speech_is_real_sound(gpt: Any) -> None:
    spoken = await settle(gpt.audio.speech.create(model="tts-1", voice="alloy", input="Hello", response_format="wav"))
    with wave.open(io.BytesIO(spoken.content)) as sound:
        assert sound.getnframes() > 0
    assert (await settle(gpt.audio.speech.create(model="tts-1", voice="alloy", input="Hi"))).content[:2] == b"\xff\xfb"


async def test_speech_in_a_stream(gpt: Any, fake: FakeProvider) -> None:
    given = {"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "Hello", "stream_format": "sse"}
    events = (await settle(gpt.audio.speech.create(**given))).content.split(b"\n\n")
    kinds = [json.loads(event.removeprefix(b"data: "))["type"] for event in events if event]
    assert kinds == ["speech.audio.delta", "speech.audio.delta", "speech.audio.done"]


@pytest.mark.parametrize("kind", ["json", "verbose_json", "text", "srt", "vtt"])
async def test_transcriptions(fake: FakeProvider, gpt: Any, kind: str) -> None:
    fake.script(say("Good morning, Łódź."))
    heard = await settle(gpt.audio.transcriptions.create(model="whisper-1", file=SOUND, response_format=kind))
    assert "Good morning, Łódź." in (heard if isinstance(heard, str) else heard.text)
    if kind == "json":
        assert heard.usage.seconds > 0
    if kind == "verbose_json":
        assert heard.segments[0].text == "Good morning, Łódź."


async def test_transcriptions_in_a_stream(gpt: Any) -> None:
    events = await drain(gpt.audio.transcriptions.create(model="gpt-4o-mini-transcribe", file=SOUND, stream=True))
    assert events[-1].type == "transcript.text.done"
    assert "".join(event.delta for event in events[:-1]) == events[-1].text
    assert events[-1].usage.output_tokens > 0


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")
async def test_translations(gpt: Any) -> None:
    assert (await settle(gpt.audio.translations.create(model="whisper-1", file=SOUND))).text


async def test_moderations(gpt: Any) -> None:
    checked = await settle(gpt.moderations.create(input=["I will attack the moon", "I like the moon"]))
    assert [result.flagged for result in checked.results] == [True, False]
    assert checked.results[0].categories.violence


async def test_batches_from_upload_to_output(gpt: Any) -> None:
    requests = [
        {
            "custom_id": name,
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {"model": model, "messages": said},
        }
        for name, model, said in (
            ("good", "gpt-4o-mini", [{"role": "user", "content": "Hi"}]),
            ("bad", "fail-400", [{"role": "user", "content": "Hi"}]),
        )
    ]
    lines = "\n".join(json.dumps(request) for request in requests).encode()
    file = await settle(gpt.files.create(file=("in.jsonl", lines), purpose="batch"))
    batch = await settle(
        gpt.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
    )
    seen = [batch.status] + [(await settle(gpt.batches.retrieve(batch.id))).status for _ in range(2)]
    assert seen == ["validating", "in_progress", "completed"]
    done = await settle(gpt.batches.retrieve(batch.id))
    assert (done.request_counts.completed, done.request_counts.failed) == (1, 1)
    output = (await settle(gpt.files.content(done.output_file_id))).text.splitlines()
    results = {result["custom_id"]: result["response"] for result in map(json.loads, output)}
    assert "Hi" in results["good"]["body"]["choices"][0]["message"]["content"]
    assert results["bad"]["status_code"] == 400
    assert (await settle(gpt.batches.list())).data[0].id == batch.id
    assert (await settle(gpt.files.list())).data[0].id == file.id
    assert (await settle(gpt.batches.cancel(batch.id))).status == "cancelling"


async def test_models(gpt: Any) -> None:
    listed = await settle(gpt.models.list())
    assert "gpt-4o-mini" in [model.id for model in listed.data]
    assert (await settle(gpt.models.retrieve("gpt-4o"))).id == "gpt-4o"


@pytest.mark.parametrize(
    "call",
    [
        lambda gpt: gpt.embeddings.create(model="fail-500", input="x"),
        lambda gpt: gpt.images.generate(model="fail-500", prompt="x"),
        lambda gpt: gpt.audio.speech.create(model="fail-500", voice="alloy", input="x"),
        lambda gpt: gpt.audio.transcriptions.create(model="fail-500", file=SOUND),
        lambda gpt: gpt.moderations.create(model="fail-500", input="x"),
        lambda gpt: gpt.completions.create(model="fail-500", prompt="x"),
        lambda gpt: gpt.responses.create(model="fail-500", input="x"),
        lambda gpt: gpt.responses.retrieve("fail-500"),
        lambda gpt: gpt.batches.retrieve("fail-500"),
    ],
)
async def test_every_endpoint_can_fail(gpt: Any, call: Any) -> None:
    with pytest.raises(openai.InternalServerError):
        await settle(call(gpt))


async def test_unknown_addresses_do_not_exist(gpt: Any) -> None:
    with pytest.raises(openai.NotFoundError):
        await settle(gpt.get("/assistants/nobody", cast_to=object))
