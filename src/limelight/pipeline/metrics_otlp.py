"""Metrics as OTLP protobuf, written by hand like the spans (`metrics.proto` of opentelemetry-proto 1.x)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from limelight.core.dialects.metrics import Labels, Metric
    from limelight.pipeline.metrics import Point

_double, _fixed64 = struct.Struct("<d").pack, struct.Struct("<Q").pack


@dataclass(frozen=True, slots=True)
class Period:
    """From when to when was counted, and whether anew."""

    start_ns: int
    end_ns: int
    is_delta: bool


def metric(about: Metric, points: Iterable[tuple[Labels, Point]], period: Period) -> bytes:
    """One `Metric` with all its series."""
    times = b"\x11" + _fixed64(period.start_ns) + b"\x19" + _fixed64(period.end_ns)
    temporality = b"\x10\x01" if period.is_delta else b"\x10\x02"
    if about.buckets is None:
        data = b"".join(_field(0x0A, _number_point(labels, point, times)) for labels, point in points)
        kind = _field(0x3A, data + temporality + b"\x18\x01")
    else:
        bounds = _field(0x3A, b"".join(map(_double, about.buckets)))
        data = b"".join(_field(0x0A, _histogram_point(labels, point, times) + bounds) for labels, point in points)
        kind = _field(0x4A, data + temporality)
    return _text(0x0A, about.name) + _text(0x12, about.description) + _text(0x1A, about.unit) + kind


def _number_point(labels: Labels, point: Point, times: bytes) -> bytes:
    total = point.total
    value = b"\x31" + _fixed64(total) if isinstance(total, int) else b"\x21" + _double(total)
    return b"".join(_pair(0x3A, key, label) for key, label in labels) + times + value


def _histogram_point(labels: Labels, point: Point, times: bytes) -> bytes:
    counts = _field(0x32, b"".join(map(_fixed64, point.counts)))
    sizes = b"\x21" + _fixed64(point.count) + b"\x29" + _double(point.total)
    extremes = b"\x59" + _double(point.least) + b"\x61" + _double(point.most)
    return b"".join(_pair(0x4A, key, label) for key, label in labels) + times + sizes + counts + extremes


def _pair(tag: int, key: str, label: str | int) -> bytes:
    """A `KeyValue`; labels are words, numbers and switches."""
    if isinstance(label, str):
        value = _text(0x0A, label)
    else:
        value = (b"\x10" if isinstance(label, bool) else b"\x18") + _varint(label)
    return _field(tag, _text(0x0A, key) + _field(0x12, value))


def _text(tag: int, value: str) -> bytes:
    return _field(tag, value.encode("utf-8", "replace"))


def _field(tag: int, data: bytes) -> bytes:
    return bytes((tag,)) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))
