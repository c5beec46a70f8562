"""Google's Interactions API: steps of a model or an agent, before 2026 as a list of outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limelight.core.model import (
    Failure,
    Media,
    Message,
    Other,
    Part,
    Reasoning,
    Request,
    Response,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
)
from limelight.core.plain import plain
from limelight.core.wire import google_generate, google_parts
from limelight.core.wire.camel import each, inner, several, spelled, word
from limelight.core.wire.google_parts import pruned
from limelight.core.wire.params import merged, settings
from limelight.core.wire.read import EMPTY, Table, decoded, number, said, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CONTENT = frozenset({"input", "system_instruction", "tools", "agent", "request", "generation_config"})
_OURS = frozenset({"api_version", "automatic_continuation"})
_MEDIA = frozenset({"image", "audio", "video", "document"})
_SPEAKERS = {"user_input": "user", "function_result": "tool", "function_call": "assistant"}
_SECRETS = frozenset({"headers", "type", "name"})
_UNDER_WAY = frozenset({"in_progress", "queued", "requires_continuation"})


def request(body: Table) -> Request:
    body = merged(_whole(body))
    params = settings({**body, **inner(body, "generation_config")}, CONTENT | _OURS)
    if level := params.pop("thinking_level", None):
        params["reasoning_effort"] = level
    return Request(
        model=google_generate.model_name(text(body, "model") or text(body, "agent")),
        system=(Text(words),) if (words := text(body, "system_instruction")) else (),
        messages=tuple(_conversation(body.get("input"))),
        tools=tuple(_tool(one) for one in each(body, "tools")),
        params=pruned(params),
    )


def _whole(body: Table) -> Table:
    """The arguments one by one, or all of them as one object."""
    body = spelled(body) or EMPTY
    given = inner(body, "request")
    return {**body, **(inner(given, "body") or given)} if given else body


def _tool(body: Table) -> Tool:
    kind = text(body, "type") or "function"
    name = said(body, "name") or kind
    if kind == "function":
        return google_parts.declaration(body)
    config = {key: value for key, value in body.items() if key not in _SECRETS and value is not None}
    return Tool(name, kind, parameters=pruned(config) or None)


def _conversation(given: Any) -> Iterator[Message]:
    """A text, contents, steps or turns; what one speaker says without a pause is one message."""
    speaker, parts = "user", list[Part]()
    for item in several(given):
        body = spelled(item) or {"type": "text", "text": item}
        whose = _speaker(body)
        if parts and whose != speaker:
            yield _message(speaker, parts)
            parts = []
        speaker = whose
        parts += _parts(body)
    if parts:
        yield _message(speaker, parts)


def _message(speaker: str, parts: list[Part]) -> Message:
    return Message("assistant" if speaker == "assistant" else "tool" if speaker == "tool" else "user", tuple(parts))


def _speaker(body: Table) -> str:
    kind = text(body, "type")
    if role := text(body, "role"):
        return "assistant" if role == "model" else "user"
    return _SPEAKERS.get(kind, "user" if kind in _MEDIA or kind in ("text", "") else "assistant")


def _parts(body: Table) -> Iterator[Part]:
    """A step, a turn or a content: each is told by its type, and holds what it holds under a name of its own."""
    match kind := text(body, "type"):
        case "thought":
            if thought := "".join(text(one, "text") for one in each(body, "summary")):
                yield Reasoning(thought)
        case "function_call":
            yield ToolCall(text(body, "name"), plain(decoded(body.get("arguments"))) or {}, said(body, "id"))
        case "function_result":
            yield ToolResult(pruned(body.get("result")), said(body, "call_id"))
        case "user_input" | "model_output" | "":
            for item in several(body.get("content")):
                yield from _content(item)
        case _:
            yield from _content(body) if kind == "text" or kind in _MEDIA else [_other(body, kind)]


def _content(item: Any) -> Iterator[Part]:
    body = {"type": "text", "text": item} if isinstance(item, str) else spelled(item) or EMPTY
    kind = text(body, "type")
    if words := text(body, "text"):
        yield Text(words, tuple(pruned(one) for one in several(body.get("annotations"))))
    elif kind in _MEDIA:
        yield _media(body, kind)
    elif kind and kind != "text":
        yield _other(body, kind)


def _other(body: Table, kind: str) -> Other:
    return Other(kind, {key: pruned(body[key]) for key in body if key not in ("type", "signature")})


def _media(body: Table, kind: str) -> Media:
    found = google_parts.linked(body, "uri") if said(body, "uri") else google_parts.media(body)
    return Media(kind, found.mime_type, found.uri, content=found.content, size=found.size)


def response(body: Table) -> Response:
    body = spelled(body) or EMPTY
    done = [one for key in ("steps", "outputs") for one in each(body, key) if text(one, "type") != "user_input"]
    parts = tuple(part for one in done for part in _parts(one))
    status = word(body, "status")
    finish = None if status in _UNDER_WAY else status
    return Response(
        id=said(body, "id"),
        model=google_generate.model_name(text(body, "model") or text(body, "agent")),
        messages=(Message("assistant", parts, finish_reason=finish),) if parts or finish else (),
        usage=usage(inner(body, "usage")),
        status=status,
        service_tier=word(body, "service_tier"),
        failure=_failure(body, done),
    )


def _failure(body: Table, done: Sequence[Table]) -> Failure | None:
    """Told of the whole, or by the step that failed."""
    told = (inner(one, "error") for one in (body, *reversed(done)))
    if (error := next(filter(None, told), None)) is None:
        return None
    number_of_it = number(error, "code")
    code = said(error, "code") or (None if number_of_it is None else str(number_of_it))
    return Failure(code or "error", text(error, "message"), code=code)


def usage(body: Table) -> Usage:
    """Counted as elsewhere with Google: thoughts beside the output, what tools read beside the input."""
    asked, read = number(body, "total_input_tokens"), number(body, "total_tool_use_tokens")
    spoken, thought = number(body, "total_output_tokens"), number(body, "total_thought_tokens")
    got, gave = _by_modality(body, "input_tokens_by_modality"), _by_modality(body, "output_tokens_by_modality")
    searched = [number(one, "count") or 0 for one in each(body, "grounding_tool_count")]
    return Usage(
        input=None if asked is None else asked + (read or 0),
        output=None if spoken is None else spoken + (thought or 0),
        cache_read=number(body, "total_cached_tokens"),
        reasoning=thought,
        input_audio=got.get("audio"),
        input_image=got.get("image"),
        output_audio=gave.get("audio"),
        output_image=gave.get("image"),
        searches=sum(searched) or None,
    )


def _by_modality(body: Table, key: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in each(body, key):
        modality, count = (word(one, "modality") or "").lower(), number(one, "tokens")
        if modality and count is not None:
            found[modality] = found.get(modality, 0) + count
    return found
