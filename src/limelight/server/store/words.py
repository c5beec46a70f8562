"""The words by which stored content is found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from limelight.server.ingest.content import MESSAGE, PARTS, VALUE

_TOKEN = re.compile(r"[^\W_]+")


def words(entry: bytes) -> str:
    """The text to be found in a stored entry; the same whenever it is asked."""
    kind = entry[:1]
    if kind not in (MESSAGE, PARTS, VALUE):
        return ""
    try:
        value = msgspec.json.decode(entry[1:])
    except (msgspec.DecodeError, RecursionError):
        return ""
    found = _texts(value) if kind == VALUE else _parts(value if kind == PARTS else value.get("parts", ()))
    return "\n".join(found)


def tokens(text: str) -> list[str]:
    """The words of a text as the index knows them: without case and accents."""
    plain = text if text.isascii() else _without_accents(text)
    return _TOKEN.findall(plain.lower())


def says(wanted: list[str], *, is_prefix: bool) -> Callable[[str], bool]:
    """Does a text hold these words one after the other?  The last may go on where it is a prefix."""
    together = re.compile(r"[\W_]+".join(map(re.escape, wanted)) + ("" if is_prefix else r"(?![^\W_])"))

    def holds(text: str) -> bool:
        plain = folded(text)
        found = (match.start() for match in together.finditer(plain))
        return any(start == 0 or not plain[start - 1].isalnum() for start in found)

    return holds


def folded(text: str) -> str:
    return (text if text.isascii() else _without_accents(text)).lower()


def _without_accents(text: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))


def _parts(parts: Any) -> Iterator[str]:
    for part in parts:
        if not isinstance(part, dict):
            continue
        match part.get("type"):
            case "tool_call":
                yield str(part.get("name", ""))
                yield from _texts(part.get("arguments"))
            case "tool_call_response":
                yield from _texts(part.get("response"))
            case "blob":
                pass
            case _:
                yield from _texts(part.get("content"))


def _texts(value: Any) -> Iterable[str]:
    """Every string and number in it, names of fields too."""
    if isinstance(value, str):
        return (value,)
    if value is None or isinstance(value, bool):
        return ()
    if isinstance(value, dict):
        return (text for key, inner in value.items() for text in (str(key), *_texts(inner)))
    if isinstance(value, list):
        return (text for inner in value for text in _texts(inner))
    return (str(value),)
