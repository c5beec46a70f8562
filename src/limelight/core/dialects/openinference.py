"""OpenInference, written.  `openinference_read` is its inverse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from limelight.core import names
from limelight.core.dialects import keys
from limelight.core.dialects import openinference_keys as oi
from limelight.core.dialects import openinference_parts as parts_of
from limelight.core.dialects.genai import Attributes, dumps
from limelight.core.dialects.turns import as_text, plain_text, sorted_out, turns
from limelight.core.model import JSON, Cost, Message, Other, Record, Request, Text, Tool, ToolResult

_MODELS = {"embedding": oi.EMBEDDING_MODEL, "rerank": oi.RERANK_MODEL}
_CALLS = frozenset({"llm", "embedding", "rerank"})


def write(record: Record, attributes: Mapping[str, Any]) -> Attributes:
    """The attributes of a span, which say what `record` does, in OpenInference's words; ours where it has none."""
    is_call, has_messages = (
        record.kind in _CALLS,
        keys.INPUT_MESSAGES in attributes or keys.OUTPUT_MESSAGES in attributes,
    )
    replaced = oi.REPLACED | (oi.CALL if is_call else frozenset() if has_messages else oi.STEP)
    out = {oi.RENAMED.get(key, key): value for key, value in attributes.items() if key not in replaced}
    out[oi.KIND] = oi.KINDS.get(record.kind, "CHAIN")
    _provider(record.provider, out)
    _totals(record.cost, out)
    if is_call:
        _call(record, out)
    if is_call or has_messages:
        _shown(attributes, out)
    else:
        _value(oi.INPUT, oi.INPUT_TYPE, record.input, out)
        _value(oi.OUTPUT, oi.OUTPUT_TYPE, record.output, out)
    if record.kind == "retrieval":
        _documents(oi.DOCUMENTS, record.output, out)
    return out


def _provider(provider: str | None, out: Attributes) -> None:
    if provider is None:
        return
    out[oi.PROVIDER] = word = oi.PROVIDERS.get(provider, provider)
    if system := oi.SYSTEMS.get(provider):
        out[oi.SYSTEM] = system
    if names.provider(word) != provider:  # several of ours are one of theirs
        out[keys.PROVIDER] = provider


def _totals(cost: Cost, out: Attributes) -> None:
    tokens = [count for name in ("input", "output") if isinstance(count := out.get(oi.USAGE[name]), int)]
    if tokens:
        out[oi.TOTAL_TOKENS] = sum(tokens)
    prompt = [amount for amount in (cost.input, cost.cache_read, cost.cache_write) if amount is not None]
    for key, amount in (
        (oi.COST, cost.total),
        (oi.PROMPT_COST, sum(prompt) if prompt else None),
        (oi.COMPLETION_COST, cost.output),
    ):
        if amount is not None and cost.provenance != "unknown":
            out[key] = amount


def _call(record: Record, out: Attributes) -> None:
    request, response = record.request, record.response
    if model := response.model or request.model:
        out[_MODELS.get(record.kind, oi.MODEL)] = model
    if request.model:
        out[oi.REQUEST_MODEL] = request.model
    if response.model:
        out[oi.RESPONSE_MODEL] = response.model
    if request.model or request.params:
        said = {"model": request.model, **request.params} if request.model else dict(request.params)
        out[oi.EMBEDDING_PARAMETERS if record.kind == "embedding" else oi.PARAMETERS] = dumps(said)
    _asked(record, out)
    _messages(oi.OUTPUT_MESSAGES, response.messages, out)
    if reason := next((one.finish_reason for one in response.messages if one.finish_reason), None):
        out[oi.FINISH_REASON] = reason
    for number, tool in enumerate(request.tools):
        out[f"{oi.TOOLS}{number}.tool.json_schema"] = dumps(_schema(tool))


def _shown(attributes: Mapping[str, Any], out: Attributes) -> None:
    """What lists show of a conversation: all of it, as JSON."""
    for key, kind, source in (
        (oi.INPUT, oi.INPUT_TYPE, keys.INPUT_MESSAGES),
        (oi.OUTPUT, oi.OUTPUT_TYPE, keys.OUTPUT_MESSAGES),
    ):
        if (value := attributes.get(source)) is not None:
            out[key], out[kind] = value, oi.JSON_TYPE


