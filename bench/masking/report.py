"""The tables of `python -m bench masking`."""

from __future__ import annotations

from dataclasses import asdict

from bench.masking.run import LEVELS, Found
from bench.table import number, table

GOAL = 20.0
"""Megabytes of clean text a second."""


def report(found: Found) -> str:
    clean = [(kind, *(number(speeds[level], 1) for level in LEVELS)) for kind, speeds in found.clean.items()]
    hostile = [
        (f"`{piece.strip()}`", number(half * 1e3), number(whole * 1e3), number(whole / half, 2))
        for piece, (half, whole) in found.hostile.items()
    ]
    return "\n\n".join(
        (
            f"### Clean text, MB a second on one core (goal {GOAL:.0f})",
            table(("text", *(f"`{level}`" for level in LEVELS)), clean),
            "### Hostile text at level `pii`: the same piece again and again, ms of CPU",
            table(("piece", "500 kB", "1 MB", "ratio"), hostile),
        )
    )


def as_json(found: Found) -> dict[str, object]:
    return asdict(found)
