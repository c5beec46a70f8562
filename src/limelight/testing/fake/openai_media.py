"""OpenAI: embeddings, images, sound, moderations."""

from __future__ import annotations

import base64
import hashlib
import math
import re
import struct
from typing import TYPE_CHECKING

from limelight.testing.fake import media
from limelight.testing.fake.bodies import BadRequestError
from limelight.testing.fake.exchange import Event, Json, Reply
from limelight.testing.fake.prompt import Prompt
from limelight.testing.fake.script import Text
from limelight.testing.fake.tokens import count, pieces, weigh
from limelight.testing.fake.vendor import EPOCH_S, Take, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

DIMENSIONS = {"text-embedding-3-large": 3072}
USUAL_DIMENSIONS = 1536
WORD = re.compile(r"\w{3,}")
ROOT = 5
"""Letters of a word that count, so that "travel" and "travels" are one."""
TOKENS_PER_IMAGE = 272
CATEGORIES = (
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
)
VIOLENT = ("kill", "attack", "bomb")


def read(operation: str, field: str, body: Json) -> Prompt:
    """All of these ask for one text or one file, under a name of their own."""
    if field not in body:
        raise BadRequestError(f"Missing required parameter: '{field}'.")
    asked = body[field]
    return Prompt(
        operation=operation,
        model=str(body.get("model") or ""),
        text=text_of(body.get("prompt")) if field == "file" else text_of(asked),
        input_tokens=weigh(asked) + weigh(body.get("instructions")),
        choices=int(body.get("n") or 1),
        stream=body.get("stream") in (True, "true") or body.get("stream_format") == "sse",
        body=body,
    )


def embeddings(take: Take) -> Reply:
    given = take.body["input"]
    inputs = given if isinstance(given, list) and given and not isinstance(given[0], int) else [given]
    size = take.body.get("dimensions") or DIMENSIONS.get(take.prompt.model, USUAL_DIMENSIONS)
    packed = take.body.get("encoding_format") == "base64"
    data = [
        {"object": "embedding", "index": index, "embedding": _packed(vector) if packed else vector}
        for index, vector in enumerate(vector(str(text), size) for text in inputs)
    ]
    body: Json = {"object": "list", "data": data, "model": take.prompt.model}
    if take.answer.says_usage:
        body["usage"] = {"prompt_tokens": take.tally.input, "total_tokens": take.tally.input}
    return Reply(body)


def vector(text: str, size: int) -> list[float]:
    """A unit vector: texts that share words are near each other, so that a search finds what it should."""
    roots = [word.lower().rstrip("s")[:ROOT] for word in WORD.findall(text)] or [text]
    directions = [hashlib.shake_128(root.encode()).digest(size) for root in roots]
    raw = [sum(bytes_at) - 127.5 * len(roots) for bytes_at in zip(*directions, strict=True)]
    length = math.sqrt(sum(value * value for value in raw))
    return [round(value / length, 8) for value in raw]


def _packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def image(take: Take) -> Reply:
    """Pictures; `gpt-image-*` always sends base64 and counts tokens, `dall-e-*` sends links unless asked."""
    linked = take.prompt.model.startswith("dall-e") and take.body.get("response_format") != "b64_json"
    pictures = [_picture(take, index, linked) for index in range(take.prompt.choices)]
    if take.prompt.stream:
        return Reply(events=tuple(_painting(take, pictures[0]["b64_json"])))
    body: Json = {"created": EPOCH_S, "data": pictures}
    if not take.prompt.model.startswith("dall-e"):
        body |= {"background": "opaque", "output_format": "png", "quality": "high", "size": "1024x1024"}
        body["usage"] = _image_usage(take)
    return Reply(body)


def _picture(take: Take, index: int, linked: bool) -> Json:
    if linked:
        return {"url": f"{take.url}/pictures/{index}.png", "revised_prompt": take.prompt.text}
    return {"b64_json": base64.b64encode(media.png(f"{take.prompt.text}{index}")).decode()}


def _image_usage(take: Take) -> Json:
    painted = TOKENS_PER_IMAGE * take.prompt.choices
    pictured = weigh(take.body.get("image"))
    asked = take.tally.input + pictured
    details = {"image_tokens": pictured, "text_tokens": take.tally.input}
    return {
        "input_tokens": asked,
        "input_tokens_details": details,
        "output_tokens": painted,
        "total_tokens": asked + painted,
    }


