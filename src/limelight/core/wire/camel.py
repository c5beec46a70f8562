"""Google's tables in one spelling: its REST APIs write `finishReason`, its SDKs `finish_reason`.

Only the keys of the table that is read are changed: what lies deeper may be the user's own.
"""

from __future__ import annotations

import enum
import functools
import re
from typing import TYPE_CHECKING, Any

from limelight.core.wire.read import EMPTY, Table, as_table, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")


def spelled(value: Any) -> Table | None:
    """See `value` as a table with snake_case keys: JSON, a model object, or a protobuf message."""
    body = as_table(value)
    return {_snake(key): item for key, item in body.items()} if type(body) is dict and _is_foreign(body) else body


def inner(body: Table, key: str) -> Table:
    value = body.get(key)
    return EMPTY if value is None else spelled(value) or EMPTY


def each(body: Table, key: str) -> Iterator[Table]:
    """The tables in a list, each in our spelling."""
    for item in several(body.get(key)):
        if (found := spelled(item)) is not None:
            yield found


def several(value: Any) -> list[Any]:
    """Google takes one thing wherever it takes a list of them."""
    if value is None or isinstance(value, (list, tuple)):
        return listed(value)
    return [value]


def word(body: Table, key: str) -> str | None:
    """A word of a closed set, in JSON or as an SDK's enum; `…_UNSPECIFIED` says nothing."""
    value = body.get(key)
    if isinstance(value, enum.Enum):
        value = value.value if isinstance(value.value, str) else value.name
    return value if isinstance(value, str) and value and not value.endswith("_UNSPECIFIED") else None


def _is_foreign(body: Table) -> bool:
    return any(type(key) is str and not key.islower() for key in body)


@functools.lru_cache(2048)
def _snake(key: Any) -> Any:
    return _HUMP.sub(r"_\1", key).lower() if isinstance(key, str) else key
