"""OpenInference, read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace

from limelight.core import names
from limelight.core.dialects import genai_parts, genai_read, keys
from limelight.core.dialects import openinference_keys as oi
from limelight.core.dialects import openinference_parts as parts_of
from limelight.core.dialects.content import decoded
from limelight.core.dialects.span import Span
from limelight.core.dialects.turns import Branch, below, rows, tree
from limelight.core.model import (
    JSON,
    NOTHING,
    Kind,
    Message,
    Other,
    Part,
    Record,
    Request,
    Response,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
)
from limelight.core.wire.read import Table, amount, number, said, text

_CALLS = frozenset({"llm", "embedding", "rerank"})
_NAMES: dict[Kind, str] = {"tool": oi.TOOL_NAME, "workflow": keys.WORKFLOW_NAME}


def read(span: Span) -> Record:
    """What the span says in OpenTelemetry's words, and what only these say."""
    attributes = span.attributes
    record = _identified(genai_read.read(span), attributes)
    is_call = record.kind in _CALLS
    has_messages = keys.INPUT_MESSAGES in attributes or keys.OUTPUT_MESSAGES in attributes
    if not is_call and not has_messages:
        record = replace(
            record,
            input=_value(record.input, attributes, oi.INPUT, oi.INPUT_TYPE),
            output=_result(record, attributes),
        )
    return replace(
        record,
        request=_request(record.request, attributes, record.kind, is_call),
        response=_response(record.response, attributes, is_call),
        metadata=record.metadata or _table(attributes.get(oi.METADATA)),
    )


def _identified(record: Record, attributes: Table) -> Record:
    kind, operation = oi.MEANINGS.get(text(attributes, oi.KIND).upper(), ("other", None))
    if keys.KIND in attributes:
        kind, operation = record.kind, record.operation
    provider = said(attributes, oi.PROVIDER) or said(attributes, oi.SYSTEM)
    return replace(
        record,
        kind=kind,
        operation=record.operation or operation,
        provider=record.provider or (names.provider(provider) if provider else None),
        name=record.name or said(attributes, _NAMES.get(kind, oi.AGENT_NAME)),
        call_id=record.call_id or said(attributes, oi.TOOL_ID) or said(attributes, "tool_call.id"),
    )


def _request(request: Request, attributes: Table, kind: Kind, is_call: bool) -> Request:
    known = request.messages or request.system
    if not is_call:
        return request if known else replace(request, messages=tuple(_messages(attributes, oi.INPUT_MESSAGES)))
    params = dict(_table(attributes.get(oi.PARAMETERS)) or _table(attributes.get(oi.EMBEDDING_PARAMETERS)))
    meant = params.pop("model", None)
    model = request.model or said(attributes, oi.REQUEST_MODEL)
    if model is None and isinstance(meant, str):
        model = meant
    if model is None and oi.RESPONSE_MODEL not in attributes:
        model = _model(attributes)
    given = {
        name: value
        for name, value in request.params.items()
        if name != "output_type" or "response_format" not in params
    }
    return replace(
        request,
        model=model,
        messages=request.messages if known else tuple(_asked(attributes, kind)),
        tools=request.tools or tuple(_tools(attributes)),
        params={**params, **given} or NOTHING,
    )


def _model(attributes: Table) -> str | None:
    return next((found for key in _MODELS if (found := said(attributes, key))), None)


_MODELS = (oi.MODEL, oi.EMBEDDING_MODEL, oi.RERANK_MODEL)


def _asked(attributes: Table, kind: Kind) -> Iterator[Message]:
    if kind == "embedding":
        for row in rows(tree(attributes, oi.EMBEDDINGS)):
            if isinstance(words := below(row, "embedding").get("text"), str):
                yield Message("user", (Text(words),))
    elif kind == "rerank" and isinstance(query := attributes.get(oi.RERANK_QUERY), str):
        documents = tuple(_document(below(row, "document")) for row in rows(tree(attributes, oi.RERANK_INPUT)))
        yield Message("user", (Text(query), *documents))
    sent = tuple(_messages(attributes, oi.INPUT_MESSAGES))
    yield from sent
    if not sent and kind == "llm" and isinstance(value := attributes.get(oi.INPUT), str):
        yield Message("user", (Text(_prompt(value)),))


