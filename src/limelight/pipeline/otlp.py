"""Spans as OTLP protobuf, written by hand: the schema is frozen, and this costs a third of building message objects.

Field numbers are those of opentelemetry-proto 1.x (`trace.proto`, `common.proto`,
`resource.proto`); the tests decode every byte again with the official classes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from limelight.core.model import Record

if TYPE_CHECKING:
    from opentelemetry.trace import SpanContext

    from limelight.core.dialects.genai import Event

NOT_SAID = Record()
_INTERNAL, _CLIENT = b"\x30\x01", b"\x30\x03"
_STATUS_ERROR = b"\x18\x02"
MAX_REMEMBERED_CHARS = 24
"""Names of models, providers and outcomes are short; what is longer is an id or a text, and does not come again."""
_double, _fixed64, _fixed32 = struct.Struct("<d").pack, struct.Struct("<Q").pack, struct.Struct("<I").pack


@dataclass(frozen=True, slots=True)
class Finished:
    """An ended span, masked and written in its dialect: what leaves the process."""

    context: SpanContext
    parent: SpanContext | None
    name: str
    is_client: bool
    start_ns: int
    end_ns: int
    attributes: Mapping[str, Any]
    events: Sequence[Event]
    links: Sequence[tuple[SpanContext, Mapping[str, Any]]]
    error: str | None
    is_ok: bool = False
    """Said to be fine by somebody: status OK instead of UNSET."""
    record: Record = NOT_SAID
    """What it means, masked as well; for who counts or shows."""


def span(done: Finished) -> bytes:
    context = done.context
    parts = [
        b"\x0a\x10" + context.trace_id.to_bytes(16, "big"),
        b"\x12\x08" + context.span_id.to_bytes(8, "big"),
        _text(0x1A, context.trace_state.to_header()) if context.trace_state else b"",
        b"\x22\x08" + done.parent.span_id.to_bytes(8, "big") if done.parent else b"",
        _text(0x2A, done.name),
        _CLIENT if done.is_client else _INTERNAL,
        b"\x39" + _fixed64(done.start_ns),
        b"\x41" + _fixed64(done.end_ns),
    ]
    parts += [_pair(0x4A, key, value) for key, value in done.attributes.items()]
    parts += [_field(0x5A, _event(event, done.end_ns)) for event in done.events]
    parts += [_field(0x6A, _link(linked, about)) for linked, about in done.links]
    if done.error is not None:
        parts.append(_field(0x7A, _text(0x12, done.error) + _STATUS_ERROR))
    elif done.is_ok:
        parts.append(b"\x7a\x02\x18\x01")
    parts.append(
        b"\x85\x01"
        + _fixed32(int(context.trace_flags) | 0x100 | (0x200 if done.parent and done.parent.is_remote else 0))
    )
    return b"".join(parts)


def request(spans: Iterable[bytes], resource: bytes, scope: bytes) -> bytes:
    """An `ExportTraceServiceRequest` around spans that are encoded already; for metrics, the fields have the same numbers."""
    scope_spans = scope + b"".join(_field(0x12, one) for one in spans)
    return _field(0x0A, resource + _field(0x12, scope_spans))


def resource(attributes: Mapping[str, Any]) -> bytes:
    return _field(0x0A, b"".join(_pair(0x0A, key, value) for key, value in attributes.items()))


def scope(name: str, version: str) -> bytes:
    return _field(0x0A, _text(0x0A, name) + _text(0x12, version))


def _event(event: Event, end_ns: int) -> bytes:
    at = event.at_ns or end_ns
    pairs = b"".join(_pair(0x1A, key, value) for key, value in event.attributes.items())
    return b"\x09" + _fixed64(at) + _text(0x12, event.name) + pairs


def _link(context: SpanContext, attributes: Mapping[str, Any]) -> bytes:
    ids = b"\x0a\x10" + context.trace_id.to_bytes(16, "big") + b"\x12\x08" + context.span_id.to_bytes(8, "big")
    return ids + b"".join(_pair(0x22, key, value) for key, value in attributes.items())


def _pair(tag: int, key: str, value: Any) -> bytes:
    """A `KeyValue`.  Most of a span is these, and most words in them come again with every span."""
    if type(value) is str and len(value) <= MAX_REMEMBERED_CHARS:
        return _remembered(tag, key, value)
    encoded = (_ENCODERS.get(type(value)) or _encoder(type(value)))(value)  # type: ignore[arg-type]  # as below
    if (size := len(encoded)) < MAX_HEADED_BYTES:
        return _head(tag, key, size) + encoded
    return _field(tag, _key(key) + _field(0x12, encoded))


MAX_HEADED_BYTES = 64


@lru_cache(4096)
def _head(tag: int, key: str, size: int) -> bytes:
    """All of a `KeyValue` but its value, which is so long."""
    name = _key(key)
    return b"%c%b%b\x12%c" % (tag, _varint(len(name) + 2 + size), name, size)


@lru_cache(2048)
def _remembered(tag: int, key: str, value: str) -> bytes:
    encoded = _string(value)
    return _field(tag, _key(key) + _field(0x12, encoded))


@lru_cache(1024)
def _key(key: str) -> bytes:
    return _text(0x0A, key)


def _value(value: Any) -> bytes:
    """An `AnyValue`."""
    return _encoder(type(value))(value)  # type: ignore[arg-type]  # mypy doubts that a class is hashable


@lru_cache(512)
def _encoder(kind: type) -> Callable[[Any], bytes]:
    for base in kind.__mro__:
        if (encode := _ENCODERS.get(base)) is not None:
            return encode
    return _table if issubclass(kind, Mapping) else _stranger


def _stranger(value: object) -> bytes:
    return _string(str(value))


def _string(value: str) -> bytes:
    return _text(0x0A, value)


def _bool(value: bool) -> bytes:
    return b"\x10\x01" if value else b"\x10\x00"


def _int(value: int) -> bytes:
    if 0 <= value < 0x80:
        return _SMALL_INTS[value]
    return b"\x18" + _varint(value & 0xFFFF_FFFF_FFFF_FFFF)


def _float(value: float) -> bytes:
    return b"\x21" + _double(value)


def _bytes(value: bytes) -> bytes:
    return _field(0x3A, value)


def _table(value: Mapping[Any, Any]) -> bytes:
    return _field(0x32, b"".join(_pair(0x0A, str(key), item) for key, item in value.items()))


def _list(value: Sequence[Any]) -> bytes:
    return _field(0x2A, b"".join(_field(0x0A, _value(item)) for item in value))


def _nothing(value: None) -> bytes:
    return b""


_ENCODERS: dict[type, Callable[[Any], bytes]] = {
    str: _string, bool: _bool, int: _int, float: _float, bytes: _bytes,
    dict: _table, list: _list, tuple: _list, type(None): _nothing,
}  # fmt: skip


def _text(tag: int, value: str) -> bytes:
    return _field(tag, value.encode("utf-8", "replace"))


def _field(tag: int, data: bytes) -> bytes:
    size = len(data)
    if size < 0x80:
        return b"%c%c%b" % (tag, size, data)
    return b"%c%b%b" % (tag, _varint(size), data)


def _varint(value: int) -> bytes:
    if value < 0x80:
        return _ONE_BYTE[value]
    if value < 0x4000:
        return b"%c%c" % (value & 0x7F | 0x80, value >> 7)
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


_ONE_BYTE = tuple(bytes((value,)) for value in range(0x80))
_SMALL_INTS = tuple(b"\x18" + one for one in _ONE_BYTE)
