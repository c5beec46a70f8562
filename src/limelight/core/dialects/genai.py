"""The default dialect: OpenTelemetry's GenAI conventions, written.  `genai_read` is its inverse."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from limelight.core.dialects import keys
from limelight.core.model import (
    JSON,
    Attempt,
    Failure,
    Media,
    Message,
    Other,
    Part,
    Reasoning,
    Record,
    Request,
    Response,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
)
from limelight.core.plain import plain

Value: TypeAlias = str | bool | int | float | Sequence[str]
Attributes: TypeAlias = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Event:
    name: str
    at_ns: int | None
    """None: when the span ended."""
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Written:
    """A record in a dialect's words: all that a span needs beside ids, times and a name."""

    is_client: bool
    """Span kind CLIENT, otherwise INTERNAL."""
    attributes: Attributes
    events: tuple[Event, ...]
    error: str | None
    """The span's status description, when its status is ERROR."""


def write(record: Record) -> Written:
    out: Attributes = {}
    _identity(record, out)
    _request(record.request, out)
    _response(record.response, record.provider, out)
    _usage(record.response.usage, out)
    _measures(record, out)
    _headers(record, out)
    _context(record, out)
    failure = record.failure
    return Written(
        is_client=record.provider is not None,
        attributes=out,
        events=tuple(_events(record)),
        error=failure.message if failure and record.outcome == "error" else None,
    )


def span_name(operation: str, subject: str | None) -> str:
    """OpenTelemetry names a span after the operation and what it is done to."""
    return f"{operation} {subject}" if subject else operation


def messages_json(messages: Iterable[Message]) -> str:
    return f"[{','.join([_message_json(message) for message in messages])}]"


def _message_json(message: Message) -> str:
    """Agents resend their history with every call: a plain text that is not too long is encoded once."""
    match message.parts:
        case (Text(content=content, citations=()),) if len(content) <= MAX_REMEMBERED_CHARS:
            return _remembered(message)
        case _:
            return dumps(message_table(message))


def parts_json(parts: Iterable[Part]) -> str:
    return dumps([part_table(part) for part in parts])


MAX_REMEMBERED_CHARS = 8_000
dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=plain).encode


@lru_cache(512)
def _remembered(message: Message) -> str:
    return dumps(message_table(message))


def _identity(record: Record, out: Attributes) -> None:
    if record.operation:
        out[keys.OPERATION] = record.operation
    if record.provider:
        out[keys.PROVIDER] = record.provider
    if record.api:
        out[keys.OPENAI_API if record.api in _OPENAI_APIS else keys.API] = record.api
    if record.server_address:
        out[keys.SERVER_ADDRESS] = record.server_address
    if record.server_port is not None:
        out[keys.SERVER_PORT] = record.server_port
    out[keys.KIND] = record.kind
    if record.outcome != "ok":
        out[keys.OUTCOME] = record.outcome


_OPENAI_APIS = frozenset({"chat_completions", "responses"})


def _request(request: Request, out: Attributes) -> None:
    if request.model:
        out[keys.REQUEST_MODEL] = request.model
    if request.system:
        out[keys.SYSTEM] = parts_json(request.system)
    if request.messages:
        out[keys.INPUT_MESSAGES] = messages_json(request.messages)
    if request.tools:
        out[keys.TOOL_DEFINITIONS] = dumps([_tool(tool) for tool in request.tools])
    if request.params:
        _params(request.params, out)


def _params(params: Mapping[str, JSON], out: Attributes) -> None:
    rest: dict[str, JSON] = {}
    for name, value in params.items():
        if name in keys.NUMBERS and isinstance(value, (int, float)) and not isinstance(value, bool):
            key, kind = keys.NUMBERS[name]
            out[key] = kind(value)
        elif name in keys.WORDS and isinstance(value, str):
            out[keys.WORDS[name]] = value
        elif name == "stop" and (stops := _strings(value)):
            out[keys.STOP] = stops
        elif name == "encoding_format" and isinstance(value, str):
            out[keys.ENCODINGS] = (value,)
        elif name == "stream" and value is True:
            out[keys.STREAM] = True
        else:
            rest[name] = value
    if output_type := _output_type(params.get("response_format")):
        out[keys.OUTPUT_TYPE] = output_type
    if rest:
        out[keys.REQUEST_REST] = dumps(rest)


def _strings(value: JSON) -> tuple[str, ...]:
    items = value if isinstance(value, (list, tuple)) else (value,)
    return tuple(items) if all(isinstance(item, str) for item in items) else ()


def _output_type(response_format: JSON) -> str | None:
    if not isinstance(response_format, Mapping):
        return None
    kind = response_format.get("type")
    return "text" if kind == "text" else "json" if isinstance(kind, str) and kind.startswith("json") else None


def _response(response: Response, provider: str | None, out: Attributes) -> None:
    for key, value in (
        (keys.RESPONSE_ID, response.id),
        (keys.RESPONSE_MODEL, response.model),
        (keys.RESPONSE_STATUS, response.status),
        (keys.OPENAI_FINGERPRINT, response.system_fingerprint),
    ):
        if value:
            out[key] = value
    if response.service_tier:
        out[keys.OPENAI_RESPONSE_TIER if provider == "openai" else keys.SERVICE_TIER] = response.service_tier
    if response.messages:
        out[keys.OUTPUT_MESSAGES] = messages_json(response.messages)
        if reasons := tuple(message.finish_reason or "" for message in response.messages if message.finish_reason):
            out[keys.FINISH_REASONS] = reasons
    if response.embeddings:
        out[keys.EMBEDDING_COUNT], dimensions = response.embeddings
        if dimensions:
            out[keys.DIMENSIONS] = dimensions
    if response.cost is not None:
        out[keys.PROVIDER_COST] = response.cost
    if response.extra:
        out[keys.RESPONSE_REST] = dumps(dict(response.extra))


