"""A tokeniser of our own: not any vendor's, but the same on every machine and every run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

PER_MESSAGE = 3
PER_IMAGE = 85
BYTES_PER_TOKEN = 100
"""Of sound and pictures."""
UNREAD = frozenset({"type", "role", "id", "object", "cache_control", "tool_choice", "stream", "model"})

_PIECE = re.compile(r"\s*\w{1,7}|\s*[^\w\s]|\s+")


def pieces(text: str) -> list[str]:
    """Cut a text into tokens; joined they are the text again."""
    return _PIECE.findall(text)


def count(text: str) -> int:
    return len(pieces(text))


def weigh(value: Any) -> int:
    """Count the tokens of anything found in a request body: texts, messages, tool schemas, images."""
    if isinstance(value, bytes):
        return len(value) // BYTES_PER_TOKEN
    if isinstance(value, str):
        return PER_IMAGE if value.startswith("data:") else count(value)
    if isinstance(value, Mapping):
        if value.get("type") == "base64":
            return PER_IMAGE
        own = PER_MESSAGE if "role" in value else 0
        return own + sum(weigh(item) for key, item in value.items() if key not in UNREAD)
    if isinstance(value, Sequence):
        return sum(weigh(item) for item in value)
    return 0 if value is None else 1
