"""What hosts that speak as OpenAI does say otherwise."""

from __future__ import annotations

from enum import Enum
from typing import Any

import pytest

from limelight.core.model import Message, Reasoning, Text, Usage
from limelight.core.wire import openai_chat, openai_parts


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        # Claude's own counts, passed on as they are: the cached stand beside the input.
        (
            {"prompt_tokens": 12, "completion_tokens": 5, "cache_read_input_tokens": 50, "cache_creation_input_tokens": 100},
            Usage(input=162, output=5, cache_read=50, cache_write=100),
        ),
        # Counted within already.
        (
            {"prompt_tokens": 162, "completion_tokens": 5, "cache_read_input_tokens": 50, "cache_creation_input_tokens": 100},
            Usage(input=162, output=5, cache_read=50, cache_write=100),
        ),
        (
            {"prompt_tokens": 20, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 8, "cache_creation_tokens": 4}},
            Usage(input=20, output=5, cache_read=8, cache_write=4),
        ),
        ({"prompt_tokens": 20, "prompt_cache_hit_tokens": 8, "prompt_cache_miss_tokens": 12}, Usage(input=20, cache_read=8)),
    ],
)  # fmt: skip
def test_cached_tokens_are_part_of_the_input(said: dict[str, Any], meant: Usage) -> None:
    assert openai_parts.usage(said) == meant


def test_groq_tells_how_long_each_part_took() -> None:
    used = {"prompt_tokens": 9, "completion_tokens": 4, "queue_time": 0.05, "prompt_time": 0.01, "total_time": 0.2}
    spent = {"duration.queue_s": 0.05, "duration.input_s": 0.01, "duration.total_s": 0.2}
    assert openai_chat.response({"choices": [], "usage": used}).extra == spent
    assert openai_chat.response({"choices": [], "usage": {**used, "queue_time": "soon"}}).extra != spent


def test_groq_counts_the_tokens_of_a_stream_beside_the_last_choice() -> None:
    chunks = [
        {"choices": [{"index": 0, "delta": {"content": "Ra"}}], "x_groq": {"id": "req_1"}},
        {"choices": [{"index": 0, "delta": {"content": "in"}}]},
        {
            "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
            "x_groq": {"id": "req_1", "usage": {"prompt_tokens": 9, "completion_tokens": 4, "total_time": 0.2}},
        },
    ]
    read = openai_chat.response(openai_chat.fold(chunks))
    assert (read.usage, read.extra) == (Usage(input=9, output=4), {"duration.total_s": 0.2})


def test_thinking_blocks_grow_with_a_stream() -> None:
    deltas = [
        {"thinking_blocks": [{"type": "thinking", "thinking": "h"}]},
        {"thinking_blocks": [{"type": "thinking", "thinking": "m"}]},
        {"content": "Rain"},
    ]
    chunks = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    (message,) = openai_chat.response(openai_chat.fold(chunks)).messages
    assert message.parts == (Reasoning("h"), Reasoning("m"), Text("Rain"))


def test_an_enum_that_is_a_text_is_read_as_one() -> None:
    class Finish(str, Enum):
        EOS = "eos"

    read = openai_chat.response({"choices": [{"message": {"content": "Rain"}, "finish_reason": Finish.EOS}]})
    assert read.messages == (Message("assistant", (Text("Rain"),), finish_reason="eos"),)
    assert type(read.messages[0].finish_reason) is str
