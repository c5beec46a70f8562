from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conformance.conftest import fake, provider, watched

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["fake", "provider", "watched"]


@pytest.fixture(autouse=True)
def plain_surroundings() -> Iterator[None]:
    """What a terminal is taken for depends on these, which a CI sets."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("FORCE_COLOR", "NO_COLOR", "COLUMNS", "LINES", "TERM"):
            patch.delenv(name, raising=False)
        yield
