"""A whole span in comparable form: every attribute, event and status, without ids, times and ports."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from opentelemetry import trace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from limelight.testing import Captured

TIMES = {
    "gen_ai.response.time_to_first_chunk",
    "limelight.time_to_first_content",
    "limelight.tokens_per_second",
    "limelight.attempt.wait",
}
IDS = {
    "gen_ai.response.id",
    "openai.response.system_fingerprint",
    "limelight.error.request_id",
    "limelight.attempt.request_id",
    "exception.stacktrace",
}
LEFT_OUT = {"server.port", "limelight.request_id"}
HEADERS = "http.response.header."
NAMED = re.compile(
    r"\b(call|toolu|tooluse|batch|msgbatch|resp|msg|file|conv)_[0-9A-Za-z]{10,}|(?<=127\.0\.0\.1:)\d+"
    r"|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
)
"""Ids that a provider made up, and ports, within other values."""


def summary(captured: Captured) -> dict[str, Any]:
    span = captured.span
    assert span.start_ns < span.end_ns
    assert span.context.trace_flags == trace.TraceFlags.SAMPLED
    said = {"name": span.name, "kind": "client" if span.is_client else "internal", **attributes(span.attributes)}
    if span.parent is not None:
        said["parent"] = trace.format_span_id(span.parent.span_id)
    if span.error is not None:
        said["error"] = span.error
    for event in span.events:
        said.setdefault("events", []).append({"event": event.name, **attributes(event.attributes)})
    return said


def attributes(given: Mapping[str, Any]) -> dict[str, Any]:
    shown = {
        key: told(key, value) for key, value in given.items() if key not in LEFT_OUT and not key.startswith(HEADERS)
    }
    return {**shown, **dict.fromkeys(guessed(given), "<guess>")}


def guessed(given: Mapping[str, Any]) -> list[str]:
    """The counts that nobody reported, and what was reckoned with them."""
    kinds = given.get("limelight.usage.estimated", ())
    found = [f"gen_ai.usage.{kind}_tokens" for kind in kinds]
    if found and "limelight.cost.total" in given:  # what has no model has no price
        found += [f"limelight.cost.{kind}" for kind in kinds]
    assert all(given[key] > 0 for key in found)
    costs = [key for key in ("limelight.cost.total", "limelight.cost.formula") if key in given]
    return [*found, *costs] if found else []


def told(key: str, value: Any) -> Any:
    if key in TIMES:
        assert value > 0
        return "<time>"
    if key == "limelight.chunks":
        assert value >= 1
        return "<chunks>"
    if key in IDS:
        assert value
        return "<id>"
    if isinstance(value, str) and value[:1] in ("[", "{"):
        return json.loads(NAMED.sub("<id>", value))
    return list(value) if isinstance(value, tuple) else value
