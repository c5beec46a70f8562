"""What an LLM call is, whoever served it.

Every provider is translated into these values; every dialect, the exporter and the
server read them.  They hold no behaviour, and absent always means «not said».
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

_T = TypeVar("_T")

JSON: TypeAlias = Any
"""Anything `json.dumps` takes."""
Role: TypeAlias = Literal["system", "user", "assistant", "tool"]
Kind: TypeAlias = Literal[
    "llm", "embedding", "rerank", "tool", "retrieval", "agent", "workflow",
    "chain", "plan", "guardrail", "task", "http", "other",
]  # fmt: skip
Provenance: TypeAlias = Literal["reported", "priced", "estimated", "partial", "unknown"]
"""Where a number comes from: the provider said it, tokens it said times a listed price, our guess, parts missing."""
Outcome: TypeAlias = Literal["ok", "error", "incomplete", "cancelled", "killed"]

NOTHING: Mapping[str, Any] = MappingProxyType({})

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform

    @dataclass_transform(frozen_default=True, field_specifiers=(field,))
    def value(kind: type[_T], /) -> type[_T]: ...

else:
    value = dataclass(slots=True, unsafe_hash=True)
    """Immutable in the eyes of the type checker, which is whom it has to convince: making a dataclass that
    guards itself takes four times as long, and a call makes twenty."""


@value
class Text:
    content: str
    citations: tuple[JSON, ...] = ()


@value
class Reasoning:
    """Thoughts or their summary; empty when the provider keeps them encrypted."""

    content: str


@value
class ToolCall:
    name: str
    arguments: JSON
    """Decoded when the provider sent valid JSON, otherwise the text as it came."""
    id: str | None = None


@value
class ToolResult:
    response: JSON
    id: str | None = None


@value
class Media:
    """An image, sound, video or document: by address, by the provider's file id, or in base64."""

    modality: str
    mime_type: str | None = None
    uri: str | None = None
    file_id: str | None = None
    content: str | None = None
    size: int | None = None
    """Bytes, known even where `content` was left out."""


@value
class Other:
    """A part this model has no word for (refusal, compaction, server tool …), kept as it came."""

    type: str
    fields: Mapping[str, JSON] = field(default_factory=lambda: NOTHING)


Part: TypeAlias = Text | Reasoning | ToolCall | ToolResult | Media | Other


@value
class Message:
    role: Role
    parts: tuple[Part, ...]
    name: str | None = None
    finish_reason: str | None = None


@value
class Tool:
    """A tool that was offered to the model."""

    name: str
    type: str = "function"
    description: str | None = None
    parameters: JSON = None


@value
class Usage:
    """Token counts.  `input` includes cached tokens and `output` includes reasoning, for every provider."""

    input: int | None = None
    output: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    cache_write_1h: int | None = None
    """The part of `cache_write` that is kept for an hour and billed higher (Anthropic)."""
    reasoning: int | None = None
    input_audio: int | None = None
    input_image: int | None = None
    output_audio: int | None = None
    output_image: int | None = None
    searches: int | None = None
    """Billed server-side web searches, a count."""
    billed_input: int | None = None
    """What is billed of `input`, where the provider says that this is less (Cohere), whatever the cache held."""
    billed_output: int | None = None
    estimated: frozenset[str] = frozenset()
    """Which of these counts nobody reported: we guessed them."""


@value
class Cost:
    """US dollars.  A part is None when its tokens or its price are unknown."""

    total: float | None = None
    input: float | None = None
    """Fresh input only: without cached tokens."""
    output: float | None = None
    cache_read: float | None = None
    cache_write: float | None = None
    provenance: Provenance = "unknown"
    source: str | None = None
    """Price list and its date."""
    formula: str | None = None


@value
class Request:
    model: str | None = None
    system: tuple[Part, ...] = ()
    """Instructions that the API takes apart from the messages."""
    messages: tuple[Message, ...] = ()
    tools: tuple[Tool, ...] = ()
    params: Mapping[str, JSON] = field(default_factory=lambda: NOTHING)
    """Everything else that was set, under OpenTelemetry's names where it has one (see `dialects/genai.py`)."""
    provider: str | None = None
    """Who is to answer, where the request says so itself (`anthropic/claude-…`)."""
    operation: str | None = None
    """What is asked for, where the method does not say: Bedrock's `invoke_model` embeds, ranks and paints as well."""


@value
class Failure:
    """What went wrong, in the words of whoever raised it."""

    type: str
    """Qualified class name, or the provider's code when there is no exception."""
    message: str = ""
    status: int | None = None
    """HTTP."""
    code: str | None = None
    request_id: str | None = None
    retry_after_s: float | None = None
    stacktrace: str | None = None


@value
class Response:
    id: str | None = None
    model: str | None = None
    messages: tuple[Message, ...] = ()
    """One per choice."""
    usage: Usage = Usage()
    cost: float | None = None
    """US dollars, where the provider itself says so (OpenRouter)."""
    status: str | None = None
    service_tier: str | None = None
    system_fingerprint: str | None = None
    embeddings: tuple[int, int | None] | None = None
    """(count, dimensions); never the vectors."""
    failure: Failure | None = None
    """A failure told in the body of an answer that raises nothing; it is moved to the record's own."""
    extra: Mapping[str, JSON] = field(default_factory=lambda: NOTHING)
    """Small facts with no field of their own: `moderation.flagged`, `batch.status` …"""
    provider: str | None = None
    """Who has answered, where the answer says so itself."""


@value
class Attempt:
    """One failed try of the client library's own retry loop."""

    at_ns: int
    status: int | None = None
    wait_s: float | None = None
    """How long the client slept before the next try."""
    retry_after_s: float | None = None
    request_id: str | None = None


@value
class Timing:
    """Seconds from the start of the call."""

    first_chunk_s: float | None = None
    first_content_s: float | None = None
    chunks: int | None = None
    tokens_per_s: float | None = None


@value
class Record:
    """One span's meaning: an LLM call, or a step of the program around it."""

    kind: Kind = "other"
    operation: str | None = None
    """OpenTelemetry's operation name: chat, embeddings, execute_tool, invoke_agent …"""
    provider: str | None = None
    request: Request = Request()
    response: Response = Response()
    cost: Cost = Cost()
    timing: Timing = Timing()
    attempts: tuple[Attempt, ...] = ()
    failure: Failure | None = None
    outcome: Outcome = "ok"
    server_address: str | None = None
    server_port: int | None = None
    request_id: str | None = None
    """What the provider calls the request, as its last answer's headers say; a failure has its own."""
    limits: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    """The same answer's headers about how much more may be asked, in lower case."""
    api: str | None = None
    """Which of the provider's APIs: chat_completions, responses, messages …"""
    name: str | None = None
    """Of the tool, agent or workflow."""
    call_id: str | None = None
    """Of the tool call this span executes."""
    input: JSON = None
    """What a step that is no LLM call was given."""
    output: JSON = None
    session_id: str | None = None
    user_id: str | None = None
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, JSON] = field(default_factory=lambda: NOTHING)
    notes: tuple[str, ...] = ()
    """What the reader should know: «content dropped: masking failed», «captured at transport» …"""
