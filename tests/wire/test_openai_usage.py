"""Asking a stream for its usage: only where nobody has said anything about it, and whatever else was said stays."""

from __future__ import annotations

from typing import Any

import pytest
from openai import NOT_GIVEN
from openai._models import construct_type
from openai.types.chat import ChatCompletionChunk

from limelight.core.wire.openai_usage import ask, take

CHUNK = {"id": "c1", "created": 1, "model": "m", "object": "chat.completion.chunk"}
WORD = [{"index": 0, "delta": {"content": "a"}, "finish_reason": None}]
USAGE = {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}


def chunk(**fields: Any) -> Any:
    return construct_type(type_=ChatCompletionChunk, value={**CHUNK, **fields})


@pytest.mark.parametrize(
    ("arguments", "body"),
    [
        ({}, {"stream_options": {"include_usage": True}}),
        ({"stream_options": NOT_GIVEN}, {"stream_options": {"include_usage": True}}),
        ({"stream_options": None, "extra_body": None}, {"stream_options": {"include_usage": True}}),
        ({"stream_options": {"more": 1}}, {"stream_options": {"more": 1, "include_usage": True}}),
        ({"extra_body": {"safety": 1}}, {"safety": 1, "stream_options": {"include_usage": True}}),
    ],
)
def test_a_stream_is_asked(arguments, body):
    assert ask({"model": "m", "stream": True, **arguments}) == {"extra_body": body}


@pytest.mark.parametrize(
    "arguments",
    [
        {"stream": False},
        {"stream": None},
        {"stream": NOT_GIVEN},
        {"stream_options": {"include_usage": False}},
        {"extra_body": {"stream_options": None}},
        {"extra_body": "a body of their own"},
        {"stream_options": 3},
        {"extra_headers": {"X-Stainless-Raw-Response": "stream"}},
    ],
)
def test_nobody_else_is(arguments):
    assert ask({"model": "m", "stream": True, **arguments}) == {}


def test_what_the_caller_gave_is_not_changed():
    body: dict[str, Any] = {"safety": 1}
    ask({"stream": True, "extra_body": body})
    assert body == {"safety": 1}


def test_only_the_chunk_with_nothing_else_is_taken_away():
    assert take(chunk(choices=[], usage=USAGE)) is True
    assert take(chunk(choices=WORD, usage=USAGE)) is False
    assert take(chunk(choices=[], prompt_filter_results=[], usage=None)) is False  # Azure's first one
    assert take(chunk(choices=WORD)) is False


def test_a_null_that_comes_of_asking_leaves_no_trace():
    asked, bare = chunk(choices=WORD, usage=None), chunk(choices=WORD)
    assert asked.to_dict() != bare.to_dict()
    take(asked)
    assert asked.to_dict() == bare.to_dict()


@pytest.mark.parametrize("odd", [None, 3, "text", [], {}, {"usage": 1}, {"choices": 3, "usage": None}, object()])
def test_odd_chunks_are_passed_on_or_hidden_but_nothing_is_raised(odd):
    assert take(odd) in (True, False)
