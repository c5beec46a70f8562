from __future__ import annotations

import base64
import io
import struct
from typing import Any

import pytest

from limelight.core.model import Media, Message, Request, Response, Text, Usage
from limelight.core.wire import openai_media as media

ONE = base64.b64encode(struct.pack("<3f", 0.1, 0.2, 0.3)).decode()


def test_every_text_to_embed_is_a_message() -> None:
    read = media.embeddings_request(
        {"model": "embed", "input": ["a", "b", [1, 2]], "dimensions": 3, "encoding_format": "float"}
    )
    assert read == Request(
        model="embed",
        messages=(Message("user", (Text("a"),)), Message("user", (Text("b"),))),
        params={"dimensions": 3, "encoding_format": "float"},
    )
    assert media.embeddings_request({"input": "a"}).messages == (Message("user", (Text("a"),)),)
    assert media.embeddings_request({"input": [[1, 2]]}).messages == ()


@pytest.mark.case(70)
@pytest.mark.parametrize(
    ("data", "embeddings"),
    [
        ([{"embedding": [0.1, 0.2]}, {"embedding": [0.3, 0.4]}], (2, 2)),
        ([{"embedding": ONE}], (1, 3)),
        ([{"embedding": None}], (1, None)),
        ([{"embedding": ""}], (1, None)),
        ([], None),
        ("odd", None),
    ],
)
def test_vectors_are_counted_never_kept(data: Any, embeddings: tuple[int, int | None] | None) -> None:
    body = {"model": "embed-3", "data": data, "usage": {"prompt_tokens": 4, "total_tokens": 4}}
    assert media.embeddings_response(body) == Response(model="embed-3", usage=Usage(4), embeddings=embeddings)


def test_an_image_is_asked_for_in_words_and_pictures() -> None:
    picture = io.BytesIO(b"1234")
    picture.name = "cat.png"
    read = media.images_request(
        {"model": "paint", "prompt": "a cat", "image": picture, "mask": b"12345", "size": "1x1", "n": 2}
    )
    assert read == Request(
        model="paint",
        messages=(Message("user", (Text("a cat"), Media("image", "image/png"), Media("image", size=5))),),
        params={"size": "1x1", "n": 2},
    )
    upload = ("cat.jpg", b"123", "image/jpeg")
    assert media.images_request({"image": [upload]}).messages[0].parts == (Media("image", "image/jpeg", size=3),)
    assert media.images_request({"image": ("cat.png",)}).messages[0].parts == (Media("image", "image/png"),)
    assert media.images_request({}) == Request()


def test_images_are_media_with_what_they_became() -> None:
    data = [{"b64_json": "AAAA", "revised_prompt": "a fine cat"}, {"url": "https://a/cat"}, {}]
    usage = {"input_tokens": 5, "output_tokens": 90, "input_tokens_details": {"image_tokens": 2, "text_tokens": 3}}
    assert media.images_response({"data": data, "output_format": "webp", "usage": usage}) == Response(
        messages=(
            Message(
                "assistant",
                (
                    Media("image", "image/webp", content="AAAA", size=3),
                    Text("a fine cat"),
                    Media("image", uri="https://a/cat"),
                ),
            ),
        ),
        usage=Usage(5, 90, input_image=2, output_image=90),
        extra={"image.count": 3},
    )
    assert media.images_response({}) == Response()
    counted = {"input_tokens": 5, "output_tokens": 90, "output_tokens_details": {"image_tokens": 80, "text_tokens": 10}}
    assert media.images_response({"usage": counted}).usage.output_image == 80


def test_the_last_picture_of_a_stream_counts() -> None:
    partial = {"type": "image_generation.partial_image", "b64_json": "AAAA"}
    done = {
        "type": "image_generation.completed",
        "b64_json": "BBBB",
        "usage": {"output_tokens": 9},
        "output_format": "png",
    }
    assert media.images_response(media.images_fold([partial, done, {"type": "other"}])) == Response(
        messages=(Message("assistant", (Media("image", "image/png", content="BBBB", size=3),)),),
        usage=Usage(output=9, output_image=9),
        extra={"image.count": 1},
    )
    assert media.images_fold([{"type": "other"}, None]) == {}  # type: ignore[list-item]
    assert [media.has_image(event) for event in (partial, {"type": "other"})] == [True, False]


