"""Mistral's APIs that are no conversation: documents read, sound, judgements."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from limelight.core.model import Media, Message, Part, Request, Response, Text
from limelight.core.plain import plain
from limelight.core.wire import openai_media, openai_parts
from limelight.core.wire.media import from_url
from limelight.core.wire.mistral_chat import chunk_of, message, sent, usage
from limelight.core.wire.params import settings
from limelight.core.wire.read import Table, amount, as_table, given, listed, number, said, table, tables, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_DONE = "transcription.done"


def ocr_request(body: Table) -> Request:
    body = sent(body)
    document = as_table(body.get("document"))
    how = text(body, "document_annotation_prompt")
    return Request(
        model=said(body, "model"),
        system=(Text(how),) if how else (),
        messages=(Message("user", (openai_parts.part(document),)),) if document else (),
        params=settings(body, frozenset({"document", "document_annotation_prompt"})),
    )


def ocr_response(body: Table) -> Response:
    """Each page is a text; pages are what is billed."""
    words = [text(page, "markdown") for page in tables(body, "pages")] + [text(body, "document_annotation")]
    read = tuple(Text(each) for each in words if each)
    used = table(body, "usage_info")
    about = {"ocr.pages": number(used, "pages_processed"), "ocr.bytes": number(used, "doc_size_bytes")}
    return Response(
        model=said(body, "model"),
        messages=(Message("assistant", read),) if read else (),
        extra={key: value for key, value in about.items() if value is not None},
    )


def transcription_request(body: Table) -> Request:
    body = sent(body)
    file = as_table(body.get("file"))
    if file is not None:
        body = {**body, "file": (file.get("file_name"), file.get("content"), file.get("content_type"))}
    asked = openai_media.transcription_request(body)
    elsewhere = tuple(_elsewhere(body))
    return replace(
        asked,
        messages=(Message("user", elsewhere),) if elsewhere else asked.messages,
        params={key: value for key, value in asked.params.items() if key not in ("file_url", "file_id")},
    )


def _elsewhere(body: Table) -> Iterator[Part]:
    if url := text(body, "file_url"):
        yield from_url(url, "audio")
    elif file_id := said(body, "file_id"):
        yield Media("audio", file_id=file_id)


def transcription_response(body: Table) -> Response:
    used = table(body, "usage")
    found = openai_media.transcription_response(body)
    seconds = amount(used, "prompt_audio_seconds")
    extra = found.extra if seconds is None else {**found.extra, "audio.duration_s": seconds}
    return replace(
        found, model=said(body, "model"), usage=usage(used), service_tier=said(used, "service_tier"), extra=extra
    )


def transcription_fold(events: Sequence[Table]) -> Table:
    """The last event has the whole text; without it, the pieces."""
    bodies = [body for event in events if (body := chunk_of(event)) is not None]
    done = next((body for body in reversed(bodies) if text(body, "type") == _DONE), {})
    return {"text": "".join(text(body, "text") for body in bodies if _is_piece(body)), **done}


def _is_piece(body: Table) -> bool:
    return text(body, "type") == "transcription.text.delta"


def is_text(event: Table) -> bool:
    return _is_piece(chunk_of(event) or {})


def speech_request(body: Table) -> Request:
    """The voice to take after may be given as a recording, which is no parameter."""
    return openai_media.speech_request({key: value for key, value in sent(body).items() if key not in _RECORDINGS})


_RECORDINGS = frozenset({"ref_audio", "conversation_history"})


def speech_fold(events: Sequence[Table]) -> Table:
    bodies = [body for event in events if (body := chunk_of(event)) is not None]
    return next((given(body, "usage") for body in reversed(bodies) if body.get("usage") is not None), {})


def is_sound(event: Table) -> bool:
    return bool(text(chunk_of(event) or {}, "audio_data"))


def speech_kept(answer: Any) -> Any:
    """All but the sound, which stays with the caller."""
    body = as_table(answer)
    return answer if body is None else given(body, "usage")


def moderation_request(body: Table) -> Request:
    """Texts, or whole conversations."""
    body = sent(body)
    talks = [list(_talk(each)) for each in _talks(body.get("input"))]
    if not any(talks):
        return openai_media.moderation_request(body)
    return Request(
        model=said(body, "model"),
        messages=tuple(each for talk in talks for each in talk),
        params=settings(body, frozenset({"input"})),
    )


def _talks(value: Any) -> list[Any]:
    """One conversation or several; a classifier's stands in a table."""
    lone = as_table(value)
    if lone is not None:
        return [lone.get("messages")]
    several = listed(value)
    if several and all(as_table(each) is not None for each in several):
        return [(as_table(each) or {}).get("messages") for each in several] if "messages" in several[0] else [several]
    return several


def _talk(value: Any) -> Iterator[Message]:
    for each in listed(value):
        if (body := as_table(each)) is not None:
            yield message(body)


def moderation_response(body: Table) -> Response:
    """Mistral names the categories, and leaves it to the caller whether that is a flag."""
    found = openai_media.moderation_response(body)
    return replace(found, extra={**found.extra, "moderation.flagged": bool(found.extra.get("moderation.categories"))})


def classification_response(body: Table) -> Response:
    """Of every input and target, the scores."""
    results = [
        {str(target): plain(table(each, target).get("scores")) for target in each} for each in tables(body, "results")
    ]
    return Response(
        id=said(body, "id"),
        model=said(body, "model"),
        extra={"classification.results": results} if results else {},
    )
