"""The API's description is what the server answers."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from limelight.core.dialects import keys
from limelight.server import openapi
from limelight.server.app import application
from limelight.server.serve import running
from tests.server.asking import Client
from tests.server.building import TRACE, chat, message, span
from tests.server.streaming import events, listening

ROOT = Path(__file__).parents[2]
DOCUMENT = openapi.document()
PARTS = [
    {"type": "text", "content": "a", "citations": [{"n": 1}]},
    {"type": "reasoning", "content": "b"},
    {"type": "tool_call", "id": "c", "name": "f", "arguments": {"x": [1]}},
    {"type": "tool_call_response", "id": "c", "response": {"y": None}},
    {"type": "uri", "modality": "image", "uri": "https://example.org/a.png", "mime_type": "image/png"},
    {"type": "blob", "modality": "audio", "content": "AAAA", "mime_type": "audio/wav", "size": 3},
    {"type": "file", "modality": "document", "file_id": "file-1"},
    {"type": "refusal", "content": "no"},
    {"type": "web_search", "query": "x", "sources": []},
]
TOOLS = [
    {"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}},
    {"type": "web_search"},
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One with spans of every kind, and some it refused."""
    with running(tmp_path_factory.mktemp("openapi")) as url:
        client = Client(url)
        rich = {
            keys.INPUT_MESSAGES: json.dumps([message("system", "s"), {"role": "user", "name": "n", "parts": PARTS}]),
            keys.OUTPUT_MESSAGES: json.dumps([{"role": "assistant", "parts": PARTS, "finish_reason": "stop"}]),
            keys.SYSTEM: json.dumps(PARTS[:1]), keys.TOOL_DEFINITIONS: json.dumps(TOOLS), keys.FINISH_REASONS: ["stop"],
            keys.RESPONSE_ID: "r", keys.RESPONSE_MODEL: "gpt-4o-mini-2024-07-18", keys.FIRST_CHUNK: 0.2, keys.CHUNKS: 9, keys.SPEED: 40.5,
            keys.USAGE["cache_read"]: 2, keys.USAGE["reasoning"]: 1, keys.SERVER_ADDRESS: "api.openai.com", keys.SERVICE_TIER: "default",
            keys.USER: "u", keys.SESSION: "s", keys.TAGS: ["t"], keys.METADATA: '{"k": [1]}', keys.NUMBERS["temperature"][0]: 0.5,
        }  # fmt: skip
        attempt = {
            "name": keys.ATTEMPT_EVENT,
            "timeUnixNano": "1790000000001000000",
            "attributes": [{"key": keys.ATTEMPT_STATUS, "value": {"intValue": 429}}],
        }
        thrown = {"name": "exception", "attributes": [{"key": "exception.message", "value": {"stringValue": "m"}}]}
        client.send(
            span(1, attributes={keys.OPERATION: "invoke_agent", keys.AGENT_NAME: "clerk"}),
            chat(2, parent=1, attributes=rich, events=[attempt], links=[{"traceId": "ab" * 16, "spanId": "cd" * 8}]),
            chat(3, parent=1, error="boom", events=[thrown], attributes={keys.ERROR_TYPE: "E", keys.HTTP_STATUS: 500, keys.REQUEST_ID: "q"}),
            span(4, parent=1, attributes={keys.KIND: "tool", keys.TOOL_NAME: "f", keys.TOOL_ARGUMENTS: "[1]", keys.TOOL_RESULT: "{}"}),
            span(5, parent=1, ms=None), chat(6, parent=9, model="made-up"),
            resource={"service.name": "shop", "deployment.environment": "dev", "telemetry.sdk.name": "otel"},
        )  # fmt: skip
        for number, kind in enumerate(
            ("embedding", "retrieval", "rerank", "workflow", "chain", "plan", "guardrail", "task", "http", "other")
        ):
            client.send(
                span(1, trace=f"{number + 1:032x}", attributes={keys.KIND: kind}, ms=None if number % 2 else 5),
                resource={},
            )
        client.export(b"{")
        yield client


