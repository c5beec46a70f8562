"""A streamed body, taken apart whichever way it is put together."""

from __future__ import annotations

import json

from limelight.core.wire import eventstream, sse
from limelight.core.wire.sse import Event

_STREAMS = ("event-stream", "ndjson", "jsonlines", "jsonl", "stream+json")
_SSE = (b"data:", b"event:")


def pieces(body: bytes, kind: str) -> list[Event] | None:
    """The JSON objects of a stream, by its content type or its looks; None for a body that is one thing."""
    if "amazon.eventstream" in kind:
        return list(eventstream.events(body))
    if any(name in kind for name in _STREAMS) or body[:64].lstrip().startswith(_SSE):  # some call events JSON
        return [event for event in sse.events(body) if event.data.get("type") != "ping"]
    return None


def array(body: bytes) -> list[Event]:
    """The objects in a JSON array, as far as they have come: Gemini streams so to those who ask for nothing else."""
    text = body.decode("utf-8", "replace")
    found: list[Event] = []
    at, done, end = text.find("[") + 1, 0, 0
    while at < len(text):
        try:
            value, past = json.JSONDecoder().raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        done, end = past, end + len(text[done:past].encode())
        if isinstance(value, dict):
            found.append(Event(end, value))
        at = past
        while at < len(text) and text[at] in ", \r\n\t":
            at += 1
    return found
