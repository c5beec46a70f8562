"""Stored summaries as rows of the API."""

from __future__ import annotations

from typing import Any

from limelight.server.api.answers import CostLine, SpanLine, UsageLine
from limelight.server.summary import Counts, Price, Summary


def line(one: Summary, counted: bool) -> SpanLine:
    """A span as the tree shows it."""
    return SpanLine(
        span_id=one.span_id,
        name=one.name,
        kind=one.kind,
        status=one.status,
        started_ms=one.started_ms,
        duration_ms=one.duration_ms,
        parent_id=one.parent_id,
        operation=one.operation,
        provider=one.provider,
        model=one.model,
        status_message=one.status_message,
        error_type=one.error_type,
        ttft_ms=one.ttft_ms,
        attempts=_attempts(one),
        usage=None if one.usage is None else _usage_line(one.usage),
        cost=None if one.cost is None else _cost_line(one.cost),
        tool_name=one.tool_name,
        agent_name=one.agent_name,
        service=one.service,
        preview_in=one.preview_in,
        preview_out=one.preview_out,
        counted=counted,
    )


def _usage_line(usage: Counts) -> UsageLine:
    return UsageLine(
        provenance=usage.provenance,
        input=usage.input,
        output=usage.output,
        cache_read=usage.cache_read,
        cache_write=usage.cache_write,
        reasoning=usage.reasoning,
        estimated=list(usage.estimated),
    )


def _cost_line(cost: Price) -> CostLine:
    return CostLine(
        provenance=cost.provenance,
        total=cost.total,
        input=cost.input,
        output=cost.output,
        cache_read=cost.cache_read,
        cache_write=cost.cache_write,
    )


def row(one: Summary, counted: bool, source: str | None, formula: str | None) -> dict[str, Any]:
    """A span with every field said."""
    usage = one.usage or Counts(None, None, None, None, None, "unknown")
    price = one.cost or Price(None, None, None, None, None, "unknown")
    return {
        "span_id": one.span_id,
        "parent_id": one.parent_id,
        "name": one.name,
        "kind": one.kind,
        "operation": one.operation,
        "provider": one.provider,
        "model": one.model,
        "status": one.status,
        "status_message": one.status_message,
        "error_type": one.error_type,
        "started_ms": one.started_ms,
        "duration_ms": one.duration_ms,
        "ttft_ms": one.ttft_ms,
        "attempts": _attempts(one),
        "usage": {name: getattr(usage, name) for name in usage.__struct_fields__},
        "cost": {
            **{name: getattr(price, name) for name in price.__struct_fields__},
            "reasoning": None, "currency": "USD", "source": source, "formula": formula,
        },
        "tool_name": one.tool_name,
        "agent_name": one.agent_name,
        "service": one.service,
        "preview_in": one.preview_in,
        "preview_out": one.preview_out,
        "counted": counted,
        "placeholder": False,
    }  # fmt: skip


def _attempts(one: Summary) -> list[Any]:
    return [{"at_ms": tried.at_ms, "status": tried.status, "wait_ms": tried.wait_ms} for tried in one.attempts]
