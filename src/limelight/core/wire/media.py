"""Images, sounds, videos and documents, however an API hands them over."""

from __future__ import annotations

import base64
import mimetypes
from typing import Any

from limelight.core.model import Media
from limelight.core.wire.read import listed

MAX_BYTES = 400_000
_FAMILIES = frozenset({"image", "audio", "video"})


def from_url(url: str, modality: str, mime_type: str | None = None) -> Media:
    """By address; a `data:` URL is its content."""
    if not url.startswith("data:"):
        return Media(modality, mime_type, uri=url or None)
    head, _, content = url[5:].partition(",")
    return from_base64(content, modality, head.partition(";")[0] or mime_type)


def from_base64(content: str, modality: str, mime_type: str | None = None) -> Media:
    return Media(modality, mime_type, content=content or None, size=decoded_size(content))


def from_bytes(data: bytes | bytearray, modality: str, mime_type: str | None = None) -> Media:
    """As they are; more than any reader would keep is only counted."""
    content = base64.b64encode(data).decode() if len(data) <= MAX_BYTES else None
    return Media(modality, mime_type, content=content or None, size=len(data))


def decoded_size(content: str) -> int:
    """Bytes that a base64 text stands for, without decoding it."""
    return len(content) * 3 // 4 - content.endswith("=") - content.endswith("==")


def from_upload(file: Any, modality: str) -> Media:
    """A file argument: bytes, a path, an open file, or a (name, content, type) tuple; never read from."""
    name, content, mime_type = file, file, None
    if pair := listed(file):
        name, content = pair[0], pair[1] if len(pair) > 1 else None
        mime_type = pair[2] if len(pair) > 2 and isinstance(pair[2], str) else None
    size = len(content) if isinstance(content, (bytes, bytearray)) else None
    return Media(modality, mime_type or _type_of(name), size=size)


def modality_of(mime_type: str | None, otherwise: str = "document") -> str:
    family = (mime_type or "").partition("/")[0]
    return family if family in _FAMILIES else otherwise


def _type_of(file: Any) -> str | None:
    """Guess from the name of a file, a path or an open file."""
    name = file if isinstance(file, str) else getattr(file, "name", None)
    return mimetypes.guess_type(name)[0] if isinstance(name, str) else None
