"""Turn whatever an SDK or a user hands us into JSON-like data: bounded, and never raising."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import math
import pathlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from types import TracebackType
from typing import Any

from limelight.core.wire.read import as_table, is_given

MAX_DEPTH = 24
MAX_ITEMS = 50_000
"""Per value as a whole, so that a list of lists cannot multiply it."""
MAX_CHARS = 10_000
"""Of an object that has nothing but its `str()`."""
MAX_BITS = 1_024
"""Python refuses to write longer integers as decimals."""

CUT = "<…>"


def plain(value: Any) -> Any:
    """Return `value` as dicts, lists and scalars; what cannot be shown is named in `<…>`."""
    return _Plainer().convert(value, 0)


def scalar(value: Any) -> Any:
    """A value that is no container, as something JSON has."""
    match value:
        case enum.Enum():
            return scalar(value.value) if isinstance(value.value, (str, int, float)) else value.name
        case None | bool():
            return value
        case str():
            return str.__str__(value)  # a subclass may have a `__str__` of its own
        case int():
            return int(value) if value.bit_length() <= MAX_BITS else f"<int of {value.bit_length()} bits>"
        case float():
            return float(value) if math.isfinite(value) else str(float(value))
        case bytes() | bytearray() | memoryview():
            return f"<{len(value)} bytes>"
        case dt.date() | dt.time():
            return value.isoformat()
        case decimal.Decimal() | uuid.UUID() | pathlib.PurePath() | dt.timedelta():
            return str(value)
        case _:
            return _described(value)


def _described(value: Any) -> Any:
    """What a stranger says about itself; one that would be used up by looking is only named."""
    if not is_given(value):
        return None
    if hasattr(value, "__next__") or hasattr(value, "__anext__"):
        return f"<{type(value).__name__}>"
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and hasattr(value, "dtype"):
        return f"<{type(value).__name__} {shape} {value.dtype}>" if shape else scalar(value.item())
    return str(value)[:MAX_CHARS]


class _Foreign:
    """Runs code that is not ours (properties, `__iter__`, `__str__`), which may raise anything.

    These are no mistakes of ours, so they are not counted as such: the value says that it could not be read.
    """

    __slots__ = ("error",)

    def __init__(self) -> None:
        self.error: Exception | None = None

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, Exception):
            self.error = error
            return True
        return False


class _Opened:
    """A container's items, and who it was."""

    __slots__ = ("identity", "items")

    def __init__(self, identity: int, items: dict[str, Any] | list[Any]) -> None:
        self.identity = identity
        self.items = items


class _Plainer:
    """Counts what one conversion has produced, and knows which containers it stands in."""

    __slots__ = ("_inside", "_left")

    def __init__(self) -> None:
        self._left = MAX_ITEMS
        self._inside: set[int] = set()

    def convert(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind is str or kind is bool or value is None:
            return value
        if kind is int or kind is float:
            return scalar(value)
        if self._left <= 0 or depth > MAX_DEPTH:
            return CUT
        if id(value) in self._inside:
            return "<cycle>"
        foreign = _Foreign()
        with foreign:
            value = self._opened(value)
        if foreign.error is not None:
            return f"<{kind.__name__}: {type(foreign.error).__name__}>"
        return self._converted(value, depth)

    def _converted(self, opened: Any, depth: int) -> Any:
        """The items of what was opened, each converted; `opened` is a table, a list or a scalar of ours."""
        if not isinstance(opened, _Opened):
            return opened
        self._inside.add(opened.identity)
        if isinstance(opened.items, dict):
            result: Any = {key: self.convert(item, depth + 1) for key, item in opened.items.items()}
        else:
            result = [self.convert(item, depth + 1) for item in opened.items]
        self._inside.discard(opened.identity)
        return result

    def _opened(self, value: Any) -> Any:
        """The only place where the value's own code runs: its items, or itself as a scalar."""
        if isinstance(value, type):
            return self._schema(value)
        if (table := as_table(value)) is not None:
            pairs = self._some(table.items())
            cut = {CUT: CUT} if pairs and pairs[-1] is CUT else {}
            given = {str(k): v for k, v in pairs[: len(pairs) - len(cut)] if v is None or is_given(v)}
            return _Opened(id(value), given | cut)
        if isinstance(value, (AbstractSet, Sequence)) and not isinstance(
            value, (str, bytes, bytearray, memoryview, range)
        ):
            return _Opened(id(value), self._some(value))
        return scalar(value)

    def _some(self, items: Iterable[Any]) -> list[Any]:
        """At most as many items as are left to give; the last says that there were more."""
        some = list(islice(items, self._left + 1))
        if len(some) > self._left:
            some[self._left :] = [CUT]
        self._left -= len(some)
        return some

    def _schema(self, kind: type) -> Any:
        """A pydantic class passed as `response_format` is shown as the schema it stands for."""
        schema = getattr(kind, "model_json_schema", None)
        since_2_10, before = "__pydantic_fields__", "model_fields"
        fields = (getattr(kind, name, None) for name in (since_2_10, before))
        if callable(schema) and any(isinstance(found, Mapping) for found in fields):
            return schema()
        return f"<class {kind.__name__}>"
