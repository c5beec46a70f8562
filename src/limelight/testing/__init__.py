"""For your tests: spans in memory, and providers on loopback that answer without a key."""

from __future__ import annotations

from limelight.testing.capture import Capture, Captured, capture
from limelight.testing.cassette import Cassette, UnrecordedError
from limelight.testing.fake import FakeProvider
from limelight.testing.replay import replayed
from limelight.testing.report import Budget, calls, tree

__all__ = [
    "Budget",
    "Capture",
    "Captured",
    "Cassette",
    "FakeProvider",
    "UnrecordedError",
    "calls",
    "capture",
    "replayed",
    "tree",
]
