"""A request's body: unpacked, and refused where it is none."""

from __future__ import annotations

from typing import Literal, TypeAlias

from isal import igzip_lib, isal_zlib

MAX_BYTES = 64_000_000
"""Of one request, unpacked."""
_ANY_HEADER, _NO_HEADER = 32 + 15, -15
_ZLIB_METHOD = 8

Reason: TypeAlias = Literal["content_type", "encoding", "too_large", "malformed", "ids", "unstorable", "unavailable"]


class RejectedError(ValueError):
    """A request that cannot be taken; the text says why and what to do."""

    def __init__(self, reason: Reason, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.reason, self.status = reason, status


def too_large() -> RejectedError:
    return RejectedError("too_large", f"the request is larger than {MAX_BYTES:,} bytes: send smaller batches", 413)


def unpacked(body: bytes, encoding: str) -> bytes:
    """The body without its compression; a bomb is refused before it has grown."""
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise RejectedError("encoding", f"content-encoding {encoding[:50]!r} is not understood: send gzip or none", 415)
    pieces, size = [], 0
    while body:
        piece, body = _member(body, encoding, MAX_BYTES - size)
        size += len(piece)
        pieces.append(piece)
    return b"".join(pieces)


def _member(body: bytes, encoding: str, room: int) -> tuple[bytes, bytes]:
    """One compressed member, and what follows it: gzip files may be put one after the other."""
    unpacker = isal_zlib.decompressobj(wbits=_header(body, encoding))
    try:
        piece = unpacker.decompress(body, room + 1)
    except igzip_lib.IsalError as error:  # type: ignore[misc]  # its stub declares an instance
        raise RejectedError("encoding", f"the body is not valid {encoding}: {error}") from None
    if len(piece) > room:
        raise too_large()
    if not unpacker.eof:
        raise RejectedError("encoding", f"the body is not valid {encoding}: it ends too early")
    return piece, unpacker.unused_data


def _header(body: bytes, encoding: str) -> int:
    """HTTP's deflate has zlib's header; some clients leave it out."""
    has_header = body[0] & 0x0F == _ZLIB_METHOD and int.from_bytes(body[:2], "big") % 31 == 0
    return _NO_HEADER if encoding == "deflate" and not has_header else _ANY_HEADER
