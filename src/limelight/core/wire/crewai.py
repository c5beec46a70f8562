"""What CrewAI's events say of a model's call; messages are in OpenAI's form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limelight.core import names
from limelight.core.model import Message, Record, Response, Text, ToolCall, Usage
from limelight.core.plain import plain
from limelight.core.wire import openai_chat, openai_parts
from limelight.core.wire.read import Table, as_table, decoded, number, said, table, tables, text

if TYPE_CHECKING:
    from collections.abc import Iterator

_ASKED = (
    "tools", "temperature", "top_p", "max_tokens", "stream", "seed", "frequency_penalty", "presence_penalty", "n",
)  # fmt: skip


def call(started: Any, answered: Any) -> Record:
    """A model call that no client of ours has seen: the event that announced it, and the one that ended it."""
    asked, answer = as_table(started) or {}, as_table(answered) or {}
    maker, _, model = text(asked, "model").rpartition("/")
    given = asked.get("messages")
    body = {
        "model": model or None,
        "messages": [{"role": "user", "content": given}] if isinstance(given, str) else given,
        **{key: asked[key] for key in _ASKED if asked.get(key) is not None},
    }
    return Record(
        kind="llm",
        operation="chat",
        provider=names.provider(maker) if maker and names.is_provider(maker) else "crewai",
        request=openai_chat.request(body),
        response=_response(answer),
    )


def _response(answer: Table) -> Response:
    if not answer:
        return Response()
    parts = tuple(_parts(answer.get("response")))
    return Response(
        id=said(answer, "response_id"),
        messages=(Message("assistant", parts, finish_reason=said(answer, "finish_reason")),),
        usage=_usage(table(answer, "usage")),
    )


def _usage(body: Table) -> Usage:
    """OpenAI's counts, some of them under names of CrewAI's own, where a 0 may be what nobody has reported."""
    named = {ours: counted for theirs, ours in _COUNTS.items() if (counted := number(body, theirs))}
    return openai_parts.usage({**body, "reasoning_tokens": number(body, "reasoning_tokens") or None, **named})


_COUNTS = {"cached_prompt_tokens": "cached_tokens", "cache_creation_tokens": "cache_creation_input_tokens"}


def _parts(response: Any) -> Iterator[Text | ToolCall]:
    """A text, or the calls of tools that are wanted."""
    if isinstance(response, (list, tuple)):
        for each in tables({"calls": list(response)}, "calls"):
            function = table(each, "function")
            yield ToolCall(text(function, "name"), decoded(function.get("arguments")), said(each, "id"))
    elif response is not None:
        yield Text(response if isinstance(response, str) else str(plain(response)))


def shown(value: Any) -> Any:
    """What a step was given or gave: of a task's or a crew's output the words."""
    body = as_table(value)
    if body is not None and "raw" in body:
        return plain(body["raw"])
    return plain(value)
