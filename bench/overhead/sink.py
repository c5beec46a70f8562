"""A backend that answers at once: keeps what is posted, and looks into it only when asked (`GET /taken`)."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import sys
import zlib
from dataclasses import dataclass, field
from typing import Any

import zstandard
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_RUN = re.compile(rb'name="post\.([0-9a-f-]{36})"')
_MARK = re.compile(rb"([a-f])-(asked|answered)")


@dataclass
class Kept:
    """The posts since the last look."""

    posts: list[tuple[str, str, bytes]] = field(default_factory=list)
    """Path, content encoding, body."""

    def taken(self) -> dict[str, Any]:
        posts, self.posts = self.posts, []
        bodies = [(path, _inflated(encoding, body)) for path, encoding, body in posts]
        return {
            "requests": len(posts),
            "bytes": sum(len(body) for _, body in bodies),
            "spans": sum(_spans(path, body) for path, body in bodies),
            "marks": sorted(
                {f"{case.decode()}-{word.decode()}" for _, body in bodies for case, word in _MARK.findall(body)}
            ),
        }


def _spans(path: str, body: bytes) -> int:
    if path.endswith("/v1/traces"):
        request = ExportTraceServiceRequest.FromString(body)
        return sum(len(scope.spans) for group in request.resource_spans for scope in group.scope_spans)
    return len(set(_RUN.findall(body)))


def _inflated(encoding: str, body: bytes) -> bytes:
    match encoding:
        case "gzip":
            return gzip.decompress(body)
        case "deflate":
            return zlib.decompress(body)
        case "zstd":
            return zstandard.ZstdDecompressor().decompressobj().decompress(body)
        case _:
            return body


async def _serve(kept: Kept, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            first, *lines = head.decode("latin-1").split("\r\n")
            method, path, _ = first.split(" ", 2)
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
            body = await _body(reader, headers)
            answer = b"{}"
            if method == "POST":
                kept.posts.append((path, headers.get("content-encoding", ""), body))
                if headers.get("content-type") == "application/x-protobuf":
                    answer = b""
            elif path == "/taken":
                answer = json.dumps(kept.taken()).encode()
            kind = headers.get("content-type", "application/json") if not answer else "application/json"
            writer.write(
                f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(answer)}\r\n\r\n".encode() + answer
            )
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding") != "chunked":
        return await reader.readexactly(int(headers.get("content-length", 0)))
    pieces = []
    while size := int(await reader.readline(), 16):
        pieces.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(pieces)


async def _main() -> None:
    kept = Kept()
    server = await asyncio.start_server(lambda r, w: _serve(kept, r, w), "127.0.0.1", 0, limit=2**20)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # until the parent goes away


if __name__ == "__main__":
    asyncio.run(_main())
