from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anthropic
import openai
import pytest

from limelight.testing.fake import FakeProvider
from tests.fake.both import settle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@pytest.fixture
def fake() -> Iterator[FakeProvider]:
    with FakeProvider() as provider:
        yield provider


@pytest.fixture(params=["sync", "async"])
def style(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def gpt(style: str, fake: FakeProvider) -> AsyncIterator[Any]:
    async for client in connected(openai, "OpenAI", style, base_url=fake.openai_url, timeout=10):
        yield client


@pytest.fixture
async def azure(style: str, fake: FakeProvider) -> AsyncIterator[Any]:
    given = {"azure_endpoint": fake.azure_url, "api_version": "2024-10-21"}
    async for client in connected(openai, "AzureOpenAI", style, **given):
        yield client


@pytest.fixture
async def claude(style: str, fake: FakeProvider) -> AsyncIterator[Any]:
    async for client in connected(anthropic, "Anthropic", style, base_url=fake.anthropic_url, timeout=10):
        yield client


async def connected(library: Any, name: str, style: str, **given: Any) -> AsyncIterator[Any]:
    """A client, closed afterwards.  Certificates are left unread where the library allows it: they take 30 ms."""
    prefix = "" if style == "sync" else "Async"
    if plain := getattr(library, f"Default{prefix}HttpxClient", None):
        given["http_client"] = plain(verify=False)
    client = getattr(library, prefix + name)(api_key="any", max_retries=0, **given)
    yield client
    await settle(client.close())
