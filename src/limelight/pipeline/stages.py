"""What is done to a record between being read and being written."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from limelight.core.model import (
    NOTHING,
    Cost,
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
from limelight.core.pricing import PriceList, cost

if TYPE_CHECKING:
    import datetime as dt

MAX_TEXT_CHARS = 262_144
MAX_MEDIA_CHARS = 524_288

_BILLED = frozenset({"llm", "embedding", "rerank"})


def priced(record: Record, at: dt.datetime, overrides: PriceList | None = None) -> Record:
    """Put a price on the tokens, unless the provider named one."""
    return replace(record, cost=cost(record, at=at, overrides=overrides)) if record.kind in _BILLED else record


def without_content(record: Record, *notes: str) -> Record:
    """Everything but what people and models said."""
    return replace(without_output(without_input(record)), notes=(*record.notes, *notes))


def without_input(record: Record) -> Record:
    """Everything but what was asked: an error may quote it."""
    request = replace(
        record.request,
        system=(),
        messages=(),
        tools=tuple(Tool(tool.name, tool.type) for tool in record.request.tools),
        params={
            name: value
            for name, value in record.request.params.items()
            if isinstance(value, (int, float, bool)) or name in _HARMLESS
        },
    )
    return replace(record, request=request, failure=_wordless(record.failure), input=None)


def without_output(record: Record) -> Record:
    """Everything but what was answered: an error may quote that too."""
    bare = tuple(Message(message.role, (), finish_reason=message.finish_reason) for message in record.response.messages)
    response = replace(record.response, messages=bare, extra=NOTHING)
    return replace(record, response=response, failure=_wordless(record.failure), output=None)


def without_tokens(record: Record) -> Record:
    """A price stays, and not how it was reckoned."""
    return replace(
        record,
        response=replace(record.response, usage=Usage()),
        timing=replace(record.timing, tokens_per_s=None),
        cost=replace(record.cost, formula=None),
    )


def without_cost(record: Record) -> Record:
    return replace(record, cost=Cost(), response=replace(record.response, cost=None))


def _wordless(failure: Failure | None) -> Failure | None:
    return replace(failure, message="", stacktrace=None) if failure else None


_HARMLESS = frozenset({"service_tier", "reasoning_effort", "previous_response_id", "encoding_format", "stream"})


def bodiless(record: Record) -> Record:
    """The same without what was refused by masking: metadata, names and identities go as well."""
    bare = without_content(record, "content dropped: masking failed")
    return replace(
        bare,
        response=replace(bare.response, id=None, system_fingerprint=None, status=None),
        failure=replace(bare.failure, code=None, request_id=None) if bare.failure else None,
        attempts=(),
        name=None,
        call_id=None,
        request_id=None,
        limits=NOTHING,
        metadata=NOTHING,
        tags=(),
        user_id=None,
        session_id=None,
    )


def cut(record: Record) -> Record:
    """Shorten what is too long for any reader; what was cut says so.  Nearly every record comes back as it was."""
    request, response = _cut_request(record.request), _cut_response(record.response)
    given, result = _cut_value(record.input), _cut_value(record.output)
    if request is record.request and response is record.response and given is record.input and result is record.output:
        return record
    return replace(record, request=request, response=response, input=given, output=result)


def _cut_request(request: Request) -> Request:
    system, messages = _cut_parts(request.system), _cut_messages(request.messages)
    if system is request.system and messages is request.messages:
        return request
    return replace(request, system=system, messages=messages)


def _cut_response(response: Response) -> Response:
    messages = _cut_messages(response.messages)
    return response if messages is response.messages else replace(response, messages=messages)


def _cut_messages(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    if all(_cut_parts(message.parts) is message.parts for message in messages):
        return messages
    return tuple(replace(message, parts=_cut_parts(message.parts)) for message in messages)


def _cut_parts(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    for part in parts:
        if (type(part) is not Text or len(part.content) > MAX_TEXT_CHARS) and _cut_part(part) is not part:
            return tuple(map(_cut_part, parts))
    return parts


def _cut_part(part: Part) -> Part:
    match part:
        case Text(content=content) | Reasoning(content=content) if len(content) > MAX_TEXT_CHARS:
            return replace(part, content=_cut_text(content))
        case ToolCall():
            arguments = _cut_value(part.arguments)
            return part if arguments is part.arguments else replace(part, arguments=arguments)
        case ToolResult():
            response = _cut_value(part.response)
            return part if response is part.response else replace(part, response=response)
        case Other():
            fields = _cut_value(dict(part.fields))
            return part if fields == part.fields else replace(part, fields=fields)
        case Media(content=str() as content) if len(content) > MAX_MEDIA_CHARS:
            return replace(part, content=None, size=part.size or len(content) * 3 // 4)
        case _:
            return part


def _cut_value(value: Any) -> Any:
    """Only strings are long; a container is as long as the strings in it."""
    match value:
        case str():
            return _cut_text(value) if len(value) > MAX_TEXT_CHARS else value
        case dict():
            shorter = {key: _cut_value(item) for key, item in value.items()}
            return value if all(shorter[key] is value[key] for key in value) else shorter
        case list() | tuple():
            items = [_cut_value(item) for item in value]
            return value if all(new is old for new, old in zip(items, value, strict=True)) else items
        case _:
            return value


def _cut_text(content: str) -> str:
    return f"{content[:MAX_TEXT_CHARS]}… [{len(content) - MAX_TEXT_CHARS:,} of {len(content):,} characters cut]"
