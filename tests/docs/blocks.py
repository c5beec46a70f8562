"""The fenced blocks of a Markdown page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block; `line` is where its text begins."""

    language: str
    flags: str
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    """Every fenced block of a page, in order."""
    source = page.read_text(encoding="utf-8")
    return [
        Block(*split(match["info"]), match["text"], source.count("\n", 0, match.start("text")) + 1)
        for match in _FENCE.finditer(source)
    ]


def split(info: str) -> tuple[str, str]:
    """`python no-run: reason` -> its language and the rest."""
    language, _, flags = info.strip().partition(" ")
    return language, flags.strip()


def program(page: Path) -> str:
    """The Python blocks of a page as one program in which every line has the number it has on the page."""
    lines: list[str] = []
    for block in blocks(page):
        if block.language == "python" and not block.flags.startswith("no-run"):
            lines += [""] * (block.line - 1 - len(lines)) + block.text.splitlines()
    return "\n".join(lines) + "\n"
