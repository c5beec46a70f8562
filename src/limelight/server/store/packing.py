"""How rows are packed: zstd; small ones primed with what every row of a database repeats."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Sequence
from importlib import resources

import msgspec

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL = 3
PRIMED_BYTES = 12_000
"""More than this needs no priming, which takes time: it repeats itself."""
ZstdError = zstd.ZstdError
_decode_entries = msgspec.msgpack.Decoder(list[bytes]).decode


class Packing:
    """Packs and unpacks with the dictionary of one database.  One for each thread."""

    def __init__(self, dictionary: bytes) -> None:
        self._dictionary = zstd.ZstdDict(dictionary, is_raw=True)
        self._primed = zstd.ZstdCompressor(level=LEVEL, zstd_dict=self._dictionary)
        self._plain = zstd.ZstdCompressor(level=LEVEL)

    @classmethod
    def of(cls, connection: sqlite3.Connection) -> Packing:
        return cls(connection.execute("SELECT body FROM dictionary").fetchone()[0])

    def packed(self, body: bytes) -> bytes:
        compressor = self._primed if len(body) < PRIMED_BYTES else self._plain
        data: bytes = compressor.compress(body, zstd.ZstdCompressor.FLUSH_FRAME)
        return data

    def unpacked(self, data: bytes) -> bytes:
        return zstd.decompress(data, self._dictionary)

    def packed_entries(self, entries: Sequence[bytes]) -> bytes:
        return self.packed(msgspec.msgpack.encode(entries))

    def entries(self, data: bytes) -> list[bytes]:
        return _decode_entries(self.unpacked(data))


def typical() -> bytes:
    """What a new database is primed with: rows that the sample application left, made by `tools/typical_rows.py`."""
    return resources.files("limelight.server.store").joinpath("typical.json").read_bytes()
