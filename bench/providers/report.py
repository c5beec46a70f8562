"""The tables of `python -m bench providers`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from bench.providers.run import BUDGET_LINES, SIMILAR_LINES, too_long
from bench.table import number, table

if TYPE_CHECKING:
    from bench.providers.run import Found, Size


def report(found: Found) -> str:
    providers = [size for size in found.sizes if size.libraries]
    shared = [size for size in found.sizes if not size.libraries]
    long = ", ".join(f"{name} ({lines})" for name, lines in too_long(found.sizes).items())
    return "\n\n".join(
        (
            f"### One file per provider, at most {BUDGET_LINES} lines",
            table(
                ("providers/", "library", "lines", "operations", "methods", "lines of its codecs"),
                [_row(size) for size in providers],
            ),
            f"What several share: {', '.join(f'`{size.name}` ({size.lines})' for size in shared)}.  Too long: {long or 'none'}.",
            f"### Code that stands twice (pylint `duplicate-code`, {SIMILAR_LINES} lines, providers and codecs)",
            "\n\n".join(f"```\n{copy}\n```" for copy in found.copies) or "None.",
        )
    )


def _row(size: Size) -> tuple[str, ...]:
    return (
        f"`{size.name}`",
        ", ".join(f"`{library}`" for library in size.libraries),
        number(size.lines),
        number(size.operations),
        number(size.methods),
        number(size.codec_lines),
    )


def as_json(found: Found) -> dict[str, object]:
    return asdict(found)
