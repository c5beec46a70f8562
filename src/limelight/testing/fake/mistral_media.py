"""Mistral: embeddings, documents, sound, judgements."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from limelight.testing.fake import media, mistral_chat
from limelight.testing.fake.bodies import BadRequestError
from limelight.testing.fake.exchange import Event, Json, Reply
from limelight.testing.fake.openai_media import vector
from limelight.testing.fake.prompt import Prompt
from limelight.testing.fake.script import Text
from limelight.testing.fake.tokens import pieces, weigh
from limelight.testing.fake.vendor import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from limelight.testing.fake.vendor import Take

DIMENSIONS = {"codestral-embed": 1536}
USUAL_DIMENSIONS = 1024
AUDIO_TOKENS_PER_S = 125
SECONDS = 3
CATEGORIES = (
    "sexual",
    "hate_and_discrimination",
    "violence_and_threats",
    "selfharm",
    "health",
    "financial",
    "law",
    "pii",
)
VIOLENT = ("kill", "attack", "bomb")


def read(operation: str, *fields: str) -> Callable[[Json], Prompt]:
    """One of these fields must be there: it is what is asked about."""

    def prompt(body: Json) -> Prompt:
        asked = next((body[field] for field in fields if body.get(field)), None)
        if asked is None:
            raise BadRequestError(f"Field required: {fields[0]}")
        said = asked if isinstance(asked, str) else text_of(asked)
        streams = body.get("stream") in (True, "true")
        return Prompt(
            operation, str(body.get("model") or ""), said, input_tokens=weigh(asked), stream=streams, body=body
        )

    return prompt


def _spoken(take: Take) -> str:
    return "".join(part.text for part in take.answer.parts if isinstance(part, Text))


def embeddings(take: Take) -> Reply:
    given = take.body["input"]
    size = take.body.get("output_dimension") or DIMENSIONS.get(take.prompt.model, USUAL_DIMENSIONS)
    data = [
        {"object": "embedding", "embedding": vector(str(each), size), "index": at}
        for at, each in enumerate(given if isinstance(given, list) else [given])
    ]
    used = {"prompt_tokens": take.tally.input, "total_tokens": take.tally.input, "completion_tokens": 0}
    body = {"id": take.ids.hex("", 32), "object": "list", "data": data, "model": take.prompt.model}
    return Reply({**body, "usage": used} if take.answer.says_usage else {**body, "usage": {}})


def ocr(take: Take) -> Reply:
    size = {"dpi": 200, "height": 2200, "width": 1700}
    page = {"index": 0, "markdown": _spoken(take), "images": [], "dimensions": size}
    used = {"pages_processed": 1, "doc_size_bytes": 3002}
    return Reply({"pages": [page], "model": take.prompt.model, "usage_info": used, "document_annotation": None})


def transcription(take: Take) -> Reply:
    """Sound is counted beside the prompt."""
    words = _spoken(take)
    heard = SECONDS * AUDIO_TOKENS_PER_S
    used = mistral_chat.usage(take.tally) | {"prompt_audio_seconds": SECONDS}
    used["total_tokens"] += heard
    used["prompt_tokens_details"] = {"cached_tokens": take.tally.cache_read, "audio_tokens": heard}
    body: Json = {"model": take.prompt.model, "text": words, "language": None, "segments": [], "usage": used}
    if take.prompt.stream:
        return Reply(events=tuple(_hearing(words, body)))
    return Reply({**body, "finish_reason": None})


def _hearing(words: str, body: Json) -> Iterator[Event]:
    for piece in pieces(words):
        yield Event({"type": "transcription.text.delta", "text": piece}, "transcription.text.delta")
    yield Event({"type": "transcription.done", **body}, "transcription.done")


def speech(take: Take) -> Reply:
    sound = base64.b64encode(media.sound(str(take.body.get("response_format") or "mp3"), 1)).decode()
    if not take.prompt.stream:
        return Reply({"audio_data": sound})
    used = mistral_chat.usage(take.tally)
    kinds = ("speech.audio.delta", "speech.audio.done")
    return Reply(
        events=(
            Event({"type": kinds[0], "audio_data": sound}, kinds[0]),
            Event({"type": kinds[1], "usage": used}, kinds[1]),
        )
    )


def moderation(take: Take) -> Reply:
    given = take.body.get("input")
    inputs = given if isinstance(given, list) else [given]
    return Reply(
        {
            "id": take.ids.hex("", 32),
            "model": take.prompt.model,
            "usage": {"prompt_tokens": take.tally.input, "total_tokens": take.tally.input, "completion_tokens": 0},
            "results": [_judged(str(each)) for each in inputs],
        }
    )


def _judged(words: str) -> Json:
    hit = any(word in words.lower() for word in VIOLENT)
    return {
        "categories": {name: hit and name == "violence_and_threats" for name in CATEGORIES},
        "category_scores": {name: 0.97 if hit and name == "violence_and_threats" else 0.001 for name in CATEGORIES},
    }


def classification(take: Take) -> Reply:
    given = take.body.get("input")
    inputs = given if isinstance(given, list) else [given]
    scores = [{"intent": {"scores": {"question": 0.9, "statement": 0.1}}} for _ in inputs]
    return Reply({"id": take.ids.hex("", 32), "model": take.prompt.model, "results": scores})
