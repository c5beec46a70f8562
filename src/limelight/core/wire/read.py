"""Read decoded JSON, or an SDK's own objects, without trusting the shape.

A provider may leave a field out, send `null` for it, or change its type in next week's
API.  These return an empty value of the asked type instead of failing, so that one odd
field costs that field and not the whole call.

A model object of an SDK stands for the table of its fields, so a codec reads a live
`ChatCompletionChunk` and the JSON it came from in the same words, and only what it
asks for is ever looked at.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from limelight.core.wire import protobuf

JSON: TypeAlias = Any
Table: TypeAlias = Mapping[str, Any]
EMPTY: Table = {}
_LARGEST = 2**63
"""No larger count fits into a span."""
UNSET = frozenset({"NotGiven", "Omit", "_OmitType", "Unset", "UNSET_SENTINEL", "Unset_Sentinel"})
"""Type names by which SDKs say «argument not passed»."""


def as_table(value: Any) -> Table | None:
    """See `value` as a table: a mapping as it is, a model object as its fields, anything else as None."""
    kind = type(value)
    body: Table = value
    if kind is dict:
        return body
    match _shape(kind):  # type: ignore[arg-type]  # mypy doubts that a class is hashable
        case "model":
            body = getattr(value, "__dict__", EMPTY)
            extra = getattr(value, "__pydantic_extra__", None)
            return {**body, **extra} if extra else body
        case "mapping":
            return body
        case "dataclass":
            return {name: getattr(value, name, None) for name in kind.__dataclass_fields__}
        case "message":
            return protobuf.fields(value)
        case _:
            return None


@functools.lru_cache(1024)
def _shape(kind: type) -> str | None:
    """What objects of a class are: asked once for each, since a stream brings thousands."""
    if issubclass(kind, Mapping):
        return "mapping"
    if issubclass(kind, type) or kind.__name__ in UNSET:
        return None
    if any(hasattr(kind, name) for name in ("__pydantic_fields__", "model_fields", "__fields__")):
        return "model"
    if hasattr(kind, "__dataclass_fields__"):
        return "dataclass"
    return "message" if protobuf.is_message(kind) and not issubclass(kind, Sequence) else None


def table(body: Table, key: str) -> Table:
    value = body.get(key)
    if value is None:
        return EMPTY
    return as_table(value) or EMPTY


def tables(body: Table, key: str) -> Iterator[Table]:
    """The tables in a list; anything else in it is passed over."""
    for item in listed(body.get(key)):
        found = as_table(item)
        if found is not None:
            yield found


def among(items: Iterable[Any]) -> Iterator[Table]:
    """The tables among these items, such as the events of a stream."""
    for item in items:
        found = as_table(item)
        if found is not None:
            yield found


def listed(value: object) -> list[Any]:
    """The items of a list or tuple; a single value is no list."""
    if isinstance(value, list):
        return value
    return list(value) if isinstance(value, tuple) else []


def text(body: Table, key: str) -> str:
    value = body.get(key)
    if type(value) is str:
        return value
    return str.__str__(value) if isinstance(value, str) else ""  # an enum that is a text, too


def said(body: Table, key: str) -> str | None:
    """Like `text`, but None where nothing was said."""
    return text(body, key) or None


def number(body: Table, key: str) -> int | None:
    value = body.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if abs(value) < _LARGEST else None


def amount(body: Table, key: str) -> float | None:
    """A quantity that need not be whole, such as dollars or seconds."""
    value = body.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) < _LARGEST else None


def first(body: Table, *keys: str) -> JSON:
    """The first of these fields that is there at all."""
    return next((value for key in keys if (value := body.get(key)) is not None), None)


def told(value: object) -> bool:
    """Is there anything in it?  A stranger's own truth is not asked."""
    return bool(value) if isinstance(value, (str, list, tuple)) else value is not None


def is_given(value: object) -> bool:
    """Was this argument passed?  None and the SDKs' own «not given» objects were not."""
    return value is not None and type(value).__name__ not in UNSET


def given(body: Table, *keys: str, **renamed: str) -> dict[str, Any]:
    """Pick the parameters that were set: `keys` under their own name, `ours="theirs"` under ours."""
    wanted = [(key, key) for key in keys] + list(renamed.items())
    return {ours: body[theirs] for ours, theirs in wanted if is_given(body.get(theirs))}


def decoded(raw: JSON) -> JSON:
    """JSON text as its value, since a model may write it badly: otherwise as it came."""
    if not isinstance(raw, str):
        return raw
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return raw
