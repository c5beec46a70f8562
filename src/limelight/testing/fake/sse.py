"""Server-sent events as bytes, in the pieces a network would deliver."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from limelight.testing.fake.exchange import Event

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from limelight.testing.fake.exchange import Reply
    from limelight.testing.fake.script import Fault

TORN = 0.35
"""Share of events that arrive in two parts, possibly within a UTF-8 character."""
GLUED = 0.25
"""Share of events that arrive together with the next one, when nothing is waited for."""

BROKEN_JSON = b'{"broken": "the rest of this is miss'


@dataclass(frozen=True, slots=True)
class Step:
    """One write after a wait; events may come in several pieces or several in one."""

    pieces: tuple[bytes, ...] = ()
    events: int = 0
    wait_s: float = 0.0
    hang_up: bool = False


def dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def encode(event: Event) -> bytes:
    if isinstance(event.data, bytes):
        return event.data
    data = event.data.encode() if isinstance(event.data, str) else dump(event.data)
    if event.padding:
        data = data[:-1] + b" " * event.padding + data[-1:]
    name = b"" if event.name is None else b"event: %b\n" % event.name.encode()
    return b"%bdata: %b\n\n" % (name, data)


def damaged(body: bytes, fault: Fault | None) -> bytes:
    """A plain body with something wrong in it, if that is the fault asked for."""
    return BROKEN_JSON if fault is not None and fault.kind == "malformed" else body


def steps(reply: Reply, dice: random.Random) -> Iterator[Step]:
    """The writes of a stream: paced, torn, glued, and broken where the fault says so."""
    events, fault = list(reply.events or ()), reply.fault
    at = len(events) if fault is None else min(fault.after_events, len(events))
    yield from _writes(events[:at], reply.pace.gap_s, dice)
    if fault is None:
        return
    match fault.kind:
        case "disconnect":
            yield Step(hang_up=True)
        case "error event" if reply.error_event is not None:
            yield Step((encode(reply.error_event),), events=1)
        case "malformed":
            broken = [_spoilt(event) for event in events[at : at + 1]]
            yield from _writes([*broken, *events[at + 1 :]], reply.pace.gap_s, dice)
        case "stall":
            yield Step(wait_s=fault.seconds)
            yield from _writes(events[at:], reply.pace.gap_s, dice)


def _spoilt(event: Event) -> Event:
    """Something that is not JSON in its place; what was framed already has the wrong checksum now."""
    if isinstance(event.data, bytes):
        return Event(event.data[:-1] + bytes([event.data[-1] ^ 0xFF]))
    return Event(BROKEN_JSON.decode(), event.name)


def _writes(events: list[Event], gap_s: float, dice: random.Random) -> Iterator[Step]:
    held, count = b"", 0
    for event in events:
        held, count = held + encode(event), count + 1
        if not gap_s and dice.random() < GLUED:
            continue
        yield Step(_tear(held, dice), count, gap_s)
        held, count = b"", 0
    if held:
        yield Step((held,), count)


def _tear(data: bytes, dice: random.Random) -> tuple[bytes, ...]:
    """Cut where it hurts: inside a multi-byte character when there is one."""
    if dice.random() > TORN or len(data) < 3:
        return (data,)
    wide = [at for at in range(1, len(data)) if data[at] & 0xC0 == 0x80]
    cut = dice.choice(wide) if wide else dice.randrange(1, len(data) - 1)
    return data[:cut], data[cut:]
