"""Ollama's own API: chat, generate, and vectors; streams are one JSON object a line."""

from __future__ import annotations

import base64
import mimetypes
from typing import TYPE_CHECKING, Any

from limelight.core.model import Media, Message, Part, Reasoning, Request, Response, Text, Tool, Usage
from limelight.core.wire import openai_chat, openai_media, openai_parts
from limelight.core.wire.media import from_base64, from_upload
from limelight.core.wire.params import settings
from limelight.core.wire.read import Table, amount, as_table, first, listed, number, said, table, tables, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_RENAMED = {"num_predict": "max_tokens", "think": "reasoning_effort"}
_CONTENT = frozenset({"messages", "tools", "prompt", "suffix", "system", "images", "input", "context"})
_NANOSECONDS = {
    "duration.total_s": "total_duration",
    "duration.load_s": "load_duration",
    "duration.input_s": "prompt_eval_duration",
    "duration.output_s": "eval_duration",
}
_GROWING = frozenset({"content", "thinking", "response", "tool_calls"})


def chat_request(body: Table) -> Request:
    return Request(
        model=said(body, "model"),
        messages=tuple(_message(each) for each in tables(body, "messages")),
        tools=tuple(_tool(each) for each in listed(body.get("tools"))),
        params=_params(body),
    )


def generate_request(body: Table) -> Request:
    """A prompt, and perhaps what shall follow the answer."""
    asked = (
        *openai_parts.parts(body.get("prompt")),
        *_images(body),
        *openai_parts.following(body),
    )
    return Request(
        model=said(body, "model"),
        system=tuple(openai_parts.parts(body.get("system"))),
        messages=(Message("user", asked),) if asked else (),
        params=_params(body),
    )


def _params(body: Table) -> dict[str, Any]:
    """What is asked of the model stands in `options`, what is asked of the server beside it."""
    options = body.get("options")
    return settings({**body, "options": None, **(as_table(options) or {})}, _CONTENT, _RENAMED)


def _message(body: Table) -> Message:
    told = {**body, "reasoning": body.get("thinking"), "images": None, "name": said(body, "tool_name")}
    found = openai_chat.message(told)
    return Message(found.role, (*found.parts, *_images(body)), found.name) if body.get("images") else found


def _images(body: Table) -> Iterator[Media]:
    for each in listed(body.get("images")):
        wrapped = as_table(each)
        yield _image(each if wrapped is None else wrapped.get("value"))


def _image(given: Any) -> Media:
    """Bytes, a path, or the content in base64."""
    if isinstance(given, (bytes, bytearray)):
        return from_base64(base64.b64encode(given).decode(), "image")
    if isinstance(given, str) and mimetypes.guess_type(given)[0] is None:
        return from_base64(given, "image")
    return from_upload(given if isinstance(given, str) else str(given), "image")


def _tool(given: Any) -> Tool:
    """A schema, or a Python function that the client turns into one."""
    body = as_table(given)
    if body is not None:
        return openai_parts.tool(body)
    told = getattr(given, "__doc__", None)
    return Tool(str(getattr(given, "__name__", "function")), description=told if isinstance(told, str) else None)


def chat_response(body: Table) -> Response:
    told = table(body, "message")
    return _response(body, _message(told).parts if told else ())


def generate_response(body: Table) -> Response:
    words, thought, picture = text(body, "response"), text(body, "thinking"), text(body, "image")
    parts: list[Part] = [Reasoning(thought)] if thought else []
    parts += [Text(words)] if words else []
    parts += [from_base64(picture, "image")] if picture else []
    return _response(body, tuple(parts))


def _response(body: Table, parts: tuple[Part, ...]) -> Response:
    finish = said(body, "done_reason")
    return Response(
        model=said(body, "model"),
        messages=(Message("assistant", parts, finish_reason=finish),) if parts or finish else (),
        usage=_usage(body),
        extra=_durations(body),
    )


def _usage(body: Table) -> Usage:
    """A prompt that was wholly in the cache is not counted by older servers: unknown, not 0."""
    return Usage(input=number(body, "prompt_eval_count"), output=number(body, "eval_count"))


def _durations(body: Table) -> dict[str, float]:
    return {name: spent / 1e9 for name, key in _NANOSECONDS.items() if (spent := amount(body, key)) is not None}


def is_content(chunk: Table) -> bool:
    told = table(chunk, "message") or chunk
    return any(told.get(key) for key in _GROWING if isinstance(told.get(key), (str, list)))


def fold(chunks: Sequence[Table]) -> Table:
    """Texts and tool calls grow, everything else is as it was said last."""
    whole: dict[str, Any] = {}
    message: dict[str, Any] = {}
    for chunk in chunks:
        _grow(whole, as_table(chunk) or {})
        _grow(message, table(as_table(chunk) or {}, "message"))
    return {**whole, "message": message} if message else whole


def _grow(whole: dict[str, Any], piece: Table) -> None:
    for key, value in piece.items():
        if key in _GROWING and isinstance(value, str):
            whole[key] = text(whole, key) + value
        elif key in _GROWING and value is not None:
            whole[key] = [*listed(whole.get(key)), *listed(value)]
        elif value is not None:
            whole[key] = value


def embed_request(body: Table) -> Request:
    """`embed` takes texts as `input`, the older `embeddings` one as `prompt`."""
    asked = openai_media.embeddings_request({"input": first(body, "input", "prompt")})
    return Request(said(body, "model"), messages=asked.messages, params=_params(body))


def embed_kept(answer: Any) -> Any:
    """All but the vectors."""
    body = as_table(answer)
    if body is None:
        return answer
    vectors = listed(body.get("embeddings")) or [body.get("embedding")]
    shape = {"count": len(vectors), "dimensions": len(listed(vectors[0]))}
    return {**{key: value for key, value in body.items() if key not in ("embedding", "embeddings")}, **shape}


def embed_response(body: Table) -> Response:
    kept = body if "count" in body else embed_kept(body)
    found = openai_media.embeddings_response(kept)
    return Response(model=found.model, usage=_usage(kept), embeddings=found.embeddings, extra=_durations(kept))
