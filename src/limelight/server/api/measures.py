"""The shape of the overview."""

from __future__ import annotations

from limelight.server.api.answers import Answer


class Tokens(Answer):
    """Sums of what was said; null where no call said any."""

    input: int | None
    output: int | None
    cache_read: int | None
    cache_write: int | None
    reasoning: int | None


class Quantiles(Answer):
    """Milliseconds, at most a tenth off; null where there was nothing to measure."""

    p50: float | None
    p95: float | None
    p99: float | None


class Measured(Answer):
    """Calls to models, embeddings and rerankers; each counted once, however often it was reported."""

    calls: int
    errors: int
    tokens: Tokens
    cost: float | None
    """US dollars of the calls that have a price."""
    unpriced: int
    """Calls that have none."""
    latency_ms: Quantiles
    ttft_ms: Quantiles
    tokens_per_s: float | None
    """Tokens of output for each second of a call."""


class MeasuredBucket(Measured):
    t_ms: float


class CalledModel(Measured):
    provider: str | None
    model: str | None
    operation: str | None


class Overview(Answer):
    from_ms: float
    to_ms: float
    bucket_ms: float
    total: Measured
    buckets: list[MeasuredBucket]
    models: list[CalledModel]
    """The most called first."""