def test_speech_is_asked_for_in_words() -> None:
    read = media.speech_request(
        {"model": "tts", "input": "Hello", "voice": "alloy", "instructions": "cheerfully", "speed": 1.5}
    )
    assert read == Request(
        model="tts",
        system=(Text("cheerfully"),),
        messages=(Message("user", (Text("Hello"),)),),
        params={"voice": "alloy", "speed": 1.5},
    )
    assert media.speech_request({}) == Request()
    assert media.speech_response({}) == Response()
    events = [
        {"type": "speech.audio.delta", "audio": "AAAA"},
        {"type": "speech.audio.done", "usage": {"input_tokens": 2, "output_tokens": 8}},
    ]
    assert media.speech_response(media.speech_fold(events)).usage == Usage(2, 8)
    assert media.speech_fold(events[:1]) == {}


@pytest.mark.case(41)
def test_a_recording_is_heard() -> None:
    read = media.transcription_request(
        {"model": "whisper", "file": ("a.mp3", b"123"), "prompt": "names: Ada", "language": "en"}
    )
    assert read == Request(
        model="whisper",
        system=(Text("names: Ada"),),
        messages=(Message("user", (Media("audio", "audio/mpeg", size=3),)),),
        params={"language": "en"},
    )
    assert media.transcription_request({}) == Request()


def test_transcriptions_are_billed_by_tokens_or_seconds() -> None:
    tokens = {
        "type": "tokens",
        "input_tokens": 14,
        "output_tokens": 3,
        "input_token_details": {"audio_tokens": 12, "text_tokens": 2},
    }
    assert media.transcription_response({"text": "Hi", "usage": tokens}) == Response(
        messages=(Message("assistant", (Text("Hi"),)),), usage=Usage(14, 3, input_audio=12)
    )
    assert media.transcription_response({"usage": {"type": "duration", "seconds": 9}}).extra == {
        "audio.duration_s": 9.0
    }
    assert media.transcription_response({"duration": 2.5, "language": "english"}).extra == {
        "audio.duration_s": 2.5,
        "audio.language": "english",
    }


def test_a_transcription_streams() -> None:
    events: list[Any] = [
        {"type": "transcript.text.delta", "delta": "Hel"},
        {"type": "transcript.text.delta", "delta": "lo"},
    ]
    done = {
        "type": "transcript.text.done",
        "text": "Hello",
        "usage": {"type": "tokens", "input_tokens": 4, "output_tokens": 2},
    }
    text = (Message("assistant", (Text("Hello"),)),)
    assert media.transcription_response(media.transcription_fold([*events, done])) == Response(
        messages=text, usage=Usage(4, 2)
    )
    assert media.transcription_response(media.transcription_fold([*events, None])) == Response(messages=text)
    assert [media.is_delta(event) for event in (events[0], done, {"audio": "AAAA"})] == [True, False, True]


def test_moderation_says_what_was_flagged() -> None:
    results = [
        {"flagged": False, "categories": {"hate": False}},
        {"flagged": True, "categories": {"violence": True, "hate": False, "sexual": None}},
    ]
    assert media.moderation_response({"id": "modr_1", "model": "omni", "results": results}) == Response(
        id="modr_1", model="omni", extra={"moderation.flagged": True, "moderation.categories": ["violence"]}
    )
    assert media.moderation_response({}) == Response()


def test_moderation_reads_texts_and_parts() -> None:
    two = (Message("user", (Text("a"),)), Message("user", (Text("b"),)))
    assert media.moderation_request({"model": "omni", "input": ["a", "b"]}) == Request(model="omni", messages=two)
    assert media.moderation_request({"input": "a"}).messages == two[:1]
    picture = {"type": "image_url", "image_url": {"url": "https://a"}}
    one = media.moderation_request({"input": [{"type": "text", "text": "a"}, picture]}).messages
    assert one == (Message("user", (Text("a"), Media("image", uri="https://a"))),)


def test_a_batch_has_a_state_and_counts() -> None:
    openai = {"id": "batch_1", "status": "in_progress", "request_counts": {"total": 3, "completed": 1, "failed": 0}}
    assert media.batch_response(openai) == Response(
        status="in_progress",
        extra={
            "batch.total": 3,
            "batch.completed": 1,
            "batch.failed": 0,
            "batch.id": "batch_1",
            "batch.status": "in_progress",
        },
    )
    assert media.batch_response({"processing_status": "ended"}).status == "ended"
    assert media.batch_request({"endpoint": "/v1/x", "input_file_id": "f"}).params == {
        "endpoint": "/v1/x",
        "input_file_id": "f",
    }
    assert media.batch_request({"requests": [{"params": {"messages": "secret"}}] * 3}).params == {"requests": 3}


def test_a_count_of_tokens_spends_none() -> None:
    assert media.count_response({"input_tokens": 42}) == Response(extra={"count.input_tokens": 42})
    assert media.count_response({}) == Response()
