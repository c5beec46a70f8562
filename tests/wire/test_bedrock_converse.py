from __future__ import annotations

import base64
from typing import Any

import pytest

from limelight.core.model import (
    Media,
    Message,
    Other,
    Part,
    Reasoning,
    Request,
    Response,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
)
from limelight.core.wire import bedrock_converse as converse
from limelight.core.wire import bedrock_guardrail as guardrail

CITATION = {"title": "Handbook", "location": {"documentPage": {"documentIndex": 0, "start": 3}}}


def parts(*blocks: Any, role: str = "user") -> tuple[Part, ...]:
    return converse.request({"messages": [{"role": role, "content": list(blocks)}]}).messages[0].parts


def test_a_request_says_what_was_asked() -> None:
    read = converse.request(
        {
            "modelId": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "system": [{"text": "Be brief"}, {"cachePoint": {"type": "default"}}],
            "messages": [
                {"role": "user", "content": [{"text": "Hi"}]},
                {"role": "assistant", "content": [{"text": "Hello"}]},
            ],
            "inferenceConfig": {"maxTokens": 100, "temperature": 0.5, "topP": 0.9, "stopSequences": ["END"]},
            "toolConfig": {
                "tools": [
                    {"toolSpec": {"name": "now", "description": "Clock", "inputSchema": {"json": {"type": "object"}}}},
                    {"systemTool": {"name": "nova_grounding"}},
                    {"cachePoint": {"type": "default"}},
                ],
                "toolChoice": {"auto": {}},
            },
            "additionalModelRequestFields": {"top_k": 50, "thinking": {"type": "enabled"}},
            "requestMetadata": {"team": "a"},
            "serviceTier": {"type": "flex"},
            "outputConfig": {"textFormat": {"type": "json_schema"}, "effort": "low"},
        }
    )
    assert read == Request(
        model="us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        system=(Text("Be brief"),),
        messages=(Message("user", (Text("Hi"),)), Message("assistant", (Text("Hello"),))),
        tools=(Tool("now", "function", "Clock", {"type": "object"}), Tool("nova_grounding", "systemTool")),
        params={
            "max_tokens": 100,
            "temperature": 0.5,
            "top_p": 0.9,
            "stop": ("END",),
            "tool_choice": {"auto": {}},
            "top_k": 50,
            "thinking": {"type": "enabled"},
            "metadata": {"team": "a"},
            "service_tier": "flex",
            "response_format": {"type": "json_schema"},
            "reasoning_effort": "low",
        },
    )


def test_a_streamed_request_says_so() -> None:
    assert converse.stream_request({"modelId": "m"}).params == {"stream": True}


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ({"text": "a"}, Text("a")),
        (
            {"image": {"format": "jpg", "source": {"bytes": b"abc"}}},
            Media("image", "image/jpeg", content="YWJj", size=3),
        ),
        (
            {"image": {"format": "png", "source": {"bytes": "YWJj"}}},
            Media("image", "image/png", content="YWJj", size=3),
        ),
        (
            {"video": {"format": "mp4", "source": {"s3Location": {"uri": "s3://b/v"}}}},
            Media("video", "video/mp4", uri="s3://b/v"),
        ),
        (
            {"document": {"format": "txt", "name": "n", "source": {"text": "abc"}}},
            Media("document", "text/plain", content="YWJj", size=3),
        ),
        (
            {"document": {"name": "n", "source": {"content": [{"text": "a"}, {"text": "bc"}]}}},
            Media("document", "text/plain", content="YWJj", size=3),
        ),
        ({"reasoningContent": {"reasoningText": {"text": "hm", "signature": "x"}}}, Reasoning("hm")),
        ({"reasoningContent": {"redactedContent": b"sealed"}}, Reasoning("")),
        ({"guardContent": {"text": {"text": "a", "qualifiers": ["query"]}}}, Text("a")),
        (
            {"searchResult": {"source": "s", "title": "t", "content": [{"text": "a"}, {"text": "b"}]}},
            Text("ab", ({"source": "s", "title": "t"},)),
        ),
        ({"toolAddition": {"tool": {"name": "a"}}}, Other("toolAddition", {"tool": {"name": "a"}})),
        ({"SDK_UNKNOWN_MEMBER": {"name": "hologram"}}, Other("hologram")),
    ],
)
def test_a_block_is_a_part(block: dict[str, Any], part: Part) -> None:
    assert parts(block) == (part,)


