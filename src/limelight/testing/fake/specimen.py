"""Values that satisfy a JSON schema: for tool arguments and structured output."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Json = Mapping[str, Any]

FORMATS = {
    "date": "2026-03-14",
    "date-time": "2026-03-14T15:09:26Z",
    "time": "15:09:26",
    "email": "ada@example.com",
    "uri": "https://example.com",
    "uuid": "3f2b8c1e-5a6d-4e7f-8a9b-0c1d2e3f4a5b",
}
MAX_DEPTH = 8

_NAMES = re.compile(r"(?<=\s)[A-ZÀ-Þ]\w+")
_NUMBERS = re.compile(r"\d+(?:\.\d+)?")


def specimen(schema: Json, prompt: str = "") -> Any:
    """The same value every time; names and numbers are taken from the prompt where it has any."""
    return _value(schema, schema, prompt, "value", 0)


def _value(schema: Json, root: Json, prompt: str, name: str, depth: int) -> Any:
    schema = _resolved(schema, root)
    for key in ("const", "default"):
        if schema.get(key) is not None:
            return schema[key]
    if choices := schema.get("enum") or schema.get("examples"):
        return choices[0]
    if depth > MAX_DEPTH:
        return None
    match _type(schema):
        case "object":
            return _object(schema, root, prompt, depth)
        case "array":
            length = max(1, int(schema.get("minItems", 1)))
            return [_value(schema.get("items") or {}, root, prompt, name, depth + 1) for _ in range(length)]
        case "integer" | "number" as kind:
            return _number(schema, prompt, kind)
        case "boolean":
            return True
        case "null":
            return None
    return _text(schema, prompt, name)


def _resolved(schema: Json, root: Json) -> Json:
    """Follow references and take the first of alternatives."""
    for _ in range(MAX_DEPTH):
        if "$ref" in schema:
            target: Any = root
            for step in str(schema["$ref"]).removeprefix("#/").split("/"):
                target = target.get(step, {})
            schema = target
        elif options := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
            schema = {**options[0], **{key: schema[key] for key in ("const", "default") if key in schema}}
        else:
            break
    return schema


def _type(schema: Json) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((item for item in kind if item != "null"), "null")
    return str(kind or ("object" if "properties" in schema else "string"))


def _object(schema: Json, root: Json, prompt: str, depth: int) -> dict[str, Any]:
    properties = schema.get("properties") or {}
    wanted = schema.get("required", list(properties))
    return {key: _value(properties.get(key) or {}, root, prompt, key, depth + 1) for key in properties if key in wanted}


def _number(schema: Json, prompt: str, kind: str) -> int | float:
    found = _NUMBERS.search(prompt)
    value = float(found[0]) if found else 7.0
    value = max(value, float(schema.get("minimum", value)), float(schema.get("exclusiveMinimum", value - 1)) + 1)
    value = min(value, float(schema.get("maximum", value)), float(schema.get("exclusiveMaximum", value + 1)) - 1)
    return int(value) if kind == "integer" else value


def _text(schema: Json, prompt: str, name: str) -> str:
    if given := FORMATS.get(str(schema.get("format"))):
        return given
    names = _NAMES.findall(prompt)
    value = names[-1] if names else f"sample {name.replace('_', ' ')}"
    return value[: int(schema.get("maxLength", len(value)))].ljust(int(schema.get("minLength", 0)), "·")
