"""A parcel handed to the backend: whole, or in halves, or cut; one bad span never costs its neighbours."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from limelight.engine.guard import guarded
from limelight.pipeline.parcel import LIMITS, Parcel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from limelight.pipeline.connection import Connection

TOO_LARGE = 413
UNREADABLE = frozenset({400, 415, 422})
"""Something in it is wrong, perhaps one span only."""
CLOSED = frozenset({401, 402, 403, 404, 407})
"""The address or the key is wrong, not what was sent."""
MAX_REFUSED = 20
"""So many spans refused one by one, and none taken: it is not the spans."""


@dataclass(slots=True)
class Receipt:
    """What became of a parcel."""

    sent: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    """Spans that the backend will never have, by reason."""
    left: Sequence[Parcel] = ()
    """What it would have taken, had it not gone away."""
    status: int | None = None
    """The last answer that was no yes."""
    was_too_large: bool = False


def deliver(post: Connection, parcel: Parcel) -> Receipt:
    """Never raises.  Ends when every span is taken or given up, or when the backend is away."""
    receipt = Receipt()
    waiting = [parcel]
    while waiting:
        now = waiting.pop(0)
        status: int | None = None
        with guarded("posting spans"):
            status = post(now.body())
        if status is not None and status < 300:
            refused = min(post.rejected, len(now.spans))
            receipt.sent += len(now.spans) - refused
            receipt.lost["rejected"] += refused
            continue
        receipt.status = status
        if is_passing(status) or status in CLOSED:
            receipt.left = (now, *waiting)
            break
        if receipt.lost["refused"] > MAX_REFUSED and not receipt.sent:
            receipt.lost["refused"] += len(now.spans)
            continue
        waiting[:0] = _smaller(post, now, status, receipt)
    receipt.lost = +receipt.lost
    return receipt


def _smaller(post: Connection, refused: Parcel, status: int | None, receipt: Receipt) -> Sequence[Parcel]:
    """What to try in place of a parcel that was refused for good."""
    receipt.was_too_large = receipt.was_too_large or status == TOO_LARGE
    if status in UNREADABLE or status == TOO_LARGE:
        if len(refused.spans) > 1:
            return refused.halves()
        if status == TOO_LARGE:
            return _cut_until_taken(post, refused, receipt)
    receipt.lost["refused"] += len(refused.spans)
    return ()


def _cut_until_taken(post: Connection, one: Parcel, receipt: Receipt) -> Sequence[Parcel]:
    for limit in LIMITS:
        with guarded("cutting a span"):
            shorter = one.shortened(limit)
            status = post(shorter.body())
            if is_passing(status):
                return (one,)
            if status is not None and status < 300:
                receipt.sent += 1
                return ()
    receipt.lost["too large"] += 1
    return ()


def is_passing(status: int | None) -> bool:
    """Is it worth trying again?"""
    return status is None or status in {408, 429} or status >= 500