def answers(server: Client) -> Iterator[tuple[str, str, Any]]:
    """Path in the description, method, and an answer to it."""
    for asked in ("", "?limit=2", "?q=kind:llm", "?q=nothing:x", "?q=user:nobody", "?cursor=x"):
        yield "/api/v1/traces", "get", server.ask("GET", f"/api/v1/traces{asked}")
    for path in (
        "histogram",
        "range",
        "facets",
        "complete",
        "complete?field=model",
        "health",
        "overview",
        "overview?q=x",
        "facets?q=status:error",
    ):
        yield "/api/v1/" + path.partition("?")[0], "get", server.ask("GET", "/api/v1/" + path)
    one, spans = "/api/v1/traces/{trace_id}", "/api/v1/traces/{trace_id}/spans/{span_id}"
    for row in server.get("/api/v1/traces").json["traces"]:
        yield one, "get", server.get(f"/api/v1/traces/{row['trace_id']}")
        yield spans, "get", server.get(f"/api/v1/traces/{row['trace_id']}/spans/{1:016x}")
    for number in range(1, 8):
        yield spans, "get", server.get(f"/api/v1/traces/{TRACE}/spans/{number:016x}")
    yield one, "get", server.get("/api/v1/traces/none")
    yield "/api/v1/test-trace", "post", (made := server.ask("POST", "/api/v1/test-trace"))
    for _ in range(2):
        yield one, "delete", server.ask("DELETE", f"/api/v1/traces/{made.json['trace_id']}")


def checked(schema: dict[str, Any], value: Any) -> None:
    jsonschema.Draft202012Validator(schema | {"components": DOCUMENT["components"]}).validate(value)


def test_every_answer_is_as_described(server: Client) -> None:
    asked = set()
    for path, method, reply in answers(server):
        asked.add((path, method, reply.status))
        responses = DOCUMENT["paths"][path][method]["responses"]
        response = responses["200"] if reply.status == 200 else responses["4XX"]
        assert reply.status < 500
        assert reply.headers["content-type"] == "application/json"
        checked(response["content"]["application/json"]["schema"], reply.json)
    described = {(path, method, 200) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert described - asked == {("/api/v1/live", "get", 200)}


def test_what_the_stream_tells_is_as_described(server: Client) -> None:
    with listening(server) as line:
        told = events(line)
        name, data = next(told)
        assert name == "stats"
        checked({"$ref": "#/components/schemas/Received"}, data)
        server.ask("POST", "/api/v1/test-trace")
        name, data = next(told)
        assert name == "trace"
        checked({"$ref": "#/components/schemas/LiveTrace"}, data)


def test_a_wrong_answer_would_be_noticed(server: Client) -> None:
    schema = {"$ref": "#/components/schemas/SpanDetail"}
    good = server.span(2)
    checked(schema, good)
    for spoiled in (
        good | {"extra": 1},
        good | {"model": 7},
        good | {"kind": "x"},
        {key: good[key] for key in list(good)[1:]},
    ):
        with pytest.raises(jsonschema.ValidationError):
            checked(schema, spoiled)


def test_the_committed_description_is_todays() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "limelight.server.openapi"], capture_output=True, text=True, check=True
    ).stdout
    assert (ROOT / "ui" / "openapi.json").read_text(encoding="utf-8") == made, (
        "run: python -m limelight.server.openapi > ui/openapi.json"
    )


def test_the_server_gives_its_description_away(server: Client) -> None:
    assert server.get("/api/v1/openapi.json").json == DOCUMENT


def test_every_route_of_the_api_is_described(tmp_path: Path) -> None:
    app = application(tmp_path)
    routes = {
        (route.path, method.lower())
        for route in app.routes
        for method in getattr(route, "methods", None) or ()
        if re.match(r"/api/", route.path) and method != "HEAD"
    }
    app.state.services.store.close()
    described = {(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert routes - described == {("/api/v1/openapi.json", "get")}
    assert described <= routes


def test_the_description_is_a_sound_schema() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    for name, schema in DOCUMENT["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert name[0].isupper()
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(DOCUMENT)))
    assert named <= set(DOCUMENT["components"]["schemas"])
