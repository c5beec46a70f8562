"""Cohere's APIs that are no conversation: embeddings, rankings, classes, documents made readable, sound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limelight.core.model import Message, Other, Part, Request, Response, Text
from limelight.core.wire import openai_media, openai_parts, rerank
from limelight.core.wire.cohere_parts import merged, params, usage
from limelight.core.wire.media import decoded_size, from_url
from limelight.core.wire.params import texts
from limelight.core.wire.read import Table, as_table, listed, number, said, table, tables, text

if TYPE_CHECKING:
    from collections.abc import Iterator

_BITS = frozenset({"binary", "ubinary"})
"""Kinds of vectors that pack eight dimensions into a number."""


def answer(result: Any) -> Any:
    """What the client's raw response (`with_raw_response`) holds; any other result as it is."""
    held = getattr(result, "__dict__", {})
    return held.get("_data", result)


def embed_request(body: Table) -> Request:
    body = merged(body)
    return Request(
        model=said(body, "model"),
        messages=tuple(_embedded(body)),
        params=params(body, frozenset({"texts", "images", "inputs"})),
    )


def _embedded(body: Table) -> Iterator[Message]:
    """Each input is a message: a text, an image, or both together."""
    for words in texts(body.get("texts")):
        yield Message("user", (Text(words),))
    for picture in texts(body.get("images")):
        yield Message("user", (from_url(picture, "image"),))
    for each in tables(body, "inputs"):
        yield Message("user", tuple(openai_parts.parts(each.get("content"))))


def embed_kept(result: Any) -> Any:
    """All but the vectors: megabytes of numbers that nobody shows."""
    body = as_table(answer(result))
    if body is None:
        return result
    count, dimensions = _shape(body)
    return {"id": body.get("id"), "meta": body.get("meta"), "count": count, "dimensions": dimensions}


def embed_response(body: Table) -> Response:
    """From the answer, or from what `embed_kept` left of it."""
    count, dimensions = (number(body, "count"), number(body, "dimensions")) if "count" in body else _shape(body)
    return Response(
        id=said(body, "id"),
        usage=usage(table(body, "meta")),
        embeddings=(count, dimensions) if count else None,
    )


def _shape(body: Table) -> tuple[int, int | None]:
    """Vectors in a list, or lists of them by their kind (`float`, `int8`, `base64` …)."""
    given = body.get("embeddings")
    kinds = as_table(given)
    if kinds is None:
        return _measured("float", listed(given))
    found = [(str(kind).rstrip("_"), vectors) for kind, value in kinds.items() if (vectors := listed(value))]
    whole = [each for each in found if each[0] not in _BITS] or found
    return _measured(*whole[0]) if whole else (0, None)


def _measured(kind: str, vectors: list[Any]) -> tuple[int, int | None]:
    opening = vectors[0] if vectors else None
    size = decoded_size(opening) // 4 if isinstance(opening, str) else len(listed(opening))
    return len(vectors), size * 8 if kind in _BITS else size or None


def rerank_request(body: Table) -> Request:
    return rerank.request(merged(body))


def classify_request(body: Table) -> Request:
    body = merged(body)
    request_params = params(body, frozenset({"inputs", "examples"}))
    if examples := listed(body.get("examples")):
        request_params["examples"] = len(examples)
    return Request(
        model=said(body, "model"),
        messages=tuple(Message("user", (Text(words),)) for words in texts(body.get("inputs"))),
        params=request_params,
    )


def classify_response(body: Table) -> Response:
    """Each input's class is a message."""
    return Response(
        id=said(body, "id"),
        messages=tuple(_class(each) for each in tables(body, "classifications")),
        usage=usage(table(body, "meta")),
    )


def _class(body: Table) -> Message:
    named = said(body, "prediction") or next(iter(texts(body.get("predictions"))), None)
    return Message("assistant", (Text(named),) if named else ())


def parse_request(body: Table) -> Request:
    """A picture of a document, to be read."""
    body = merged(body)
    url = text(table(body, "document"), "image_url")
    return Request(
        model=said(body, "model"),
        messages=(Message("user", (from_url(url, "image"),)),) if url else (),
        params=params(body, frozenset({"document"})),
    )


def parse_response(body: Table) -> Response:
    pages = tuple(_page(each) for each in tables(body, "pages"))
    finish = said(body, "finish_reason")
    return Response(
        id=said(body, "id"),
        messages=(Message("assistant", pages, finish_reason=finish),) if pages else (),
        usage=usage(table(body, "meta")),
    )


def _page(body: Table) -> Part:
    words = text(table(body, "markdown"), "content")
    return Text(words) if words else Other("page", openai_parts.kept(body, "type"))


def transcription_request(body: Table) -> Request:
    return openai_media.transcription_request(merged(body))
