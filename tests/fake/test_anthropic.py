from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import anthropic
import pytest
from pydantic import BaseModel

from limelight.testing.fake import refuse, say, search, think, tool_call
from tests.fake.both import drain, final, settle

if TYPE_CHECKING:
    from limelight.testing.fake import FakeProvider

ASK: dict[str, Any] = {
    "model": "claude-haiku-4-5",
    "max_tokens": 500,
    "messages": [{"role": "user", "content": "Hello from Łódź"}],
}
THINKING = {"type": "enabled", "budget_tokens": 1024}
WEATHER = {
    "name": "get_weather",
    "description": "Current weather of a city",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


async def test_a_message_follows_from_the_question(claude: Any) -> None:
    first = await settle(claude.messages.create(**ASK))
    again = await settle(claude.messages.create(**ASK))
    assert "Hello from Łódź" in first.content[0].text
    assert again.content == first.content
    assert again.id != first.id
    assert (first.stop_reason, first.model) == ("end_turn", "claude-haiku-4-5-20251001")
    assert first.usage.input_tokens > 5


async def test_a_stream_has_every_event_in_order(fake: FakeProvider, claude: Any) -> None:
    fake.script(think("Hm — naïve.") + say("Łódź it is.") + tool_call("book", {"city": "Łódź"}))
    events = await drain(claude.messages.create(**ASK, stream=True))
    kinds = [event.type for event in events]
    assert kinds[:2] == ["message_start", "content_block_start"]
    assert kinds[-2:] == ["message_delta", "message_stop"]
    assert kinds.count("content_block_start") == kinds.count("content_block_stop") == 3
    deltas = list(dict.fromkeys(event.delta.type for event in events if event.type == "content_block_delta"))
    assert deltas == ["thinking_delta", "signature_delta", "text_delta", "input_json_delta"]
    assert events[0].message.usage.output_tokens == 1
    assert events[-2].usage.output_tokens > 5
    assert events[-2].delta.stop_reason == "tool_use"


async def test_the_stream_helper_assembles_the_message(fake: FakeProvider, claude: Any) -> None:
    fake.script(think("Hm.") + say("Gladly.") + tool_call("book", {"city": "Łódź", "nights": 2}))
    whole = await final(claude.messages.stream(**ASK, thinking=THINKING), "get_final_message")
    thought, said, call = whole.content
    assert (thought.thinking, said.text, call.input) == ("Hm.", "Gladly.", {"city": "Łódź", "nights": 2})
    assert thought.signature
    assert whole.stop_reason == "tool_use"


async def test_beta_messages(claude: Any, fake: FakeProvider) -> None:
    answer = await settle(claude.beta.messages.create(**ASK, betas=["output-128k-2025-02-19"]))
    assert "Hello from Łódź" in answer.content[0].text
    assert fake.requests[-1].header("anthropic-beta") == "output-128k-2025-02-19"
    whole = await final(claude.beta.messages.stream(**ASK), "get_final_message")
    assert whole.content[0].text == answer.content[0].text


async def test_thinking_is_unasked_for_unless_asked_for(claude: Any) -> None:
    plain = await settle(claude.messages.create(**ASK))
    thoughtful = await settle(claude.messages.create(**ASK, thinking=THINKING))
    assert [block.type for block in plain.content] == ["text"]
    assert [block.type for block in thoughtful.content] == ["thinking", "text"]


async def test_a_fitting_tool_is_called_and_its_result_answered(claude: Any) -> None:
    messages: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    asked = await settle(claude.messages.create(**{**ASK, "messages": messages, "tools": [WEATHER]}))
    call = asked.content[0]
    assert (asked.stop_reason, call.name, call.input) == ("tool_use", "get_weather", {"city": "Paris"})
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "drizzle, 11 °C"}
    messages += [{"role": "assistant", "content": asked.content}, {"role": "user", "content": [result]}]
    told = await settle(claude.messages.create(**{**ASK, "messages": messages, "tools": [WEATHER]}))
    assert "drizzle, 11 °C" in told.content[0].text


async def test_tool_choice_is_obeyed(claude: Any) -> None:
    forced = {"type": "tool", "name": "get_weather"}
    answer = await settle(claude.messages.create(**ASK, tools=[WEATHER], tool_choice=forced))
    assert answer.content[0].type == "tool_use"
    silent = await settle(claude.messages.create(**ASK, tools=[WEATHER], tool_choice={"type": "none"}))
    assert silent.content[0].type == "text"


