"""A provider that we did not write: `llmock`, a development dependency.

What passes against our own fake provider and against this one rests on two readings of the wire.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

testing = pytest.importorskip("llmock.testing")


@pytest.fixture(scope="session")
def llmock_server() -> Iterator[Any]:
    with testing.LLMockServer() as server:
        yield server


@pytest.fixture
def llmock_url(llmock_server: Any) -> str:
    """The root: OpenAI below `/v1`, Anthropic below `/anthropic`.  Behaviours of earlier tests are forgotten."""
    llmock_server.state.reset()
    return str(llmock_server.url)
