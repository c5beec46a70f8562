from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from tests.conformance.conftest import certificates, fake, no_client_left, provider, spans, traced

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["certificates", "fake", "no_client_left", "provider", "spans", "traced"]


@pytest.fixture(scope="module", autouse=True)
def nothing_left() -> Iterator[None]:
    """What was broken here and is collected later fails in others' tests."""
    yield
    gc.collect()
