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
LEFT_OUT = {"server.port"}
NAMED = re.compile(r"\b(call|toolu|batch|msgbatch|resp|msg|file)_[0-9A-Za-z]{10,}|(?<=127\.0\.0\.1:)\d+")
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
    return {key: told(key, value) for key, value in given.items() if key not in LEFT_OUT}


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
