"""A request taken apart again: into halves when its receiver will not have the whole, and one span made shorter."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from limelight.pipeline import otlp

_RESOURCE_SPANS, _RESOURCE, _SCOPE_SPANS, _SCOPE, _SPAN = 0x0A, 0x0A, 0x12, 0x0A, 0x12
_ATTRIBUTE, _EVENT, _EVENT_ATTRIBUTE = 0x4A, 0x5A, 0x1A
_KEY, _VALUE, _STRING = 0x0A, 0x12, 0x0A
_FIXED = {1: 8, 5: 4}
"""Wire types of fixed length."""
LIMITS = (32_768, 2_048, 0)
"""Characters that a text may keep, one after the other, until the span is taken."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """Spans of one process on their way: what an `ExportTraceServiceRequest` of ours holds."""

    resource: bytes
    scope: bytes
    spans: Sequence[bytes]

    @classmethod
    def read(cls, body: bytes) -> Parcel:
        """Raises `ValueError` when this is nothing that we wrote."""
        resource = scope = b""
        spans: list[bytes] = []
        for _, around, _ in _fields(body, _RESOURCE_SPANS):
            for tag, inner, whole in _fields(around, _RESOURCE, _SCOPE_SPANS):
                if tag == _RESOURCE:
                    resource = whole
                    continue
                for kind, span, piece in _fields(inner, _SCOPE, _SPAN):
                    if kind == _SPAN:
                        spans.append(span)
                    else:
                        scope = piece
        if not spans:
            raise ValueError("a request without a span")
        return cls(resource, scope, spans)

    def body(self) -> bytes:
        return otlp.request(self.spans, self.resource, self.scope)

    def halves(self) -> tuple[Parcel, Parcel]:
        middle = len(self.spans) // 2
        return (
            Parcel(self.resource, self.scope, self.spans[:middle]),
            Parcel(self.resource, self.scope, self.spans[middle:]),
        )

    def shortened(self, limit: int) -> Parcel:
        """The same with no text longer than `limit` characters; what was cut says so."""
        return Parcel(self.resource, self.scope, [shortened(span, limit) for span in self.spans])


def shortened(span: bytes, limit: int) -> bytes:
    parts = []
    for tag, inner, whole in _fields(span):
        if tag == _ATTRIBUTE and len(inner) > limit:
            parts.append(_shorter_pair(tag, inner, limit))
        elif tag == _EVENT and len(inner) > limit:
            pieces = [
                _shorter_pair(kind, held, limit) if kind == _EVENT_ATTRIBUTE and len(held) > limit else piece
                for kind, held, piece in _fields(inner)
            ]
            parts.append(_field(tag, b"".join(pieces)))
        else:
            parts.append(whole)
    return b"".join(parts)


def _shorter_pair(tag: int, pair: bytes, limit: int) -> bytes:
    """An attribute; one that is a text gets a shorter one, anything else stays."""
    found = {kind: held for kind, held, _ in _fields(pair)}
    texts = [held for kind, held, _ in _fields(found.get(_VALUE, b"")) if kind == _STRING]
    if not texts:
        return _field(tag, pair)
    text = texts[0].decode("utf-8", "replace")
    shorter = _field(_STRING, _shorter(text, limit).encode("utf-8", "replace"))
    return _field(tag, _field(_KEY, found[_KEY]) + _field(_VALUE, shorter))


def _shorter(text: str, limit: int) -> str:
    """JSON stays JSON: what is cut are the strings in it."""
    if len(text) <= max(limit, 64):
        return text
    if text[:1] in "[{":
        try:
            held = json.loads(text)
        except ValueError:
            return _cut(text, limit)
        return json.dumps(_within(held, limit) if limit else _cut(text, 0), ensure_ascii=False)
    return _cut(text, limit)


def _within(held: Any, limit: int) -> Any:
    match held:
        case str():
            return _cut(held, limit) if len(held) > limit else held
        case dict():
            return {key: _within(item, limit) for key, item in held.items()}
        case list():
            return [_within(item, limit) for item in held]
        case _:
            return held


def _cut(text: str, limit: int) -> str:
    return f"{text[:limit]}… [{len(text) - limit:,} of {len(text):,} characters cut: the receiver takes no more]"


def _fields(data: bytes, *allowed: int) -> Iterator[tuple[int, bytes, bytes]]:
    """(tag, what it holds, the whole field) one after the other; only those allowed, where some are named."""
    at = 0
    while at < len(data):
        start = at
        tag, at = _varint(data, at)
        if allowed and tag not in allowed:
            raise ValueError(f"field {tag >> 3} is none that we write")
        match tag & 7:
            case 0:
                begin = at
                _, at = _varint(data, at)
            case 2:
                size, begin = _varint(data, at)
                at = begin + size
            case kind:
                begin, at = at, at + _FIXED.get(kind, len(data) + 1)
        if at > len(data):
            raise ValueError("cut off")
        yield tag, data[begin:at], data[start:at]


def _field(tag: int, data: bytes) -> bytes:
    size, left = bytearray(), len(data)
    while left > 0x7F:
        size.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes((tag, *size, left)) + data


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 64:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7
    raise ValueError("cut off")


def rejected(answer: bytes) -> int:
    """How many spans an accepted request has lost all the same: `ExportTracePartialSuccess.rejected_spans`."""
    try:
        for tag, partial, _ in _fields(answer):
            for kind, held, _ in _fields(partial) if tag == 0x0A else ():
                if kind == 0x08:
                    return _varint(held, 0)[0]
    except ValueError:  # an answer in other words
        return 0
    return 0
