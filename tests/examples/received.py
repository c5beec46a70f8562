"""What an example has sent, as a tree: one line a span, children beneath their parent, in the order of their start."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opentelemetry.proto.trace.v1.trace_pb2 import Span


def tree(bodies: Sequence[bytes]) -> list[str]:
    spans = sorted(_spans(bodies), key=lambda span: span.start_time_unix_nano)
    known = {span.span_id for span in spans}

    def lines(parent: bytes, depth: int) -> Iterator[str]:
        for span in spans:
            if (span.parent_span_id if span.parent_span_id in known else b"") == parent:
                kind = next(one.value.string_value for one in span.attributes if one.key == "limelight.kind")
                yield f"{'  ' * depth}{span.name} [{kind}]"
                yield from lines(span.span_id, depth + 1)

    return list(lines(b"", 0))


def attributes(bodies: Sequence[bytes]) -> dict[str, dict[str, str]]:
    """What the last span of each name says, in words."""
    return {
        span.name: {one.key: one.value.string_value for one in span.attributes if one.value.HasField("string_value")}
        for span in _spans(bodies)
    }


def _spans(bodies: Sequence[bytes]) -> Iterator[Span]:
    for body in bodies:
        request = ExportTraceServiceRequest()
        request.ParseFromString(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                yield from scope.spans
