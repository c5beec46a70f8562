"""Protobuf messages as tables, by what they tell of themselves: Google's older SDKs hand them out.

Nothing of protobuf is imported.  A field that is not set is not there, an enum is its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from limelight.core.wire.read import JSON

MAX_DEPTH = 48


def is_message(kind: type) -> bool:
    """Are these messages, bare or dressed up by proto-plus?"""
    return (hasattr(kind, "DESCRIPTOR") and hasattr(kind, "ListFields")) or (
        hasattr(kind, "_meta") and hasattr(kind, "pb")
    )


def fields(value: Any) -> dict[str, JSON]:
    """The message as decoded JSON, its fields under the names of its description."""
    return _fields(getattr(value, "_pb", value), 0)


def _fields(message: Any, depth: int) -> dict[str, JSON]:
    if depth > MAX_DEPTH:
        return {}
    # Google's generator writes `type_` where a name is taken in Python.
    return {field.name.rstrip("_"): _value(field, found, depth + 1) for field, found in message.ListFields()}


def _value(field: Any, value: Any, depth: int) -> JSON:
    if isinstance(value, (str, bytes, float)):
        return value
    if isinstance(value, int):
        return value if field.enum_type is None else _name(field.enum_type.values_by_number, value)
    if is_message(type(value)):
        return _opened(value, depth)
    if field.message_type is not None and field.message_type.GetOptions().map_entry:
        return {str(key): _item(field, item, depth) for key, item in value.items()}
    return [_value(field, item, depth) for item in value]


def _item(entry: Any, value: Any, depth: int) -> JSON:
    return _value(entry.message_type.fields_by_name["value"], value, depth)


def _name(names: Any, number: int) -> JSON:
    return names[number].name if number in names else number


def _opened(message: Any, depth: int) -> JSON:
    """A message; the three that stand for any JSON as what they stand for."""
    if depth > MAX_DEPTH:
        return None
    match type(message).DESCRIPTOR.full_name:
        case "google.protobuf.Struct":
            return {key: _opened(item, depth + 1) for key, item in message.fields.items()}
        case "google.protobuf.ListValue":
            return [_opened(item, depth + 1) for item in message.values]
        case "google.protobuf.Value":
            return _scalar(message, depth)
        case _:
            return _fields(message, depth)


def _scalar(value: Any, depth: int) -> JSON:
    kind = value.WhichOneof("kind")
    if kind in (None, "null_value"):
        return None
    found = getattr(value, kind)
    if kind in ("struct_value", "list_value"):
        return _opened(found, depth + 1)
    return int(found) if kind == "number_value" and float(found).is_integer() else found
