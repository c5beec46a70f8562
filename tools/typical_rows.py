"""Renew `store/typical.json`, with which a new database primes its compression: `python tools/typical_rows.py`.

Rows of the bundled sample application, one of each kind of span, the most frequent kind last: zstd finds what is
nearest first.  Databases that exist keep the one they were made with.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import msgspec

from limelight.demo import app
from limelight.server.serve import running
from limelight.server.store.database import connect_reader
from limelight.server.store.packing import Packing

TARGET = Path(__file__).parent.parent / "src/limelight/server/store/typical.json"
KINDS = ("embedding", "chain", "agent", "tool", "llm")


def main() -> None:
    """Run the application once and keep what its spans were stored as."""
    with tempfile.TemporaryDirectory() as folder:
        with running(Path(folder)) as url:
            app.main(url)
        rows = stored(Path(folder) / "limelight.db")
    lines = [row for kind in KINDS for row in rows.get(kind, ())]
    TARGET.write_bytes(b"\n".join(lines) + b"\n")
    print(f"{TARGET}: {TARGET.stat().st_size:,} bytes")


def stored(path: Path) -> dict[str, tuple[bytes, bytes]]:
    """Of each kind of span the longest: its detail and its summary, unpacked."""
    connection = connect_reader(path)
    packing = Packing.of(connection)
    found: dict[str, tuple[bytes, bytes]] = {}
    for summary, detail in connection.execute("SELECT summary, detail FROM span ORDER BY length(detail)"):
        body = packing.unpacked(summary)
        row: dict[str, Any] = msgspec.json.decode(body)["row"]
        found[row["kind"]] = packing.unpacked(detail), body
    return found


if __name__ == "__main__":
    main()
