"""Server-sent events, out of the bytes that went by."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from limelight.core.wire.read import Table

_BLANK = re.compile(rb"\r\n\r\n|\n\n|\r\r")


@dataclass(frozen=True, slots=True)
class Event:
    end: int
    """Offset of the first byte after it: when that byte came, the event was there."""
    data: Table


def events(body: bytes) -> Iterator[Event]:
    """The events whose data is a JSON object; `[DONE]`, pings without data and a torn last one are passed over."""
    start = 0
    for gap in _BLANK.finditer(body):
        if data := _data(body[start : gap.start()]):
            yield Event(gap.end(), data)
        start = gap.end()
    if data := _data(body[start:]):
        yield Event(len(body), data)


def _data(block: bytes) -> Table | None:
    lines = [line[5:].strip() for line in block.splitlines() if line.startswith(b"data:")]
    if not lines:
        return None
    try:
        value = json.loads(b"\n".join(lines))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