@pytest.mark.parametrize("stream", [False, True])
async def test_server_tools_and_their_citations(fake: FakeProvider, claude: Any, stream: bool) -> None:
    fake.script(
        search("trams in Lisbon", ("Trams", "https://example.com/28")) + say("28.", cites=("https://x.example",))
    )
    tools = [{"type": "web_search_20250305", "name": "web_search"}]
    if stream:
        answer = await final(claude.messages.stream(**ASK, tools=tools), "get_final_message")
    else:
        answer = await settle(claude.messages.create(**ASK, tools=tools))
    use, found, said = answer.content
    assert (use.type, use.name, use.input) == ("server_tool_use", "web_search", {"query": "trams in Lisbon"})
    assert found.tool_use_id == use.id
    assert found.content[0].url == "https://example.com/28"
    assert said.citations[0].url == "https://x.example"
    assert answer.usage.server_tool_use.web_search_requests == 1
    assert answer.stop_reason == "end_turn"


async def test_caching_writes_first_and_reads_after(claude: Any) -> None:
    book = {"type": "text", "text": "The quick brown fox. " * 50, "cache_control": {"type": "ephemeral"}}
    first = (await settle(claude.messages.create(**ASK, system=[book]))).usage
    other = {**ASK, "messages": [{"role": "user", "content": "Something else"}]}
    second = (await settle(claude.messages.create(**other, system=[book]))).usage
    assert first.cache_creation_input_tokens == second.cache_read_input_tokens > 200
    assert first.cache_read_input_tokens == second.cache_creation_input_tokens == 0
    assert first.cache_creation.ephemeral_5m_input_tokens == first.cache_creation_input_tokens
    assert second.input_tokens < 20


async def test_refusals_are_a_stop_reason(fake: FakeProvider, claude: Any) -> None:
    fake.script(refuse("No."))
    answer = await settle(claude.messages.create(**ASK))
    assert (answer.stop_reason, answer.content[0].text) == ("refusal", "No.")


async def test_stops_where_it_is_told_to(fake: FakeProvider, claude: Any) -> None:
    fake.script(say("one two three four"), say("one two three four"))
    short = await settle(claude.messages.create(**{**ASK, "max_tokens": 2}))
    assert (short.content[0].text, short.stop_reason) == ("one two", "max_tokens")
    stopped = await settle(claude.messages.create(**ASK, stop_sequences=[" three"]))
    assert (stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", " three")


class Trip(BaseModel):
    city: str
    days: int


async def test_structured_output_parses(claude: Any) -> None:
    ask = {**ASK, "messages": [{"role": "user", "content": "Plan 4 days in Porto"}]}
    parsed = await settle(claude.messages.parse(**ask, output_format=Trip))
    assert parsed.parsed_output == Trip(city="Porto", days=4)


async def test_tokens_are_counted(claude: Any) -> None:
    counted = await settle(claude.messages.count_tokens(model=ASK["model"], messages=ASK["messages"]))
    answered = await settle(claude.messages.create(**ASK))
    assert counted.input_tokens == answered.usage.input_tokens


async def test_batches_from_creation_to_results(claude: Any) -> None:
    requests = [
        {"custom_id": "good", "params": ASK},
        {"custom_id": "bad", "params": {**ASK, "model": "no-such-model"}},
    ]
    created = await settle(claude.messages.batches.create(requests=requests))
    assert (created.processing_status, created.request_counts.processing) == ("in_progress", 2)
    ended = await settle(claude.messages.batches.retrieve(created.id))
    assert (ended.processing_status, ended.request_counts.succeeded, ended.request_counts.errored) == (
        "ended",
        1,
        1,
    )
    results = {result.custom_id: result.result for result in await drain(claude.messages.batches.results(created.id))}
    assert "Hello from Łódź" in results["good"].message.content[0].text
    assert results["bad"].error.error.type == "not_found_error"
    assert (await settle(claude.messages.batches.list())).data[0].id == created.id
    await settle(claude.messages.batches.delete(created.id))
    with pytest.raises(anthropic.NotFoundError):
        await settle(claude.messages.batches.retrieve(created.id))


async def test_cancelled_batches(claude: Any) -> None:
    created = await settle(claude.messages.batches.create(requests=[{"custom_id": "one", "params": ASK}]))
    assert (await settle(claude.messages.batches.cancel(created.id))).processing_status == "canceling"
    assert (await settle(claude.messages.batches.retrieve(created.id))).request_counts.canceled == 1


async def test_models(claude: Any) -> None:
    assert (await settle(claude.models.retrieve("claude-haiku-4-5"))).id == "claude-haiku-4-5-20251001"
    assert len((await settle(claude.models.list())).data) > 3


async def test_legacy_completions(fake: FakeProvider, claude: Any) -> None:
    body = {"model": "claude-2.1", "max_tokens_to_sample": 60, "prompt": "\n\nHuman: Say hi\n\nAssistant:"}
    answer = await settle(claude.post("/v1/complete", body=body, cast_to=object))
    assert "Say hi" in answer["completion"]
    assert answer["stop_reason"] == "stop_sequence"
    assert json.loads(fake.requests[-1].body) == body
