"""Hugging Face's inference: text generation as its own server has it, features, recognition of speech."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limelight.core.model import Message, Request, Response, Text, Usage
from limelight.core.wire import openai_media, openai_parts
from limelight.core.wire.params import settings
from limelight.core.wire.read import Table, as_table, listed, number, said, table, text

if TYPE_CHECKING:
    from collections.abc import Sequence

_RENAMED = {"max_new_tokens": "max_tokens", "stop_sequences": "stop"}


def generation_request(body: Table) -> Request:
    asked = tuple(openai_parts.parts(body.get("prompt")))
    return Request(
        model=said(body, "model"),
        messages=(Message("user", asked),) if asked else (),
        params=settings(body, frozenset({"prompt"}), _RENAMED),
    )


def generation_response(body: Table) -> Response:
    """A text alone, unless details were asked for."""
    details = table(body, "details")
    words, finish = text(body, "generated_text") or text(body, "text"), said(details, "finish_reason")
    parts = (Text(words),) if words else ()
    prefill = listed(details.get("prefill"))
    return Response(
        messages=(Message("assistant", parts, finish_reason=finish),) if parts or finish else (),
        usage=Usage(
            input=number(details, "input_length") or len(prefill) or None,
            output=number(details, "generated_tokens"),
        ),
    )


def is_content(chunk: Table) -> bool:
    return bool(_piece(chunk))


def _piece(chunk: Table) -> str:
    token = table(chunk, "token")
    return text(chunk, "text") or ("" if token.get("special") is True else text(token, "text"))


def fold(chunks: Sequence[Table]) -> Table:
    """Texts, or tokens of which the last one brings the details."""
    bodies = [body for chunk in chunks if (body := as_table(chunk))]
    words = "".join(_piece(body) for body in bodies)
    details = next((found for body in reversed(bodies) if (found := table(body, "details"))), None)
    return {"generated_text": words, "details": details} if bodies else {}


def features_request(body: Table) -> Request:
    return openai_media.embeddings_request({**body, "input": body.get("text"), "text": None})


def features_kept(answer: Any) -> Any:
    """An array of numpy's is of a shape; nobody wants the rest."""
    shape = getattr(answer, "shape", None)
    if not isinstance(shape, tuple) or not shape:
        return None
    return {"count": shape[0] if len(shape) > 1 else 1, "dimensions": shape[-1]}


def recognition_request(body: Table) -> Request:
    return openai_media.transcription_request({**body, "file": body.get("audio"), "audio": None})


def speech_request(body: Table) -> Request:
    return openai_media.speech_request({**body, "input": body.get("text"), "text": None})
