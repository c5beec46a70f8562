from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.conftest import fake, no_client_left, provider, spans, traced, watched

__all__ = ["fake", "no_client_left", "provider", "spans", "traced", "watched"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where some clients are closed, their sockets are the collector's."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore::ResourceWarning"))
