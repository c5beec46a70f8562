"""The rows of docs/checklist.md: what the five references promise, ours beside it, and the tests that hold it.

They are written in tests/references/checklist.txt: `theirs | ours | tests`, under headings `# Product: what`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from limelight.core.dialects import keys
from limelight.core.dialects import legacy_keys as legacy
from limelight.core.dialects import openinference_keys as openinference

ROWS = Path(__file__).parent.parent / "tests/references/checklist.txt"
OPEN, NOT_YET, NONE = "open until E1", "not yet", "-"


@dataclass(frozen=True)
class Row:
    section: str
    theirs: str
    ours: str
    tests: tuple[str, ...]
    """Of pytest, without `tests/`."""

    @property
    def is_open(self) -> bool:
        return self.ours.startswith((OPEN, NOT_YET))

    @property
    def names_names(self) -> bool:
        """Is it about what an attribute or a metric is called?"""
        return self.section.endswith("attributes and metrics")


def rows() -> list[Row]:
    return list(_read(ROWS.read_text(encoding="utf-8")))


def _read(text: str) -> Iterator[Row]:
    section = ""
    for line in text.splitlines():
        if line.startswith("# "):
            section = line[2:]
        elif line.strip():
            theirs, ours, tests = (cell.strip() for cell in line.split(" | "))
            yield Row(section, theirs, ours, () if tests == NONE else tuple(tests.split()))


def sections() -> str:
    """The whole page beneath its first words."""
    found = rows()
    parts = []
    for title in dict.fromkeys(row.section for row in found):
        lines = [
            f"| {_named(row, row.theirs)} | {_named(row, row.ours)} | {'<br>'.join(f'`{test}`' for test in row.tests)} |"
            for row in found
            if row.section == title
        ]
        parts.append("\n".join([f"## {title}", "", "| theirs | ours | held by |", "| --- | --- | --- |", *lines, ""]))
    still_open = [row for row in found if row.is_open]
    return f"{len(found)} rows, {len(found) - len(still_open)} of them done.\n\n" + "\n".join(parts)


def names() -> str:
    """What an attribute or a metric was called, and what it is called here."""
    lines = [
        f"| {row.section.partition(':')[0]} | {_named(row, row.theirs)} | {_named(row, row.ours)} |"
        for row in rows()
        if row.names_names
    ]
    return "\n".join(["| from | there | here |", "| --- | --- | --- |", *lines, ""])


def former_names() -> str:
    """What conventions say that Limelight reads, and what it says itself."""
    pairs = [(OLD, old, ours) for old, ours in _former()] + [
        ("OpenInference", old, ours) for old, ours in _openinference()
    ]
    lines = [f"| {dialect} | `{old}` | `{ours}` |" for dialect, old, ours in pairs]
    return "\n".join(["| convention | there | here |", "| --- | --- | --- |", *lines, ""])


OLD = "OpenTelemetry before, OpenLLMetry"


def _former() -> Iterator[tuple[str, str]]:
    yield legacy.SYSTEM, keys.PROVIDER
    yield from ((old, keys.USAGE[name]) for name, olds in legacy.USAGE.items() for old in olds)
    yield from ((old, keys.COST["total"]) for old in legacy.COST)
    for olds, ours in (
        (legacy.IS_STREAMING, keys.STREAM),
        (legacy.FIRST_CHUNK, keys.FIRST_CHUNK),
        (legacy.SESSION, keys.SESSION),
        (legacy.USER, keys.USER),
        (legacy.MESSAGE_EVENTS, keys.INPUT_MESSAGES),
    ):
        yield from ((old, ours) for old in olds)
    yield legacy.PROMPT, keys.INPUT_MESSAGES
    yield legacy.COMPLETION, keys.OUTPUT_MESSAGES
    yield legacy.CHOICE_EVENT, keys.OUTPUT_MESSAGES


def _openinference() -> Iterator[tuple[str, str]]:
    yield from ((theirs, ours) for ours, theirs in openinference.RENAMED.items())
    yield openinference.KIND, keys.KIND
    yield openinference.PROVIDER, keys.PROVIDER
    yield openinference.REQUEST_MODEL, keys.REQUEST_MODEL
    yield openinference.RESPONSE_MODEL, keys.RESPONSE_MODEL
    yield f"{openinference.INPUT_MESSAGES}<n>", keys.INPUT_MESSAGES
    yield f"{openinference.OUTPUT_MESSAGES}<n>", keys.OUTPUT_MESSAGES
    yield f"{openinference.TOOLS}<n>", keys.TOOL_DEFINITIONS
    yield openinference.INPUT, keys.INPUT
    yield openinference.OUTPUT, keys.OUTPUT
    yield openinference.COST, keys.COST["total"]


def _named(row: Row, said: str) -> str:
    """A name as one; words as they are."""
    return f"`{said}`" if row.names_names and not said.startswith((NOT_YET, "metric ")) else said
