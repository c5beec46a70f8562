"""The indexed dialect, read: what LLM Tracekit writes, OpenLLMetry wrote until 0.4x, and we on demand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from limelight.core.dialects import genai_parts, genai_read, keys
from limelight.core.dialects import indexed_keys as flat
from limelight.core.dialects.content import decoded
from limelight.core.dialects.indexed import is_parts
from limelight.core.dialects.span import Span
from limelight.core.dialects.turns import Branch, below, rows, tree
from limelight.core.model import (
    JSON,
    NOTHING,
    Kind,
    Media,
    Message,
    Part,
    Record,
    Request,
    Response,
    Role,
    Text,
    Tool,
    ToolCall,
    ToolResult,
)
from limelight.core.wire.read import Table, listed, said, table, text

_KINDS: dict[str, tuple[Kind, str | None]] = {
    "chat": ("llm", "chat"), "completion": ("llm", "text_completion"), "embedding": ("embedding", "embeddings"),
    "rerank": ("rerank", "rerank"), "workflow": ("workflow", "invoke_workflow"), "agent": ("agent", "invoke_agent"),
    "tool": ("tool", "execute_tool"), "task": ("task", None),
}  # fmt: skip
"""What a span is and does, where it says so in one word of OpenLLMetry's."""
_NAMED = frozenset({"workflow", "agent", "tool", "task"})


def read(span: Span) -> Record:
    """What the span says in OpenTelemetry's words, and what only these say."""
    attributes = span.attributes
    record = _identified(genai_read.read(span), attributes)
    about = {
        key.removeprefix(flat.ASSOCIATION): attributes[key] for key in attributes if key.startswith(flat.ASSOCIATION)
    }
    return replace(
        record,
        request=_request(record.request, attributes),
        response=_response(record.response, attributes),
        input=_step(record.input, attributes.get(flat.ENTITY_INPUT)),
        output=_step(record.output, attributes.get(flat.ENTITY_OUTPUT)),
        session_id=record.session_id or said(about, "session_id"),
        user_id=record.user_id or said(about, "user_id") or _user(record, attributes),
        metadata=record.metadata or about or NOTHING,
    )


def _identified(record: Record, attributes: Table) -> Record:
    word = text(attributes, flat.SPAN_KIND) or text(attributes, flat.REQUEST_TYPE)
    if keys.KIND in attributes or word not in _KINDS:
        return record
    kind, operation = _KINDS[word]
    name = said(attributes, flat.ENTITY_NAME) if word in _NAMED else None
    return replace(record, kind=kind, operation=record.operation or operation, name=record.name or name)


def _user(record: Record, attributes: Table) -> str | None:
    """We ourselves say beside it that this is a parameter of the request."""
    if "user" in record.request.params:
        return None
    return said(attributes, flat.OPENAI_USER) or said(attributes, flat.USER)


def _step(known: JSON, value: JSON) -> JSON:
    return decoded(value) if known is None else known


def _request(request: Request, attributes: Table) -> Request:
    params = dict(request.params)
    for key, name in flat.PARAMS.items():
        if key in attributes:
            params.setdefault(name, attributes[key])
    if alias := said(attributes, flat.AGENT_ALIAS):
        params.setdefault("agentAliasId", alias)
    return replace(
        request,
        messages=request.messages or (() if request.system else tuple(_messages(attributes, flat.PROMPT, "user"))),
        tools=request.tools or tuple(_tools(attributes)),
        params=params or NOTHING,
    )


def _response(response: Response, attributes: Table) -> Response:
    if any(message.parts for message in response.messages):
        return response
    found = tuple(_messages(attributes, flat.COMPLETION, "assistant"))
    if not found:
        return response
    reasons = [message.finish_reason for message in response.messages]
    return replace(response, messages=genai_read.ended(found, reasons))


def _messages(attributes: Table, prefix: str, role: str) -> Iterator[Message]:
    for row in rows(tree(attributes, prefix)):
        yield _message(row, genai_parts.ROLES.get(text(row, flat.ROLE) or role, "user"), row.get(flat.CONTENT))


def _message(row: Branch, role: Role, content: JSON) -> Message:
    name, reason = said(row, flat.NAME), said(row, flat.FINISH_REASON)
    calls = tuple(_call(inner) for inner in rows(below(row, flat.TOOL_CALLS)))
    if role == "tool" and content is not None and not is_parts(content):
        return Message("tool", (ToolResult(content, said(row, flat.TOOL_CALL_ID)), *calls), name, reason)
    return Message(role, (*_parts(content), *calls), name, reason)


def _parts(content: JSON) -> Iterator[Part]:
    if content is None:
        return
    if not is_parts(content):
        yield Text(content if isinstance(content, str) else str(content))
        return
    for item in listed(decoded(content)):
        yield from _part(item)


def _part(item: Table) -> Iterator[Part]:
    """As OpenTelemetry has it, or as it stood in a request to OpenAI."""
    if item.get("type") == "text" and isinstance(words := item.get("text"), str):
        yield Text(words)
    elif isinstance(url := item.get("image_url"), (str, Mapping)):
        address = url if isinstance(url, str) else text(table(item, "image_url"), "url")
        yield Media("image", uri=address)
    else:
        yield from genai_parts.parts([item])


def _call(row: Branch) -> ToolCall:
    inner = below(row, "function") or row
    return ToolCall(text(inner, "name"), decoded(inner.get("arguments")), said(row, "id"))


def _tools(attributes: Table) -> Iterator[Tool]:
    for prefix in (flat.TOOLS, *dict.fromkeys(flat.VENDORS.values()), flat.FUNCTIONS):
        found = list(rows(tree(attributes, prefix)))
        for row in found:
            inner = below(row, "function") or row
            yield Tool(
                text(inner, "name"),
                text(row, "type") or "function",
                _words(inner.get("description")),
                decoded(inner.get("parameters")),
            )
        if found:
            return


def _words(value: JSON) -> str | None:
    return value if isinstance(value, str) else None
