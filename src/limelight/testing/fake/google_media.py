"""Google: embeddings, pictures, films, token counts and what is cached."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from limelight.testing.fake import google_content, media
from limelight.testing.fake.bodies import BadRequestError
from limelight.testing.fake.exchange import Json, Reply
from limelight.testing.fake.openai_media import vector
from limelight.testing.fake.prompt import OTHER, Prompt
from limelight.testing.fake.tokens import count

if TYPE_CHECKING:
    from limelight.testing.fake.vendor import Take

DIMENSIONS = 768
CACHE_EXPIRES = "2026-02-25T07:13:20Z"


def read_embedding(body: Json) -> Prompt:
    """One `content`, or several `requests` with one each."""
    asked = body.get("requests") or [body]
    texts = [google_content.text_in(one.get("content") or {}) for one in asked]
    if not any(texts):
        raise BadRequestError("* EmbedContentRequest.content: content is not specified\n")
    return Prompt("embedding", str(body["model"]), texts[-1], input_tokens=sum(map(count, texts)), body=body)


def embeddings(take: Take) -> Reply:
    """`batchEmbedContents` and `embedContent`."""
    asked = take.body.get("requests")
    found = [_embedding(one) for one in asked or [take.body]]
    return Reply({"embeddings": found} if asked is not None else {"embedding": found[0]})


def _embedding(asked: Json) -> Json:
    size = asked.get("outputDimensionality") or DIMENSIONS
    return {"values": vector(google_content.text_in(asked.get("content") or {}), size)}


def read_prediction(body: Json) -> Prompt:
    """Vertex's embeddings and everybody's Imagen: several `instances` of whatever the model takes."""
    given = body.get("instances") or {}
    instances = given if isinstance(given, list) else [given]  # the first SDKs did not list a lone one
    embeds = "content" in instances[0]
    said = [str(one.get("content") or one.get("prompt") or "") for one in instances]
    return Prompt(
        "embedding" if embeds else "image",
        str(body["model"]),
        said[-1],
        input_tokens=sum(map(count, said)),
        choices=(body.get("parameters") or {}).get("sampleCount") or 1,
        body=body,
    )


def prediction(take: Take) -> Reply:
    if take.prompt.operation == "image":
        pictures = [media.png(f"{take.prompt.text}/{index}") for index in range(take.prompt.choices)]
        return Reply({"predictions": [_picture(picture) for picture in pictures]})
    size = (take.body.get("parameters") or {}).get("outputDimensionality") or DIMENSIONS
    return Reply({"predictions": [_predicted(one, size) for one in take.body["instances"]]})


def _picture(data: bytes) -> Json:
    return {"mimeType": "image/png", "bytesBase64Encoded": base64.b64encode(data).decode()}


def _predicted(instance: Json, size: int) -> Json:
    text = str(instance.get("content") or "")
    return {
        "embeddings": {
            "values": vector(text, size),
            "statistics": {"token_count": count(text), "truncated": False},
        }
    }


def film(take: Take) -> Reply:
    """A film takes its time: all there is at first is the name to ask for it by."""
    return Reply({"name": f"models/{take.prompt.model}/operations/{take.ids('', 12).lower()}"})


def read_count(body: Json) -> Prompt:
    """The contents stand at the top, or with everything else in a request as it would be sent."""
    asked: Json = {"model": body["model"], **(body.get("generateContentRequest") or body)}
    return google_content.read({**asked, "model": body["model"]})


def tokens(take: Take) -> Reply:
    total = take.prompt.input_tokens
    details: list[Any] = [{"modality": "TEXT", "tokenCount": total}]
    return Reply({"totalTokens": total, "promptTokensDetails": details})


def cache(take: Take) -> Reply:
    total = google_content.heaviness(take.body.get("contents") or ())
    return Reply(
        {
            "name": f"cachedContents/{take.ids('', 24).lower()}",
            "model": take.body.get("model"),
            "createTime": google_content.CREATED,
            "updateTime": google_content.CREATED,
            "expireTime": CACHE_EXPIRES,
            "displayName": take.body.get("displayName") or "",
            "usageMetadata": {"totalTokenCount": total},
        }
    )


def models(take: Take) -> Reply:
    return Reply({"models": [{"name": "models/gemini-2.5-flash"}, {"name": "models/gemini-3-pro-preview"}]})


def unread(body: Json) -> Prompt:
    """Steered by the model's name, though nothing is said to it."""
    return Prompt(OTHER, str(body.get("model") or "").rpartition("/")[2], body=body)
