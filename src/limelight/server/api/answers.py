"""The shapes of all answers: the API's schema is made from them, and from it the dashboard's types.

Absent is null, never 0 or an empty string.  Times are milliseconds since 1970.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from limelight.core.model import Kind, Provenance

Status: TypeAlias = Literal["ok", "error", "unset", "incomplete", "running"]
Said: TypeAlias = str | UnsetType | None
"""Left out where the sender left it out."""
NAMED = {"Provenance": Provenance, "Status": Status, "Kind": Kind}
"""Closed sets that the schema calls by name."""


class Answer(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What is declared is there, and nothing else."""


class Usage(Answer):
    """Tokens; input includes cached ones, output includes reasoning."""

    input: int | None
    output: int | None
    cache_read: int | None
    cache_write: int | None
    reasoning: int | None
    provenance: Provenance
    estimated: list[str]
    """Which of them nobody reported."""


class CostLite(Answer):
    total: float | None
    provenance: Provenance


class Cost(Answer):
    total: float | None
    input: float | None
    output: float | None
    cache_read: float | None
    cache_write: float | None
    reasoning: float | None
    currency: str
    provenance: Provenance
    source: str | None
    formula: str | None


class TraceRow(Answer):
    trace_id: str
    name: str
    status: Status
    started_ms: float
    duration_ms: float | None
    input: str | None
    output: str | None
    input_span_id: str | None
    models: list[str]
    providers: list[str]
    services: list[str]
    kinds: dict[str, int]
    span_count: int
    error_count: int
    usage: Usage
    cost: CostLite
    ttft_ms: float | None
    session_id: str | None
    user_id: str | None
    tags: list[str]
    environment: str | None
    score: float | None
    error_type: str | None
    error_message: str | None
    running: bool


class Total(Answer):
    value: int
    capped: bool


class TraceList(Answer):
    traces: list[TraceRow]
    next_cursor: str | None
    total: Total | None


class Bucket(Answer):
    t_ms: float
    total: int
    errors: int


class Histogram(Answer):
    from_ms: float
    to_ms: float
    bucket_ms: float
    buckets: list[Bucket]


class Range(Answer):
    first_ms: float | None
    last_ms: float | None


class FacetValue(Answer):
    value: str
    count: int
    errors: int


class Facet(Answer):
    field: str
    values: list[FacetValue]


class Facets(Answer):
    facets: list[Facet]


class Completions(Answer):
    values: list[str]


class Attempt(Answer):
    at_ms: float
    status: int | None
    wait_ms: float | None


class SpanRow(Answer):
    span_id: str
    parent_id: str | None
    name: str
    kind: Kind
    operation: str | None
    provider: str | None
    model: str | None
    status: Status
    status_message: str | None
    error_type: str | None
    started_ms: float
    duration_ms: float | None
    ttft_ms: float | None
    attempts: list[Attempt]
    usage: Usage
    cost: Cost
    tool_name: str | None
    agent_name: str | None
    service: str | None
    preview_in: str | None
    preview_out: str | None
    counted: bool
    """False: another span reports the same tokens."""
    placeholder: bool


class UsageLine(Answer, omit_defaults=True):
    provenance: Provenance
    input: int | None = None
    output: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    reasoning: int | None = None
    estimated: list[str] = []


class CostLine(Answer, omit_defaults=True):
    provenance: Provenance
    total: float | None = None
    input: float | None = None
    output: float | None = None
    cache_read: float | None = None
    cache_write: float | None = None


class SpanLine(Answer, omit_defaults=True):
    """A `SpanRow` without what is null or unknown, for there are thousands: left out is null."""

    span_id: str
    name: str
    kind: Kind
    status: Status
    started_ms: float
    duration_ms: float | None = None
    parent_id: str | None = None
    operation: str | None = None
    provider: str | None = None
    model: str | None = None
    status_message: str | None = None
    error_type: str | None = None
    ttft_ms: float | None = None
    attempts: list[Attempt] = []
    usage: UsageLine | None = None
    cost: CostLine | None = None
    tool_name: str | None = None
    agent_name: str | None = None
    service: str | None = None
    preview_in: str | None = None
    preview_out: str | None = None
    counted: bool = True
    """False: another span reports the same tokens."""


class TraceDetail(Answer):
    trace: TraceRow
    spans: list[SpanLine]
    focus_span_id: str | None
    llm_ms: float | None
    tool_ms: float | None
    idle_ms: float | None


class Part(msgspec.Struct, kw_only=True):
    """A piece of a message; what further fields it has depends on its type."""

    type: str
    content: Any = UNSET
    name: Said = UNSET
    arguments: Any = UNSET
    id: Said = UNSET
    response: Any = UNSET
    modality: Said = UNSET
    uri: Said = UNSET
    mime_type: Said = UNSET
    file_id: Said = UNSET
    size: int | UnsetType | None = UNSET


class Message(Answer):
    role: str
    parts: list[Part]
    name: str | None
    finish_reason: str | None


class Tool(Answer):
    name: str
    type: str
    description: str | None
    parameters: Any


class Timing(Answer):
    ttft_ms: float | None
    first_content_ms: float | None
    chunks: int | None
    tokens_per_s: float | None
    streamed: bool
    attempts: list[Attempt]


class SpanEvent(Answer):
    name: str
    at_ms: float
    attributes: dict[str, Any]


class ExceptionInfo(Answer):
    type: str | None
    message: str | None
    stacktrace: str | None


class Scope(Answer):
    name: str | None
    version: str | None


class Link(Answer):
    trace_id: str
    span_id: str


class SpanDetail(SpanRow):
    system: list[Part]
    input: list[Message]
    output: list[Message]
    tools: list[Tool]
    params: dict[str, Any]
    response_id: str | None
    response_model: str | None
    finish_reasons: list[str]
    service_tier: str | None
    user_id: str | None
    session_id: str | None
    tags: list[str]
    metadata: dict[str, Any]
    server_address: str | None
    input_value: Any
    output_value: Any
    new_from: int
    """The first input message that an earlier call of this trace did not have."""
    timing: Timing
    events: list[SpanEvent]
    exception: ExceptionInfo | None
    http_status: int | None
    request_id: str | None
    links: list[Link]
    attributes: dict[str, Any]
    resource: dict[str, Any]
    scope: Scope
    dialect: str
    truncated: bool


class Rejection(Answer):
    at_ms: float
    reason: str


class Received(Answer):
    requests: int
    spans: int
    accepted: int
    rejected: dict[str, int]
    last_rejected: Rejection | None
    last_span_ms: float | None


class Client(Answer):
    sdk: str
    version: str | None
    service: str | None
    last_ms: float


class Unpriced(Answer):
    provider: str | None
    model: str
    spans: int


class Health(Answer):
    version: str
    uptime_s: float
    address: str
    data_dir: str
    database_bytes: int
    spans: int
    traces: int
    received: Received
    index_lag_s: float
    clients: list[Client]
    dialects: dict[str, int]
    unpriced_models: list[Unpriced]


class TraceId(Answer):
    trace_id: str


class Problem(Answer):
    code: str
    message: str
    position: int | None


class ErrorBody(Answer):
    error: Problem


class LiveTrace(Answer):
    """The data of a `trace` event; that of a `stats` event is `Received`."""

    trace_id: str
    row: TraceRow
