from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from limelight.server.serve import running
from tests.server.asking import Client


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Client]:
    """A server on an empty folder, and on a port of its own."""
    with running(tmp_path) as url:
        yield Client(url)
