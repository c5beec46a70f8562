"""OpenAI's APIs that are no conversation: embeddings, images, sound, moderation, batches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from limelight.core.model import Message, Part, Request, Response, Text, Usage
from limelight.core.plain import plain
from limelight.core.wire import openai_parts
from limelight.core.wire.media import decoded_size, from_base64, from_upload, from_url
from limelight.core.wire.params import merged, settings, texts
from limelight.core.wire.read import Table, amount, as_table, given, listed, number, said, table, tables, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def embeddings_request(body: Table) -> Request:
    """Each text is a message; what is given as token ids cannot be read."""
    body = merged(body)
    return Request(
        model=said(body, "model"),
        messages=tuple(Message("user", (Text(each),)) for each in texts(body.get("input"))),
        params=settings(body, frozenset({"input"})),
    )


def embeddings_kept(answer: Any) -> Any:
    """All but the vectors: megabytes of numbers that nobody shows, in the way of the next call's."""
    body = as_table(answer)
    if body is None:
        return answer
    count, dimensions = _shape(body)
    return {"model": body.get("model"), "usage": body.get("usage"), "count": count, "dimensions": dimensions}


def embeddings_response(body: Table) -> Response:
    """From the answer, or from what `embeddings_kept` left of it."""
    count, dimensions = (number(body, "count"), number(body, "dimensions")) if "count" in body else _shape(body)
    used = table(body, "usage")
    return Response(
        model=said(body, "model"),
        usage=openai_parts.usage(used),
        cost=openai_parts.cost(used),
        embeddings=(count, dimensions) if count else None,
    )


def _shape(body: Table) -> tuple[int, int | None]:
    vectors = listed(body.get("data"))
    first = as_table(vectors[0]) if vectors else None
    return len(vectors), _dimensions(first.get("embedding")) if first is not None else None


def _dimensions(vector: Any) -> int | None:
    """A vector is a list of numbers, or the base64 of four bytes each."""
    return decoded_size(vector) // 4 or None if isinstance(vector, str) else len(listed(vector)) or None


def images_request(body: Table) -> Request:
    """Generation, edit and variation: a prompt, pictures to start from, or both."""
    body = merged(body)
    return Request(
        model=said(body, "model"),
        messages=(Message("user", parts),) if (parts := tuple(_asked(body))) else (),
        params=settings(body, frozenset({"prompt", "image", "mask"})),
    )


def _asked(body: Table) -> Iterator[Part]:
    if prompt := text(body, "prompt"):
        yield Text(prompt)
    image = body.get("image")
    for file in image if isinstance(image, list) else [image, body.get("mask")]:
        if file is not None:
            yield from_upload(file, "image")


def images_response(body: Table) -> Response:
    used = table(body, "usage")
    made = tuple(part for each in tables(body, "data") for part in _image(each, text(body, "output_format")))
    count = len(listed(body.get("data")))
    return Response(
        messages=(Message("assistant", made),) if made else (),
        usage=_image_usage(used),
        cost=openai_parts.cost(used),
        extra={"image.count": count} if count else {},
    )


def _image(body: Table, form: str) -> Iterator[Part]:
    if content := text(body, "b64_json"):
        yield from_base64(content, "image", f"image/{form or 'png'}")
    elif url := text(body, "url"):
        yield from_url(url, "image")
    if prompt := text(body, "revised_prompt"):
        yield Text(prompt)


def _image_usage(used: Table) -> Usage:
    found = openai_parts.usage(used)
    if found.output is None or found.output_image is not None:
        return found
    return replace(found, output_image=found.output)


def images_fold(events: Sequence[Table]) -> Table:
    """The last picture of a stream: finished, or as far as it got."""
    bodies = [body for event in events if (body := as_table(event)) and text(body, "b64_json")]
    if not bodies:
        return {}
    last = bodies[-1]
    return {"data": [{"b64_json": last["b64_json"]}], **given(last, "usage", "output_format")}


def has_image(event: Table) -> bool:
    return bool(text(event, "b64_json"))


