"""Gemini's `generateContent`: through the Gemini API or Vertex, as an SDK's objects or as JSON.

The SDK takes the settings as `config`, REST in several places; of `model`, which REST has in its path,
a reader of bare JSON has to tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from limelight.core.model import Failure, Message, Part, Request, Response, Text, Usage
from limelight.core.wire import google_parts
from limelight.core.wire.camel import each, inner, several, spelled, word
from limelight.core.wire.google_parts import pruned
from limelight.core.wire.params import texts
from limelight.core.wire.read import EMPTY, JSON, Table, as_table, decoded, is_given, number, said, table, text

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTENT = frozenset({"model", "contents", "system_instruction", "tools"})
_PLACES = ("config", "generation_config")
"""Where settings stand, beside those that stand at the top."""
_OURS = frozenset(
    {
        *("http_options", "automatic_function_calling", "should_return_http_response", "include_all_fields"),
        *("automatic_continuation", "retry", "timeout", "metadata", "stream"),
    }
)
"""How the client is to go about it: never sent."""
_RENAMED = {"max_output_tokens": "max_tokens", "stop_sequences": "stop", "candidate_count": "n"}
_SHAPES = ("response_json_schema", "response_schema", "response_format")
_REASONS = {1: "STOP", 2: "MAX_TOKENS", 3: "SAFETY", 4: "RECITATION", 5: "OTHER"}
"""Reasons to stop as numbers, as far as the Gemini API and Vertex agree on them."""


def request(body: Table) -> Request:
    """From an SDK's arguments, or from the body that REST is sent."""
    return asked(settled(body))


def settled(body: Table) -> Table:
    """Everything that was set, side by side, wherever it stood."""
    body = _unwrapped(spelled(body) or body)
    found = {key: value for key, value in body.items() if key not in _PLACES}
    for place in _PLACES:
        found.update({key: value for key, value in inner(body, place).items() if value is not None})
    return found


def _unwrapped(body: Table) -> Table:
    """The older SDKs' clients take one message and perhaps its fields beside it; a counter what would be sent."""
    for key in ("request", "generate_content_request"):
        if message := inner(body, key):
            body = {**body, **message, key: None}
    return body


def asked(body: Table) -> Request:
    return Request(
        model=model_name(text(body, "model")),
        system=tuple(part for each in google_parts.conversation(body.get("system_instruction")) for part in each.parts),
        messages=tuple(google_parts.conversation(body.get("contents"))),
        tools=tuple(google_parts.tools(body.get("tools"))),
        params=settings(body),
    )


def model_name(path: str) -> str | None:
    """Of `models/gemini-…` and `projects/…/models/gemini-…` what everybody calls the model by."""
    return path.rpartition("models/")[2] or None if "tunedModels/" not in path else path


def settings(body: Table, content: frozenset[str] = CONTENT) -> dict[str, JSON]:
    """Everything given that is neither content nor the client's own affair, as plain JSON."""
    found = {
        _RENAMED.get(key, key): pruned(value)
        for key, value in body.items()
        if key not in content and key not in _OURS and key not in _SHAPES and is_given(value)
    }
    if "stop" in found:
        found["stop"] = texts(found["stop"])
    if level := text(spelled(found.get("thinking_config")) or EMPTY, "thinking_level"):
        found["reasoning_effort"] = level.lower()
    if form := _form(body):
        found["response_format"] = form
    return found


def _form(body: Table) -> Table:
    """JSON, of a shape or of any: said in OpenAI's words, for those who ask every provider alike."""
    for key in _SHAPES:
        if is_given(shape := body.get(key)):
            return {"type": "json_schema", "schema": pruned(shape)}
    return {"type": "json_object"} if text(body, "response_mime_type").endswith("/json") else {}


def response(body: Table) -> Response:
    body = _unpacked(spelled(body) or EMPTY)
    used = inner(body, "usage_metadata")
    candidates = list(each(body, "candidates"))
    model = said(body, "model_version")
    searches = google_parts.searches([inner(one, "grounding_metadata") for one in candidates], model)
    return Response(
        id=said(body, "response_id"),
        model=model,
        messages=tuple(_choice(one) for one in candidates) or tuple(_blocked(body)),
        usage=google_parts.usage(used, searches) if used else Usage(searches=searches),
        service_tier=word(used, "service_tier") or word(used, "traffic_type"),
        failure=_failure(inner(body, "error")),
        extra=_notes(inner(body, "prompt_feedback")),
    )


def _unpacked(body: Table) -> Table:
    """`should_return_http_response` leaves the answer as the text it came in."""
    raw = text(inner(body, "sdk_http_response"), "body")
    return spelled(decoded(raw)) or body if raw else body


def _choice(body: Table) -> Message:
    content = inner(body, "content")
    found = [part for item in several(content.get("parts")) for part in google_parts.parts(item)]
    return Message("assistant", tuple(_cited(found, tuple(_sources(body)))), finish_reason=_reason(body))


def _reason(body: Table) -> str | None:
    return word(body, "finish_reason") or _REASONS.get(number(body, "finish_reason") or 0)


def _cited(parts: list[Part], sources: tuple[JSON, ...]) -> Iterator[Part]:
    """Sources are told of the whole answer: they stand by its last text."""
    last = max((at for at, part in enumerate(parts) if type(part) is Text), default=None) if sources else None
    for at, part in enumerate(parts):
        yield Text(part.content, sources) if at == last and isinstance(part, Text) else part


def _sources(body: Table) -> Iterator[JSON]:
    for chunk in each(inner(body, "grounding_metadata"), "grounding_chunks"):
        yield from ({"type": kind, **pruned(dict(table(chunk, kind)))} for kind in chunk if as_table(chunk[kind]))
    for key in ("citations", "citation_sources"):
        yield from (pruned(dict(found)) for found in each(inner(body, "citation_metadata"), key))


def _blocked(body: Table) -> Iterator[Message]:
    """A prompt that was refused has no candidates, but a reason."""
    if reason := word(inner(body, "prompt_feedback"), "block_reason"):
        yield Message("assistant", (), finish_reason=reason)


def _notes(feedback: Table) -> dict[str, JSON]:
    told = (("reason", word(feedback, "block_reason")), ("message", said(feedback, "block_reason_message")))
    return {f"prompt.block_{name}": value for name, value in told if value}


def _failure(error: Table) -> Failure | None:
    """An error in the midst of a stream that was read without the client's own check."""
    if not error:
        return None
    code = said(error, "status")
    return Failure(code or "error", text(error, "message"), number(error, "code"), code)


def is_content(chunk: Table) -> bool:
    """Does it bring a piece of the answer, thoughts included?  The last chunk may bring a signature only."""
    body = spelled(chunk) or EMPTY
    return any(
        next(google_parts.parts(item), None) is not None
        for one in each(body, "candidates")
        for item in several(inner(one, "content").get("parts"))
    )
