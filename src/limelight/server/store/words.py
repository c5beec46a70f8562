"""The words by which stored content is found."""

from __future__ import annotations

from typing import Any

import msgspec


def words(body: bytes) -> str:
    """The text to be found in a stored message or list of parts; the same whenever it is asked."""
    try:
        value = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return ""
    parts = value.get("parts", ()) if isinstance(value, dict) else value
    return "\n".join(filter(None, (_part_words(part) for part in parts if isinstance(part, dict))))


def _part_words(part: dict[str, Any]) -> str:
    match part.get("type"):
        case "tool_call":
            return f"{part.get('name', '')} {_text(part.get('arguments'))}"
        case "tool_call_response":
            return _text(part.get("response"))
        case "blob":
            return ""
        case _:
            return _text(part.get("content"))


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else msgspec.json.encode(value).decode()
