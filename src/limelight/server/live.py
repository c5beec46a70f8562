"""What changes, told to every open page: by server-sent events, coalesced, and never waiting for a slow reader."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import msgspec

from limelight.server.api.answers import LiveTrace, TraceRow

GATHER_S = 0.1
STATS_S = 2.0
"""Also what keeps a silent connection alive."""
MAX_WAITING = 500
"""Traces a reader may be behind; of more, the oldest are left out."""


class Hub:
    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_open = True
        self._readers: set[Reader] = set()

    def close(self) -> None:
        """Send everybody home: the server is about to stop."""
        self._is_open = False
        for reader in self._readers:
            reader.wake()

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def changed(self, row: TraceRow) -> None:
        """Called from the writer's thread."""
        if self._readers and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._tell, row)

    def _tell(self, row: TraceRow) -> None:
        for reader in self._readers:
            reader.tell(row.trace_id, row)

    async def listen(self, stats: Any) -> AsyncIterator[bytes]:
        """Events for one page, until it goes away.  `stats()` gives the receiver's counters."""
        reader = Reader()
        self._readers.add(reader)
        try:
            yield _event("stats", stats())
            async for event in reader.events(stats):
                if not self._is_open:
                    return
                yield event
        finally:
            self._readers.discard(reader)


class Reader:
    def __init__(self) -> None:
        self.waiting: dict[str, TraceRow] = {}
        self._some = asyncio.Event()

    def tell(self, trace_id: str, row: TraceRow) -> None:
        self.waiting.pop(trace_id, None)
        self.waiting[trace_id] = row
        if len(self.waiting) > MAX_WAITING:
            del self.waiting[next(iter(self.waiting))]
        self._some.set()

    def wake(self) -> None:
        self._some.set()

    async def events(self, stats: Any) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        told = loop.time()
        while True:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._some.wait(), max(0.0, told + STATS_S - loop.time()))
                await asyncio.sleep(GATHER_S)
            rows, self.waiting = self.waiting, {}
            self._some.clear()
            for trace_id, row in rows.items():
                yield _event("trace", LiveTrace(trace_id=trace_id, row=row))
            if loop.time() - told >= STATS_S:
                told = loop.time()
                yield _event("stats", stats())
            elif not rows:
                yield b": awake\n\n"


def _event(name: str, data: Any) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + msgspec.json.encode(data) + b"\n\n"