def test_a_cache_point_and_an_empty_text_say_nothing() -> None:
    assert parts({"cachePoint": {"type": "default"}}, {"text": ""}) == ()


def test_a_large_document_is_counted_and_not_kept() -> None:
    (found,) = parts({"document": {"format": "pdf", "name": "n", "source": {"bytes": bytes(500_000)}}})
    assert found == Media("document", "application/pdf", size=500_000)


def test_the_results_of_tools_are_a_message_of_their_own_role() -> None:
    picture = {"image": {"format": "png", "source": {"bytes": b"a"}}}
    results = [
        {"toolResult": {"toolUseId": "t1", "content": [{"text": "rain"}, picture]}},
        {"toolResult": {"toolUseId": "t2", "content": [{"json": {"degrees": 3}}], "status": "success"}},
        {"toolResult": {"toolUseId": "t3", "content": [{"text": "a"}, {"json": [1]}], "status": "error"}},
        {"toolResult": {"toolUseId": "t4", "content": []}},
    ]
    (message,) = converse.request({"messages": [{"role": "user", "content": results}]}).messages
    assert message.role == "tool"
    assert message.parts == (
        ToolResult("rain", "t1"),
        Media("image", "image/png", content=base64.b64encode(b"a").decode(), size=1),
        ToolResult({"degrees": 3}, "t2"),
        ToolResult({"is_error": True, "content": ["a", [1]]}, "t3"),
        ToolResult("", "t4"),
    )


@pytest.mark.case(19)
def test_an_answer_says_what_was_said_and_what_it_took() -> None:
    read = converse.response(
        {
            "ResponseMetadata": {"RequestId": "r-1"},
            "output": {
                "message": {
                    "role": "assistant",
                    "content": [
                        {"reasoningContent": {"reasoningText": {"text": "hm"}}},
                        {"citationsContent": {"content": [{"text": "It rains."}], "citations": [CITATION]}},
                        {"toolUse": {"toolUseId": "t1", "name": "weather", "input": {"city": "Oslo"}}},
                    ],
                }
            },
            "stopReason": "tool_use",
            "usage": {
                "inputTokens": 10,
                "outputTokens": 5,
                "totalTokens": 65,
                "cacheReadInputTokens": 30,
                "cacheWriteInputTokens": 20,
                "cacheDetails": [{"ttl": "1h", "inputTokens": 15}, {"ttl": "5m", "inputTokens": 5}],
            },
            "metrics": {"latencyMs": 417},
            "performanceConfig": {"latency": "optimized"},
            "serviceTier": {"type": "priority"},
            "trace": {"guardrail": {"actionReason": "No action"}, "promptRouter": {"invokedModelId": "m-2"}},
            "additionalModelResponseFields": {"stop_sequence": "END"},
        }
    )
    assert read == Response(
        model="m-2",
        messages=(
            Message(
                "assistant",
                (Reasoning("hm"), Text("It rains.", (CITATION,)), ToolCall("weather", {"city": "Oslo"}, "t1")),
                finish_reason="tool_use",
            ),
        ),
        usage=Usage(input=60, output=5, cache_read=30, cache_write=20, cache_write_1h=15),
        service_tier="priority",
        extra={
            "request_id": "r-1",
            "guardrail.trace": {"actionReason": "No action"},
            "latency_ms": 417,
            "performance": "optimized",
            "additional_fields": {"stop_sequence": "END"},
        },
    )


