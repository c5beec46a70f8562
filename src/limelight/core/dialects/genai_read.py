"""The default dialect read: OpenTelemetry's GenAI conventions, with our own words for what those leave out.

The exact inverse of `genai.write`; for spans of other emitters also tolerant of the names that the
conventions used before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast, get_args

from limelight.core import names
from limelight.core.dialects import genai_parts, keys
from limelight.core.dialects import legacy_keys as old
from limelight.core.dialects.content import decoded
from limelight.core.dialects.span import Span, SpanEvent
from limelight.core.model import (
    JSON,
    NOTHING,
    Attempt,
    Cost,
    Failure,
    Kind,
    Message,
    Outcome,
    Provenance,
    Record,
    Request,
    Response,
    Timing,
    Usage,
)
from limelight.core.wire.read import Table, amount, listed, number, said, text

KINDS: dict[str, Kind] = {
    "chat": "llm", "generate_content": "llm", "text_completion": "llm", "image_generation": "llm",
    "speech_to_text": "llm", "text_to_speech": "llm", "fetch_response": "llm", "moderation": "llm",
    "embeddings": "embedding", "rerank": "rerank", "retrieval": "retrieval", "search_memory": "retrieval",
    "execute_tool": "tool", "invoke_agent": "agent", "create_agent": "agent", "agent_step": "chain",
    "invoke_workflow": "workflow", "plan": "plan",
}  # fmt: skip
"""What an operation is, where the span does not say it in our own words."""

_KINDS = frozenset(get_args(Kind))
_OUTCOMES = frozenset(get_args(Outcome))
_PROVENANCES = frozenset(get_args(Provenance))
_STEP_KINDS = frozenset({"tool", "retrieval"})


def read(span: Span) -> Record:
    attributes = span.attributes
    operation = said(attributes, keys.OPERATION)
    kind = _kind(attributes, operation and names.operation(operation))
    failure = _failure(span)
    provider = said(attributes, keys.PROVIDER) or said(attributes, old.SYSTEM)
    return Record(
        kind=kind,
        operation=operation and names.operation(operation),
        provider=provider and names.provider(provider),
        request=_request(span),
        response=_response(span),
        cost=_cost(attributes),
        timing=_timing(attributes),
        attempts=tuple(_attempts(span.events)),
        failure=failure,
        outcome=_outcome(attributes, failure),
        server_address=said(attributes, keys.SERVER_ADDRESS),
        server_port=number(attributes, keys.SERVER_PORT),
        request_id=said(attributes, keys.ANSWER_ID),
        limits=dict(_limits(attributes)),
        api=said(attributes, keys.OPENAI_API) or said(attributes, keys.API),
        name=_name(attributes, kind),
        call_id=said(attributes, keys.TOOL_CALL_ID),
        input=_value(attributes, kind, keys.TOOL_ARGUMENTS, keys.INPUT, old.RETRIEVAL_QUERY),
        output=_value(attributes, kind, keys.TOOL_RESULT, keys.OUTPUT, old.RETRIEVAL_DOCUMENTS),
        session_id=_context(span, keys.SESSION, keys.CONVERSATION, *old.SESSION),
        user_id=_context(span, keys.USER, *old.USER),
        tags=_tags(span),
        metadata=_json_table(attributes.get(keys.METADATA)),
        notes=strings(attributes.get(keys.NOTES)),
    )


def strings(value: JSON) -> tuple[str, ...]:
    """A list of strings, however it was sent: as a list, as JSON text, or as one string."""
    if value is None:
        return ()
    if isinstance(value, str):
        found = decoded(value) if value.startswith("[") else None
        value = found if isinstance(found, list) else [value]
    return tuple(item for item in listed(value) if isinstance(item, str))


def _kind(attributes: Table, operation: str | None) -> Kind:
    kind = text(attributes, keys.KIND)
    if kind in _KINDS:
        return cast("Kind", kind)
    if operation:
        return KINDS.get(operation, "task" if operation.endswith(("_memory", "_store")) else "other")
    if keys.TOOL_NAME in attributes:
        return "tool"
    return "llm" if keys.REQUEST_MODEL in attributes else "other"


def _name(attributes: Table, kind: Kind) -> str | None:
    if kind == "tool":
        return said(attributes, keys.TOOL_NAME)
    if kind == "workflow":
        return said(attributes, keys.WORKFLOW_NAME)
    return said(attributes, keys.AGENT_NAME)


def _request(span: Span) -> Request:
    attributes = span.attributes
    return Request(
        model=said(attributes, keys.REQUEST_MODEL),
        system=genai_parts.parts(attributes.get(keys.SYSTEM)),
        messages=genai_parts.messages(attributes.get(keys.INPUT_MESSAGES)),
        tools=genai_parts.tools(attributes.get(keys.TOOL_DEFINITIONS)),
        params=_params(attributes) or NOTHING,
    )


_NAMED = {key: name for name, (key, _) in keys.NUMBERS.items()} | {key: name for name, key in keys.WORDS.items()}
_OTHERWISE = {old.SEED: "seed", old.REQUEST_TIER: "service_tier"}
_OTHER_PARAMS = frozenset({*_NAMED, *_OTHERWISE, *old.IS_STREAMING, keys.REQUEST_REST, keys.OUTPUT_TYPE})
_NOT_PARAMS = frozenset({keys.REQUEST_MODEL, keys.STOP, keys.STREAM, keys.ENCODINGS, *old.USER, *_NAMED})


def _params(said_by_span: Table) -> dict[str, JSON]:
    attributes = {
        key: value for key, value in said_by_span.items() if key.startswith(old.REQUEST_PREFIX) or key in _OTHER_PARAMS
    }
    if not attributes:
        return {}
    found = {name: attributes[key] for key, name in (*_OTHERWISE.items(), *_NAMED.items()) if key in attributes}
    if stops := strings(attributes.get(keys.STOP)):
        found["stop"] = stops
    if attributes.get(keys.STREAM) is True or any(attributes.get(key) is True for key in old.IS_STREAMING):
        found["stream"] = True
    if encodings := strings(attributes.get(keys.ENCODINGS)):
        found["encoding_format"] = encodings[0] if len(encodings) == 1 else encodings
    found.update(
        (key.removeprefix(old.REQUEST_PREFIX), value)
        for key, value in attributes.items()
        if key.startswith(old.REQUEST_PREFIX) and key not in _NOT_PARAMS and not key.startswith(old.TOOLS_PREFIX)
    )
    found.update(_json_table(attributes.get(keys.REQUEST_REST)))
    if "response_format" not in found and (shape := attributes.get(keys.OUTPUT_TYPE)):
        found["output_type"] = shape
    return found


_USAGE_NAMES = {name: (key, *old.USAGE.get(name, ())) for name, key in keys.USAGE.items()}
_USAGE_KEYS = frozenset(key for candidates in _USAGE_NAMES.values() for key in candidates)
_RESPONSE_KEYS = _USAGE_KEYS | {
    keys.EMBEDDING_COUNT, keys.DIMENSIONS, keys.RESPONSE_REST, keys.RESPONSE_ID, keys.RESPONSE_MODEL,
    keys.OUTPUT_MESSAGES, keys.FINISH_REASONS, keys.PROVIDER_COST, *old.COST, keys.RESPONSE_STATUS,
    keys.OPENAI_RESPONSE_TIER, keys.SERVICE_TIER, old.RESPONSE_TIER, keys.OPENAI_FINGERPRINT, old.FINGERPRINT,
}  # fmt: skip
_NO_USAGE, _NO_RESPONSE, _NO_TIMING = Usage(), Response(), Timing()
"""Most spans are no calls: for these, nothing is looked for one by one."""


def _response(span: Span) -> Response:
    attributes = span.attributes
    if _RESPONSE_KEYS.isdisjoint(attributes):
        return _NO_RESPONSE
    count, dimensions = number(attributes, keys.EMBEDDING_COUNT), number(attributes, keys.DIMENSIONS)
    extra = _json_table(attributes.get(keys.RESPONSE_REST))
    if count is None and dimensions is not None:
        extra = {**extra, "dimensions": dimensions}
    return Response(
        id=said(attributes, keys.RESPONSE_ID),
        model=said(attributes, keys.RESPONSE_MODEL),
        messages=_answers(attributes),
        usage=_usage(attributes),
        cost=_first_amount(attributes, (keys.PROVIDER_COST, *old.COST)),
        status=said(attributes, keys.RESPONSE_STATUS),
        service_tier=_first(attributes, (keys.OPENAI_RESPONSE_TIER, keys.SERVICE_TIER, old.RESPONSE_TIER)),
        system_fingerprint=_first(attributes, (keys.OPENAI_FINGERPRINT, old.FINGERPRINT)),
        embeddings=None if count is None else (count, dimensions),
        extra=extra or NOTHING,
    )


def _answers(attributes: Table) -> tuple[Message, ...]:
    """The choices; without captured content, at least why each of them ended."""
    found = genai_parts.messages(attributes.get(keys.OUTPUT_MESSAGES))
    reasons = strings(attributes.get(keys.FINISH_REASONS))
    if not found:
        return tuple(Message("assistant", (), finish_reason=reason) for reason in reasons if reason)
    return ended(found, reasons)


def ended(messages: tuple[Message, ...], reasons: Sequence[str | None]) -> tuple[Message, ...]:
    """The messages with why each ended, where that was said beside them, of each."""
    if len(messages) != len(reasons):
        return messages
    return tuple(
        message if message.finish_reason else Message(message.role, message.parts, message.name, reason or None)
        for message, reason in zip(messages, reasons, strict=True)
    )


def _usage(attributes: Table) -> Usage:
    told = _USAGE_KEYS.intersection(attributes)
    if not told:
        return _NO_USAGE
    counts = {
        name: None if told.isdisjoint(candidates) else _count(attributes, candidates[0], candidates[1:])
        for name, candidates in _USAGE_NAMES.items()
    }
    return counted(attributes, counts)


def counted(attributes: Table, counts: Mapping[str, int | None]) -> Usage:
    """What was counted, as we count it."""
    given, cached = counts["input"], (counts["cache_read"] or 0) + (counts["cache_write"] or 0)
    if given is not None and cached > given:
        # the emitter counted cached tokens beside the input, not within it
        counts = {**counts, "input": given + cached}
    return Usage(**counts, estimated=_estimated(attributes, counts))


def _estimated(attributes: Table, counts: Mapping[str, int | None]) -> frozenset[str]:
    """Which counts are guesses: those that are named, or all where it is only said that they are."""
    if text(attributes, keys.USAGE_SOURCE) != "estimated":
        return frozenset()
    named = strings(attributes.get(keys.USAGE_ESTIMATED)) or counts
    return frozenset(name for name in named if counts.get(name) is not None)


def _count(attributes: Table, key: str, older: Iterable[str]) -> int | None:
    found = number(attributes, key)
    if found is None:
        found = next((count for name in older if (count := number(attributes, name)) is not None), None)
    return found


def _cost(attributes: Table) -> Cost:
    provenance = text(attributes, keys.COST_PROVENANCE)
    if provenance not in _PROVENANCES:
        return Cost()
    return Cost(
        **{name: amount(attributes, key) for name, key in keys.COST.items()},
        provenance=cast("Provenance", provenance),
        source=said(attributes, keys.COST_SOURCE),
        formula=said(attributes, keys.COST_FORMULA),
    )


_TIMING_KEYS = frozenset({keys.FIRST_CHUNK, *old.FIRST_CHUNK, keys.FIRST_CONTENT, keys.CHUNKS, keys.SPEED})


def _timing(attributes: Table) -> Timing:
    if _TIMING_KEYS.isdisjoint(attributes):
        return _NO_TIMING
    return Timing(
        first_chunk_s=_first_amount(attributes, (keys.FIRST_CHUNK, *old.FIRST_CHUNK)),
        first_content_s=amount(attributes, keys.FIRST_CONTENT),
        chunks=number(attributes, keys.CHUNKS),
        tokens_per_s=amount(attributes, keys.SPEED),
    )


def _attempts(events: Iterable[SpanEvent]) -> Iterable[Attempt]:
    for event in events:
        if event.name == keys.ATTEMPT_EVENT and event.at_ns is not None:
            yield Attempt(
                at_ns=event.at_ns,
                status=number(event.attributes, keys.ATTEMPT_STATUS),
                wait_s=amount(event.attributes, keys.ATTEMPT_WAIT),
                retry_after_s=amount(event.attributes, keys.ATTEMPT_RETRY_AFTER),
                request_id=said(event.attributes, keys.ATTEMPT_REQUEST_ID),
            )


def _limits(attributes: Table) -> Iterable[tuple[str, str]]:
    for key, value in attributes.items():
        if (
            key.startswith(keys.HEADER)
            and names.is_limit(name := key[len(keys.HEADER) :])
            and (found := strings(value))
        ):
            yield name, found[0]


def _failure(span: Span) -> Failure | None:
    """An exception event alone is no failure: the program may have caught it."""
    attributes = span.attributes
    kind = said(attributes, keys.ERROR_TYPE)
    if kind is None and span.status != "error":
        return None
    about = exception(span.events)
    status = number(attributes, keys.HTTP_STATUS)
    return Failure(
        type=kind or text(about, keys.EXCEPTION_TYPE),
        message=text(about, keys.EXCEPTION_MESSAGE) or span.status_message,
        status=status if status is not None else _count(attributes, keys.HTTP_STATUS, old.HTTP_STATUS),
        code=said(attributes, keys.ERROR_CODE),
        request_id=said(attributes, keys.REQUEST_ID),
        retry_after_s=amount(attributes, keys.RETRY_AFTER),
        stacktrace=said(about, keys.EXCEPTION_STACK),
    )


def exception(events: Iterable[SpanEvent]) -> Table:
    """The last exception that the span recorded."""
    found: Table = NOTHING
    for event in events:
        if event.name == keys.EXCEPTION_EVENT or event.name in old.EXCEPTION_EVENTS:
            found = event.attributes
    return found


def _outcome(attributes: Table, failure: Failure | None) -> Outcome:
    outcome = text(attributes, keys.OUTCOME)
    if outcome in _OUTCOMES:
        return cast("Outcome", outcome)
    return "error" if failure else "ok"


def _value(attributes: Table, kind: Kind, *candidates: str) -> JSON:
    """What a step was given or gave: under the tool's key, under ours, or under retrieval's."""
    order = candidates if kind in _STEP_KINDS else candidates[1:2]
    return next((decoded(attributes[key]) for key in order if attributes.get(key) is not None), None)


def _context(span: Span, *candidates: str) -> str | None:
    return _first(span.attributes, candidates) or _first(span.resource, candidates)


_TAG_KEYS = frozenset({keys.TAGS, *old.TAGS})


def _tags(span: Span) -> tuple[str, ...]:
    for source in (span.attributes, span.resource):
        if _TAG_KEYS.isdisjoint(source):
            continue
        for key in (keys.TAGS, *old.TAGS):
            if found := strings(source.get(key)):
                return found
    return ()


def _first(attributes: Table, candidates: Iterable[str]) -> str | None:
    return next((found for key in candidates if (found := said(attributes, key))), None)


def _first_amount(attributes: Table, candidates: Iterable[str]) -> float | None:
    return next((found for key in candidates if (found := amount(attributes, key)) is not None), None)


def _json_table(value: Any) -> Mapping[str, JSON]:
    found = decoded(value)
    return found if isinstance(found, Mapping) else NOTHING
