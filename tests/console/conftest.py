from __future__ import annotations

import pytest

from tests.conformance.conftest import fake, provider, watched

__all__ = ["fake", "provider", "watched"]


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a terminal is taken for depends on these, which a CI sets."""
    for name in ("FORCE_COLOR", "NO_COLOR", "COLUMNS", "LINES", "TERM"):
        monkeypatch.delenv(name, raising=False)