def _painting(take: Take, picture: str) -> Iterator[Event]:
    kind = "image_edit" if "image" in take.body else "image_generation"
    common = {"b64_json": picture, "created_at": EPOCH_S, "size": "1024x1024", "quality": "high"}
    common |= {"background": "opaque", "output_format": "png"}
    for index in range(int(take.body.get("partial_images") or 0)):
        name = f"{kind}.partial_image"
        yield Event({"type": name, **common, "partial_image_index": index}, name)
    yield Event({"type": f"{kind}.completed", **common, "usage": _image_usage(take)}, f"{kind}.completed")


def speech(take: Take) -> Reply:
    kind = str(take.body.get("response_format") or "mp3")
    sound = media.sound(kind, seconds=max(1, take.tally.input // 5))
    if not take.prompt.stream:
        return Reply(sound, headers={"content-type": media.SOUND_TYPES.get(kind, "application/octet-stream")})
    half = len(sound) // 2
    deltas = [
        {"type": "speech.audio.delta", "audio": base64.b64encode(piece).decode()}
        for piece in (sound[:half], sound[half:])
    ]
    heard, spoken = take.tally.input, len(sound) // 100
    usage = {"input_tokens": heard, "output_tokens": spoken, "total_tokens": heard + spoken}
    return Reply(events=(*map(Event, deltas), Event({"type": "speech.audio.done", "usage": usage})))


def transcription(take: Take) -> Reply:
    """What is said in a file; also translations, which have fewer forms."""
    said = "".join(part.text for part in take.answer.parts if isinstance(part, Text))
    seconds = max(1, len(_file(take)) // 4000)
    kind = take.body.get("response_format") or "json"
    if take.prompt.stream:
        return Reply(events=tuple(_dictation(take, said)))
    if kind in ("text", "srt", "vtt"):
        return Reply(_subtitles(kind, said, seconds).encode(), headers={"content-type": "text/plain; charset=utf-8"})
    if kind == "verbose_json":
        return Reply(_verbose(take, said, seconds))
    whisper = take.prompt.model.startswith("whisper")
    usage: Json = {"type": "duration", "seconds": seconds} if whisper else _sound_usage(take, said)
    return Reply({"text": said, "usage": usage} if take.answer.says_usage else {"text": said})


def _file(take: Take) -> bytes:
    given = take.body.get("file")
    return given["bytes"] if isinstance(given, dict) else b""


def _sound_usage(take: Take, said: str) -> Json:
    heard, written = max(1, weigh(_file(take))), count(said)
    details = {"text_tokens": 0, "audio_tokens": heard}
    usage = {"type": "tokens", "total_tokens": heard + written, "input_tokens": heard}
    return {**usage, "input_token_details": details, "output_tokens": written}


def _verbose(take: Take, said: str, seconds: int) -> Json:
    segment = {
        "id": 0,
        "seek": 0,
        "start": 0.0,
        "end": float(seconds),
        "text": said,
        "tokens": [50364, 440, 50564],
    }
    segment |= {"temperature": 0.0, "avg_logprob": -0.25, "compression_ratio": 1.1, "no_speech_prob": 0.01}
    task = "translate" if take.prompt.operation == "translation" else "transcribe"
    body: Json = {
        "task": task,
        "language": "english",
        "duration": float(seconds),
        "text": said,
        "segments": [segment],
    }
    return {**body, "usage": {"type": "duration", "seconds": seconds}}


def _subtitles(kind: str, said: str, seconds: int) -> str:
    comma = "." if kind == "vtt" else ","
    times = f"00:00:00{comma}000 --> 00:00:{seconds:02}{comma}000"
    return {"vtt": f"WEBVTT\n\n{times}\n{said}\n\n", "srt": f"1\n{times}\n{said}\n\n"}.get(kind, f"{said}\n")


def _dictation(take: Take, said: str) -> Iterator[Event]:
    for piece in pieces(said):
        yield Event({"type": "transcript.text.delta", "delta": piece})
    done: Json = {"type": "transcript.text.done", "text": said}
    yield Event({**done, "usage": _sound_usage(take, said)} if take.answer.says_usage else done)


def moderation(take: Take) -> Reply:
    given = take.body["input"]
    inputs = given if isinstance(given, list) and given and isinstance(given[0], str) else [given]
    results = [_verdict(text if isinstance(text, str) else text_of(text)) for text in inputs]
    model = take.prompt.model or "omni-moderation-latest"
    return Reply({"id": take.ids("modr-", 29), "model": model, "results": results})


def _verdict(text: str) -> Json:
    bad = any(word in text.lower() for word in VIOLENT)
    scores = {name: 0.97 if bad and name == "violence" else 0.0001 for name in CATEGORIES}
    applied = {name: ["text"] for name in CATEGORIES}
    flags = {name: score > 0.5 for name, score in scores.items()}
    return {
        "flagged": bad,
        "categories": flags,
        "category_scores": scores,
        "category_applied_input_types": applied,
    }
