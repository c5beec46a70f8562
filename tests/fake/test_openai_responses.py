from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import openai
import pytest
from pydantic import BaseModel

from limelight.testing.fake import refuse, say, search, think, tool_call
from tests.fake.both import drain, final, settle

if TYPE_CHECKING:
    from limelight.testing.fake import FakeProvider

SUMMARISE = {"effort": "low", "summary": "auto"}


async def test_a_response_has_text_and_usage(gpt: Any) -> None:
    response = await settle(gpt.responses.create(model="gpt-4o-mini", input="Hello from Łódź"))
    assert "Hello from Łódź" in response.output_text
    assert (response.status, response.model) == ("completed", "gpt-4o-mini-2024-07-18")
    assert response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens > 10


async def test_a_stream_numbers_its_events_from_created_to_completed(fake: FakeProvider, gpt: Any) -> None:
    fake.script(think("Hm — naïve.") + say("4"))
    stream = gpt.responses.create(model="gpt-5-mini", input="2 + 2", reasoning=SUMMARISE, stream=True)
    events = await drain(stream)
    assert [event.sequence_number for event in events] == list(range(len(events)))
    kinds = list(dict.fromkeys(event.type for event in events))
    assert kinds == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_text.delta",
        "response.reasoning_summary_text.done",
        "response.reasoning_summary_part.done",
        "response.output_item.done",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.completed",
    ]
    assert events[0].response.output == []
    assert events[0].response.usage is None
    done = events[-1].response
    assert done.output[0].summary[0].text == "Hm — naïve."
    assert done.output_text == "4"
    assert done.usage.output_tokens_details.reasoning_tokens > 0


async def test_reasoning_is_summarised_only_on_request(fake: FakeProvider, gpt: Any) -> None:
    fake.script(think("Hm.") + say("4"))
    response = await settle(gpt.responses.create(model="gpt-5-mini", input="2 + 2"))
    assert response.output[0].type == "reasoning"
    assert response.output[0].summary == []


async def test_function_calls_come_in_pieces(fake: FakeProvider, gpt: Any) -> None:
    fake.script(tool_call("book", {"city": "Łódź", "nights": 2}))
    events = await drain(gpt.responses.create(model="gpt-4o", input="Book it", stream=True))
    deltas = [event.delta for event in events if event.type == "response.function_call_arguments.delta"]
    assert len(deltas) > 3
    assert json.loads("".join(deltas)) == {"city": "Łódź", "nights": 2}
    assert events[-1].response.output[0].name == "book"


async def test_the_stream_helper_assembles_the_response(fake: FakeProvider, gpt: Any) -> None:
    fake.script(refuse("Certainly not."))
    manager = gpt.responses.stream(model="gpt-4o", input="Rob a bank")
    whole = await final(manager, "get_final_response")
    assert whole.output[0].content[0].refusal == "Certainly not."


class Trip(BaseModel):
    city: str
    days: int


async def test_structured_output_parses(gpt: Any) -> None:
    response = await settle(gpt.responses.parse(model="gpt-4o", input="Plan 4 days in Porto", text_format=Trip))
    assert response.output_parsed == Trip(city="Porto", days=4)


async def test_web_search_and_its_citations(fake: FakeProvider, gpt: Any) -> None:
    fake.script(search("trams in Lisbon") + say("Line 28.", cites=("https://example.com/28",)))
    response = await settle(gpt.responses.create(model="gpt-4o", input="?", tools=[{"type": "web_search"}]))
    assert response.output[0].action.query == "trams in Lisbon"
    assert response.output[1].content[0].annotations[0].url == "https://example.com/28"


async def test_searches_and_citations_in_a_stream(fake: FakeProvider, gpt: Any) -> None:
    fake.script(search("trams in Lisbon") + say("Line 28.", cites=("https://example.com/28",)))
    kinds = [event.type for event in await drain(gpt.responses.create(model="gpt-4o", input="?", stream=True))]
    assert "response.web_search_call.searching" in kinds
    assert "response.output_text.annotation.added" in kinds


async def test_encrypted_reasoning_on_request(fake: FakeProvider, gpt: Any) -> None:
    fake.script(think("Hm.") + say("4"))
    wish = ["reasoning.encrypted_content"]
    response = await settle(gpt.responses.create(model="gpt-5-mini", input="2 + 2", include=wish, store=False))
    assert response.output[0].encrypted_content
    with pytest.raises(openai.NotFoundError):
        await settle(gpt.responses.retrieve(response.id))


async def test_responses_are_kept(gpt: Any) -> None:
    first = await settle(gpt.responses.create(model="gpt-4o", input="My name is Ada"))
    second = await settle(gpt.responses.create(model="gpt-4o", input="Who am I?", previous_response_id=first.id))
    assert second.usage.input_tokens > first.usage.input_tokens
    kept = await settle(gpt.responses.retrieve(second.id))
    assert kept.output_text == second.output_text
    assert kept.previous_response_id == first.id
    items = (await settle(gpt.responses.input_items.list(second.id))).data
    assert [item.role for item in items] == ["user", "assistant", "user"]
    replayed = await drain(gpt.responses.retrieve(second.id, stream=True))
    assert replayed[-1].type == "response.completed"
    await settle(gpt.responses.delete(second.id))
    with pytest.raises(openai.NotFoundError):
        await settle(gpt.responses.retrieve(second.id))


async def test_background_responses_are_fetched_or_cancelled(gpt: Any) -> None:
    queued = await settle(gpt.responses.create(model="gpt-4o", input="Take your time", background=True))
    assert (queued.status, queued.output) == ("queued", [])
    assert (await settle(gpt.responses.retrieve(queued.id))).status == "completed"
    assert (await settle(gpt.responses.cancel(queued.id))).status == "cancelled"


async def test_incomplete_responses_say_why(gpt: Any) -> None:
    response = await settle(gpt.responses.create(model="gpt-4o", input="Talk", max_output_tokens=3))
    assert (response.status, response.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    events = await drain(gpt.responses.create(model="gpt-4o", input="Talk", max_output_tokens=3, stream=True))
    assert events[-1].type == "response.incomplete"


async def test_what_is_missing_is_said_like_openai_does(gpt: Any) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await settle(gpt.responses.create(model="gpt-4o", input="Hi", previous_response_id="resp_no"))
    assert caught.value.code == "previous_response_not_found"
    with pytest.raises(openai.NotFoundError):
        await settle(gpt.responses.retrieve("resp_no"))


async def test_input_tokens_are_counted(gpt: Any) -> None:
    counted = await settle(gpt.responses.input_tokens.count(model="gpt-4o", input="Hello there"))
    answered = await settle(gpt.responses.create(model="gpt-4o", input="Hello there"))
    assert counted.input_tokens == answered.usage.input_tokens
