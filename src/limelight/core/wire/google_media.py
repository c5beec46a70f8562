"""Google's APIs that are no conversation: embeddings, pictures, films, token counts, caches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limelight.core.model import Message, Part, Request, Response, Text, Usage
from limelight.core.wire import google_generate, google_parts
from limelight.core.wire.camel import each, inner, several, spelled
from limelight.core.wire.google_generate import settings, settled
from limelight.core.wire.read import EMPTY, Table, first, listed, number, said, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_EMBEDDED = ("contents", "content", "instances", "requests", "batch_contents")
_DRAWN = ("prompt", "image", "video", "source", "reference_images", "instances")
_VECTORS = ("embeddings", "embedding", "predictions")


def embed_request(body: Table) -> Request:
    """Each text is a message of its own, however they were handed over."""
    body = settled(body)
    several_asked = list(each(body, "requests"))
    texts = [one for key in _EMBEDDED[:3] for one in several(body.get(key))]
    texts += [one.get("content") for one in several_asked]
    return Request(
        model=google_generate.model_name(text(body, "model") or text(next(iter(several_asked), EMPTY), "model")),
        messages=tuple(message for one in texts for message in _embedded(one)),
        params=settings(body, frozenset({"model", *_EMBEDDED})),
    )


def _embedded(value: Any) -> Iterator[Message]:
    """Vertex's `predict` has an instance where others have a content."""
    body = spelled(value) or EMPTY
    words = first(body, "content", "text") if "parts" not in body else None
    yield from google_parts.conversation(words if isinstance(words, str) else value)


def embed_kept(answer: Any) -> Any:
    """All but the vectors: megabytes of numbers that nobody shows."""
    body = spelled(answer)
    if body is None:
        return answer
    found = embed_response(body)
    count, dimensions = found.embeddings or (None, None)
    return {"count": count, "dimensions": dimensions, "tokens": found.usage.input}


def embed_response(body: Table) -> Response:
    """From the answer, or from what `embed_kept` left of it."""
    body = spelled(body) or EMPTY
    if "dimensions" in body:
        count, dimensions, tokens = (number(body, key) for key in ("count", "dimensions", "tokens"))
    else:
        vectors = [one for key in _VECTORS for one in _vectors(body.get(key))]
        count, dimensions, tokens = len(vectors), _dimensions(vectors), _tokens(body, vectors)
    return Response(usage=Usage(input=tokens), embeddings=(count, dimensions) if count else None)


def _vectors(value: Any) -> list[Table]:
    """The older SDK hands out bare lists of numbers: one, or one for each text."""
    if isinstance(value, list) and value and isinstance(value[0], (int, float)):
        return [{"values": value}]
    return [_vector(one) for one in several(value)]


def _vector(value: Any) -> Table:
    body = spelled(value)
    if body is None:
        return {"values": listed(value)}
    return inner(body, "embeddings") or body


def _dimensions(vectors: Sequence[Table]) -> int | None:
    return len(listed(vectors[0].get("values"))) or None if vectors else None


def _tokens(body: Table, vectors: Sequence[Table]) -> int | None:
    """What Vertex counts for each text, or the Gemini API for all of them."""
    counts = [number(inner(one, "statistics"), "token_count") for one in vectors]
    told = [count for count in counts if count is not None]
    return sum(told) if told else number(inner(body, "usage_metadata"), "prompt_token_count")


def draw_request(body: Table) -> Request:
    """A prompt, pictures to start from, or both; in Vertex's `predict` they stand in `instances`."""
    body = settled(body)
    source = inner(body, "source")
    asked = [body, *([source] if source else []), *each(body, "instances")]
    parts = tuple(part for one in asked for part in _drawn(one))
    return Request(
        model=google_generate.model_name(text(body, "model")),
        messages=(Message("user", parts),) if parts else (),
        params=settings(body, frozenset({"model", *_DRAWN})),
    )


def _drawn(body: Table) -> Iterator[Part]:
    if prompt := text(body, "prompt"):
        yield Text(prompt)
    references = [inner(one, "reference_image") for one in each(body, "reference_images")]
    for picture in (inner(body, "image"), inner(body, "video"), *references):
        yield from _media(picture)


def _media(body: Table) -> Iterator[Part]:
    if key := next((key for key in ("gcs_uri", "uri") if said(body, key)), None):
        yield google_parts.linked(body, key)
    elif first(body, "image_bytes", "video_bytes", "bytes_base64_encoded") is not None:
        yield google_parts.media(body)


def draw_response(body: Table) -> Response:
    """The pictures of an SDK's answer, or of Vertex's `predictions`; of a film only that it is being made."""
    body = spelled(body) or EMPTY
    found = [one for key in ("generated_images", "predictions") for one in each(body, key)]
    parts = tuple(part for one in found for part in _made(one))
    count = sum(type(part) is not Text for part in parts)
    return Response(
        id=said(body, "name"),
        messages=(Message("assistant", parts),) if parts else (),
        extra={"image.count": count} if found else {},
    )


def _made(body: Table) -> Iterator[Part]:
    yield from _media(inner(body, "image") or body)
    if words := text(body, "enhanced_prompt") or text(body, "rai_filtered_reason"):
        yield Text(words)


def count_response(body: Table) -> Response:
    """A number, and nothing was spent."""
    body = spelled(body) or EMPTY
    count = number(body, "total_tokens")
    if count is None:  # `compute_tokens` lists them
        lists = [listed(one.get("token_ids")) for one in each(body, "tokens_info")]
        count = sum(map(len, lists)) if lists else None
    return Response(extra={} if count is None else {"count.input_tokens": count})


def cache_response(body: Table) -> Response:
    """What was put by for later calls, which name it as their `cached_content`."""
    body = spelled(body) or EMPTY
    count = number(inner(body, "usage_metadata"), "total_token_count")
    return Response(
        id=said(body, "name"),
        model=google_generate.model_name(text(body, "model")),
        extra={} if count is None else {"cache.tokens": count},
    )
