"""What any span says, whoever wrote it and however it travelled: the input of every dialect's `read`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from limelight.core.model import NOTHING

Table: TypeAlias = Mapping[str, Any]
SpanStatus: TypeAlias = Literal["unset", "ok", "error"]


@dataclass(frozen=True, slots=True)
class SpanEvent:
    name: str
    at_ns: int | None = None
    attributes: Table = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class Span:
    """Attribute values are JSON-like: strings, numbers, booleans, lists, tables."""

    name: str = ""
    attributes: Table = field(default_factory=lambda: NOTHING)
    events: tuple[SpanEvent, ...] = ()
    status: SpanStatus = "unset"
    status_message: str = ""
    scope: str = ""
    resource: Table = field(default_factory=lambda: NOTHING)
