"""Turn whatever an SDK or a user hands us into JSON-like data: bounded, and never raising."""

from __future__ import annotations

import datetime
import decimal
import enum
import pathlib
import uuid
from collections.abc import Mapping, Sequence, Set
from typing import Any

from limelight.core.wire.read import as_table, is_given

MAX_DEPTH = 24
MAX_ITEMS = 50_000
"""Per value as a whole, so that a list of lists cannot multiply it."""

_SCALARS = (str, int, float, bool, type(None))


def plain(value: Any) -> Any:
    """Return `value` as dicts, lists and scalars; what cannot be shown is named in `<…>`."""
    return _Plainer().convert(value, 0)


class _Plainer:
    """Counts what one conversion has produced, and knows which containers it stands in."""

    __slots__ = ("_inside", "_left")

    def __init__(self) -> None:
        self._left = MAX_ITEMS
        self._inside: set[int] = set()

    def convert(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind in _SCALARS:
            return value
        self._left -= 1
        if self._left < 0 or depth > MAX_DEPTH:
            return "<…>"
        if id(value) in self._inside:
            return "<cycle>"
        self._inside.add(id(value))
        try:
            return self._container(value, depth)
        except (Exception,) as error:  # a user's own property or __str__ may raise anything
            return f"<{kind.__name__}: {type(error).__name__}>"
        finally:
            self._inside.discard(id(value))

    def _container(self, value: Any, depth: int) -> Any:
        if isinstance(value, type):
            return _schema(value)
        if (found := as_table(value)) is not None:
            return {str(k): self.convert(v, depth + 1) for k, v in self._some(found.items()) if is_given(v) or v is None}
        if isinstance(value, (Set, Sequence)) and not isinstance(value, (str, bytes, bytearray, memoryview, range)):
            return [self.convert(item, depth + 1) for item in self._some(value)]
        return scalar(value)

    def _some(self, items: Any) -> list[Any]:
        """At most as many items as are left to give."""
        room = max(self._left, 0)
        return list(items) if len(items) <= room else [item for item, _ in zip(items, range(room), strict=False)]


def scalar(value: Any) -> Any:
    """A value that is no container, as something JSON has."""
    match value:
        case enum.Enum():
            return value.value if isinstance(value.value, _SCALARS) else value.name
        case str() | bool() | int() | float():
            return value
        case bytes() | bytearray() | memoryview():
            return f"<{len(value)} bytes>"
        case datetime.datetime() | datetime.date() | datetime.time():
            return value.isoformat()
        case decimal.Decimal() | uuid.UUID() | pathlib.PurePath() | datetime.timedelta():
            return str(value)
        case _ if not is_given(value):
            return None
        case _ if hasattr(value, "__next__") or hasattr(value, "__anext__"):
            return f"<{type(value).__name__}>"
        case _:
            return str(value)[:10_000]


def _schema(kind: type) -> Any:
    """A pydantic class passed as `response_format` is shown as the schema it stands for."""
    schema = getattr(kind, "model_json_schema", None)
    return schema() if callable(schema) and isinstance(getattr(kind, "__pydantic_fields__", None), Mapping) else f"<class {kind.__name__}>"
