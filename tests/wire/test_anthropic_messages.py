from __future__ import annotations

from typing import Any

import pytest
from anthropic._models import construct_type
from anthropic.types import Message as LiveMessage
from anthropic.types import RawMessageStreamEvent

from limelight.core.model import (
    Failure,
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
from limelight.core.wire import anthropic_messages as anthropic
from limelight.core.wire.read import as_table


def parts(*blocks: Any, role: str = "user") -> tuple[Any, ...]:
    return anthropic.request({"messages": [{"role": role, "content": list(blocks)}]}).messages[0].parts


def test_a_request_says_what_was_asked() -> None:
    read = anthropic.request(
        {
            "model": "claude-sonnet",
            "max_tokens": 100,
            "system": "Be brief",
            "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}],
            "stop_sequences": ["END"],
            "top_k": 3,
            "metadata": {"user_id": "u1"},
            "output_config": {"effort": "high", "format": {"type": "json_schema"}},
            "tools": [
                {"name": "weather", "description": "Looks out", "input_schema": {"type": "object"}},
                {
                    "type": "web_search_20250305",
                    "name": "web_search",
                    "max_uses": 2,
                    "cache_control": {"type": "ephemeral"},
                },
                {"type": "mcp_toolset", "mcp_server_name": "docs"},
            ],
            "mcp_servers": [{"type": "url", "url": "https://m", "authorization_token": "secret"}],
            "extra_headers": {"x-api-key": "secret"},
        }
    )
    assert read == Request(
        model="claude-sonnet",
        system=(Text("Be brief"),),
        messages=(Message("user", (Text("Hi"),)), Message("assistant", (Text("Hello"),))),
        tools=(
            Tool("weather", "function", "Looks out", {"type": "object"}),
            Tool("web_search", "web_search_20250305", None, {"max_uses": 2}),
            Tool("docs", "mcp_toolset", None, {"mcp_server_name": "docs"}),
        ),
        params={
            "max_tokens": 100,
            "stop": ("END",),
            "top_k": 3,
            "metadata": {"user_id": "u1"},
            "user": "u1",
            "output_config": {"effort": "high", "format": {"type": "json_schema"}},
            "reasoning_effort": "high",
            "response_format": {"type": "json_schema"},
            "mcp_servers": [{"type": "url", "url": "https://m"}],
        },
    )


def test_a_form_asked_for_by_parse_is_the_response_format() -> None:
    assert anthropic.request({"output_format": {"type": "json_schema"}}).params == {
        "response_format": {"type": "json_schema"}
    }


def test_system_may_be_blocks_and_may_come_between_messages() -> None:
    read = anthropic.request(
        {"system": [{"type": "text", "text": "a"}], "messages": [{"role": "system", "content": "b"}]}
    )
    assert (read.system, read.messages) == ((Text("a"),), (Message("system", (Text("b"),)),))


@pytest.mark.parametrize(
    ("block", "read"),
    [
        ({"type": "text", "text": "a", "citations": [{"url": "u"}]}, (Text("a", ({"url": "u"},)),)),
        ({"type": "text", "text": ""}, ()),
        ("bare", (Text("bare"),)),
        ({"type": "thinking", "thinking": "hm", "signature": "s"}, (Reasoning("hm"),)),
        ({"type": "redacted_thinking", "data": "sealed"}, (Reasoning(""),)),
        (
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}},
            (Media("image", "image/png", content="AAAA", size=3),),
        ),
        ({"type": "image", "source": {"type": "url", "url": "https://a"}}, (Media("image", uri="https://a"),)),
        ({"type": "document", "source": {"type": "file", "file_id": "f"}}, (Media("document", file_id="f"),)),
        (
            {"type": "document", "title": "t", "source": {"type": "text", "data": "words"}, "cache_control": {}},
            (Other("document", {"title": "t", "source": {"type": "text", "data": "words"}}),),
        ),
        (
            {"type": "search_result", "source": "s", "content": [{"type": "text", "text": "a"}]},
            (Text("a", ({"type": "search_result", "source": "s"},)),),
        ),
        (
            {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "q"}},
            (
                Other(
                    "server_tool_call",
                    {
                        "id": "s1",
                        "name": "web_search",
                        "server_tool_call": {"type": "server_tool_use", "arguments": {"query": "q"}},
                    },
                ),
            ),
        ),
        (
            {"type": "web_search_tool_result", "tool_use_id": "s1", "content": [{"url": "u"}]},
            (
                Other(
                    "server_tool_call_response",
                    {
                        "id": "s1",
                        "server_tool_call_response": {"type": "web_search_tool_result", "content": [{"url": "u"}]},
                    },
                ),
            ),
        ),
        ({"type": "compaction", "content": "so far"}, (Other("compaction", {"content": "so far"}),)),
        ({"weird": 1}, (Other("block", {"weird": 1}),)),
        (7, ()),
    ],
)
def test_blocks_are_told_apart(block: Any, read: tuple[Any, ...]) -> None:
    assert parts(block) == read


