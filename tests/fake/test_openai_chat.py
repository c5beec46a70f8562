from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import openai
import pytest
from pydantic import BaseModel

from limelight.testing.fake import refuse, say, think, tool_call
from tests.fake.both import drain, final, settle

if TYPE_CHECKING:
    from limelight.testing.fake import FakeProvider

HELLO = [{"role": "user", "content": "Hello from Łódź"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Current weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def text(chunks: list[Any]) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


async def test_the_answer_follows_from_the_question(gpt: Any) -> None:
    first = await settle(gpt.chat.completions.create(model="gpt-4o-mini", messages=HELLO))
    again = await settle(gpt.chat.completions.create(model="gpt-4o-mini", messages=HELLO))
    assert "Hello from Łódź" in first.choices[0].message.content
    assert again.choices[0].message.content == first.choices[0].message.content
    assert again.id != first.id
    assert first.model == "gpt-4o-mini-2024-07-18"
    assert first.choices[0].finish_reason == "stop"
    assert first.usage.total_tokens == first.usage.prompt_tokens + first.usage.completion_tokens > 10


async def test_two_providers_answer_the_same_bytes(fake: FakeProvider, gpt: Any) -> None:
    async def ask() -> bytes:
        raw = await settle(gpt.chat.completions.with_raw_response.create(model="gpt-4o", messages=HELLO))
        return bytes(raw.http_response.content)

    before = await ask()
    fake.reset()
    assert await ask() == before


async def test_a_stream_tells_usage_only_to_those_who_ask(gpt: Any) -> None:
    plain = await drain(gpt.chat.completions.create(model="gpt-4o", messages=HELLO, stream=True))
    assert all(chunk.choices and chunk.usage is None for chunk in plain)
    assert "usage" not in plain[0].model_fields_set

    options = {"include_usage": True}
    asked = await drain(
        gpt.chat.completions.create(model="gpt-4o", messages=HELLO, stream=True, stream_options=options)
    )
    assert asked[-1].choices == []
    assert asked[-1].usage.completion_tokens > 0
    assert all(chunk.usage is None and "usage" in chunk.model_fields_set for chunk in asked[:-1])
    assert text(asked) == text(plain)
    assert "Hello from Łódź" in text(plain)


async def test_a_stream_begins_with_the_role_and_ends_with_the_reason(gpt: Any) -> None:
    chunks = await drain(gpt.chat.completions.create(model="gpt-4o", messages=HELLO, stream=True))
    first, last = chunks[0].choices[0], chunks[-1].choices[0]
    assert (first.delta.role, first.delta.content) == ("assistant", "")
    assert last.finish_reason == "stop"
    assert len({chunk.id for chunk in chunks}) == 1


async def test_the_stream_helper_puts_tool_calls_together(fake: FakeProvider, gpt: Any) -> None:
    fake.script(say("One moment.") + tool_call("get_weather", {"city": "Łódź"}) + tool_call("get_time", {}))
    manager = gpt.chat.completions.stream(model="gpt-4o", messages=HELLO)
    whole = await final(manager, "get_final_completion")
    message = whole.choices[0].message
    assert message.content == "One moment."
    assert [call.function.name for call in message.tool_calls] == ["get_weather", "get_time"]
    assert json.loads(message.tool_calls[0].function.arguments) == {"city": "Łódź"}
    assert whole.choices[0].finish_reason == "tool_calls"


async def test_a_fitting_tool_is_called_and_its_result_answered(gpt: Any) -> None:
    messages: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    asked = await settle(gpt.chat.completions.create(model="gpt-4o", messages=messages, tools=[WEATHER]))
    call = asked.choices[0].message.tool_calls[0]
    assert (call.function.name, json.loads(call.function.arguments)) == ("get_weather", {"city": "Paris"})
    messages += [
        asked.choices[0].message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": "drizzle, 11 °C"},
    ]
    told = await settle(gpt.chat.completions.create(model="gpt-4o", messages=messages, tools=[WEATHER]))
    assert "drizzle, 11 °C" in told.choices[0].message.content
    assert told.choices[0].finish_reason == "stop"


@pytest.mark.parametrize(
    ("choice", "called"),
    [
        ("none", False),
        ("auto", False),
        ("required", True),
        ({"type": "function", "function": {"name": "get_weather"}}, True),
    ],
)
async def test_tool_choice_is_obeyed(gpt: Any, choice: Any, called: bool) -> None:
    answer = await settle(
        gpt.chat.completions.create(model="gpt-4o", messages=HELLO, tools=[WEATHER], tool_choice=choice)
    )
    assert bool(answer.choices[0].message.tool_calls) is called


class Trip(BaseModel):
    city: str
    days: int
    tags: list[str]
    luxury: bool | None = None


async def test_structured_output_parses(gpt: Any) -> None:
    question = [{"role": "user", "content": "Plan 4 days in Porto"}]
    parsed = await settle(gpt.chat.completions.parse(model="gpt-4o", messages=question, response_format=Trip))
    trip = parsed.choices[0].message.parsed
    assert isinstance(trip, Trip)
    assert (trip.city, trip.days) == ("Porto", 4)


async def test_json_mode_is_json(gpt: Any) -> None:
    kind = {"type": "json_object"}
    answer = await settle(gpt.chat.completions.create(model="gpt-4o", messages=HELLO, response_format=kind))
    assert json.loads(answer.choices[0].message.content) == {"answer": "Hello from Łódź"}


@pytest.mark.parametrize("stream", [False, True])
async def test_refusals(fake: FakeProvider, gpt: Any, stream: bool) -> None:
    fake.script(refuse("No."))
    if stream:
        chunks = await drain(gpt.chat.completions.create(model="gpt-4o", messages=HELLO, stream=True))
        assert "".join(chunk.choices[0].delta.refusal or "" for chunk in chunks) == "No."
        assert text(chunks) == ""
    else:
        answer = await settle(gpt.chat.completions.create(model="gpt-4o", messages=HELLO))
        assert (answer.choices[0].message.refusal, answer.choices[0].message.content) == ("No.", None)


async def test_several_choices_are_told_apart_and_paid_for(gpt: Any) -> None:
    one = await settle(gpt.chat.completions.create(model="gpt-4o", messages=HELLO))
    three = await settle(gpt.chat.completions.create(model="gpt-4o", messages=HELLO, n=3))
    assert len({choice.message.content for choice in three.choices}) == 3
    assert three.usage.completion_tokens == 3 * one.usage.completion_tokens
    chunks = await drain(gpt.chat.completions.create(model="gpt-4o", messages=HELLO, n=3, stream=True))
    assert [chunk.choices[0].index for chunk in chunks[:4]] == [0, 1, 2, 0]


async def test_reasoning_is_counted_but_not_shown(fake: FakeProvider, gpt: Any) -> None:
    fake.script(think("Two and two, slowly.") + say("4"))
    answer = await settle(gpt.chat.completions.create(model="gpt-5-mini", messages=HELLO))
    details = answer.usage.completion_tokens_details
    assert details.reasoning_tokens == 6
    assert answer.usage.completion_tokens == 7
    assert "slowly" not in answer.model_dump_json()


@pytest.mark.parametrize("stream", [False, True])
async def test_compatible_hosts_show_their_reasoning(fake: FakeProvider, gpt: Any, stream: bool) -> None:
    fake.script(think("Two and two.") + say("4"))
    result = await settle(gpt.chat.completions.create(model="deepseek-r1", messages=HELLO, stream=stream))
    if stream:
        deltas = [chunk.choices[0].delta for chunk in await drain(result)]
        assert "".join(getattr(delta, "reasoning_content", None) or "" for delta in deltas) == "Two and two."
    else:
        assert result.choices[0].message.reasoning_content == "Two and two."


@pytest.mark.parametrize("stream", [False, True])
async def test_log_probabilities_on_request(gpt: Any, stream: bool) -> None:
    answer = await settle(gpt.chat.completions.create(model="gpt-4o", messages=HELLO, logprobs=True, stream=stream))
    first = (await drain(answer))[1].choices[0] if stream else answer.choices[0]
    assert first.logprobs.content[0].logprob < 0


async def test_long_prompts_are_cached(gpt: Any) -> None:
    handbook = {"role": "system", "content": "The quick brown fox jumps. " * 300}
    first = await settle(gpt.chat.completions.create(model="gpt-4o", messages=[handbook, *HELLO]))
    other = [{"role": "user", "content": "Something else"}]
    second = await settle(gpt.chat.completions.create(model="gpt-4o", messages=[handbook, *other]))
    assert first.usage.prompt_tokens_details.cached_tokens == 0
    cached = second.usage.prompt_tokens_details.cached_tokens
    assert 1024 <= cached < second.usage.prompt_tokens
    assert cached % 128 == 0


async def test_stops_where_it_is_told_to(fake: FakeProvider, gpt: Any) -> None:
    fake.script(say("one two three four"), say("one two three four"))
    short = await settle(gpt.chat.completions.create(model="gpt-4o", messages=HELLO, max_tokens=2))
    assert (short.choices[0].message.content, short.choices[0].finish_reason) == ("one two", "length")
    stopped = await settle(gpt.chat.completions.create(model="gpt-4o", messages=HELLO, stop=" three"))
    assert (stopped.choices[0].message.content, stopped.choices[0].finish_reason) == ("one two", "stop")


async def test_azure_brackets_everything_with_content_filters(azure: Any) -> None:
    plain = await settle(azure.chat.completions.create(model="gpt-4o", messages=HELLO))
    assert plain.prompt_filter_results[0]["content_filter_results"]["jailbreak"]["detected"] is False
    assert plain.choices[0].content_filter_results["hate"]["severity"] == "safe"
    chunks = await drain(azure.chat.completions.create(model="gpt-4o", messages=HELLO, stream=True))
    assert chunks[0].choices == []
    assert (chunks[0].id, chunks[0].model) == ("", "")
    assert text(chunks) == plain.choices[0].message.content


async def test_azure_names_the_deployment_in_the_path(fake: FakeProvider, azure: Any) -> None:
    await settle(azure.chat.completions.create(model="my-deployment", messages=HELLO))
    assert fake.requests[-1].path == "/openai/deployments/my-deployment/chat/completions"
    assert fake.requests[-1].query == "api-version=2024-10-21"
    response = await settle(azure.responses.create(model="gpt-4o", input="Hello"))
    assert response.output_text
    vectors = await settle(azure.embeddings.create(model="text-embedding-3-small", input="Hello"))
    assert len(vectors.data[0].embedding) == 1536


@pytest.mark.parametrize(("model", "code"), [("no-such-thing", "DeploymentNotFound"), ("fail-429", "429")])
async def test_azure_has_errors_of_its_own(azure: Any, model: str, code: str) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        await settle(azure.chat.completions.create(model=model, messages=HELLO))
    assert caught.value.code == code