def _prompt(value: str) -> str:
    """What was asked, out of a request that had no messages."""
    body = decoded(value)
    if isinstance(body, Mapping):
        return text(body, "prompt") or text(body, "input") or value
    return value


def _document(row: Branch) -> Other:
    if isinstance(content := row.get("content"), str):
        return Other("document", {"text": content})
    return Other("document", {"fields": decoded(row.get("metadata"))})


def _messages(attributes: Table, prefix: str) -> Iterator[Message]:
    for row in rows(tree(attributes, prefix)):
        body = below(row, "message")
        role = genai_parts.ROLES.get(text(body, "role"), "user")
        name, content = said(body, "name"), body.get("content")
        calls = tuple(_call(below(one, "tool_call")) for one in rows(below(body, "tool_calls")))
        if role == "tool" and content is not None:
            yield Message(role, (ToolResult(content, said(body, "tool_call_id")),), name)
            continue
        spoken: tuple[Part, ...] = (Text(content),) if isinstance(content, str) else ()
        spoken += tuple(parts_of.read(below(one, "message_content")) for one in rows(below(body, "contents")))
        yield Message(role, (*spoken, *calls), name)


def _call(body: Branch) -> ToolCall:
    inner = below(body, "function")
    return ToolCall(text(inner, "name"), decoded(inner.get("arguments")), said(body, "id"))


def _tools(attributes: Table) -> Iterator[Tool]:
    for row in rows(tree(attributes, oi.TOOLS)):
        schema = decoded(below(row, "tool").get("json_schema"))
        if isinstance(schema, Mapping):
            yield from genai_parts.tools([_described(schema)])


def _described(schema: Table) -> Table:
    """Anthropic's tools have their parameters under another name."""
    return {**schema, "parameters": schema["input_schema"]} if "input_schema" in schema else schema


def _response(response: Response, attributes: Table, is_call: bool) -> Response:
    model = response.model or said(attributes, oi.RESPONSE_MODEL)
    if model is None and oi.REQUEST_MODEL not in attributes:
        model = _model(attributes)
    cost = amount(attributes, oi.COST) if keys.KIND not in attributes else None
    return replace(
        response,
        model=model if is_call else response.model,
        messages=_answers(response.messages, attributes),
        usage=_usage(response.usage, attributes),
        cost=cost if response.cost is None else response.cost,
    )


def _answers(known: tuple[Message, ...], attributes: Table) -> tuple[Message, ...]:
    if any(message.parts for message in known):
        return known
    found = tuple(_messages(attributes, oi.OUTPUT_MESSAGES))
    reasons = [message.finish_reason for message in known]
    if not reasons and (reason := said(attributes, oi.FINISH_REASON)):
        reasons = [reason] * len(found) if len(found) == 1 else [None] * (len(found) - 1) + [reason]
        found = found or (Message("assistant", ()),)
    return genai_read.ended(found, reasons) or known


def _usage(usage: Usage, attributes: Table) -> Usage:
    told = {name: number(attributes, key) for name, key in oi.USAGE.items()}
    if told["cache_read"] is None:
        told["cache_read"] = number(attributes, oi.FORMER_CACHE)
    if not any(count is not None for count in told.values()):
        return usage
    known = {one.name: getattr(usage, one.name) for one in fields(Usage) if one.name != "estimated"}
    found = {**known, **{name: count for name, count in told.items() if known[name] is None}}
    return genai_read.counted(attributes, found)


def _value(known: JSON, attributes: Table, key: str, kind: str) -> JSON:
    if known is not None or key not in attributes:
        return known
    value = attributes[key]
    return value if text(attributes, kind) == oi.TEXT_TYPE else decoded(value)


def _result(record: Record, attributes: Table) -> JSON:
    found = _value(record.output, attributes, oi.OUTPUT, oi.OUTPUT_TYPE)
    if found is None and record.kind == "retrieval":
        return [dict(below(row, "document")) for row in rows(tree(attributes, oi.DOCUMENTS))] or None
    return found


def _table(value: JSON) -> Table:
    found = decoded(value)
    return found if isinstance(found, Mapping) else NOTHING
