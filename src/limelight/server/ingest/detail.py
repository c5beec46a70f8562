"""What the panel of one span shows beyond its row in the lists and its content."""

from __future__ import annotations

from typing import Any

from limelight.core.dialects import indexed_keys, keys, openinference_keys
from limelight.core.model import Cost, Failure, Record, Timing
from limelight.server.ingest.otlp import Incoming

MAX_VALUE_CHARS = 200_000
_CONTENT = frozenset({keys.SYSTEM, keys.INPUT_MESSAGES, keys.OUTPUT_MESSAGES, keys.TOOL_DEFINITIONS})
_FLAT = {"indexed": indexed_keys.CONTENTS, "openinference": openinference_keys.CONTENTS}
"""How the keys of the flat dialects begin that hold content."""
_VALUES = ((keys.TOOL_ARGUMENTS, keys.INPUT), (keys.TOOL_RESULT, keys.OUTPUT))


def detail(incoming: Incoming, record: Record, dialect: str, price: Cost) -> dict[str, Any]:
    """A `SpanDetail` of the API without its row and what is content."""
    return {
        **_facts(record),
        **_problem(record.failure, record.request_id),
        **_raw(incoming, record.kind in {"tool", "retrieval"}, _FLAT.get(dialect, ())),
        "timing": _timing(record.timing),
        "dialect": dialect,
        "source": price.source,
        "formula": price.formula,
    }


def ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000


def _facts(record: Record) -> dict[str, Any]:
    response = record.response
    return {
        "params": dict(record.request.params),
        "response_id": response.id,
        "response_model": response.model,
        "endings": [message.finish_reason for message in response.messages],
        "service_tier": response.service_tier,
        "user_id": record.user_id,
        "session_id": record.session_id,
        "tags": list(record.tags),
        "metadata": dict(record.metadata),
        "server_address": record.server_address,
    }


def _problem(failure: Failure | None, request_id: str | None) -> dict[str, Any]:
    if failure is None:
        return {"exception": None, "http_status": None, "request_id": request_id}
    return {
        "exception": {
            "type": failure.type or None,
            "message": failure.message or None,
            "stacktrace": failure.stacktrace,
        },
        "http_status": failure.status,
        "request_id": failure.request_id or request_id,
    }


def _timing(timing: Timing) -> dict[str, Any]:
    return {
        "ttft_ms": ms(timing.first_chunk_s),
        "first_content_ms": ms(timing.first_content_s),
        "chunks": timing.chunks,
        "tokens_per_s": timing.tokens_per_s,
        "streamed": timing.chunks is not None or timing.first_chunk_s is not None,
    }


def _raw(incoming: Incoming, is_step: bool, flat: tuple[str, ...]) -> dict[str, Any]:
    span = incoming.span
    attributes, is_cut = _attributes(span.attributes, is_step, flat)
    last_ns = incoming.ended_ns or incoming.started_ns
    return {
        "events": [
            {"name": event.name, "at_ms": (event.at_ns or last_ns) / 1_000_000, "attributes": dict(event.attributes)}
            for event in span.events
        ],
        "links": [{"trace_id": trace, "span_id": one} for trace, one in incoming.links],
        "attributes": attributes,
        "resource": span.resource,
        "scope": {"name": span.scope or None, "version": incoming.scope_version or None},
        "truncated": is_cut,
    }


def _attributes(said: Any, is_step: bool, flat: tuple[str, ...]) -> tuple[dict[str, Any], bool]:
    """The raw attributes that are no content; what is longer than anybody reads is kept in part."""
    shown, is_cut = {}, False
    values = {_value_key(said, candidates, is_step) for candidates in _VALUES}
    for key, value in said.items():
        if key in _CONTENT or key in values or key.startswith(flat):
            continue
        if isinstance(value, str) and len(value) > MAX_VALUE_CHARS:
            shown[key], is_cut = value[:MAX_VALUE_CHARS] + "…", True
        else:
            shown[key] = value
    return shown, is_cut


def _value_key(said: Any, candidates: tuple[str, str], is_step: bool) -> str | None:
    """The attribute that is shown as the step's input or output."""
    return next((key for key in (candidates if is_step else candidates[1:]) if said.get(key) is not None), None)
