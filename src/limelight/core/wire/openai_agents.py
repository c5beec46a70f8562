"""What a span of the OpenAI Agents SDK holds: `response` and `generation` are calls of a model, `function` a tool's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from limelight.core import names
from limelight.core.model import Failure, Message, Record, Request, Response, Text, ToolCall
from limelight.core.plain import plain
from limelight.core.wire import openai_chat, openai_parts, openai_responses
from limelight.core.wire.read import EMPTY, Table, as_table, decoded, given, listed, said, table, tables, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ECHOED = ("model", "instructions", "tools", "temperature", "top_p", "max_output_tokens", "tool_choice", "reasoning")
"""What an answer of the Responses API repeats of its request."""
_RAISED = {"Max turns exceeded": "agents.MaxTurnsExceeded", "Guardrail tripwire triggered": "agents.GuardrailTripwire"}
"""What the SDK writes on a span of a streamed run, whose exception is only raised for the reader of the stream."""


def record(data: Any, session: str | None = None) -> Record:
    """A model call that no client of ours has seen."""
    return Record(
        kind="llm",
        operation="chat",
        provider=_provider(data),
        request=_request(data),
        response=response(data),
        session_id=session,
    )


def span_name(data: Any) -> str:
    model = getattr(data, "model", None)
    return f"chat {model}" if isinstance(model, str) and model else "chat"


def _provider(data: Any) -> str:
    if getattr(data, "response", None) is not None:
        return "openai"
    base = said(_settings(data), "base_url")
    return (names.provider_at(urlsplit(base).hostname) if base else None) or "openai_agents"


def _settings(data: Any) -> Table:
    return as_table(getattr(data, "model_config", None)) or EMPTY


def _request(data: Any) -> Request:
    asked = getattr(data, "input", None)
    answered = as_table(getattr(data, "response", None))
    if answered is not None:
        return openai_responses.request({**given(answered, *_ECHOED), "input": asked})
    settings = {key: value for key, value in _settings(data).items() if value is not None and key != "base_url"}
    if isinstance(asked, str):
        asked = [{"role": "user", "content": asked}]
    return openai_chat.request({**settings, "model": getattr(data, "model", None), "messages": asked})


def response(data: Any) -> Response:
    if (answered := as_table(getattr(data, "response", None))) is not None:
        return openai_responses.response(answered)
    generated = [found for each in listed(getattr(data, "output", None)) if (found := as_table(each)) is not None]
    if generated and "output" in generated[0]:  # of a streamed run, in the form of the Responses API
        return openai_responses.response(generated[0])
    used = as_table(getattr(data, "usage", None)) or EMPTY
    return Response(
        messages=tuple(_spoken(openai_chat.message(each)) for each in generated), usage=openai_parts.usage(used)
    )


def _spoken(message: Message) -> Message:
    return Message("assistant", message.parts, message.name, message.finish_reason)


def question(asked: Any) -> Any:
    """What is new in what an agent was given: the text, or the user's last message."""
    if isinstance(asked, str):
        return asked
    items = [found for each in listed(asked) if (found := as_table(each)) is not None]
    last = next((each for each in reversed(items) if text(each, "role") == "user"), None)
    return None if last is None else plain(last.get("content"))


def answer(data: Any) -> Any:
    """What an agent's last call of its model came to: words, or the calls of tools it asks for."""
    parts = [part for message in response(data).messages for part in message.parts]
    words = "".join(part.content for part in parts if isinstance(part, Text))
    return words or [{"name": each.name, "arguments": each.arguments} for each in parts if isinstance(each, ToolCall)]


def arguments(raw: Any) -> Any:
    return plain(decoded(raw))


def about_agent(data: Any) -> Mapping[str, Any]:
    named = {name: getattr(data, name, None) for name in ("tools", "handoffs", "output_type")}
    return {name: plain(value) for name, value in named.items() if value}


def call_id(data: Any, name: str, raw: Any, taken: Sequence[str]) -> str | None:
    """Which of the calls a model has just asked for a tool executes: the first by that name with these arguments."""
    for item in _calls(data):
        found = said(item, "call_id") or said(item, "id")
        if found and found not in taken and said(item, "name") == name and item.get("arguments") == raw:
            return found
    return None


def _calls(data: Any) -> list[Table]:
    answered = as_table(getattr(data, "response", None))
    if answered is not None:
        return [item for item in tables(answered, "output") if text(item, "type") == "function_call"]
    generated = [found for each in listed(getattr(data, "output", None)) if (found := as_table(each)) is not None]
    if generated and "output" in generated[0]:
        return [item for item in tables(generated[0], "output") if text(item, "type") == "function_call"]
    chat = [call for each in generated for call in tables(each, "tool_calls")]
    return [{"id": call.get("id"), **table(call, "function")} for call in chat]


def failure(error: Any) -> Failure:
    """A `SpanError`: nothing was raised through the span, and yet it failed."""
    body = as_table(error) or EMPTY
    message, more = text(body, "message"), text(table(body, "data"), "error")
    return Failure(_RAISED.get(message, "agents.SpanError"), f"{message}: {more}" if more else message)


def is_raised(failed: Failure | None) -> bool:
    """Will the reader of the run's stream be told so by an exception?"""
    return failed is not None and failed.type in _RAISED.values()
