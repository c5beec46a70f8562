"""The legacy text APIs: OpenAI's completions, and Anthropic's complete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limelight.core.model import Message, Request, Response, Text
from limelight.core.wire import openai_parts
from limelight.core.wire.params import merged, settings, texts
from limelight.core.wire.read import Table, as_table, number, said, table, tables, text

if TYPE_CHECKING:
    from collections.abc import Sequence

CONTENT = frozenset({"prompt", "suffix"})


def request(body: Table) -> Request:
    """Each prompt is a message; prompts given as token ids cannot be read."""
    body = merged(body)
    after = openai_parts.following(body)
    return Request(
        model=said(body, "model"),
        messages=tuple(Message("user", (Text(prompt), *after)) for prompt in texts(body.get("prompt"))),
        params=settings(body, CONTENT),
    )


def response(body: Table) -> Response:
    used = table(body, "usage")
    return Response(
        id=said(body, "id"),
        model=said(body, "model"),
        messages=tuple(_answer(text(each, "text"), said(each, "finish_reason")) for each in tables(body, "choices")),
        usage=openai_parts.usage(used),
        cost=openai_parts.cost(used),
        system_fingerprint=said(body, "system_fingerprint"),
    )


def _answer(words: str, finish: str | None) -> Message:
    return Message("assistant", (Text(words),) if words else (), finish_reason=finish)


def is_content(chunk: Table) -> bool:
    return any(text(piece, "text") for piece in tables(chunk, "choices"))


def fold(chunks: Sequence[Table]) -> Table:
    whole: dict[str, Any] = {}
    pieces: dict[int, list[str]] = {}
    finish: dict[int, str] = {}
    for chunk in chunks:
        body = as_table(chunk) or {}
        for key in ("id", "model", "system_fingerprint"):
            whole[key] = text(body, key) or whole.get(key)
        if used := table(body, "usage"):
            whole["usage"] = used
        for choice in tables(body, "choices"):
            at = number(choice, "index") or 0
            pieces.setdefault(at, []).append(text(choice, "text"))
            finish[at] = text(choice, "finish_reason") or finish.get(at, "")
    choices = [{"text": "".join(pieces[at]), "finish_reason": finish[at]} for at in sorted(pieces)]
    return {**whole, "choices": choices}


def anthropic_response(body: Table) -> Response:
    return Response(
        id=said(body, "id"),
        model=said(body, "model"),
        messages=(_answer(text(body, "completion"), said(body, "stop_reason")),) if body else (),
    )


def anthropic_is_content(chunk: Table) -> bool:
    return bool(text(chunk, "completion"))


def anthropic_fold(chunks: Sequence[Table]) -> Table:
    bodies = [body for chunk in chunks if (body := as_table(chunk))]
    whole = {key: value for body in bodies for key in ("id", "model", "stop_reason") if (value := text(body, key))}
    return {**whole, "completion": "".join(text(body, "completion") for body in bodies)} if bodies else {}
