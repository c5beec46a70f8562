from __future__ import annotations

from typing import Any

import pytest
from google.genai import types

from limelight.core.model import Media, Message, Text, Usage
from limelight.core.wire import google_generate
from limelight.core.wire import google_media as media

PNG = {"mimeType": "image/png", "bytesBase64Encoded": "AAAA"}


@pytest.mark.parametrize(
    "body",
    [
        {"model": "models/e-1", "contents": ["One", "Two"], "config": {"output_dimensionality": 3}},
        {"model": "e-1", "contents": [{"parts": [{"text": "One"}]}, "Two"], "config": {"outputDimensionality": 3}},
        {"model": "e-1", "instances": [{"content": "One"}, {"content": "Two"}], "output_dimensionality": 3},
        {
            "requests": [
                {"model": "models/e-1", "content": {"parts": [{"text": "One"}]}},
                {"model": "models/e-1", "content": {"parts": [{"text": "Two"}]}},
            ],
            "output_dimensionality": 3,
        },
    ],
)
def test_each_text_to_be_embedded_is_a_message(body: dict[str, Any]) -> None:
    asked = media.embed_request(body)
    assert asked.model == "e-1"
    assert asked.messages == (Message("user", (Text("One"),)), Message("user", (Text("Two"),)))
    assert asked.params == {"output_dimensionality": 3}


@pytest.mark.parametrize(
    ("body", "found", "tokens"),
    [
        ({"embedding": {"values": [0.1, 0.2, 0.3]}}, (1, 3), None),
        ({"embeddings": [{"values": [0.1, 0.2]}] * 4, "usageMetadata": {"promptTokenCount": 9}}, (4, 2), 9),
        ({"predictions": [{"embeddings": {"values": [1], "statistics": {"token_count": 5.0}}}] * 2}, (2, 1), 10),
        ({"embedding": [0.1, 0.2]}, (1, 2), None),
        ({"embedding": [[0.1, 0.2], [0.3, 0.4]]}, (2, 2), None),
        ({}, None, None),
    ],
)
def test_of_vectors_only_their_number_is_kept(body: Any, found: Any, tokens: int | None) -> None:
    for told in (media.embed_response(body), media.embed_response(media.embed_kept(body))):
        assert (told.embeddings, told.usage) == (found, Usage(input=tokens))


def test_an_object_of_the_sdk_is_kept_as_little_as_json() -> None:
    answer = types.EmbedContentResponse(
        embeddings=[
            types.ContentEmbedding(values=[0.1] * 8, statistics=types.ContentEmbeddingStatistics(token_count=3))
        ]
    )
    assert media.embed_kept(answer) == {"count": 1, "dimensions": 8, "tokens": 3}
    assert media.embed_kept("odd") == "odd"


def test_a_picture_is_asked_for_by_words_and_pictures() -> None:
    reference = types.RawReferenceImage(
        reference_id=1, reference_image=types.Image(image_bytes=b"abc", mime_type="image/png")
    )
    asked = media.draw_request(
        {
            "model": "imagen-4",
            "prompt": "A boat",
            "reference_images": [reference],
            "config": types.EditImageConfig(number_of_images=2),
        }
    )
    assert asked.messages == (Message("user", (Text("A boat"), Media("image", "image/png", content="YWJj", size=3))),)
    assert asked.params == {"number_of_images": 2}
    rest = media.draw_request({"instances": [{"prompt": "A boat", "image": {"gcsUri": "gs://b/a.png"}}]})
    assert rest.messages == (Message("user", (Text("A boat"), Media("document", uri="gs://b/a.png"))),)
    assert media.draw_request({"source": {"prompt": "A boat"}}).messages == (Message("user", (Text("A boat"),)),)
    assert media.draw_request({}).messages == ()


def test_pictures_are_told_with_what_became_of_the_prompt() -> None:
    made = types.GeneratedImage(
        image=types.Image(image_bytes=b"abc", mime_type="image/png"), enhanced_prompt="A red boat"
    )
    picture = Media("image", "image/png", content="YWJj", size=3)
    answer = types.GenerateImagesResponse(generated_images=[made, types.GeneratedImage(rai_filtered_reason="no")])
    told = media.draw_response(vars(answer))
    assert told.messages == (Message("assistant", (picture, Text("A red boat"), Text("no"))),)
    assert told.extra == {"image.count": 1}
    rest = media.draw_response({"predictions": [PNG, {"raiFilteredReason": "no"}]})
    assert rest.messages[0].parts == (Media("image", "image/png", content="AAAA", size=3), Text("no"))


def test_of_a_film_there_is_a_name_at_first() -> None:
    told = media.draw_response({"name": "models/veo/operations/1"})
    assert (told.id, told.messages, told.extra) == ("models/veo/operations/1", (), {})


def test_counted_tokens_are_not_spent_ones() -> None:
    assert media.count_response({"totalTokens": 7}).extra == {"count.input_tokens": 7}
    computed = media.count_response({"tokensInfo": [{"tokenIds": [1, 2]}, {"tokenIds": [3]}]})
    assert computed.extra == {"count.input_tokens": 3}
    assert media.count_response({}).extra == {}
    nested = {"generateContentRequest": {"model": "models/gemini-3-pro", "contents": [{"parts": [{"text": "Hi"}]}]}}
    asked = google_generate.request(nested)
    assert (asked.model, asked.messages) == ("gemini-3-pro", (Message("user", (Text("Hi"),)),))


def test_a_cache_has_a_name_and_a_size() -> None:
    told = media.cache_response(
        {"name": "cachedContents/1", "model": "models/gemini-3-pro", "usageMetadata": {"totalTokenCount": 2048}}
    )
    assert (told.id, told.model, told.extra) == ("cachedContents/1", "gemini-3-pro", {"cache.tokens": 2048})
    assert media.cache_response({}).extra == {}