def speech_request(body: Table) -> Request:
    body = merged(body)
    spoken = tuple(openai_parts.parts(body.get("input")))
    return Request(
        model=said(body, "model"),
        system=tuple(openai_parts.parts(body.get("instructions"))),
        messages=(Message("user", spoken),) if spoken else (),
        params=settings(body, frozenset({"input", "instructions"})),
    )


def speech_response(body: Table) -> Response:
    """The answer is sound, which stays with the caller; a stream of events ends with the tokens it took."""
    return Response(usage=openai_parts.usage(table(body, "usage")))


def speech_fold(events: Sequence[Table]) -> Table:
    return next(
        (body for event in reversed(events) if (body := as_table(event)) and body.get("usage") is not None),
        {},
    )


def transcription_request(body: Table) -> Request:
    body = merged(body)
    heard: list[Part] = [from_upload(file, "audio")] if (file := body.get("file")) is not None else []
    return Request(
        model=said(body, "model"),
        system=tuple(openai_parts.parts(body.get("prompt"))),
        messages=(Message("user", tuple(heard)),) if heard else (),
        params=settings(body, frozenset({"file", "prompt"})),
    )


def transcription_response(body: Table) -> Response:
    """Transcriptions are billed by tokens or by the second; both are in `usage`."""
    used = table(body, "usage")
    found = openai_parts.usage({**used, "input_tokens_details": used.get("input_token_details")}) if used else Usage()
    words = text(body, "text")
    seconds = amount(used, "seconds") or amount(body, "duration")
    about = {"audio.duration_s": seconds, "audio.language": said(body, "language")}
    return Response(
        messages=(Message("assistant", (Text(words),)),) if words else (),
        usage=found,
        extra={key: value for key, value in about.items() if value is not None},
    )


def transcription_fold(events: Sequence[Table]) -> Table:
    """The last event has the whole text; without it, the pieces."""
    bodies = [body for event in events if (body := as_table(event))]
    done = next((body for body in reversed(bodies) if text(body, "type") == "transcript.text.done"), {})
    return {"text": "".join(text(body, "delta") for body in bodies), **done}


def is_delta(event: Table) -> bool:
    return bool(text(event, "delta") or text(event, "audio"))


def moderation_request(body: Table) -> Request:
    body = merged(body)
    given_input = body.get("input")
    several = all(isinstance(each, str) for each in listed(given_input))
    messages = (
        tuple(Message("user", (Text(each),)) for each in texts(given_input))
        if several
        else (Message("user", tuple(openai_parts.parts(given_input))),)
    )
    return Request(model=said(body, "model"), messages=messages, params=settings(body, frozenset({"input"})))


def moderation_response(body: Table) -> Response:
    results = list(tables(body, "results"))
    raised = {name for each in results for name, hit in table(each, "categories").items() if hit is True}
    flagged = any(each.get("flagged") is True for each in results)
    extra = {"moderation.flagged": flagged, "moderation.categories": sorted(map(str, raised))} if results else {}
    return Response(id=said(body, "id"), model=said(body, "model"), extra=extra)


def batch_request(body: Table) -> Request:
    """What is in the batch stands in a file, or in the requests themselves: how many is all we say."""
    body = merged(body)
    params = settings(body, frozenset({"requests"}))
    if requests := listed(body.get("requests")):
        params["requests"] = len(requests)
    return Request(params=params)


def batch_response(body: Table) -> Response:
    """OpenAI's and Anthropic's batches: state, and how many requests are how far."""
    counts = {
        f"batch.{key}": count for key, count in plain(table(body, "request_counts")).items() if type(count) is int
    }
    status = said(body, "status") or said(body, "processing_status")
    about = {"batch.id": said(body, "id"), "batch.status": status, **counts}
    return Response(status=status, extra={key: value for key, value in about.items() if value is not None})


def count_response(body: Table) -> Response:
    """Anthropic's and OpenAI's token counters: a number, and nothing was spent."""
    count = number(body, "input_tokens")
    return Response(extra={} if count is None else {"count.input_tokens": count})
