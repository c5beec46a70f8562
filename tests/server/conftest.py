from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from limelight.server.serve import running
from tests.server.asking import Client


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with running(tmp_path_factory.mktemp("shared")) as url:
        yield Client(url)


@pytest.fixture
def server(shared: Client) -> Client:
    """A server that holds no trace; its counters go on from test to test."""
    for row in shared.get("/api/v1/traces", limit=1000).json["traces"]:
        assert shared.ask("DELETE", f"/api/v1/traces/{row['trace_id']}").status == 200
    return shared


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Client]:
    """A server on an empty folder that nobody has asked anything."""
    with running(tmp_path) as url:
        yield Client(url)
