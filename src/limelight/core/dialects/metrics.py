"""What a span adds to which metric: OpenTelemetry's names of now and of before, and our own where it has none.

Nothing that people or models said is among the attributes, and no id: a model, a server, an error's class.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from limelight.core.dialects import keys
from limelight.core.model import Record, Usage

Labels: TypeAlias = tuple[tuple[str, str | int], ...]
"""The attributes of a measurement, always in the same order."""
Since: TypeAlias = Literal["now", "before", "ours"]

SECONDS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
AGENT_SECONDS = tuple(0.1 * 2**power for power in range(13))
WORKFLOW_SECONDS = (1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200)
TOKENS = tuple(4**power for power in range(14))


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    name: str
    unit: str
    description: str
    since: Since = "now"
    """Which convention has it: OpenTelemetry's of now, the one before, or ours."""
    buckets: tuple[float, ...] | None = None
    """Upper bounds of a histogram; None: a counter."""


class Measurement(NamedTuple):
    metric: Metric
    value: float
    labels: Labels


INFERENCE_SECONDS = Metric("gen_ai.client.inference.duration", "s", "Time of a call of a model", buckets=SECONDS)
OPERATION_SECONDS = Metric("gen_ai.client.operation.duration", "s", "Time of a call of any kind", "before", SECONDS)
FIRST_CHUNKS = (
    Metric(
        "gen_ai.client.inference.time_to_first_chunk", "s", "Time until the first chunk of a stream", buckets=SECONDS
    ),
    Metric(
        "gen_ai.client.operation.time_to_first_chunk",
        "s",
        "Time until the first chunk of a stream",
        "before",
        SECONDS,
    ),
)
EACH_CHUNK = (
    Metric("gen_ai.client.inference.time_per_output_chunk", "s", "Time from each chunk to the next", buckets=SECONDS),
    Metric("gen_ai.client.operation.time_per_output_chunk", "s", "Time from each chunk to the next", "before", SECONDS),
)
TOKEN_USAGE = Metric("gen_ai.client.token.usage", "{token}", "Tokens of a call, in and out", "before", TOKENS)
OPERATION_TOKENS = {
    "input": Metric(
        "gen_ai.client.inference.operation.input_tokens", "{token}", "Input tokens of a call", buckets=TOKENS
    ),
    "output": Metric(
        "gen_ai.client.inference.operation.output_tokens", "{token}", "Output tokens of a call", buckets=TOKENS
    ),
}
USED = {
    "input": Metric("gen_ai.client.inference.usage.input_tokens", "{token}", "Input tokens, cached ones included"),
    "output": Metric("gen_ai.client.inference.usage.output_tokens", "{token}", "Output tokens, reasoning included"),
    "cache_read": Metric(
        "gen_ai.client.inference.usage.cache_read.input_tokens", "{token}", "Input tokens read from a cache"
    ),
    "cache_write": Metric(
        "gen_ai.client.inference.usage.cache_write.input_tokens", "{token}", "Input tokens written to a cache"
    ),
    "reasoning": Metric(
        "gen_ai.client.inference.usage.reasoning.output_tokens", "{token}", "Output tokens spent on reasoning"
    ),
}
STEPS = {
    "execute_tool": (
        Metric("gen_ai.execute_tool.duration", "s", "Time of a tool's work", buckets=SECONDS),
        keys.TOOL_NAME,
    ),
    "invoke_agent": (
        Metric("gen_ai.invoke_agent.duration", "s", "Time of an agent's work", buckets=AGENT_SECONDS),
        keys.AGENT_NAME,
    ),
    "invoke_workflow": (
        Metric("gen_ai.invoke_workflow.duration", "s", "Time of a workflow", buckets=WORKFLOW_SECONDS),
        keys.WORKFLOW_NAME,
    ),
}
"""Operation -> how long it took, and under which key its name stands."""
ATTEMPTS = Metric("limelight.client.attempts", "{attempt}", "Requests sent, retries included", "ours")
COST = Metric("limelight.client.cost", "{USD}", "Cost of calls in US dollars, as far as it is known", "ours")
UNKNOWN = Metric("limelight.client.unknown", "{call}", "Calls of which a figure is not known", "ours")

METRICS = (
    INFERENCE_SECONDS, OPERATION_SECONDS, *FIRST_CHUNKS, *EACH_CHUNK, TOKEN_USAGE, *OPERATION_TOKENS.values(),
    *USED.values(), *(metric for metric, _ in STEPS.values()), ATTEMPTS, COST, UNKNOWN,
)  # fmt: skip

NO_ANSWER = "no_answer"
"""The error of an attempt to which nobody answered; of others, it is the HTTP status."""
OVERFLOW: Labels = ((keys.METRIC_OVERFLOW, True),)
"""Stands for all further combinations of attributes, once there are too many."""
_MODELS = frozenset({"llm", "embedding", "rerank"})
_CLIENT = _MODELS | {"guardrail", "retrieval", "other"}
"""Kinds that, with a provider, are calls of a client library."""
_COUNTED = {
    "chat": ("input", "output"),
    "generate_content": ("input", "output"),
    "text_completion": ("input", "output"),
    "embeddings": ("input",),
}
"""Operation -> the token counts that are missed when nobody says them."""


