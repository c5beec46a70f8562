"""Guesses at tokens: near enough, only where something is missing, never where it cannot be known, always marked."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limelight.core.model import (
    Media,
    Message,
    Other,
    Reasoning,
    Record,
    Request,
    Response,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
)
from limelight.core.pricing import cost
from limelight.core.tokens import SAMPLED_CHARS, estimated, of_text
from tests.core.test_dialect_genai import records

ASKED = Message("user", (Text("Which night train goes to Venice, and when does it arrive?"),))
SAID = Message("assistant", (Text("The one at half past eight; it arrives at twenty to nine in the morning."),))


def call(
    response: Response, *messages: Message, model: str = "gpt-4o", operation: str = "chat", **request: object
) -> Record:
    asked = Request(model=model, messages=messages or (ASKED,), **request)  # type: ignore[arg-type]
    return Record(kind="llm", operation=operation, provider="openai", request=asked, response=response)


def usage(record: Record) -> Usage:
    return estimated(record).response.usage


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        # Sentences of our own, counted once by tiktoken's o200k_base.
        ("The train leaves at half past eight in the evening from platform three.", 14),
        ('def arrival(minutes: int) -> str:\n    return f"{minutes // 60:02}:{minutes % 60:02}"\n', 27),
        ('{"city":"Oslo","days":[1,2,3],"unit":"celsius"}', 19),
        ("Le train part du quai numéro trois à huit heures et demie du soir.", 16),
        ("Поезд отправляется с третьего пути в половине девятого вечера.", 17),
        ("列车晚上八点半从三号站台出发。", 14),
    ],
)
def test_a_text_is_guessed_to_within_a_third_of_what_a_tokenizer_counts(text, tokens):
    assert of_text(text) == pytest.approx(tokens, rel=1 / 3)


def test_a_long_text_is_judged_by_slices_of_it():
    sentence = "Trains to the north leave from track 7; those to the south, from track 12. "
    long = sentence * (3 * SAMPLED_CHARS // len(sentence))
    assert of_text(long) == pytest.approx(of_text(sentence) * len(long) / len(sentence), rel=0.02)


def test_a_text_that_comes_back_counts_the_same():
    paragraph = "Trains to the north leave from track 7. " * 20
    assert (
        of_text(paragraph)
        == of_text(paragraph)
        == pytest.approx(20 * of_text("Trains to the north leave from track 7. "))
    )


@given(st.text(max_size=300))
def test_any_text_has_a_count_and_no_text_has_none(text):
    assert of_text(text) >= 0
    assert of_text("") == 0


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(records())
def test_any_record_can_be_guessed_at_and_what_was_said_stays(record):
    before, after = record.response.usage, usage(record)
    assert before.estimated <= after.estimated <= before.estimated | {"input", "output"}
    for name in ("input", "output"):
        assert getattr(before, name) in (None, getattr(after, name))
        assert (getattr(after, name) is None) or getattr(after, name) >= 0 or getattr(before, name) is not None


def test_what_nobody_counted_is_guessed_and_named():
    found = usage(call(Response(id="1", messages=(SAID,))))
    assert found.estimated == {"input", "output"}
    assert found.input == pytest.approx(20, abs=5)
    assert found.output == pytest.approx(19, abs=5)
    assert (found.cache_read, found.reasoning) == (None, None)


def test_what_was_reported_stays_as_it_was():
    said = Usage(input=3, output=5)
    assert usage(call(Response(messages=(SAID,), usage=said))) == said
    half = usage(call(Response(messages=(SAID,), usage=Usage(input=3))))
    assert (half.input, half.estimated) == (3, {"output"})
    nothing = Usage(input=0, output=0)
    assert usage(call(Response(messages=(SAID,), usage=nothing))) == nothing


def test_a_call_that_was_not_answered_is_not_guessed_at():
    assert usage(call(Response())) == Usage()


def test_a_stream_left_before_its_first_word_has_an_input_only():
    begun = usage(call(Response(id="chatcmpl-1")))
    assert begun.input is not None
    assert (begun.output, begun.estimated) == (None, {"input"})


@pytest.mark.parametrize(
    "changed",
    [
        {"params": {"previous_response_id": "resp_1"}},
        {"params": {"conversation": "conv_1"}},
        {"params": {"prompt": {"id": "pmpt_1"}}},
        {"params": {"cached_content": "cachedContents/1"}},
        {"tools": (Tool("web_search", "web_search"),)},
        {"system": (Media("image"),)},
    ],
)
def test_an_input_that_is_not_all_here_stays_unknown(changed):
    found = usage(call(Response(messages=(SAID,)), **changed))
    assert (found.input, found.estimated) == (None, {"output"})


def test_a_picture_in_a_message_leaves_the_input_unknown():
    seen = Message("user", (Text("What is this?"), Media("image", uri="https://example.org/a.png")))
    assert usage(call(Response(messages=(SAID,)), seen)).input is None


def test_tools_calls_and_results_count():
    plain = usage(call(Response(messages=(SAID,)))).input
    weather = Tool(
        "weather",
        description="The weather of a city",
        parameters={"type": "object", "properties": {"city": {"type": "string"}}},
    )
    asked = Message("assistant", (ToolCall("weather", {"city": "Oslo"}, "c1"),))
    told = Message("tool", (ToolResult({"degrees": 3, "sky": "clear"}, "c1"),))
    offered = usage(call(Response(messages=(SAID,)), tools=(weather,))).input
    used = usage(call(Response(messages=(SAID,)), ASKED, asked, told, tools=(weather,))).input
    assert plain < offered < used
    claude = usage(call(Response(messages=(SAID,)), tools=(weather,), model="claude-sonnet-4-5")).input
    assert claude > offered + 300  # Anthropic puts its own instructions before them


def test_earlier_thoughts_and_what_the_makers_tools_found_are_not_counted():
    thought = Message("assistant", (Reasoning("Venice lies to the south, " * 50), *SAID.parts))
    with_thought, without = (
        usage(call(Response(messages=(SAID,)), ASKED, one, ASKED)).input for one in (thought, SAID)
    )
    assert with_thought == without
    found = Other("server_tool_call_response", {"content": "a page of words " * 100})
    answer = Message("assistant", (found, *SAID.parts))
    assert usage(call(Response(messages=(answer,)))).output == usage(call(Response(messages=(SAID,)))).output


def test_a_form_for_the_answer_counts():
    form = {"type": "json_schema", "json_schema": {"name": "forecast", "schema": {"type": "object", "properties": {}}}}
    plain, formed = (
        usage(call(Response(messages=(SAID,)), params=params)).input for params in ({}, {"response_format": form})
    )
    assert plain < formed
    claude = call(Response(messages=(SAID,)), params={"response_format": form}, model="claude-sonnet-4-5")
    assert usage(claude).input > formed + 100  # Anthropic explains it to the model


def test_any_part_of_a_message_counts_for_what_is_in_words():
    odd = Other("refusal", {"content": "I had rather not say which train that is."})
    drawn = Message("assistant", (Media("image", size=3), odd))
    assert usage(call(Response(messages=(drawn,)))).output > 8
    empty = Message("assistant", (ToolCall("now", None),))
    assert usage(call(Response(messages=(empty,)))).output > 8


def test_a_call_of_which_nothing_can_be_guessed_stays_as_it_is():
    unseen = call(Response(id="1"), Message("user", (Media("image"),)))
    assert estimated(unseen) is unseen


def test_pictures_and_speech_are_not_guessed_at():
    for operation in ("image_generation", "text_to_speech", "speech_to_text", "rerank", "moderation"):
        assert usage(call(Response(messages=(SAID,)), operation=operation)) == Usage()


def test_a_text_that_is_no_talk_counts_as_it_is():
    story = Message("user", (Text("Once upon a time there was a night train to Venice."),))
    found = usage(call(Response(messages=(SAID,)), story, operation="text_completion"))
    assert found.input == round(of_text(story.parts[0].content))
    assert found.input < usage(call(Response(messages=(SAID,)), story)).input


def test_embeddings_have_an_input_only():
    found = usage(call(Response(embeddings=(1, 1536)), model="text-embedding-3-small", operation="embeddings"))
    assert (found.output, found.estimated) == (None, {"input"})


def test_what_guessed_tokens_cost_is_an_estimate():
    guessed = estimated(call(Response(id="1", model="gpt-4o", messages=(SAID,))))
    assert cost(guessed).provenance == "estimated"
    assert cost(guessed).total > 0