def test_results_of_tools_are_a_turn_of_the_tool() -> None:
    result = {"type": "tool_result", "tool_use_id": "t1", "content": "rain"}
    picture = {"type": "image", "source": {"type": "url", "url": "https://a"}}
    read = anthropic.request(
        {
            "messages": [
                {
                    "role": "assistant",
                    "content": [{"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Oslo"}}],
                },
                {"role": "user", "content": [result]},
                {"role": "user", "content": [{**result, "content": [{"type": "text", "text": "sun"}, picture]}]},
                {"role": "user", "content": [result, {"type": "text", "text": "And now?"}]},
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t2", "content": None}]},
                {"role": "user", "content": [{**result, "is_error": True}]},
                {"role": "user", "content": [{**result, "content": {"odd": 1}}]},
            ]
        }
    )
    assert [(message.role, message.parts) for message in read.messages] == [
        ("assistant", (ToolCall("weather", {"city": "Oslo"}, "t1"),)),
        ("tool", (ToolResult("rain", "t1"),)),
        ("tool", (ToolResult("sun", "t1"), Media("image", uri="https://a"))),
        ("user", (ToolResult("rain", "t1"), Text("And now?"))),
        ("tool", (ToolResult("", "t2"),)),
        ("tool", (ToolResult({"is_error": True, "content": "rain"}, "t1"),)),
        ("tool", (ToolResult({"odd": 1}, "t1"),)),
    ]


ANSWER = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-5",
    "content": [{"type": "thinking", "thinking": "hm", "signature": "s"}, {"type": "text", "text": "Hello"}],
    "stop_reason": "end_turn",
    "usage": {
        "input_tokens": 12,
        "output_tokens": 30,
        "cache_read_input_tokens": 50,
        "cache_creation_input_tokens": 100,
        "cache_creation": {"ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 40},
        "output_tokens_details": {"thinking_tokens": 7},
        "server_tool_use": {"web_search_requests": 2},
        "service_tier": "priority",
    },
}
READ = Response(
    id="msg_1",
    model="claude-sonnet-5",
    messages=(Message("assistant", (Reasoning("hm"), Text("Hello")), finish_reason="end_turn"),),
    usage=Usage(162, 30, 50, 100, 40, 7, searches=2),
    service_tier="priority",
)


@pytest.mark.case(18, 73)
@pytest.mark.parametrize("live", [False, True])
def test_cached_tokens_are_counted_within_the_input(live: bool) -> None:
    body = as_table(construct_type(type_=LiveMessage, value=ANSWER)) if live else ANSWER
    assert anthropic.response(body) == READ


@pytest.mark.case(70)
def test_nothing_said_is_no_usage() -> None:
    assert anthropic.response({}) == Response()
    assert anthropic.usage({"output_tokens": 3}) == Usage(output=3)


def test_what_a_compaction_took_is_counted() -> None:
    compaction = {"type": "compaction", "input_tokens": 100, "output_tokens": 20, "cache_creation_input_tokens": 50}
    message = {"type": "message", "input_tokens": 10, "output_tokens": 5}
    assert anthropic.usage({"input_tokens": 10, "output_tokens": 5, "iterations": [compaction, message]}) == Usage(
        160, 25, cache_write=50
    )


