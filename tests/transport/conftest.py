from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conformance.conftest import fake, provider, traced

if TYPE_CHECKING:
    from collections.abc import Callable

    from limelight.testing import Capture

__all__ = ["fake", "provider", "traced"]


@pytest.fixture
def spans(traced: Callable[..., Capture]) -> Capture:
    """Nothing but what is seen at transport: no integration claims a call."""
    return traced("transport")


@pytest.fixture(autouse=True)
def watched(sound: None) -> None:
    """Each test of this folder ends as clean as it began."""