def _asked(record: Record, out: Attributes) -> None:
    """Texts to embed and documents to rank have places of their own, where they are nothing else."""
    request = record.request
    if record.kind == "embedding" and (texts := _texts(request)) is not None:
        for number, text in enumerate(texts):
            out[f"{oi.EMBEDDINGS}{number}.embedding.text"] = text
    elif record.kind == "rerank" and (ranked := _ranked(request)) is not None:
        query, documents = ranked
        out[oi.RERANK_QUERY] = query
        for number, document in enumerate(documents):
            at = f"{oi.RERANK_INPUT}{number}.document."
            for name, value in document.fields.items():
                out[at + ("content" if name == "text" else "metadata")] = as_text(value)
    else:
        _messages(oi.INPUT_MESSAGES, turns(request), out)


def _texts(request: Request) -> list[str] | None:
    found = [plain_text(message.parts) for message in request.messages if message.role == "user"]
    is_all = not request.system and len(found) == len(request.messages)
    return [text for text in found if text is not None] if is_all and None not in found else None


def _ranked(request: Request) -> tuple[str, list[Other]] | None:
    match request.messages:
        case (Message(role="user", parts=(Text(content=query, citations=()), *rest)),):
            documents = [part for part in rest if isinstance(part, Other) and part.type == "document" and _is_row(part)]
            return (query, documents) if len(documents) == len(rest) else None
    return None


def _is_row(document: Other) -> bool:
    text, fields = document.fields.get("text"), document.fields.get("fields")
    return len(document.fields) == 1 and (isinstance(text, str) or isinstance(fields, Mapping))


def _messages(prefix: str, messages: Iterable[Message], out: Attributes) -> None:
    for number, message in enumerate(messages):
        at = f"{prefix}{number}.message."
        out[at + "role"] = message.role
        if message.name:
            out[at + "name"] = message.name
        match message:
            case Message(role="tool", parts=(ToolResult() as result,)):
                out[at + "content"] = as_text(result.response)
                if result.id is not None:
                    out[at + "tool_call_id"] = result.id
            case _:
                _parts(at, message, out)


def _parts(at: str, message: Message, out: Attributes) -> None:
    said, calls = sorted_out(message.parts)
    if (text := plain_text(said)) is not None:
        out[at + "content"] = text
    else:
        for number, part in enumerate(said):
            parts_of.write(f"{at}contents.{number}.message_content.", part, out)
    for number, call in enumerate(calls):
        inner = f"{at}tool_calls.{number}.tool_call."
        if call.id is not None:
            out[inner + "id"] = call.id
        out[inner + "function.name"] = call.name
        if call.arguments is not None:
            out[inner + "function.arguments"] = as_text(call.arguments)


def _schema(tool: Tool) -> dict[str, JSON]:
    about = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    said = {key: value for key, value in about.items() if value is not None}
    return {"type": tool.type, "function": said} if tool.type == "function" else {"type": tool.type, **said}


def _value(key: str, kind: str, value: JSON, out: Attributes) -> None:
    if value is not None:
        out[key], out[kind] = as_text(value), oi.TEXT_TYPE if isinstance(value, str) else oi.JSON_TYPE


def _documents(prefix: str, found: JSON, out: Attributes) -> None:
    for number, document in enumerate(found if isinstance(found, (list, tuple)) else ()):
        if not isinstance(document, Mapping):
            continue
        at = f"{prefix}{number}.document."
        content = next((document[name] for name in _CONTENT if isinstance(document.get(name), str)), None)
        for name, value in (("id", document.get("id")), ("score", document.get("score")), ("content", content)):
            if isinstance(value, (str, int, float)):
                out[at + name] = value
        if isinstance(about := document.get("metadata"), Mapping):
            out[at + "metadata"] = dumps(about)


_CONTENT = ("content", "page_content", "text")
