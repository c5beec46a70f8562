"""A small trace of our own, to see that everything between the receiver and the page works."""

from __future__ import annotations

import json
import secrets
from typing import Any

from limelight.core.dialects import keys


def request(now_ns: int) -> dict[str, Any]:
    """An OTLP/JSON request: an agent, its call to a model, and a tool."""
    trace, root = secrets.token_hex(16), secrets.token_hex(8)
    start = now_ns - 1_400_000_000
    spans = [
        _span(
            trace,
            root,
            None,
            "invoke_agent test",
            start,
            1400,
            {keys.OPERATION: "invoke_agent", keys.AGENT_NAME: "test"},
        ),
        _span(trace, secrets.token_hex(8), root, "execute_tool clock", start + 40_000_000, 90, _TOOL),
        _span(trace, secrets.token_hex(8), root, "chat gpt-4o-mini", start + 150_000_000, 1200, _CHAT),
    ]
    resource = {"attributes": _pairs({"service.name": "limelight", "telemetry.sdk.name": "limelight"})}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": "limelight"}, "spans": spans}]}]}


_TOOL = {keys.OPERATION: "execute_tool", keys.TOOL_NAME: "clock", keys.TOOL_ARGUMENTS: "{}", keys.TOOL_RESULT: '"now"'}
_CHAT = {
    keys.OPERATION: "chat",
    keys.PROVIDER: "openai",
    keys.REQUEST_MODEL: "gpt-4o-mini",
    keys.RESPONSE_MODEL: "gpt-4o-mini",
    keys.INPUT_MESSAGES: json.dumps([{"role": "user", "parts": [{"type": "text", "content": "Is anybody there?"}]}]),
    keys.OUTPUT_MESSAGES: json.dumps(
        [
            {
                "role": "assistant",
                "parts": [{"type": "text", "content": "Yes: this is a test trace, made by the server itself."}],
                "finish_reason": "stop",
            }
        ]
    ),
    keys.FINISH_REASONS: "stop",
    keys.USAGE["input"]: 12,
    keys.USAGE["output"]: 14,
}


def _span(
    trace: str, span: str, parent: str | None, name: str, start_ns: int, ms: int, attributes: dict[str, Any]
) -> dict[str, Any]:
    about = {"traceId": trace, "spanId": span, "name": name, "kind": 1, "attributes": _pairs(attributes)}
    times = {"startTimeUnixNano": str(start_ns), "endTimeUnixNano": str(start_ns + ms * 1_000_000)}
    return {**about, **times, **({"parentSpanId": parent} if parent else {})}


def _pairs(attributes: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
        for key, value in attributes.items()
    ]