def test_citations_without_a_text_belong_to_the_text_before_them() -> None:
    blocks = [{"text": "It rains."}, {"citationsContent": {"citations": [CITATION]}}]
    (message,) = converse.response({"output": {"message": {"content": blocks}}}).messages
    assert message.parts == (Text("It rains.", (CITATION,)),)


def delta(at: int, **what: Any) -> dict[str, Any]:
    return {"contentBlockDelta": {"contentBlockIndex": at, "delta": what}}


def start(at: int, **what: Any) -> dict[str, Any]:
    return {"contentBlockStart": {"contentBlockIndex": at, "start": what}}


@pytest.mark.case(40)
def test_a_stream_is_put_together() -> None:
    folded = converse.fold(
        [
            {"messageStart": {"role": "assistant"}},
            delta(0, reasoningContent={"text": "h"}),
            delta(0, reasoningContent={"text": "m"}),
            delta(0, reasoningContent={"signature": "x"}),
            delta(1, text="It "),
            delta(1, text="rains."),
            delta(1, citation=CITATION),
            start(2, toolUse={"toolUseId": "t1", "name": "weather"}),
            delta(2, toolUse={"input": '{"city": '}),
            delta(2, toolUse={"input": '"Oslo"}'}),
            start(3, toolUse={"toolUseId": "t2", "name": "now"}),
            start(4, toolResult={"toolUseId": "t3", "status": "success"}),
            delta(4, toolResult=[{"text": "rain"}]),
            start(5, image={"format": "png"}),
            delta(5, image={"source": {"bytes": b"abc"}}),
            {"contentBlockStop": {"contentBlockIndex": 5}},
            {"messageStop": {"stopReason": "tool_use"}},
            {"metadata": {"usage": {"inputTokens": 10, "outputTokens": 5}, "metrics": {"latencyMs": 4}}},
        ]
    )
    read = converse.response(folded)
    assert read.messages == (
        Message(
            "assistant",
            (
                Reasoning("hm"),
                Text("It rains.", (CITATION,)),
                ToolCall("weather", {"city": "Oslo"}, "t1"),
                ToolCall("now", {}, "t2"),
                ToolResult("rain", "t3"),
                Media("image", "image/png", content="YWJj", size=3),
            ),
            finish_reason="tool_use",
        ),
    )
    assert read.usage == Usage(input=10, output=5)


def test_what_came_of_a_broken_stream_is_kept() -> None:
    (message,) = converse.response(converse.fold([{"messageStart": {}}, delta(0, text="It ")])).messages
    assert message == Message("assistant", (Text("It "),))
    begun = converse.response(converse.fold([{"messageStart": {"role": "assistant"}}]))
    assert begun.messages == (Message("assistant", ()),)
    assert converse.fold([]) == {}


def test_only_deltas_are_content() -> None:
    assert converse.is_content(delta(0, text="a"))
    assert not converse.is_content({"messageStart": {"role": "assistant"}})


def test_a_guardrail_judges_what_was_said() -> None:
    read = guardrail.request(
        {"guardrailIdentifier": "g", "source": "OUTPUT", "content": [{"text": {"text": "See a doctor."}}]}
    )
    assert read.messages == (Message("assistant", (Text("See a doctor."),)),)
    assert read.params == {"guardrailIdentifier": "g", "source": "OUTPUT"}
    answer = guardrail.response(
        {
            "action": "GUARDRAIL_INTERVENED",
            "actionReason": "Topic",
            "outputs": [{"text": "No."}],
            "assessments": [{"topicPolicy": {"topics": []}}],
            "usage": {"topicPolicyUnits": 1},
        }
    )
    assert answer.messages == (Message("assistant", (Text("No."),)),)
    assert answer.extra == {
        "guardrail.action": "GUARDRAIL_INTERVENED",
        "guardrail.reason": "Topic",
        "guardrail.assessments": [{"topicPolicy": {"topics": []}}],
        "guardrail.usage": {"topicPolicyUnits": 1},
    }
