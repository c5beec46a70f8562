from __future__ import annotations

from typing import Any

import pytest
from openai._models import construct_type
from openai.types.responses import Response as LiveResponse

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
from limelight.core.wire import openai_responses as responses
from limelight.core.wire.read import as_table

MESSAGE = {
    "type": "message",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "Hello", "annotations": []}],
}
THOUGHT = {
    "type": "reasoning",
    "summary": [{"type": "summary_text", "text": "so "}, {"type": "summary_text", "text": "then"}],
}
CALL = {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": '{"city": "Oslo"}'}
RESULT = {"type": "function_call_output", "call_id": "c1", "output": "rain"}


def turns(*items: Any) -> list[tuple[str, tuple[Any, ...]]]:
    return [(message.role, message.parts) for message in responses.request({"input": list(items)}).messages]


def test_a_request_says_what_was_asked() -> None:
    read = responses.request(
        {
            "model": "gpt-5",
            "instructions": "Be brief",
            "input": "Hi",
            "max_output_tokens": 50,
            "reasoning": {"effort": "low"},
            "text": {"format": {"type": "json_schema", "name": "City"}},
            "conversation": {"id": "conv_1"},
            "previous_response_id": "resp_0",
            "prompt": {"id": "p", "version": "2", "variables": {"secret": "x"}},
            "tools": [{"type": "function", "name": "weather", "parameters": {"type": "object"}}],
        }
    )
    assert read == Request(
        model="gpt-5",
        system=(Text("Be brief"),),
        messages=(Message("user", (Text("Hi"),)),),
        tools=(Tool("weather", "function", None, {"type": "object"}),),
        params={
            "max_tokens": 50,
            "reasoning": {"effort": "low"},
            "reasoning_effort": "low",
            "text": {"format": {"type": "json_schema", "name": "City"}},
            "response_format": {"type": "json_schema", "name": "City"},
            "conversation": "conv_1",
            "previous_response_id": "resp_0",
            "prompt": {"id": "p", "version": "2"},
        },
    )
    assert responses.request({"text_format": "City", "conversation": "conv_1"}).params == {
        "response_format": "City",
        "conversation": "conv_1",
    }


def test_instructions_may_be_messages() -> None:
    assert responses.request({"instructions": [{"role": "developer", "content": "a"}, 3]}).system == (Text("a"),)


def test_what_the_model_did_in_a_row_is_one_turn() -> None:
    second = {**CALL, "call_id": "c2"}
    assert turns(
        {"role": "user", "content": "Hi"}, THOUGHT, CALL, second, RESULT, {**RESULT, "call_id": "c2"}, MESSAGE
    ) == [
        ("user", (Text("Hi"),)),
        (
            "assistant",
            (
                Reasoning("so "),
                Reasoning("then"),
                ToolCall("weather", {"city": "Oslo"}, "c1"),
                ToolCall("weather", {"city": "Oslo"}, "c2"),
            ),
        ),
        ("tool", (ToolResult("rain", "c1"), ToolResult("rain", "c2"))),
        ("assistant", (Text("Hello"),)),
    ]


def test_two_messages_in_a_row_are_two() -> None:
    user = {"role": "user", "content": "Hi", "name": "ada"}
    read = responses.request({"input": [user, user, MESSAGE, MESSAGE, {"role": "system", "content": []}, 7]}).messages
    assert [(message.role, message.name) for message in read] == [
        ("user", "ada"),
        ("user", "ada"),
        ("assistant", None),
        ("assistant", None),
    ]


@pytest.mark.parametrize(
    ("part", "read"),
    [
        ({"type": "input_text", "text": "a"}, Text("a")),
        ({"type": "input_image", "image_url": "https://a"}, Media("image", uri="https://a")),
        ({"type": "input_image", "file_id": "f"}, Media("image", file_id="f")),
        ({"type": "input_file", "file_url": "https://a"}, Media("document", uri="https://a")),
        (
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
            Media("audio", "audio/wav", content="AAAA", size=3),
        ),
        ({"type": "refusal", "refusal": "No"}, Other("refusal", {"content": "No"})),
    ],
)
def test_parts_of_a_message_are_told_apart(part: Any, read: Any) -> None:
    assert turns({"role": "user", "content": [part]}) == [("user", (read,))]


@pytest.mark.parametrize(
    ("item", "role", "read"),
    [
        ({"type": "custom_tool_call", "call_id": "c", "name": "sql", "input": "SELECT 1"}, "assistant", (ToolCall("sql", "SELECT 1", "c"),)),
        ({"type": "computer_call", "call_id": "c", "action": {"type": "click"}}, "assistant", (ToolCall("computer", {"type": "click"}, "c"),)),
        ({"type": "computer_call_output", "call_id": "c", "output": {"type": "input_image", "image_url": "https://a"}}, "tool", (ToolResult("", "c"), Media("image", uri="https://a"))),
        ({"type": "function_call_output", "call_id": "c", "output": [{"type": "input_text", "text": "a"}]}, "tool", (ToolResult("a", "c"),)),
        ({"type": "mcp_approval_response", "approve": True}, "user", (Other("mcp_approval_response", {"approve": True}),)),
        ({"type": "item_reference"}, "assistant", (Other("item_reference", {}),)),
        ({"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "hm"}]}, "assistant", (Reasoning("hm"),)),
        ({"type": "reasoning", "summary": [], "encrypted_content": "x"}, "assistant", (Reasoning(""),)),
        (
            {"type": "web_search_call", "id": "w", "status": "completed", "action": {"query": "q"}},
            "assistant",
            (
                Other(
                    "server_tool_call",
                    {
                        "id": "w",
                        "name": "web_search",
                        "server_tool_call": {"type": "web_search_call", "status": "completed", "action": {"query": "q"}},
                    },
                ),
            ),
        ),
        (
            {"type": "image_generation_call", "id": "i", "result": "AAAA", "output_format": "webp"},
            "assistant",
            (
                Media("image", "image/webp", content="AAAA", size=3),
                Other(
                    "server_tool_call",
                    {"id": "i", "name": "image_generation", "server_tool_call": {"type": "image_generation_call", "output_format": "webp"}},
                ),
            ),
        ),
    ],
)  # fmt: skip
def test_items_are_told_apart(item: dict[str, Any], role: str, read: tuple[Any, ...]) -> None:
    assert turns(item) == [(role, read)]


BODY = {
    "id": "resp_1",
    "model": "gpt-5-2026",
    "status": "completed",
    "service_tier": "default",
    "output": [THOUGHT, MESSAGE],
    "usage": {
        "input_tokens": 11,
        "output_tokens": 9,
        "input_tokens_details": {"cached_tokens": 4},
        "output_tokens_details": {"reasoning_tokens": 3},
    },
}
READ = Response(
    id="resp_1",
    model="gpt-5-2026",
    messages=(Message("assistant", (Reasoning("so "), Reasoning("then"), Text("Hello")), finish_reason="stop"),),
    usage=Usage(11, 9, 4, reasoning=3),
    status="completed",
    service_tier="default",
)


@pytest.mark.parametrize("live", [False, True])
def test_an_answer_is_one_message(live: bool) -> None:
    assert responses.response(as_table(construct_type(type_=LiveResponse, value=BODY)) if live else BODY) == READ


@pytest.mark.parametrize(
    ("body", "finish"),
    [
        ({"status": "completed", "output": [CALL]}, "tool_calls"),
        ({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, "max_output_tokens"),
        ({"status": "cancelled"}, "cancelled"),
        ({"status": "in_progress", "output": [MESSAGE]}, None),
    ],
)
def test_the_finish_follows_from_the_status(body: dict[str, Any], finish: str | None) -> None:
    assert responses.response(body).messages[0].finish_reason == finish


def test_a_queued_answer_has_no_message() -> None:
    assert responses.response({"status": "queued"}).messages == ()


def test_a_run_that_failed_says_why() -> None:
    read = responses.response({"status": "failed", "error": {"code": "server_error", "message": "Sorry"}})
    assert read.failure == Failure("server_error", "Sorry", code="server_error")


def test_tokens_of_an_answer_read_again_are_not_counted_again() -> None:
    assert responses.fetched(BODY) == Response(
        id="resp_1", model="gpt-5-2026", messages=READ.messages, status="completed", service_tier="default"
    )
    assert responses.fetch_request({"response_id": "resp_1", "stream": True}).params == {
        "response_id": "resp_1",
        "stream": True,
    }


def text_delta(piece: str, at: int = 0) -> dict[str, Any]:
    return {"type": "response.output_text.delta", "output_index": at, "content_index": 0, "delta": piece}


CREATED = {
    "type": "response.created",
    "response": {"id": "resp_1", "model": "gpt-5-2026", "status": "in_progress", "output": []},
}
DONE = [
    {"type": "response.output_item.done", "output_index": at, "item": item}
    for at, item in enumerate([THOUGHT, MESSAGE])
]


def told(*events: Any) -> Response:
    return responses.response(responses.fold(list(events)))


def test_the_last_event_has_the_whole() -> None:
    assert told(CREATED, text_delta("never mind"), {"type": "response.completed", "response": BODY}) == READ


def test_an_empty_whole_is_filled_from_its_items() -> None:
    assert told(CREATED, *DONE, {"type": "response.completed", "response": {**BODY, "output": []}}) == READ


def test_a_torn_stream_keeps_what_came() -> None:
    read = told(
        CREATED,
        {"type": "response.output_item.added", "output_index": 0, "item": {"type": "reasoning", "summary": []}},
        {"type": "response.reasoning_summary_text.delta", "output_index": 0, "summary_index": 0, "delta": "so"},
        {"type": "response.output_item.added", "output_index": 1, "item": {"type": "message", "content": []}},
        text_delta("Hel", 1),
        text_delta("lo", 1),
        {"type": "response.output_item.added", "output_index": 2, "item": {**CALL, "arguments": ""}},
        {"type": "response.function_call_arguments.delta", "output_index": 2, "delta": '{"ci'},
        {"type": "response.output_item.done", "output_index": 3, "item": None},
        {"type": "response.in_progress"},
        None,
    )
    assert read.id == "resp_1"
    assert read.messages == (Message("assistant", (Reasoning("so"), Text("Hello"), ToolCall("weather", '{"ci', "c1"))),)


def test_pieces_without_a_beginning_find_a_home() -> None:
    read = told(
        {"type": "response.reasoning_text.delta", "output_index": 0, "delta": "hm"},
        text_delta("a", 1),
        {"type": "response.refusal.delta", "output_index": 1, "content_index": 1, "delta": "No"},
        {"type": "response.function_call_arguments.delta", "output_index": 2, "delta": "{}"},
    )
    assert read.messages[0].parts == (Reasoning("hm"), Text("a"), Other("refusal", {"content": "No"}), ToolCall("", {}))


def test_an_error_event_is_a_failure() -> None:
    read = told(CREATED, {"type": "error", "code": "rate_limit_exceeded", "message": "Slow down"})
    assert read.failure == Failure("rate_limit_exceeded", "Slow down", code="rate_limit_exceeded")
    assert told({"type": "error", "error": {"type": "x", "message": "y"}}).failure == Failure("x", "y", code="x")
    assert told() == Response()


def test_content_begins_with_the_first_delta() -> None:
    assert [responses.is_content(event) for event in (CREATED, text_delta("a"), {"type": 3})] == [False, True, False]
