from __future__ import annotations

import functools
import os
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from limelight.testing import Capture, FakeProvider, capture
from tests.conformance.expected import Recorded
from tests.conformance.subject import close_clients

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

FLAT = {"input": 1.0, "output": 2.0, "cache_read": 0.5, "cache_write": 1.5, "cache_write_1h": 3.0}
LITELLM_READS_ON = "ignore:Accessing the 'model_:DeprecationWarning"
"""What its streams look up in pydantic's models; as errors, such warnings break them."""
PRICES = {"name": "flat", "bundled": False, "prices": {"*": {"*": FLAT}}}
"""Dollars per million tokens, for every model: so that no change of a real price changes a span."""


@pytest.fixture(scope="session", autouse=True)
def certificates() -> Iterator[None]:
    """Load them once: it takes 20 ms, and some clients do it each time they are made."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", functools.cache(ssl.create_default_context))
        yield


@pytest.fixture(scope="session")
def provider() -> Iterator[FakeProvider]:
    with FakeProvider() as provider:
        yield provider


@pytest.fixture
def fake(provider: FakeProvider) -> FakeProvider:
    provider.reset()
    return provider


@pytest.fixture
def expected() -> Recorded:
    """What the spans shall say."""
    return Recorded()


@pytest.fixture
def traced() -> Iterator[Callable[..., Capture]]:
    """Switch tracing on, for the rest of the test."""
    started: list[Capture] = []

    def start(*libraries: str, **settings: Any) -> Capture:
        started.append(capture(*libraries, **{"prices": PRICES, "mask": None, **settings}))
        return started[-1]

    yield start
    for one in started:
        one.shutdown()


@pytest.fixture
def spans(traced: Callable[..., Capture]) -> Capture:
    return traced()


@pytest.fixture(autouse=True)
def watched(sound: None) -> None:
    """Each test of this folder ends as clean as it began."""


@pytest.fixture(autouse=True)
async def no_client_left() -> AsyncIterator[None]:
    """Clients are closed on the loop that they worked on."""
    yield
    await close_clients()


@pytest.fixture(autouse=True)
def no_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Boundaries of forms and idempotency keys are drawn from here; drawn equal, whole requests can be compared."""
    monkeypatch.setattr(os, "urandom", bytes)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A reader who drops a stream, here or in a test that fails, leaves the vendor's socket to the collector."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore::ResourceWarning", LITELLM_READS_ON))
