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
    given: dict[str, Any] = {"base_url": fake.openai_url, "api_key": "any", "max_retries": 0, "timeout": 10}
    if style == "sync":
        client: Any = openai.OpenAI(**given, http_client=openai.DefaultHttpxClient(verify=False))
    else:
        client = openai.AsyncOpenAI(**given, http_client=openai.DefaultAsyncHttpxClient(verify=False))
    yield client
    await settle(client.close())


@pytest.fixture
async def azure(style: str, fake: FakeProvider) -> AsyncIterator[Any]:
    given: dict[str, Any] = {"azure_endpoint": fake.azure_url, "api_key": "any", "api_version": "2024-10-21"}
    kind: Any = {"sync": openai.AzureOpenAI, "async": openai.AsyncAzureOpenAI}[style]
    client = kind(**given, max_retries=0)
    yield client
    await settle(client.close())


@pytest.fixture
async def claude(style: str, fake: FakeProvider) -> AsyncIterator[Any]:
    given: dict[str, Any] = {
        "base_url": fake.anthropic_url,
        "api_key": "any",
        "max_retries": 0,
        "timeout": 10,
    }
    if style == "sync":
        client: Any = anthropic.Anthropic(**given, http_client=anthropic.DefaultHttpxClient(verify=False))
    else:
        client = anthropic.AsyncAnthropic(**given, http_client=anthropic.DefaultAsyncHttpxClient(verify=False))
    yield client
    await settle(client.close())
