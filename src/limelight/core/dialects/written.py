"""A span's attributes in the dialects that somebody wants them in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from limelight.core.dialects import Name, indexed, openinference
from limelight.core.model import Record

_Writer: TypeAlias = Callable[[Record, Mapping[str, Any]], Mapping[str, Any]]
WRITERS: dict[Name, _Writer] = {
    "genai": lambda record, attributes: attributes,
    "indexed": indexed.write,
    "openinference": openinference.write,
}


def spoken(dialects: Sequence[Name], record: Record, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """What the attributes of the default dialect say, in each of these, side by side."""
    out: dict[str, Any] = {}
    for name in dialects:
        out.update(WRITERS[name](record, attributes))
    return out
