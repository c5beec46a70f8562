"""LlamaIndex's messages, answers, nodes and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limelight.core import names
from limelight.core.model import (
    Media,
    Message,
    Other,
    Part,
    Reasoning,
    Record,
    Request,
    Response,
    Role,
    Text,
    Tool,
    ToolCall,
)
from limelight.core.plain import plain
from limelight.core.wire import openai_parts
from limelight.core.wire.read import Table, as_table, decoded, first, listed, said, table, tables, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "chatbot": "assistant",
    "model": "assistant",
    "tool": "tool",
    "function": "tool",
}
_SETTINGS = {"temperature": "temperature", "max_tokens": "max_tokens", "num_output": "max_tokens"}
MAX_DEPTH = 12


def call(about: Table, asked: Table, answer: Any) -> Record:
    """A model call that no client of ours has seen: the model's own fields, the method's arguments, what came back."""
    given = first(asked, "messages", "chat_history", "prompt")
    return Record(
        kind="llm",
        operation="chat",
        provider=provider(about),
        request=Request(
            model=model(about),
            messages=tuple(message(each) for each in listed(given)) or _prompt(given),
            tools=tuple(_tools(asked)),
            params={ours: about[theirs] for theirs, ours in _SETTINGS.items() if about.get(theirs) is not None},
        ),
        response=response(answer),
    )


def embedding(about: Table, answer: Any) -> Record:
    vectors = listed(answer)
    of_many = bool(vectors) and isinstance(vectors[0], (list, tuple))
    size = len(vectors[0]) if of_many else len(vectors)
    return Record(
        kind="embedding",
        operation="embeddings",
        provider=provider(about),
        request=Request(model=model(about)),
        response=Response(embeddings=(len(vectors) if of_many else 1, size) if vectors else None),
    )


def provider(about: Table) -> str:
    name = text(about, "class")
    return names.provider(name) if names.is_provider(name) else "llama_index"


def model(about: Table) -> str | None:
    name = said(about, "model") or said(about, "model_name")
    return None if name == "unknown" else name  # LlamaIndex's own default


def _prompt(given: Any) -> tuple[Message, ...]:
    return (Message("user", (Text(given),)),) if isinstance(given, str) else ()


def _tools(asked: Table) -> Iterator[Tool]:
    """As they were offered to the model: in OpenAI's form, or as LlamaIndex's own objects."""
    for each in listed(asked.get("tools")):
        about = as_table(getattr(each, "metadata", None)) or table(as_table(each) or {}, "function")
        if name := said(about, "name"):
            yield Tool(name, description=said(about, "description"), parameters=plain(about.get("parameters")))


def message(value: Any) -> Message:
    body = as_table(value)
    if body is None:
        return Message("user", (Text(str(value)),))
    role = body.get("role")
    parts = tuple(_parts(body))
    return Message(_ROLES.get(str(getattr(role, "value", role)).lower(), "user"), parts)


def _parts(body: Table) -> Iterator[Part]:
    extra, has_calls = table(body, "additional_kwargs"), False
    for block in tables(body, "blocks"):
        yield _part(block)
        has_calls = has_calls or block.get("block_type") == "tool_call"
    if "blocks" not in body and (content := said(body, "content")):
        yield Text(content)
    for each in () if has_calls else tables(extra, "tool_calls"):
        function = table(each, "function")
        yield ToolCall(text(function, "name"), decoded(function.get("arguments")), said(each, "id"))


def _part(block: Table) -> Part:
    kind = text(block, "block_type") or "text"
    match kind:
        case "text":
            return Text(text(block, "text"))
        case "thinking":
            return Reasoning(text(block, "content"))
        case "tool_call":
            arguments = block.get("tool_kwargs")
            return ToolCall(
                text(block, "tool_name"),
                decoded(arguments) if isinstance(arguments, str) else plain(arguments),
                said(block, "tool_call_id"),
            )
        case "image" | "audio" | "video" | "document":
            uri = first(block, "url", "path")
            return Media(kind, uri=None if uri is None else str(uri))
        case _:
            return Other(kind, {key: plain(value) for key, value in block.items() if key != "block_type"})


def response(answer: Any) -> Response:
    """A `ChatResponse` or a `CompletionResponse`, with what the vendor has said beneath."""
    body = as_table(answer)
    if body is None:
        return Response()
    raw = as_table(body.get("raw")) or {}
    told = body.get("message")
    made = message(told) if told is not None else Message("assistant", (Text(text(body, "text")),))
    return Response(
        id=said(raw, "id"),
        model=said(raw, "model"),
        messages=(made,),
        usage=openai_parts.usage(as_table(raw.get("usage")) or table(body, "additional_kwargs")),
    )


def shown(value: Any, depth: int = 0) -> Any:
    """What a step was given or gave, with nodes, messages and events in few words."""
    if depth > MAX_DEPTH:
        return "…"
    if isinstance(value, dict):
        return {str(key): shown(each, depth + 1) for key, each in value.items() if each is not None}
    if isinstance(value, (list, tuple)):
        return [shown(each, depth + 1) for each in value]
    body = as_table(value)
    if body is None:
        return plain(value)
    if (short := _short(value, body)) is not None:
        return short
    if (told := getattr(value, "_result", None)) is not None:  # of the event that stops a workflow
        return shown(told, depth + 1)
    if (event := getattr(value, "_data", None)) and isinstance(event, dict):
        body = {**body, **event}
    fields = {key: each for key, each in body.items() if each is not None and not key.startswith("_")}
    only = next(iter(fields.values())) if len(fields) == 1 else None
    return shown(only if only is not None else fields, depth + 1)


def _short(value: Any, body: Table) -> Any:
    """Of objects that say one thing: a query, a node, a message, an answer, a tool's output."""
    if "query_str" in body:
        return text(body, "query_str")
    if "node" in body:
        node = as_table(body["node"]) or {}
        words = said(node, "text") or said(as_table(node.get("text_resource")) or {}, "text")
        return {"id": said(node, "id_"), "score": plain(body.get("score")), "text": words}
    if "role" in body and ("blocks" in body or "content" in body):
        made = message(value)
        return {"role": made.role, "content": "".join(part.content for part in made.parts if isinstance(part, Text))}
    if "raw_output" in body:
        return plain(body["raw_output"])
    if "response" in body and not callable(body["response"]) and body["response"] is not None:
        return shown(body["response"])
    return None


def tags(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the user has put on a stretch of the program; LlamaIndex puts its own there too."""
    return {key: plain(value) for key, value in told.items() if not key.startswith("llamaindex.")}