def measured(record: Record, seconds: float, gaps: Sequence[float] = ()) -> Iterator[Measurement]:
    """What a span adds to which metric; `gaps` are the seconds between the chunks of a stream."""
    step = STEPS.get(record.operation or "")
    if step is not None and record.kind not in _MODELS:
        metric, key = step
        named: Labels = ((key, record.name),) if record.name else ()
        yield Measurement(metric, seconds, (*named, *_failed(record)))
    if record.provider is None or record.operation is None or record.kind not in _CLIENT:
        return
    labels = _labels(record)
    if record.kind == "llm":
        yield Measurement(INFERENCE_SECONDS, seconds, (*labels, *_failed(record)))
    yield Measurement(OPERATION_SECONDS, seconds, (*labels, *_failed(record)))
    yield from _streamed(record, gaps, labels)
    yield from _attempts(record, labels)
    if record.kind in _MODELS:
        yield from _tokens(record, labels)
        yield from _spent(record, labels)


def _labels(record: Record) -> Labels:
    tier = record.response.service_tier if record.provider == "openai" else None
    said = (
        (keys.OPERATION, record.operation),
        (keys.PROVIDER, record.provider),
        (keys.REQUEST_MODEL, record.request.model),
        (keys.RESPONSE_MODEL, record.response.model),
        (keys.SERVER_ADDRESS, record.server_address),
        (keys.SERVER_PORT, record.server_port if record.server_address else None),
        (keys.OPENAI_RESPONSE_TIER, tier),
    )
    return tuple((key, value) for key, value in said if value is not None)


def _failed(record: Record) -> Labels:
    return ((keys.ERROR_TYPE, record.failure.type),) if record.failure is not None else ()


def _streamed(record: Record, gaps: Sequence[float], labels: Labels) -> Iterator[Measurement]:
    if record.timing.first_chunk_s is None:
        return
    for metric in FIRST_CHUNKS:
        yield Measurement(metric, record.timing.first_chunk_s, labels)
    for metric in EACH_CHUNK:
        for gap in gaps:
            yield Measurement(metric, gap, labels)


def _attempts(record: Record, labels: Labels) -> Iterator[Measurement]:
    """Each failed one under what it failed of, then the last."""
    for attempt in record.attempts:
        error = NO_ANSWER if attempt.status is None else str(attempt.status)
        yield Measurement(ATTEMPTS, 1, (*labels, (keys.ERROR_TYPE, error)))
    yield Measurement(ATTEMPTS, 1, (*labels, *_failed(record)))


def _tokens(record: Record, labels: Labels) -> Iterator[Measurement]:
    usage = record.response.usage
    for side, metric in OPERATION_TOKENS.items():
        count: int | None = getattr(usage, side)
        if count is not None:
            said = (*labels, _provenance(usage, side))
            yield Measurement(TOKEN_USAGE, count, (*said, (keys.TOKEN_TYPE, side)))
            if record.kind == "llm":
                yield Measurement(metric, count, said)
    if record.kind == "llm":
        for name, metric in USED.items():
            for modality, count in _by_modality(usage, name):
                yield Measurement(metric, count, (*labels, _provenance(usage, name), (keys.TOKEN_MODALITY, modality)))


def _provenance(usage: Usage, name: str) -> tuple[str, str]:
    return keys.USAGE_SOURCE, "estimated" if name in usage.estimated else "reported"


def _by_modality(usage: Usage, name: str) -> Iterator[tuple[str, int]]:
    """Without a word about sound or pictures nobody knows what the tokens stood for."""
    total: int | None = getattr(usage, name)
    if total is None:
        return
    parts = {kind: getattr(usage, f"{name}_{kind}", None) or 0 for kind in ("audio", "image")}
    rest = total - sum(parts.values())
    if rest < 0 or not any(parts.values()):
        yield "unknown", total
        return
    yield from ((kind, count) for kind, count in parts.items() if count)
    if rest:
        yield "text", rest


def _spent(record: Record, labels: Labels) -> Iterator[Measurement]:
    """A figure that is missing is no zero: the call is counted among those whose sum is too small."""
    if record.cost.total is not None:
        yield Measurement(COST, record.cost.total, (*labels, (keys.COST_PROVENANCE, record.cost.provenance)))
    if record.outcome == "error":  # nothing was answered, so nothing is missed
        return
    usage = record.response.usage
    missed = [f"{side}_tokens" for side in _COUNTED.get(record.operation or "", ()) if getattr(usage, side) is None]
    for figure in missed if record.cost.total is not None else [*missed, "cost"]:
        yield Measurement(UNKNOWN, 1, (*labels, (keys.UNKNOWN_FIGURE, figure)))
