"""CrewAI's events of a model's call, as values."""

from __future__ import annotations

from limelight.core.model import Text, ToolCall, Usage
from limelight.core.wire import crewai

ASKED = {"model": "openai/gpt-4o-mini", "messages": [{"role": "user", "content": "Tea?"}], "temperature": 0.5}


def test_what_was_asked_and_answered() -> None:
    answered = {"response": "yes", "usage": {"prompt_tokens": 9, "completion_tokens": 4}, "finish_reason": "stop"}
    record = crewai.call(ASKED, answered)
    assert (record.provider, record.request.model) == ("openai", "gpt-4o-mini")
    assert record.request.messages[0].parts == (Text("Tea?"),)
    assert record.request.params["temperature"] == 0.5
    assert record.response.messages[0].parts == (Text("yes"),)
    assert record.response.messages[0].finish_reason == "stop"
    assert record.response.usage == Usage(input=9, output=4)


def test_calls_of_tools_are_an_answer_too() -> None:
    call = {"id": "c1", "function": {"name": "pour", "arguments": '{"cup": "blue"}'}}
    record = crewai.call({"model": "house", "messages": "Tea?"}, {"response": [call]})
    assert record.provider == "crewai"
    assert record.request.messages[0].role == "user"
    assert record.response.messages[0].parts == (ToolCall("pour", {"cup": "blue"}, "c1"),)


def test_cached_and_reasoned_tokens_are_among_those_counted() -> None:
    counts = {"prompt_tokens": 90, "completion_tokens": 40, "total_tokens": 130}
    more = {"cached_prompt_tokens": 60, "reasoning_tokens": 30, "cache_creation_tokens": 0}
    record = crewai.call(ASKED, {"response": "yes", "usage": {**counts, **more}})
    assert record.response.usage == Usage(input=90, output=40, cache_read=60, reasoning=30)
    none = dict.fromkeys(more, 0)
    assert crewai.call(ASKED, {"response": "yes", "usage": {**counts, **none}}).response.usage == Usage(90, 40)


def test_a_call_that_failed_has_no_answer() -> None:
    assert crewai.call(ASKED, None).response.messages == ()


def test_of_an_output_its_words_are_shown() -> None:
    assert crewai.shown({"raw": "yes", "tasks_output": []}) == "yes"
    assert crewai.shown({"who": "ann"}) == {"who": "ann"}
