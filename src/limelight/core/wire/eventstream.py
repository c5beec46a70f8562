"""AWS's event streams, out of the bytes that went by."""

from __future__ import annotations

import base64
import binascii
import json
import struct
from collections.abc import Iterator
from typing import Any

from limelight.core.wire.read import Table
from limelight.core.wire.sse import Event

_PRELUDE = struct.Struct(">III")
_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Bytes of a header's value by its type; of the types 6 and 7, which are not here, the first two say how many."""
_CRC = 4


def events(body: bytes) -> Iterator[Event]:
    """Each event as a table of one field: its type, and what it says.  A torn last one is passed over."""
    start = 0
    while start + _PRELUDE.size <= len(body):
        size, headers, _ = _PRELUDE.unpack_from(body, start)
        end, said = start + size, start + _PRELUDE.size + headers
        if end > len(body) or said + _CRC > end:
            return
        if data := _data(body[start + _PRELUDE.size : said], body[said : end - _CRC]):
            yield Event(end, data)
        start = end


def _data(headers: bytes, payload: bytes) -> Table | None:
    told = dict(_headers(headers))
    kind = told.get(":event-type") or told.get(":exception-type")
    if kind is None:
        return None
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return {kind: _unpacked(found)}


def _headers(data: bytes) -> Iterator[tuple[str, str]]:
    """Those that are texts."""
    at = 0
    while at < len(data):
        name = data[at + 1 : at + 1 + data[at]]
        at += 2 + data[at]
        kind = data[at - 1] if at <= len(data) else 0
        size = _SIZES.get(kind)
        if size is None:
            size = int.from_bytes(data[at : at + 2], "big")
            at += 2
        if kind == 7:
            yield name.decode("utf-8", "replace"), data[at : at + size].decode("utf-8", "replace")
        at += size


def _unpacked(found: Any) -> Any:
    """A chunk of a model's own API comes in base64, as an SDK would not show it."""
    raw = found.get("bytes") if isinstance(found, dict) else None
    if not isinstance(raw, str):
        return found
    try:
        return {**found, "bytes": base64.b64decode(raw)}
    except (ValueError, binascii.Error):
        return found
