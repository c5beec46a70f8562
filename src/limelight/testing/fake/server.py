"""A small HTTP/1.1 server in a thread of its own, with every byte and pause under control."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import socket
import threading
import zlib
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus

from limelight.testing.fake import sse
from limelight.testing.fake.exchange import Exchange, Reply, Request
from limelight.testing.fake.vendor import EPOCH_S

MAX_LINE = 1 << 20
DATE = formatdate(EPOCH_S, usegmt=True)

_ABSOLUTE = re.compile(r"^http://[^/]+/")
"""What the target of a request may begin with, though only proxies need it."""

Answerer = Callable[[Exchange], Reply]


class Server:
    """Listens on a free loopback port; `answer` runs on the server's thread."""

    def __init__(self, answer: Answerer, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._answer = answer
        self._socket = socket.create_server((host, port))
        self.port: int = self._socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._connections: set[asyncio.Task[None]] = set()
        self._listening = threading.Event()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="limelight-fake-provider", daemon=True)
        self._thread.start()
        self._listening.wait()

    def stop(self) -> None:
        """Drop every connection and wait for the thread to end; a second call does nothing."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()
            self._socket.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._accept, sock=self._socket, limit=MAX_LINE)
        self._listening.set()
        await self._stopping.wait()
        server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # asyncio does this for sockets it has made itself; without it each torn event waits 40 ms for an ACK.
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = self._loop.create_task(_Connection(reader, writer, self._answer).run())
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)


class _Connection:
    """One client connection: requests one after the other until either side has enough."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answerer) -> None:
        self._reader, self._writer, self._answer = reader, writer, answer

    async def run(self) -> None:
        try:
            while (request := await self._read_sanely()) is not None:
                exchange = Exchange(request)
                await self._write(exchange, self._answer(exchange))
                if (request.header("connection") or "").lower() == "close":
                    break
        except (OSError, EOFError, asyncio.CancelledError):
            self._writer.transport.abort()
        finally:
            self._writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await self._writer.wait_closed()

    async def _read_sanely(self) -> Request | None:
        """Hang up on whatever is not HTTP."""
        try:
            return await self._read()
        except (ValueError, asyncio.LimitOverrunError):
            return None

    async def _read(self) -> Request | None:
        line = await self._reader.readline()
        if not line.strip():
            return None
        method, target, _version = line.decode("latin-1").split(None, 2)
        headers = await self._read_headers()
        path, _, query = _ABSOLUTE.sub("/", target).partition("?")
        bare = Request(method, path, query, headers, b"")
        if (bare.header("expect") or "").lower() == "100-continue":
            self._writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return Request(method, path, query, headers, await self._read_body(bare))

    async def _read_headers(self) -> tuple[tuple[str, str], ...]:
        headers = []
        while (line := await self._reader.readline()) not in (b"\r\n", b"\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            headers.append((name.strip(), value.strip()))
        return tuple(headers)

    async def _read_body(self, request: Request) -> bytes:
        if "chunked" in (request.header("transfer-encoding") or ""):
            return await self._read_chunks()
        return await self._reader.readexactly(int(request.header("content-length") or 0))

    async def _read_chunks(self) -> bytes:
        body = b""
        while size := int((await self._reader.readline()).split(b";")[0], 16):
            body += await self._reader.readexactly(size)
            await self._reader.readline()
        await self._reader.readline()
        return body

    async def _write(self, exchange: Exchange, reply: Reply) -> None:
        exchange.status = reply.status
        send = self._body if reply.events is None else self._stream
        if reply.pace.first_byte_s and reply.events is None:
            await self._pause(exchange, reply.pace.first_byte_s)
        try:
            await send(exchange, reply)
        except OSError:
            exchange.ending = "client left"
            raise

    async def _body(self, exchange: Exchange, reply: Reply) -> None:
        body = reply.body if isinstance(reply.body, bytes) else sse.dump(reply.body)
        whole, body = len(body), sse.damaged(body, reply.fault)
        headers = {"content-type": "application/json", **reply.headers}
        size = len(body) if reply.fault is None or reply.fault.kind == "malformed" else whole
        half = len(body) // 2 if reply.fault else len(body)
        await self._send(_head(reply.status, {**headers, "content-length": str(size)}) + body[:half])
        if reply.fault is not None and reply.fault.kind in ("disconnect", "cut"):
            self._hang_up(exchange)
        if reply.fault is not None and reply.fault.kind == "stall":
            await self._pause(exchange, reply.fault.seconds)
        await self._send(body[half:])
        exchange.ending = "complete"

    async def _stream(self, exchange: Exchange, reply: Reply) -> None:
        headers = {"content-type": "text/event-stream; charset=utf-8", **reply.headers}
        await self._send(_head(reply.status, {**headers, "transfer-encoding": "chunked"}))
        await self._pause(exchange, reply.pace.first_byte_s)
        dice = random.Random(zlib.crc32(exchange.body))
        for step in sse.steps(reply, dice):
            if step.hang_up:
                self._hang_up(exchange)
            await self._pause(exchange, step.wait_s)
            for piece in step.pieces:
                await self._send(b"%x\r\n%b\r\n" % (len(piece), piece))
                await asyncio.sleep(0)
            exchange.events_sent += step.events
        await self._send(b"0\r\n\r\n")
        exchange.ending = "cut" if reply.fault and reply.fault.kind in ("cut", "error event") else "complete"

    async def _send(self, data: bytes) -> None:
        if self._writer.transport.is_closing() or self._reader.at_eof():
            raise ConnectionResetError
        self._writer.write(data)
        await self._writer.drain()

    async def _pause(self, exchange: Exchange, seconds: float) -> None:
        """Wait, but notice a client that hangs up meanwhile."""
        deadline = self._now() + seconds
        while (left := deadline - self._now()) > 0:
            if self._reader.at_eof() or self._writer.transport.is_closing():
                exchange.ending = "client left"
                raise ConnectionResetError
            await asyncio.sleep(min(left, 0.05))

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    def _hang_up(self, exchange: Exchange) -> None:
        exchange.ending = "cut"
        raise EOFError


def _head(status: int, headers: dict[str, str]) -> bytes:
    reason = HTTPStatus(status).phrase if status in {s.value for s in HTTPStatus} else "Overloaded"
    headers = {"date": DATE, "server": "limelight-fake", **headers}
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
