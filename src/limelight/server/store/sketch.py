"""How long calls took, as counts in buckets that each are a fifth wider than the one before.

A sketch is one integer with a lane of 24 bits for each bucket, so that adding sketches is adding integers.
"""

from __future__ import annotations

import math
from itertools import accumulate

LANE = 24
LAST = 100
"""Bucket of everything above 22 hours."""
_GROWTH = math.log(1.2)


def single(ms: float) -> int:
    bucket = 0 if ms <= 1 else min(LAST, 1 + int(math.log(ms) / _GROWTH))
    return 1 << (bucket * LANE)


def packed(sketch: int) -> bytes:
    """The first bucket that is not empty, then the lanes from there on."""
    if sketch <= 0:
        return b""
    first = ((sketch & -sketch).bit_length() - 1) // LANE
    rest = sketch >> (first * LANE)
    return bytes([first]) + rest.to_bytes((rest.bit_length() + 7) // 8, "little")


def unpacked(data: bytes) -> int:
    return int.from_bytes(data[1:], "little") << (data[0] * LANE) if data else 0


def quantiles(sketch: int, *wanted: float) -> list[float | None]:
    """Milliseconds that this part of the calls did not exceed, at most a tenth off; None where there were no calls."""
    body = sketch.to_bytes((sketch.bit_length() + 7) // 8 + 3, "little")
    lanes = [
        (at // 3, count) for at in range(0, len(body) - 2, 3) if (count := int.from_bytes(body[at : at + 3], "little"))
    ]
    total = sum(count for _, count in lanes)
    return [_quantile(lanes, share * total) if total else None for share in wanted]


def _quantile(lanes: list[tuple[int, int]], rank: float) -> float:
    seen = accumulate(count for _, count in lanes)
    bucket = next(bucket for (bucket, _), so_far in zip(lanes, seen, strict=True) if so_far >= rank)
    return 1.0 if bucket == 0 else round(math.exp((bucket - 0.5) * _GROWTH), 3)
