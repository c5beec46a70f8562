"""The events of a stream, out of the bytes that went by: server-sent ones, or a line of JSON each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from limelight.core.wire.read import JSON, Table

MAX_AT_ONCE = 65_536
"""Bytes that are decoded in one go: much cheaper than event by event, and yet no long stop for other threads."""
_BLANK = re.compile(rb"\r\n\r\n|\n\n|\r\r")


class Event(NamedTuple):
    end: int
    """Offset of the first byte after it (or beyond the body, for the last one): when that byte came, it was there."""
    data: Table


def events(body: bytes) -> list[Event]:
    """The events whose data is a JSON object; `[DONE]`, pings without data and a torn last one are passed over."""
    found: list[Event] = []
    for ends, blocks in _groups(body):
        values = _decoded(blocks)
        found += [Event(end, value) for end, value in zip(ends, values, strict=True) if type(value) is dict]
    return found


def _groups(body: bytes) -> Iterator[tuple[list[int], list[bytes]]]:
    """Where events end that may hold an object, and what they hold; by size."""
    ends: list[int] = []
    blocks: list[bytes] = []
    size = 0
    for end, block in _blocks(body):
        if block[:1] == b"{":
            ends.append(end)
            blocks.append(block)
            if (size := size + len(block)) > MAX_AT_ONCE:
                yield ends, blocks
                ends, blocks, size = [], [], 0
    yield ends, blocks


def _blocks(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Each event's end and its data."""
    if body[:1] == b"{":
        yield from _lines(body)
        return
    if b"\r" in body:
        start = 0
        for gap in _BLANK.finditer(body):
            yield gap.end(), _data(body[start : gap.start()])
            start = gap.end()
        yield len(body), _data(body[start:])
        return
    end = 0
    for block in body.split(b"\n\n"):
        end += len(block) + 2
        yield end, block[6:] if block[:7] == b"data: {" and b"\n" not in block else _data(block)


def _lines(body: bytes) -> Iterator[tuple[int, bytes]]:
    end = 0
    for line in body.splitlines(keepends=True):
        end += len(line)
        yield end, line.strip()


def _data(block: bytes) -> bytes:
    return b"\n".join([line[5:].strip() for line in block.splitlines() if line.startswith(b"data:")])


def _decoded(blocks: Sequence[bytes]) -> Sequence[JSON]:
    """What each of them holds; one by one, as soon as one of them is no JSON."""
    try:
        values = json.loads(b"[%b]" % b",".join(blocks))
    except (ValueError, RecursionError):
        values = []
    return values if len(values) == len(blocks) else [_value(block) for block in blocks]


def _value(data: bytes) -> JSON:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None
