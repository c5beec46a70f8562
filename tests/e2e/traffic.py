"""Spans as any OpenTelemetry SDK sends them: OTLP over HTTP, in its JSON encoding."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any
from urllib.request import Request, urlopen

MS = 1_000_000


def span(
    number: int, name: str, *, parent: int | None = None, at_ms: float = 0, took_ms: float = 1, **more: Any
) -> Any:
    """One span; times count from the trace's start, `attributes` and `failed` go through `more`."""
    started = began_ns() + int(at_ms * MS)
    return {
        "traceId": "",
        "spanId": f"{number + 1:016x}",
        **({} if parent is None else {"parentSpanId": f"{parent + 1:016x}"}),
        "name": name,
        "kind": 3,
        "startTimeUnixNano": str(started),
        "endTimeUnixNano": str(started + int(took_ms * MS)),
        "attributes": [attribute(key, value) for key, value in more.get("attributes", {}).items()],
        "status": {"code": 2, "message": str(more["failed"])} if "failed" in more else {"code": 1},
    }


def chat(number: int, asked: str, answered: str, **more: Any) -> Any:
    """A call to a model, after the current OpenTelemetry convention."""
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.usage.input_tokens": len(asked.split()),
        "gen_ai.usage.output_tokens": len(answered.split()),
        "gen_ai.input.messages": json.dumps([_message("user", asked)]),
        "gen_ai.output.messages": json.dumps([{**_message("assistant", answered), "finish_reason": "stop"}]),
    }
    return span(number, "chat gpt-4o-mini", attributes=attributes, **more)


def tool(number: int, name: str, **more: Any) -> Any:
    attributes = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name}
    return span(number, f"execute_tool {name}", attributes=attributes, **more)


def agent(number: int, name: str, **more: Any) -> Any:
    attributes = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": name}
    return span(number, f"invoke_agent {name}", attributes=attributes, **more)


def post(url: str, trace: int, spans: Sequence[Any]) -> str:
    """Send the spans as one trace; the text is its id."""
    trace_id = f"{trace:032x}"
    scope = {"scope": {"name": "tests"}, "spans": [{**each, "traceId": trace_id} for each in spans]}
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "tests"}}]}
    body = json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}).encode()
    request = Request(f"{url}/v1/traces", body, {"content-type": "application/json"})
    with urlopen(request, timeout=60) as answer:
        assert answer.status == 200
    return trace_id


_BEGAN = time.time_ns() - 600_000 * MS


def began_ns() -> int:
    """Ten minutes before the tests."""
    return _BEGAN


def _message(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def attribute(key: str, value: Any) -> dict[str, Any]:
    return {"key": key, "value": _value(value)}


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        return {"arrayValue": {"values": [_value(each) for each in value]}}
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}
