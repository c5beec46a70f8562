"""The API's description, made from what the endpoints answer: `python -m limelight.server.openapi > ui/openapi.json`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

import msgspec

from limelight.server.api import answers, measures
from limelight.version import VERSION

_STRING, _NUMBER = {"type": "string"}, {"type": "number"}
_ASKED = {"q": _STRING, "from_ms": _NUMBER, "to_ms": _NUMBER}
_REFERENCE = "#/components/schemas/{name}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    method: str
    path: str
    summary: str
    answer: type[msgspec.Struct]
    query: Sequence[tuple[str, Any]] = ()
    media: str = "application/json"


def _asking(**more: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((_ASKED | more).items())


_ONE = "/api/v1/traces/{trace_id}"
ENDPOINTS = (
    Endpoint("get", "/api/v1/traces", "Traces that fit a filter, newest first", answers.TraceList, _asking(limit=_NUMBER, cursor=_STRING)),
    Endpoint("get", "/api/v1/histogram", "How many traces began when", answers.Histogram, _asking(buckets=_NUMBER)),
    Endpoint("get", "/api/v1/range", "When the first and the last trace began", answers.Range),
    Endpoint("get", "/api/v1/facets", "The values of the fields, counted", answers.Facets, _asking()),
    Endpoint("get", "/api/v1/overview", "Calls, tokens, cost and times, over time and by model", measures.Overview, (("from_ms", _NUMBER), ("to_ms", _NUMBER), ("buckets", _NUMBER))),
    Endpoint("get", "/api/v1/complete", "Names of fields, or values of one", answers.Completions, (("field", _STRING), ("prefix", _STRING))),
    Endpoint("get", _ONE, "A trace and all its spans", answers.TraceDetail),
    Endpoint("delete", _ONE, "Delete a trace and the content only it has", answers.TraceId),
    Endpoint("get", _ONE + "/spans/{span_id}", "Everything about a span", answers.SpanDetail),
    Endpoint("get", "/api/v1/health", "What the server has received and keeps", answers.Health),
    Endpoint("get", "/api/v1/live", "Changes as server-sent events: `trace`, and `stats` with `Received`", answers.LiveTrace, media="text/event-stream"),
    Endpoint("post", "/api/v1/test-trace", "Write a small trace, to see that all works", answers.TraceId),
)  # fmt: skip


def document() -> dict[str, Any]:
    """OpenAPI 3.1."""
    known = (answers.ErrorBody, answers.Received, *(one.answer for one in ENDPOINTS))
    _, schemas = msgspec.json.schema_components(known, ref_template=_REFERENCE)
    paths: dict[str, Any] = {}
    for one in ENDPOINTS:
        paths.setdefault(one.path, {})[one.method] = _operation(one)
    about = {"title": "Limelight", "version": VERSION}
    shapes = {name: _said(schema) for name, schema in sorted(schemas.items())}
    return {"openapi": "3.1.0", "info": about, "paths": paths, "components": {"schemas": shapes | _named()}}


def text() -> str:
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def _named() -> dict[str, Any]:
    return {name: {"type": "string", "enum": list(get_args(values))} for name, values in answers.NAMED.items()}


def _said(schema: Any) -> Any:
    """The schema with closed sets by their name, and open tables called open."""
    if isinstance(schema, list):
        return [_said(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    for name, values in answers.NAMED.items():
        if set(schema.get("enum", ())) == set(get_args(values)):
            return {"$ref": _REFERENCE.format(name=name)}
    is_open = schema.get("type") == "object" and "additionalProperties" not in schema
    return {key: _said(value) for key, value in schema.items()} | ({"additionalProperties": True} if is_open else {})


def _operation(one: Endpoint) -> dict[str, Any]:
    return {
        "summary": one.summary,
        "parameters": [*_in_path(one.path), *_in_query(one.query)],
        "responses": {
            "200": _response("OK", one.answer, one.media),
            "4XX": _response("It was not asked in a way that can be answered", answers.ErrorBody),
            "503": _response("The database does not answer now", answers.ErrorBody),
        },
    }


def _in_path(path: str) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return [{"name": name, "in": "path", "required": True, "schema": _STRING} for name in names]


def _in_query(query: Sequence[tuple[str, Any]]) -> list[dict[str, Any]]:
    return [{"name": name, "in": "query", "required": False, "schema": schema} for name, schema in query]


def _response(description: str, answer: type[msgspec.Struct], media: str = "application/json") -> dict[str, Any]:
    schema = {"$ref": _REFERENCE.format(name=answer.__name__)}
    return {"description": description, "content": {media: {"schema": schema}}}


if __name__ == "__main__":
    sys.stdout.write(text())
