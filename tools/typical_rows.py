"""Renew `store/typical.json`, with which a new database primes its compression: `python tools/typical_rows.py`.

Rows of the bundled sample application, one of each kind of span, the most frequent kind last: zstd finds what is
nearest first.  Databases that exist keep the one they were made with.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec

from limelight.demo import app
from limelight.server.serve import running
from limelight.server.store import segments
from limelight.server.store.database import connect_reader
from limelight.server.store.packing import Packing
from limelight.server.store.shelf import MASK, SHIFT

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


def stored(path: Path) -> dict[str, tuple[bytes, bytes, bytes]]:
    """Of each kind of span the longest: its detail, its summary, and its trace as a whole; unpacked."""
    connection = connect_reader(path)
    packing = Packing.of(connection)
    packs = {pack: packing.entries(body) for pack, body in connection.execute("SELECT id, body FROM pack")}
    found: dict[str, tuple[bytes, bytes, bytes]] = {}
    for trace, frame in connection.execute("SELECT id, frame FROM trace").fetchall():
        for segment in segments.of_trace(connection, trace):
            for place, summary in segment.live(lambda number: packs[number >> SHIFT][number & MASK]):
                number = segment.detail(place)
                detail = packs[number >> SHIFT][number & MASK]
                if len(detail) > len(found.get(summary.kind, (b"",))[0]):
                    found[summary.kind] = detail, msgspec.json.encode([summary]), packing.unpacked(frame)
    return found


if __name__ == "__main__":
    main()
