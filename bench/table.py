"""Markdown tables."""

from __future__ import annotations

from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The first column to the left, the others to the right, padded so that it reads in a terminal too."""
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        first, *rest = (
            cell.ljust(width) if not at else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return "| " + " | ".join((first, *rest)) + " |"

    rule = (
        "|"
        + "|".join(("-" * (width + 1) + ":") if at else ":" + "-" * (width + 1) for at, width in enumerate(widths))
        + "|"
    )
    return "\n".join((line(head), rule, *(line(row) for row in rows)))


def number(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def times(value: float, of: float | None) -> str:
    """`0.12×`: how much of the other one it is."""
    return "–" if not of else f"{value / of:.2f}×"
