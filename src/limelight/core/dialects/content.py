"""JSON text from strangers, as values that every later step can write again."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any

from limelight.core.model import JSON

MAX_DEPTH = 200
"""Of lists and tables within each other; deeper text stays text."""
_DIGITS = 19
"""Fewer surely fit into 64 bits."""
_HALF = re.compile("[\ud800-\udfff]")


def decoded(raw: JSON) -> JSON:
    """JSON text as its value, and as it came when it is none.

    What JSON has no word for is text too: infinities, integers beyond 64 bits.  Half a surrogate pair, left where
    somebody cut a string, becomes the replacement character.
    """
    if not isinstance(raw, str):
        return raw
    try:
        value = _DECODER.decode(raw)
    except (ValueError, RecursionError):
        return raw
    if raw.count("[") + raw.count("{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        return raw
    if "\\ud" in raw or "\\uD" in raw:
        return _mapped(value, whole)
    return value


def whole(text: str) -> str:
    """The text without halves of characters."""
    return _HALF.sub("\N{REPLACEMENT CHARACTER}", text)


def _integer(digits: str) -> int | str:
    if len(digits) < _DIGITS:
        return int(digits)
    return int(digits) if len(digits) <= _DIGITS + 1 and -(2**63) <= int(digits) < 2**63 else digits


def _float(digits: str) -> float | str:
    found = float(digits)
    return found if math.isfinite(found) else digits


_DECODER = json.JSONDecoder(parse_int=_integer, parse_float=_float, parse_constant=str)


def _depth(value: JSON) -> int:
    depth, level = 0, [value]
    while level and depth <= MAX_DEPTH:
        level = [inner for item in level for inner in _inside(item)]
        depth += 1
    return depth


def _inside(value: JSON) -> list[Any]:
    if isinstance(value, dict):
        return [item for item in value.values() if isinstance(item, (dict, list))]
    return [item for item in value if isinstance(item, (dict, list))] if isinstance(value, list) else []


def _mapped(value: JSON, change: Callable[[str], str]) -> JSON:
    """The value with every string changed."""
    match value:
        case str():
            return change(value)
        case list():
            return [_mapped(item, change) for item in value]
        case dict():
            return {change(key): _mapped(item, change) for key, item in value.items()}
        case _:
            return value
