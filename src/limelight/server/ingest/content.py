"""The large things a span says - messages, tools, inputs and outputs - each named by what is in it.

An agent resends its history with every call: what has the same name is stored, and indexed, once.  An entry is a letter
that says what follows, and JSON.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec

from limelight.core.dialects.genai import dumps, message_table, part_table
from limelight.core.model import JSON, Message, Record, Tool

Name: TypeAlias = bytes
Entries: TypeAlias = dict[Name, bytes]
N = TypeVar("N")
MESSAGE, PARTS, VALUE, TOOLS, DETAIL = b"m", b"p", b"v", b"t", b"d"


class Content(msgspec.Struct, Generic[N], array_like=True):
    """Where a span's content is: by name before it is stored, afterwards by number."""

    system: N | None
    input: Sequence[N]
    output: Sequence[N]
    tools: N | None
    input_value: N | None
    output_value: N | None

    def __iter__(self) -> Any:
        """All that it names."""
        single = (self.system, self.tools, self.input_value, self.output_value)
        yield from (one for one in single if one is not None)
        yield from self.input
        yield from self.output


def kept(record: Record, entries: Entries) -> Content[Name]:
    """What a record says; messages go without why they ended, for the next call repeats them without it."""
    request, response = record.request, record.response
    return Content(
        system=_keep(PARTS, [part_table(part) for part in request.system], entries) if request.system else None,
        input=[_keep(MESSAGE, message_table(message), entries) for message in request.messages],
        output=[_keep(MESSAGE, _without_ending(message), entries) for message in response.messages],
        tools=_keep(TOOLS, [_tool(tool) for tool in request.tools], entries) if request.tools else None,
        input_value=None if record.input is None else _keep(VALUE, record.input, entries),
        output_value=None if record.output is None else _keep(VALUE, record.output, entries),
    )


def encoded(value: JSON) -> bytes:
    try:
        return msgspec.json.encode(value)
    except (TypeError, ValueError, OverflowError, RecursionError):  # half a character, or more than JSON knows
        return dumps(value).encode("utf-8", "replace")


def is_resent(entry: bytes) -> bool:
    """Messages, instructions and tools come again with later calls; what a step was given and gave seldom does."""
    return entry[:1] != VALUE


def _keep(kind: bytes, value: JSON, entries: Entries) -> Name:
    body = kind + encoded(value)
    name = named(body)
    entries[name] = body
    return name


def named(entry: bytes) -> Name:
    """96 bits: two entries of a thousand million are alike by chance once in 10^11 databases."""
    return hashlib.blake2b(entry, digest_size=12).digest()


def _without_ending(message: Message) -> dict[str, JSON]:
    table = message_table(message)
    table.pop("finish_reason", None)
    return table


def _tool(tool: Tool) -> dict[str, JSON]:
    return {"name": tool.name, "description": tool.description, "parameters": tool.parameters, "type": tool.type}
