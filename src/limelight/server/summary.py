"""What the tree and the trace's row need of one span, as it is stored: fields by position, without their names."""

from __future__ import annotations

import msgspec

from limelight.core.model import Kind, Provenance
from limelight.server.api.answers import Status

BILLED = frozenset({"llm", "embedding", "rerank"})
FACETS = ("model", "provider", "service", "tool", "error", "user", "tag", "env", "operation")
"""The fields whose values are counted."""


class Counts(msgspec.Struct, array_like=True):
    """Tokens."""

    input: int | None
    output: int | None
    cache_read: int | None
    cache_write: int | None
    reasoning: int | None
    provenance: Provenance
    estimated: tuple[str, ...] = ()
    """Which of them nobody reported."""


class Price(msgspec.Struct, array_like=True):
    """US dollars."""

    total: float | None
    input: float | None
    output: float | None
    cache_read: float | None
    cache_write: float | None
    provenance: Provenance


class Try(msgspec.Struct, array_like=True):
    at_ms: float
    status: int | None
    wait_ms: float | None


class Opening(msgspec.Struct, array_like=True):
    """The first fields of a `Summary`, read without the rest."""

    span_id: str
    started_ns: int
    kind: Kind


class Summary(Opening, array_like=True):
    parent_id: str | None
    ended_ns: int
    """0 while it runs."""
    name: str
    status: Status
    operation: str | None
    provider: str | None
    model: str | None
    service: str | None
    usage: Counts | None
    cost: Price | None
    ttft_ms: float | None
    preview_in: str | None
    preview_out: str | None
    status_message: str | None
    error_type: str | None
    tool_name: str | None
    agent_name: str | None
    response_id: str | None
    user_id: str | None
    session_id: str | None
    environment: str | None
    tags: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    """Names of the tools that the answer wants called."""
    attempts: tuple[Try, ...] = ()
    is_entry: bool = False
    """Its parent may never come: it is another process's, or another tracer's."""

    @property
    def started_ms(self) -> float:
        return self.started_ns / 1_000_000

    @property
    def duration_ms(self) -> float | None:
        return max(0, self.ended_ns - self.started_ns) / 1_000_000 if self.ended_ns else None

    @property
    def says_usage(self) -> bool:
        return self.usage is not None or (self.cost is not None and self.cost.total is not None)

    def facets(self) -> list[tuple[str, str]]:
        """Field and value, of the fields whose values are counted."""
        one = (
            ("model", self.model), ("provider", self.provider), ("service", self.service), ("tool", self.tool_name),
            ("error", self.error_type), ("user", self.user_id), ("env", self.environment), ("operation", self.operation),
        )  # fmt: skip
        found = [(field, value) for field, value in one if value]
        found += [("tool", name) for name in self.asks if name]
        found += [("tag", tag) for tag in self.tags if tag]
        return found


decode = msgspec.json.Decoder(list[Summary]).decode
openings = msgspec.json.Decoder(list[Opening]).decode