def _usage(usage: Usage, out: Attributes) -> None:
    for name, key in keys.USAGE.items():
        if (count := getattr(usage, name)) is not None:
            out[key] = count
    if usage.estimated:
        out[keys.USAGE_SOURCE] = "estimated"
        out[keys.USAGE_ESTIMATED] = tuple(sorted(usage.estimated))


def _measures(record: Record, out: Attributes) -> None:
    timing, cost = record.timing, record.cost
    for key, value in (
        (keys.FIRST_CHUNK, timing.first_chunk_s),
        (keys.FIRST_CONTENT, timing.first_content_s),
        (keys.CHUNKS, timing.chunks),
        (keys.SPEED, timing.tokens_per_s),
    ):
        if value is not None:
            out[key] = value
    if cost.provenance == "unknown":
        return
    for name, key in keys.COST.items():
        if (amount := getattr(cost, name)) is not None:
            out[key] = amount
    out[keys.COST_PROVENANCE] = cost.provenance
    if cost.source:
        out[keys.COST_SOURCE] = cost.source
    if cost.formula:
        out[keys.COST_FORMULA] = cost.formula


_NAME_KEYS = {"tool": keys.TOOL_NAME, "workflow": keys.WORKFLOW_NAME}


def _context(record: Record, out: Attributes) -> None:
    is_tool = record.kind == "tool"
    if record.name:
        out[_NAME_KEYS.get(record.kind, keys.AGENT_NAME)] = record.name
    if record.call_id:
        out[keys.TOOL_CALL_ID] = record.call_id
    if record.input is not None:
        out[keys.TOOL_ARGUMENTS if is_tool else keys.INPUT] = dumps(record.input)
    if record.output is not None:
        out[keys.TOOL_RESULT if is_tool else keys.OUTPUT] = dumps(record.output)
    if record.session_id:
        out[keys.CONVERSATION] = out[keys.SESSION] = record.session_id
    if record.user_id:
        out[keys.USER] = record.user_id
    if record.tags:
        out[keys.TAGS] = record.tags
    if record.metadata:
        out[keys.METADATA] = dumps(dict(record.metadata))
    if record.notes:
        out[keys.NOTES] = record.notes
    if record.failure:
        _failure(record.failure, out)


def _headers(record: Record, out: Attributes) -> None:
    if record.request_id:
        out[keys.ANSWER_ID] = record.request_id
    for name, value in record.limits.items():
        out[keys.HEADER + name] = (value,)


def _failure(failure: Failure, out: Attributes) -> None:
    for key, value in (
        (keys.ERROR_TYPE, failure.type),
        (keys.HTTP_STATUS, failure.status),
        (keys.ERROR_CODE, failure.code),
        (keys.REQUEST_ID, failure.request_id),
        (keys.RETRY_AFTER, failure.retry_after_s),
    ):
        if value is not None:
            out[key] = value


def _events(record: Record) -> Iterable[Event]:
    for attempt in record.attempts:
        yield Event(keys.ATTEMPT_EVENT, attempt.at_ns, _attempt(attempt))
    if failure := record.failure:
        about: Attributes = {keys.EXCEPTION_TYPE: failure.type, keys.EXCEPTION_MESSAGE: failure.message}
        if failure.stacktrace:
            about[keys.EXCEPTION_STACK] = failure.stacktrace
        yield Event(keys.EXCEPTION_EVENT, None, about)


def _attempt(attempt: Attempt) -> Attributes:
    about = {
        keys.ATTEMPT_STATUS: attempt.status,
        keys.ATTEMPT_WAIT: attempt.wait_s,
        keys.ATTEMPT_RETRY_AFTER: attempt.retry_after_s,
        keys.ATTEMPT_REQUEST_ID: attempt.request_id,
    }
    return {key: value for key, value in about.items() if value is not None}


def message_table(message: Message) -> dict[str, JSON]:
    shown: dict[str, JSON] = {"role": message.role, "parts": [part_table(part) for part in message.parts]}
    if message.name:
        shown["name"] = message.name
    if message.finish_reason:
        shown["finish_reason"] = message.finish_reason
    return shown


def part_table(part: Part) -> dict[str, JSON]:
    match part:
        case Text():
            shown: dict[str, JSON] = {"type": "text", "content": part.content}
            return {**shown, "citations": part.citations} if part.citations else shown
        case Reasoning():
            return {"type": "reasoning", "content": part.content}
        case ToolCall():
            return _said(type="tool_call", id=part.id, name=part.name, arguments=part.arguments)
        case ToolResult():
            return {**_said(type="tool_call_response", id=part.id), "response": part.response}
        case Media():
            return _media(part)
        case Other():
            return {**part.fields, "type": part.type}


def _media(media: Media) -> dict[str, JSON]:
    about = _said(modality=media.modality, mime_type=media.mime_type, size=media.size)
    if media.uri is not None:
        return {"type": "uri", "uri": media.uri, **about}
    if media.file_id is not None:
        return {"type": "file", "file_id": media.file_id, **about}
    return {"type": "blob", **_said(content=media.content), **about}


def _tool(tool: Tool) -> dict[str, JSON]:
    return _said(type=tool.type, name=tool.name, description=tool.description, parameters=tool.parameters)


def _said(**fields: Any) -> dict[str, JSON]:
    return {key: value for key, value in fields.items() if value is not None}
