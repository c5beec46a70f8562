"""A conversation as the flat dialects tell it: one list, with one tool's result a message.

They have no word for instructions apart from the messages, nor for a message that holds several results, and
name the tools a message asks for behind whatever else is in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from limelight.core.dialects.genai import dumps
from limelight.core.model import JSON, Message, Part, Request, Text, ToolCall, ToolResult

MAX_INDEX_DIGITS = 6


def turns(request: Request) -> Iterator[Message]:
    """What was sent, from the first word on."""
    if request.system:
        yield from apart(Message("system", request.system))
    for message in request.messages:
        yield from apart(message)


def apart(message: Message) -> Iterator[Message]:
    """The message, or one for each tool's result in it and one for the rest."""
    results = [part for part in message.parts if isinstance(part, ToolResult)]
    if not results:
        yield replace(message, role="user") if message.role == "tool" else message
        return
    for result in results:
        yield Message("tool", (result,), message.name)
    if rest := tuple(part for part in message.parts if not isinstance(part, ToolResult)):
        yield replace(message, role="user" if message.role == "tool" else message.role, parts=rest)


def sorted_out(parts: Iterable[Part]) -> tuple[tuple[Part, ...], tuple[ToolCall, ...]]:
    """What a message says, and the tools it asks for."""
    found = tuple(parts)
    calls = tuple(part for part in found if isinstance(part, ToolCall))
    return tuple(part for part in found if not isinstance(part, ToolCall)), calls


def plain_text(parts: tuple[Part, ...]) -> str | None:
    """The text that these parts are, if they are nothing but one."""
    match parts:
        case (Text(content=content, citations=()),):
            return content
        case _:
            return None


def as_text(value: JSON) -> str:
    return value if isinstance(value, str) else dumps(value)


class Branch(dict[str, Any]):
    """Keys below a dotted prefix, taken apart at their dots."""


def tree(attributes: Mapping[str, Any], prefix: str) -> Branch:
    root = Branch()
    for key, value in attributes.items():
        if not key.startswith(prefix):
            continue
        *path, leaf = key[len(prefix) :].split(".")
        node = root
        for step in path:
            inner = node.get(step)
            if not isinstance(inner, Branch):
                inner = node[step] = Branch()
            node = inner
        if not isinstance(node.get(leaf), Branch):
            node[leaf] = value
    return root


def rows(branch: Mapping[str, Any]) -> Iterator[Branch]:
    """What stands below a number, in the order of the numbers."""
    numbers = [key for key in branch if key.isdecimal() and len(key) <= MAX_INDEX_DIGITS]
    for key in sorted(numbers, key=int):
        if isinstance(branch[key], Branch):
            yield branch[key]


def below(branch: Mapping[str, Any], *path: str) -> Branch:
    """The branch at the end of the path; an empty one where there is none."""
    for step in path:
        inner = branch.get(step)
        if not isinstance(inner, Branch):
            return Branch()
        branch = inner
    return branch if isinstance(branch, Branch) else Branch()
