"""Measure what each fault of delivery costs, and write the table of docs/delivery.md.

`python -m tools.faults [ROUNDS]`; `make faults` does it.
"""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import machine
from bench.table import table
from limelight.testing import FakeProvider
from tests.faults.matrix import FAULTS, Damage, live_through

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "delivery.md"
HEAD = ("fault", "calls slower by, ms", "end of the program, s", "spans made", "lost", "log lines")
_SLOT = re.compile(r"(<!-- measured: faults -->\n).*?(<!-- end -->)", re.DOTALL)


def main(arguments: Sequence[str]) -> int:
    rounds = int(arguments[0]) if arguments else 5
    found: dict[str, list[Damage]] = {fault.name: [] for fault in FAULTS}
    with FakeProvider() as fake:
        for _ in range(rounds):
            for fault in FAULTS:
                with tempfile.TemporaryDirectory() as folder:
                    found[fault.name].append(live_through(fault, fake, Path(folder)))
    text = table(HEAD, [_row(name, damages, found[FAULTS[0].name]) for name, damages in found.items()])
    head = f"*{machine.described()} · `make faults`: medians of {rounds} rounds, the worst of what is counted*"
    print(f"{head}\n\n{text}")
    document = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(_SLOT.sub(lambda slot: f"{slot[1]}{head}\n\n{text}\n{slot[2]}", document), encoding="utf-8")
    return 0


def _row(name: str, damages: Sequence[Damage], sound: Sequence[Damage]) -> tuple[str, ...]:
    call, usual, end = (
        _median([getattr(one, what) for one in some])
        for some, what in ((damages, "call_ms"), (sound, "call_ms"), (damages, "exit_s"))
    )
    slower = call - usual if call is not None and usual is not None and damages is not sound else None
    lost = [one.lost for one in damages if one.lost is not None]
    return (
        name,
        "–" if slower is None else f"{slower:+.1f}",
        "–" if end is None else f"{end:.2f}",
        f"{sum(one.made for one in damages):,}",
        f"{sum(lost):,}" if lost else "–",
        f"{max(one.log_lines for one in damages)}",
    )


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
