"""A provider that we did not write: `llmock`, a development dependency.

What passes against our own fake provider and against this one rests on two readings of the wire.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.conftest import no_chance, no_client_left, spans, traced, watched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conformance.expected import Recorded
    from tests.llmock.backend import LLMock

testing = pytest.importorskip("llmock.testing")

NO_ROUTE = "llmock has no such endpoint"
NO_SCHEMA = "llmock does not answer in the JSON that was asked for"
ANSWERED = {
    "openai": {"chat", "response", "embeddings", "image"},
    "anthropic": {"messages", "batch"},
    "groq": {"chat"},
    "together": {"chat"},
    "mistral": {"chat"},
    "cohere": {"chat"},
    "google": {"content"},
}
"""What llmock answers: of each client library whose wire it speaks, the operations by the first word of their name."""
EXCEPT = {
    ("openai", "response, fetched"): NO_ROUTE,
    ("openai", "response, as beta"): NO_ROUTE,
    ("openai", "image, edited"): NO_ROUTE,
    ("openai", "image, varied"): NO_ROUTE,
    ("anthropic", "messages, parsed"): NO_SCHEMA,
    ("anthropic", "messages, parsed as beta"): NO_SCHEMA,
    ("cohere", "chat, first version"): NO_ROUTE,
    ("cohere", "chat, first version, tools"): NO_ROUTE,
    ("cohere", "chat, first version, cited"): NO_ROUTE,
}

PATIENT = {"mistral", "cohere", "google"}
"""Client libraries that do not read `retry-after-ms`, the only way in which llmock says less than a second."""
AT_ONCE = tuple(f"-{way}-{style}" for way in ("plain", "stream") for style in ("sync", "async"))
"""Ways of asking that `make test` tries; the others wait for `make test-slow`."""

left_out: Counter[str] = Counter()


@pytest.fixture(scope="session")
def llmock_server() -> Iterator[Any]:
    with testing.LLMockServer() as server:
        yield server


@pytest.fixture
def llmock_url(llmock_server: Any) -> str:
    """The root: OpenAI below `/v1`, Anthropic below `/anthropic`.  Behaviours of earlier tests are forgotten."""
    llmock_server.state.reset()
    return str(llmock_server.url)


@pytest.fixture(scope="session")
def provider() -> Iterator[LLMock]:
    from tests.llmock.backend import LLMock

    with LLMock() as backend:
        yield backend


@pytest.fixture
def fake(provider: LLMock, monkeypatch: pytest.MonkeyPatch) -> LLMock:
    """llmock, with a clock that stands and ids that come in the same order: equal requests get equal answers."""
    provider.reset()
    monkeypatch.setattr(time, "time", lambda: 1_772_000_000.0)
    monkeypatch.setattr("llmock.routers.batch._now_iso", lambda: "2026-02-25T06:13:20Z")
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=next(provider.numbers) << 64))
    return provider


@pytest.fixture
def expected(fake: LLMock) -> Recorded:
    from tests.llmock.answered import Answered

    return Answered(fake)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what cannot be asked of llmock, and say so at the end."""
    kept, gone = [], []
    for item in items:
        reason = _reason(item) if Path(__file__).parent in item.path.parents else None
        (kept if reason is None else gone).append(item)
        left_out.update([reason] if reason else [])
    items[:] = kept
    config.hook.pytest_deselected(items=gone)


def _reason(item: Any) -> str | None:
    asked = item.callspec.params if hasattr(item, "callspec") else {}
    if "subject" not in asked:
        return None
    item.add_marker(pytest.mark.filterwarnings("ignore::ResourceWarning"))
    if not item.callspec.id.endswith(AT_ONCE):
        item.add_marker(pytest.mark.slow)
    subject, name = asked["subject"].name, asked["ask"].name
    if subject not in ANSWERED:
        return f"{subject}: llmock does not speak its wire"
    if "retr" in item.originalname and subject in PATIENT:
        return f"{subject}, retries: it waits as its client library wants, which llmock does not shorten"
    if name.partition(",")[0] not in ANSWERED[subject]:
        return f"{subject}, {name}: {NO_ROUTE}"
    return f"{subject}, {name}: {EXCEPT[subject, name]}" if (subject, name) in EXCEPT else None


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if left_out:
        terminalreporter.section("not asked of llmock")
    for reason, count in sorted(left_out.items()):
        terminalreporter.line(f"{count:5} × {reason}")


__all__ = ["no_chance", "no_client_left", "spans", "traced", "watched"]
