"""`application/vnd.amazon.eventstream`: frames of headers and a payload, each with two checksums."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING

from limelight.testing.fake.exchange import Event, Reply
from limelight.testing.fake.sse import dump

if TYPE_CHECKING:
    from collections.abc import Iterable

    from limelight.testing.fake.exchange import Json

CONTENT_TYPE = "application/vnd.amazon.eventstream"
_STRING = 7
"""The only kind of header value that is used."""
_PADDING = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def frame(payload: bytes, headers: dict[str, str]) -> bytes:
    """Total length, length of the headers, checksum of both; headers; payload; checksum of everything."""
    named = b"".join(_header(name, value) for name, value in headers.items())
    prelude = struct.pack(">II", 16 + len(named) + len(payload), len(named))
    body = prelude + struct.pack(">I", zlib.crc32(prelude)) + named + payload
    return body + struct.pack(">I", zlib.crc32(body))


def _header(name: str, value: str) -> bytes:
    told = value.encode()
    return struct.pack(">B", len(name)) + name.encode() + struct.pack(">BH", _STRING, len(told)) + told


def event(kind: str, body: Json) -> Event:
    """One member of the stream's union, such as `contentBlockDelta`."""
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return Event(frame(dump(body), headers))


def exception(kind: str, message: str) -> Event:
    headers = {":exception-type": kind, ":content-type": "application/json", ":message-type": "exception"}
    return Event(frame(dump({"message": message}), headers))


def stream(events: Iterable[Event], headers: dict[str, str] | None = None) -> Reply:
    return Reply(events=tuple(events), headers={"content-type": CONTENT_TYPE, **(headers or {})})


def chunks(bodies: Iterable[Json]) -> Iterable[Event]:
    """JSON in base64 in JSON in a frame: how `invoke_model` streams whatever a model says."""
    for body in bodies:
        yield event("chunk", padded({"bytes": base64.b64encode(dump(body)).decode()}))


def padded(body: Json) -> Json:
    """Letters of varying number hide the length of what is said."""
    return {**body, "p": _PADDING[: zlib.crc32(dump(body)) % len(_PADDING)]}
