from __future__ import annotations

import json
from typing import Any

import pytest

from limelight.core.model import Message, Part, Reasoning, Response, Text, ToolCall, Usage
from limelight.core.wire import bedrock_invoke as invoke

METRICS = {"inputTokenCount": 7, "outputTokenCount": 9, "cacheReadInputTokenCount": 2, "cacheWriteInputTokenCount": 1}
COUNTED = Usage(input=10, output=9, cache_read=2, cache_write=1)


def streamed(*bodies: Any) -> Response:
    return invoke.response(invoke.fold([{"chunk": {"bytes": json.dumps(body).encode()}} for body in bodies]))


def spoken(*parts: Part, finish: str | None = None) -> tuple[Message, ...]:
    return (Message("assistant", parts, finish_reason=finish),)


LAST = {"amazon-bedrock-invocationMetrics": METRICS}


@pytest.mark.parametrize(
    ("bodies", "messages", "usage"),
    [
        (
            [
                {"type": "message_start", "message": {"usage": {"input_tokens": 3}}},
                {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}},
                {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "hm"}},
                {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "a"}},
                {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 4}},
                {"type": "message_stop", **LAST},
            ],
            spoken(Reasoning("hm"), Text("a"), finish="end_turn"),
            Usage(input=3, output=4),
        ),
        (
            [
                {"messageStart": {"role": "assistant"}},
                {"contentBlockStart": {"contentBlockIndex": 0, "start": {"toolUse": {"toolUseId": "t", "name": "f"}}}},
                {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"toolUse": {"input": "{}"}}}},
                {"messageStop": {"stopReason": "tool_use"}},
                {"metadata": {}, **LAST},
            ],
            spoken(ToolCall("f", {}, "t"), finish="tool_use"),
            COUNTED,
        ),
        (
            [
                {"generation": "a", "prompt_token_count": 3, "generation_token_count": 1, "stop_reason": None},
                {"generation": "b", "prompt_token_count": None, "generation_token_count": 2, "stop_reason": "stop"},
            ],
            spoken(Text("ab"), finish="stop"),
            Usage(input=3, output=2),
        ),
        (
            [
                {"outputText": "a", "index": 0, "inputTextTokenCount": 3},
                {"outputText": "b", "index": 0, "completionReason": "FINISH", "totalOutputTextTokenCount": 2},
            ],
            spoken(Text("ab"), finish="FINISH"),
            Usage(input=3, output=2),
        ),
        (
            [{"outputs": [{"text": "a"}]}, {"outputs": [{"text": "b", "stop_reason": "stop"}], **LAST}],
            spoken(Text("ab"), finish="stop"),
            COUNTED,
        ),
        (
            [{"completion": "a"}, {"completion": "b", "stop_reason": "stop_sequence", **LAST}],
            spoken(Text("ab"), finish="stop_sequence"),
            COUNTED,
        ),
        (
            [
                {"text": "a", "index": 0, "is_finished": False},
                {"text": "x", "index": 1, "is_finished": False},
                {"text": "b", "index": 0, "is_finished": False},
                {"index": 0, "is_finished": True, "finish_reason": "COMPLETE"},
            ],
            (*spoken(Text("ab"), finish="COMPLETE"), *spoken(Text("x"))),
            Usage(),
        ),
        (
            [
                {"event_type": "text-generation", "text": "a"},
                {"event_type": "stream-end", "finish_reason": "COMPLETE", "response": {"text": "a"}, **LAST},
            ],
            spoken(Text("a"), finish="COMPLETE"),
            COUNTED,
        ),
        (
            [
                {"type": "message-start", "id": "i"},
                {"type": "content-start", "index": 0, "delta": {"message": {"content": {"type": "text", "text": ""}}}},
                {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "a"}}}},
                {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}, **LAST},
            ],
            spoken(Text("a"), finish="COMPLETE"),
            COUNTED,
        ),
        (
            [
                {"choices": [{"delta": {"content": "a"}}]},
                {"choices": [{"delta": {"content": "b"}, "stop_reason": "stop"}], **LAST},
            ],
            spoken(Text("ab"), finish="stop"),
            COUNTED,
        ),
        (
            [{"choices": [{"text": "a"}]}, {"choices": [{"text": "b", "stop_reason": "stop"}], **LAST}],
            spoken(Text("ab"), finish="stop"),
            COUNTED,
        ),
    ],
)
def test_a_stream_is_put_together_as_its_family_tears_it(bodies: Any, messages: Any, usage: Usage) -> None:
    read = streamed(*bodies)
    assert (read.messages, read.usage) == (messages, usage)


def test_a_stream_of_nothing_is_no_answer() -> None:
    assert streamed() == Response()
    assert invoke.response(invoke.fold([{"chunk": {"bytes": b"\xff"}}, {}])) == Response()


@pytest.mark.parametrize(
    ("body", "is_content"),
    [
        ({"type": "content_block_delta"}, True),
        ({"type": "message_start"}, False),
        ({"contentBlockDelta": {"delta": {"text": "a"}}}, True),
        ({"messageStart": {"role": "assistant"}}, False),
        ({"choices": [{"delta": {"content": "a"}}]}, True),
        ({"choices": [{"text": "a"}]}, True),
        ({"generation": "a"}, True),
        ({"generation": ""}, False),
        ({"completion": "a"}, True),
        ({"outputs": [{"text": "a"}]}, True),
    ],
)
def test_what_is_content(body: Any, is_content: bool) -> None:
    assert invoke.is_content({"chunk": {"bytes": json.dumps(body).encode()}}) is is_content
