"""Which convention a span was written in, and what it means: the one door for spans of any origin.

A further dialect is one more file with a `read`, and one more line in `DIALECTS`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from limelight.core.dialects import (
    genai_legacy,
    genai_read,
    indexed_keys,
    indexed_read,
    keys,
    openinference_keys,
    openinference_read,
)
from limelight.core.dialects import legacy_keys as old
from limelight.core.dialects.span import Span
from limelight.core.model import Record


@dataclass(frozen=True, slots=True)
class Dialect:
    name: str
    speaks: Callable[[Span], bool]
    """Is the span written in it?  Keys decide; scope names and schema URLs are often wrong."""
    read: Callable[[Span], Record]


def read(span: Span) -> Record:
    return detect(span).read(span)


def detect(span: Span) -> Dialect:
    """The first dialect that recognises the span; the last one always does."""
    return next(dialect for dialect in DIALECTS if dialect.speaks(span))


def _is_openinference(span: Span) -> bool:
    return openinference_keys.KIND in span.attributes


def _is_indexed(span: Span) -> bool:
    attributes = span.attributes
    return any(key in attributes for key in indexed_keys.MARKS)


def _is_ours(span: Span) -> bool:
    return keys.KIND in span.attributes


def _is_current(span: Span) -> bool:
    return keys.PROVIDER in span.attributes or keys.INPUT_MESSAGES in span.attributes


def _is_legacy(span: Span) -> bool:
    return old.SYSTEM in span.attributes or old.PROMPT in span.attributes


def _is_generic(span: Span) -> bool:
    return any(key.startswith(old.PREFIX) for key in span.attributes)


def _read_http(span: Span) -> Record:
    return dataclasses.replace(genai_read.read(span), kind="http")


def _is_http(span: Span) -> bool:
    return any(key in span.attributes for key in old.HTTP_METHOD)


DIALECTS = (
    Dialect("openinference", _is_openinference, openinference_read.read),
    Dialect("indexed", _is_indexed, indexed_read.read),
    Dialect("limelight", _is_ours, genai_read.read),
    Dialect("genai", _is_current, genai_read.read),
    Dialect("genai-legacy", _is_legacy, genai_legacy.read),
    Dialect("genai", _is_generic, genai_read.read),
    Dialect("http", _is_http, _read_http),
    Dialect("other", lambda span: True, genai_read.read),
)
"""In the order in which they are asked.  The first two also read what stands beside them in OpenTelemetry's words, ours included."""
