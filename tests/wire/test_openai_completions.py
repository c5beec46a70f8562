from __future__ import annotations

from limelight.core.model import Message, Other, Request, Response, Text, Usage
from limelight.core.wire import openai_completions as completions


def test_every_prompt_is_a_message() -> None:
    read = completions.request(
        {"model": "davinci", "prompt": ["a", "b"], "suffix": "z", "max_tokens": 5, "stop": ["\n"]}
    )
    end = Other("suffix", {"content": "z"})
    assert read == Request(
        model="davinci",
        messages=(Message("user", (Text("a"), end)), Message("user", (Text("b"), end))),
        params={"max_tokens": 5, "stop": ("\n",)},
    )
    assert completions.request({"prompt": [[1, 2]]}).messages == ()


WHOLE = Response(
    id="cmpl-1",
    model="davinci-2",
    messages=(
        Message("assistant", (Text("ab"),), finish_reason="stop"),
        Message("assistant", (), finish_reason="length"),
    ),
    usage=Usage(3, 2),
    system_fingerprint="fp",
)


def test_an_answer_has_all_choices() -> None:
    choices = [{"index": 0, "text": "ab", "finish_reason": "stop"}, {"index": 1, "text": "", "finish_reason": "length"}]
    usage = {"prompt_tokens": 3, "completion_tokens": 2}
    body = {"id": "cmpl-1", "model": "davinci-2", "choices": choices, "usage": usage, "system_fingerprint": "fp"}
    assert completions.response(body) == WHOLE


def test_a_stream_folds_to_the_answer_it_was() -> None:
    head = {"id": "cmpl-1", "model": "davinci-2", "system_fingerprint": "fp"}
    chunks = [
        {**head, "choices": [{"index": 0, "text": "a", "finish_reason": None}]},
        {**head, "choices": [{"index": 1, "text": "", "finish_reason": "length"}]},
        {**head, "choices": [{"index": 0, "text": "b", "finish_reason": "stop"}]},
        {**head, "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}},
    ]
    assert completions.response(completions.fold(chunks)) == WHOLE
    assert [completions.is_content(chunk) for chunk in chunks] == [True, False, True, False]
    assert completions.response(completions.fold([])) == Response()


def test_anthropics_first_api_is_read_too() -> None:
    chunks = [
        {"completion": " a", "model": "claude-2", "id": "compl_1"},
        {"completion": "b", "stop_reason": "stop_sequence"},
        {},
    ]
    read = completions.anthropic_response(completions.anthropic_fold(chunks))
    assert read == Response(
        id="compl_1", model="claude-2", messages=(Message("assistant", (Text(" ab"),), finish_reason="stop_sequence"),)
    )
    assert [completions.anthropic_is_content(chunk) for chunk in chunks] == [True, True, False]
    assert completions.anthropic_response({}) == Response()