def delta(kind: str, at: int = 0, **fields: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": at, "delta": {"type": kind, **fields}}


def block(kind: str, at: int = 0, **fields: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": at, "content_block": {"type": kind, **fields}}


STREAM = [
    {
        "type": "message_start",
        "message": {**ANSWER, "content": [], "stop_reason": None, "usage": {**ANSWER["usage"], "output_tokens": 1}},
    },
    {"type": "ping"},
    block("thinking", thinking="", signature=""),
    delta("thinking_delta", thinking="h"),
    delta("thinking_delta", thinking="m"),
    delta("signature_delta", signature="s"),
    {"type": "content_block_stop", "index": 0},
    block("text", 1, text=""),
    delta("text_delta", 1, text="Hel"),
    delta("text_delta", 1, text="lo"),
    {"type": "content_block_stop", "index": 1},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {"output_tokens": 30, "input_tokens": None},
    },
    {"type": "message_stop"},
]


def told(events: list[Any]) -> Response:
    return anthropic.response(anthropic.fold(events))


@pytest.mark.case(20)
def test_a_stream_folds_to_the_message_it_was() -> None:
    assert told(STREAM) == READ
    assert told([construct_type(type_=RawMessageStreamEvent, value=event) for event in STREAM]) == READ


@pytest.mark.parametrize(("taken", "output"), [(1, 1), (3, 1), (4, 1), (6, 2), (9, 3), (11, 3)])
def test_the_output_of_a_stream_that_was_left_is_no_report(taken: int, output: int) -> None:
    """Anthropic counts the first piece when it sends it, and the whole with the last; what came between is guessed."""
    usage = told(STREAM[:taken]).usage
    assert (usage.estimated, usage.input) == ({"output"}, READ.usage.input)
    assert usage.output == pytest.approx(output, abs=1)
    assert told(STREAM).usage.estimated == frozenset()


def test_a_long_answer_that_was_left_counts_what_was_said() -> None:
    words = [delta("text_delta", 0, text=word) for word in ["The", *[" train leaves at eight."] * 100]]
    events = [STREAM[0], block("text", text=""), *words]
    assert told(events).usage.output == pytest.approx(1 + 500 * 1.12, rel=0.2)
    assert told(events[:3]).usage.output == 1


def test_events_that_the_helper_adds_count_nothing() -> None:
    events: list[Any] = []
    for event in STREAM:
        events += [
            event,
            {"type": "text", "text": "x", "snapshot": "x"},
            {"type": "thinking", "thinking": "x", "snapshot": "x"},
        ]
    assert told(events) == READ


def test_a_torn_stream_keeps_what_came() -> None:
    torn = told(STREAM[:9])
    assert torn.messages == (Message("assistant", (Reasoning("hm"), Text("Hel"))),)
    assert torn.usage.input == 162
    assert told([]) == Response()
    assert told([None, {"type": 5}, delta("text_delta", text="no start")]).messages[0].parts == (Text("no start"),)
    assert told([delta("thinking_delta", thinking="no start")]).messages[0].parts == (Reasoning("no start"),)


def test_arguments_of_a_tool_come_in_pieces() -> None:
    call = block("tool_use", id="t1", name="weather", input={})
    read = told(
        [call, delta("input_json_delta", partial_json='{"city"'), delta("input_json_delta", partial_json=': "Oslo"}')]
    )
    assert read.messages[0].parts == (ToolCall("weather", {"city": "Oslo"}, "t1"),)
    assert told([call]).messages[0].parts == (ToolCall("weather", {}, "t1"),)
    assert told([call, delta("input_json_delta", partial_json='{"ci')]).messages[0].parts == (
        ToolCall("weather", '{"ci', "t1"),
    )


def test_citations_come_one_by_one() -> None:
    events = [
        block("text", text="", citations=[{"n": 1}]),
        delta("text_delta", text="a"),
        delta("citations_delta", citation={"n": 2}),
    ]
    assert told(events).messages[0].parts == (Text("a", ({"n": 1}, {"n": 2})),)
    assert told([block("text", text="a"), delta("citations_delta"), delta("text_delta", text=None)]).messages[
        0
    ].parts == (Text("a"),)


def test_an_error_in_the_midst_of_a_stream_is_a_failure() -> None:
    event = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    assert told([*STREAM[:3], event]).failure == Failure("overloaded_error", "Overloaded", code="overloaded_error")


def test_content_begins_with_the_first_piece() -> None:
    assert [event["type"] for event in STREAM if anthropic.is_content(event)] == ["content_block_delta"] * 5


def test_an_empty_text_is_no_part() -> None:
    assert anthropic.request({"messages": [{"role": "user", "content": ""}]}).messages[0].parts == ()
