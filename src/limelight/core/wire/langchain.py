"""LangChain's messages, results and metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limelight.core import names
from limelight.core.model import Message, Part, Reasoning, Record, Request, Response, Role, Text, ToolCall, Usage
from limelight.core.plain import plain
from limelight.core.wire import openai_parts
from limelight.core.wire.params import settings
from limelight.core.wire.read import Table, as_table, first, listed, number, said, table, tables, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ROLES: dict[str, Role] = {"human": "user", "ai": "assistant", "system": "system", "tool": "tool", "function": "tool"}
_CONTENT = frozenset({"messages", "tools", "functions", "_type", "stop_sequences", "model_name", "stream"})
_OURS = ("ls_", "lc_", "langgraph_", "checkpoint_ns", "__pregel", "langgraph_checkpoint_ns")
"""How names begin that LangChain itself puts into the metadata."""
MAX_DEPTH = 12


def record(given: Any, params: Table, metadata: Table, result: Any) -> Record:
    """A model call that no client of ours has seen."""
    provider = said(metadata, "ls_provider")
    return Record(
        kind="llm",
        operation="chat",
        provider=names.provider(provider) if provider else "langchain",
        request=request(given, params, metadata),
        response=response(result),
        session_id=session(metadata),
        metadata=_users(metadata),
    )


def span_name(params: Table, metadata: Table) -> str:
    model = _model(params, metadata)
    return f"chat {model}" if model else "chat"


def request(given: Any, params: Table, metadata: Table) -> Request:
    return Request(
        model=_model(params, metadata),
        messages=tuple(message(each) for each in listed(given)),
        tools=openai_parts.tools(params),
        params=settings(params, _CONTENT),
    )


def _model(params: Table, metadata: Table) -> str | None:
    return said(metadata, "ls_model_name") or said(params, "model") or said(params, "model_name")


def message(value: Any) -> Message:
    """A `BaseMessage`, or a prompt that is text."""
    body = as_table(value)
    if body is None:
        return Message("user", (Text(str(value)),))
    role = _ROLES.get(text(body, "type").removesuffix("MessageChunk").lower(), "user")
    if role == "tool":
        return Message(role, tuple(openai_parts.result(body.get("content"), said(body, "tool_call_id"))))
    finish = first(table(body, "response_metadata"), "finish_reason", "stop_reason")
    return Message(role, tuple(_parts(body)), said(body, "name"), finish if isinstance(finish, str) else None)


def _parts(body: Table) -> Iterator[Part]:
    if thought := text(table(body, "additional_kwargs"), "reasoning_content"):
        yield Reasoning(thought)
    for part in openai_parts.parts(body.get("content")):
        if getattr(part, "type", None) != "tool_use":  # stands among the calls
            yield part
    for call in tables(body, "tool_calls"):
        yield ToolCall(text(call, "name"), plain(call.get("args")), said(call, "id"))


def response(result: Any) -> Response:
    """An `LLMResult`: generations for each prompt, of which we look at the first."""
    body = as_table(result) or {}
    generations = [found for each in listed(first_of(body.get("generations"))) if (found := as_table(each))]
    messages = tuple(_generated(each) for each in generations)
    if not generations:
        return Response()
    told = table(generations[0], "message")
    about = table(told, "response_metadata")
    return Response(
        id=said(about, "id") or said(told, "id"),
        model=said(about, "model_name") or said(about, "model"),
        messages=messages,
        usage=usage(table(told, "usage_metadata")),
    )


def first_of(value: Any) -> Any:
    items = listed(value)
    return items[0] if items else None


def _generated(body: Table) -> Message:
    told = table(body, "message")
    if told:
        return message(told)
    reason = said(table(body, "generation_info"), "finish_reason")
    return Message("assistant", (Text(text(body, "text")),), finish_reason=reason)


def usage(body: Table) -> Usage:
    """`usage_metadata`: input and output are sums already."""
    given, made = table(body, "input_token_details"), table(body, "output_token_details")
    return Usage(
        input=number(body, "input_tokens"),
        output=number(body, "output_tokens"),
        cache_read=number(given, "cache_read"),
        cache_write=number(given, "cache_creation"),
        reasoning=number(made, "reasoning"),
        input_audio=number(given, "audio"),
        output_audio=number(made, "audio"),
    )


def session(metadata: Table) -> str | None:
    found = first(metadata, "thread_id", "session_id", "conversation_id")
    return None if found is None else str(found)


def metadata(body: Table) -> Mapping[str, Any]:
    """What the user has put there, and where in the graph he is."""
    node = said(body, "langgraph_node")
    return {**_users(body), **({"langgraph_node": node} if node else {})}


def _users(body: Table) -> Mapping[str, Any]:
    return {key: plain(value) for key, value in body.items() if not key.startswith(_OURS)}


def shown(value: Any, depth: int = 0) -> Any:
    """What a step was given or gave, with messages in few words."""
    if depth > MAX_DEPTH:
        return "…"
    if isinstance(value, dict):
        return {str(key): shown(each, depth + 1) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown(each, depth + 1) for each in value]
    body = as_table(value)
    if body is None or "content" not in body or "type" not in body:
        return plain(value)
    about = {"role": _ROLES.get(text(body, "type"), text(body, "type")), "content": plain(body["content"])}
    calls = [plain(dict(call)) for call in tables(body, "tool_calls")]
    return {**about, **({"tool_calls": calls} if calls else {})}
