"""How rows are packed: zstd, primed with what every row of a database repeats."""

from __future__ import annotations

import sqlite3
import sys
from importlib import resources

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL = 3
ZstdError = zstd.ZstdError


class Packing:
    """Packs and unpacks with the dictionary of one database.  One for each thread."""

    def __init__(self, dictionary: bytes) -> None:
        self._dictionary = zstd.ZstdDict(dictionary, is_raw=True)
        self._compressor = zstd.ZstdCompressor(level=LEVEL, zstd_dict=self._dictionary)

    @classmethod
    def of(cls, connection: sqlite3.Connection) -> Packing:
        return cls(connection.execute("SELECT body FROM dictionary").fetchone()[0])

    def packed(self, body: bytes) -> bytes:
        data: bytes = self._compressor.compress(body, zstd.ZstdCompressor.FLUSH_FRAME)
        return data

    def unpacked(self, data: bytes) -> bytes:
        return zstd.decompress(data, self._dictionary)


def typical() -> bytes:
    """What a new database is primed with: rows that the sample application left, made by `tools/typical_rows.py`."""
    return resources.files("limelight.server.store").joinpath("typical.json").read_bytes()
