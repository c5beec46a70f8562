from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ollama import ChatResponse, Image
from ollama import Message as OllamaMessage

from limelight.core.model import (
    Media,
    Message,
    Other,
    Reasoning,
    Request,
    Response,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
)
from limelight.core.wire import ollama

SPENT = {
    "total_duration": 3_000_000_000,
    "load_duration": 500_000_000,
    "prompt_eval_duration": 0,
    "eval_duration": 250_000_000,
}
DURATIONS = {"duration.total_s": 3.0, "duration.load_s": 0.5, "duration.input_s": 0.0, "duration.output_s": 0.25}


def look_out(city: str) -> str:
    """Look out of the window."""
    return city


def test_options_are_parameters_like_any_other() -> None:
    read = ollama.chat_request(
        {
            "model": "qwen3",
            "messages": [{"role": "user", "content": "Hi"}],
            "options": {"temperature": 0.5, "num_predict": 20, "stop": ["END"]},
            "think": True,
            "keep_alive": "5m",
            "stream": False,
        }
    )
    assert read == Request(
        model="qwen3",
        messages=(Message("user", (Text("Hi"),)),),
        params={
            "temperature": 0.5,
            "max_tokens": 20,
            "stop": ("END",),
            "reasoning_effort": True,
            "keep_alive": "5m",
            "stream": False,
        },
    )


def test_a_conversation_with_thoughts_tools_and_pictures() -> None:
    read = ollama.chat_request(
        {
            "messages": [
                OllamaMessage(role="user", content="What is this?", images=[Image(value="iVBORw0KGgo=")]),
                {
                    "role": "assistant",
                    "content": "",
                    "thinking": "hm",
                    "tool_calls": [{"function": {"name": "look_out", "arguments": {"city": "Oslo"}}}],
                },
                {"role": "tool", "tool_name": "look_out", "content": "rain"},
            ],
            "tools": [look_out, {"type": "function", "function": {"name": "weather"}}],
        }
    )
    assert read.messages == (
        Message("user", (Text("What is this?"), Media("image", content="iVBORw0KGgo=", size=8))),
        Message("assistant", (Reasoning("hm"), ToolCall("look_out", {"city": "Oslo"}))),
        Message("tool", (ToolResult("rain"),), name="look_out"),
    )
    assert read.tools == (Tool("look_out", description="Look out of the window."), Tool("weather"))


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (b"\x89PNG", Media("image", content="iVBORw==", size=4)),
        ("iVBORw==", Media("image", content="iVBORw==", size=4)),
        ("garden.jpg", Media("image", "image/jpeg")),
        (Path("garden.png"), Media("image", "image/png")),
    ],
)
def test_a_picture_is_content_or_a_path(given: Any, read: Media) -> None:
    asked = ollama.generate_request({"prompt": "What is this?", "images": [given]})
    assert asked.messages == (Message("user", (Text("What is this?"), read)),)


def test_a_prompt_may_have_a_system_and_a_gap() -> None:
    read = ollama.generate_request({"model": "m", "prompt": "def f(", "suffix": "return x", "system": "Be brief."})
    assert read.system == (Text("Be brief."),)
    assert read.messages == (Message("user", (Text("def f("), Other("suffix", {"content": "return x"}))),)
    assert ollama.generate_request({}).messages == ()


def test_an_answer_tells_tokens_and_where_the_time_went() -> None:
    body = {
        "model": "qwen3",
        "message": {"role": "assistant", "content": "Rain", "thinking": "hm"},
        "done_reason": "stop",
        "prompt_eval_count": 9,
        "eval_count": 4,
        **SPENT,
    }
    assert ollama.chat_response(body) == Response(
        model="qwen3",
        messages=(Message("assistant", (Reasoning("hm"), Text("Rain")), finish_reason="stop"),),
        usage=Usage(input=9, output=4),
        extra=DURATIONS,
    )
    assert ollama.chat_response(ChatResponse(**body)) == ollama.chat_response(body)  # type: ignore[arg-type]


def test_a_prompt_from_the_cache_is_not_counted() -> None:
    assert ollama.generate_response({"response": "Rain", "eval_count": 4}).usage == Usage(output=4)


def test_generated_text_thought_and_picture() -> None:
    read = ollama.generate_response(
        {"response": "Rain", "thinking": "hm", "image": "iVBORw==", "done_reason": "length"}
    )
    parts = (Reasoning("hm"), Text("Rain"), Media("image", content="iVBORw==", size=4))
    assert read.messages == (Message("assistant", parts, finish_reason="length"),)


def test_a_stream_grows_and_its_last_line_counts() -> None:
    call = {"function": {"name": "weather", "arguments": {"city": "Oslo"}}}
    lines = [
        {"model": "qwen3", "message": {"role": "assistant", "content": "", "thinking": "h"}, "done": False},
        {"model": "qwen3", "message": {"role": "assistant", "content": "", "thinking": "m"}, "done": False},
        {"model": "qwen3", "message": {"role": "assistant", "content": "Ra"}, "done": False},
        {"model": "qwen3", "message": {"role": "assistant", "content": "in", "tool_calls": [call]}, "done": False},
        {"model": "qwen3", "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop",
         "prompt_eval_count": 9, "eval_count": 4},
    ]  # fmt: skip
    assert [ollama.is_content(line) for line in lines] == [True, True, True, True, False]
    read = ollama.chat_response(ollama.fold(lines))
    parts = (Reasoning("hm"), Text("Rain"), ToolCall("weather", {"city": "Oslo"}))
    assert read.messages == (Message("assistant", parts, finish_reason="stop"),)
    assert read.usage == Usage(input=9, output=4)


def test_a_stream_of_generated_text() -> None:
    lines = [{"response": "Ra"}, {"response": "in"}, {"response": "", "done": True, "done_reason": "stop"}]
    assert [ollama.is_content(line) for line in lines] == [True, True, False]
    read = ollama.generate_response(ollama.fold(lines))
    assert read.messages == (Message("assistant", (Text("Rain"),), finish_reason="stop"),)


@pytest.mark.parametrize(
    ("asked", "answer", "shape"),
    [
        ({"input": ["a", "b"]}, {"embeddings": [[0.1, 0.2], [0.3, 0.4]]}, (2, 2)),
        ({"input": "a"}, {"embeddings": [[0.1, 0.2]]}, (1, 2)),
        ({"prompt": "a"}, {"embedding": [0.1, 0.2, 0.3]}, (1, 3)),
    ],
)
def test_of_vectors_the_shape_is_kept(asked: dict[str, Any], answer: dict[str, Any], shape: tuple[int, int]) -> None:
    texts = asked.get("input") or asked["prompt"]
    read = ollama.embed_request({"model": "nomic", **asked})
    assert [message.parts for message in read.messages] == [
        (Text(text),) for text in ([texts] if isinstance(texts, str) else texts)
    ]
    kept = ollama.embed_kept({"model": "nomic", "prompt_eval_count": 3, **answer})
    assert not {"embedding", "embeddings"} & kept.keys()
    for body in (kept, {"model": "nomic", "prompt_eval_count": 3, **answer}):
        assert ollama.embed_response(body) == Response(model="nomic", usage=Usage(input=3), embeddings=shape)
    assert ollama.embed_kept(None) is None
