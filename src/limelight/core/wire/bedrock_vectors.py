"""Embeddings through Bedrock's `invoke_model`: Amazon's Titan and Nova models, and Cohere's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from limelight.core.model import Message, Part, Request, Response, Text, Usage
from limelight.core.wire import bedrock_content, cohere_rank
from limelight.core.wire.media import from_base64
from limelight.core.wire.params import settings
from limelight.core.wire.read import Table, as_table, listed, number, table, text

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOVA = ("singleEmbeddingParams", "segmentedEmbeddingParams")
_TELLING = (*_NOVA, "texts", "input_type", "inputImage", "embeddingConfig", "embeddingTypes", "dimensions", "normalize")
"""Fields that only a request for vectors has."""
_CONTENT = frozenset({"inputText", "inputImage", "text", "image", "video", "audio"})
_RENAMED = {"embeddingDimension": "dimensions", "outputEmbeddingLength": "dimensions"}


def asks(body: Table, model: str) -> bool:
    return "embed" in model or any(key in body for key in _TELLING)


def request(body: Table) -> Request:
    if any(key in body for key in ("texts", "images", "inputs")):
        return replace(cohere_rank.embed_request(body), operation="embeddings")
    flat = {key: value for key, value in body.items() if key not in (*_NOVA, "embeddingConfig")}
    for key in (*_NOVA, "embeddingConfig"):
        flat.update(table(body, key))
    parts = tuple(_asked(flat))
    return Request(
        operation="embeddings",
        messages=(Message("user", parts),) if parts else (),
        params=settings(flat, _CONTENT, _RENAMED),
    )


def _asked(body: Table) -> Iterator[Part]:
    if words := text(body, "inputText") or text(table(body, "text"), "value"):
        yield Text(words)
    if picture := text(body, "inputImage"):
        yield from_base64(picture, "image")
    yield from bedrock_content.content([{key: body[key]} for key in ("image", "video", "audio") if key in body])


def answers(body: Table) -> bool:
    return any(key in body for key in ("embedding", "embeddings", "embeddingsByType"))


def response(body: Table) -> Response:
    """How many vectors of how many dimensions; never the vectors."""
    vectors = listed(body.get("embeddings"))
    if vectors and (first := as_table(vectors[0])) is not None:  # Nova's
        return Response(embeddings=(len(vectors), len(listed(first.get("embedding"))) or None))
    if "embeddings" in body:
        return cohere_rank.embed_response(body)
    by_kind = (listed(value) for value in table(body, "embeddingsByType").values())
    vector = listed(body.get("embedding")) or next(by_kind, [])
    return Response(
        usage=Usage(input=number(body, "inputTextTokenCount")),
        embeddings=(1, len(vector) or None),
    )
