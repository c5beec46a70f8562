"""The provider that we did not write does what the conformance suite will ask of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import anthropic
import openai
import pytest

from tests.fake.both import drain, settle

scenarios = pytest.importorskip("llmock.scenarios")

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HELLO = [{"role": "user", "content": "Hello"}]
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
FUNCTION = {"type": "function", "function": {"name": "get_weather", "description": "Weather", "parameters": CITY}}
TOOL = {"name": "get_weather", "description": "Weather", "input_schema": CITY}


@pytest.fixture(params=["sync", "async"])
async def gpt(request: pytest.FixtureRequest, llmock_url: str) -> AsyncIterator[Any]:
    kind: Any = {"sync": openai.OpenAI, "async": openai.AsyncOpenAI}[request.param]
    client = kind(base_url=f"{llmock_url}/v1", api_key="any", max_retries=0)
    yield client
    await settle(client.close())


@pytest.fixture(params=["sync", "async"])
async def claude(request: pytest.FixtureRequest, llmock_url: str) -> AsyncIterator[Any]:
    kind: Any = {"sync": anthropic.Anthropic, "async": anthropic.AsyncAnthropic}[request.param]
    client = kind(base_url=f"{llmock_url}/anthropic", api_key="any", max_retries=0)
    yield client
    await settle(client.close())


async def test_openai_plain(gpt: Any) -> None:
    answer = await settle(gpt.chat.completions.create(model="gpt-4o", messages=HELLO))
    assert answer.choices[0].message.content
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


async def test_openai_stream(gpt: Any) -> None:
    options = {"include_usage": True}
    chunks = await drain(
        gpt.chat.completions.create(model="gpt-4o", messages=HELLO, stream=True, stream_options=options)
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert chunks[-1].choices == []
    assert chunks[-1].usage.completion_tokens > 0


async def test_openai_tools(gpt: Any) -> None:
    answer = await settle(gpt.chat.completions.create(model="gpt-4o", messages=HELLO, tools=[FUNCTION]))
    [call] = answer.choices[0].message.tool_calls
    assert call.function.name == "get_weather"
    assert set(json.loads(call.function.arguments)) == {"city"}
    assert answer.choices[0].finish_reason == "tool_calls"


async def test_openai_responses(gpt: Any) -> None:
    response = await settle(gpt.responses.create(model="gpt-4o", input="Hello"))
    events = await drain(gpt.responses.create(model="gpt-4o", input="Hello", stream=True))
    assert response.output_text
    assert events[-1].response.output_text == response.output_text
    assert [event.sequence_number for event in events] == list(range(len(events)))


async def test_openai_embeddings(gpt: Any) -> None:
    assert (await settle(gpt.embeddings.create(model="text-embedding-3-small", input="Hello"))).data[0].embedding


async def test_openai_error(gpt: Any, llmock_server: Any) -> None:
    llmock_server.state.scenarios.add(scenarios.Fail(429, retry_after=0.1))
    with pytest.raises(openai.RateLimitError) as caught:
        await settle(gpt.chat.completions.create(model="gpt-4o", messages=HELLO))
    assert caught.value.response.headers["retry-after"]


async def test_anthropic_plain(claude: Any) -> None:
    answer = await settle(claude.messages.create(model="claude-haiku-4-5", max_tokens=100, messages=HELLO))
    assert answer.content[0].text
    assert answer.stop_reason == "end_turn"
    assert answer.usage.output_tokens > 0


async def test_anthropic_stream(claude: Any) -> None:
    events = await drain(claude.messages.create(model="claude-haiku-4-5", max_tokens=100, messages=HELLO, stream=True))
    assert (events[0].type, events[-1].type) == ("message_start", "message_stop")
    assert "".join(event.delta.text for event in events if event.type == "content_block_delta")


async def test_anthropic_tools(claude: Any) -> None:
    answer = await settle(
        claude.messages.create(model="claude-haiku-4-5", max_tokens=100, messages=HELLO, tools=[TOOL])
    )
    assert answer.stop_reason == "tool_use"
    assert next(block for block in answer.content if block.type == "tool_use").name == "get_weather"


async def test_anthropic_error(claude: Any, llmock_server: Any) -> None:
    llmock_server.state.scenarios.add(scenarios.Fail(529))
    with pytest.raises(anthropic.APIStatusError) as caught:
        await settle(claude.messages.create(model="claude-haiku-4-5", max_tokens=100, messages=HELLO))
    assert caught.value.status_code == 529
    assert caught.value.body["error"]["type"] == "overloaded_error"
