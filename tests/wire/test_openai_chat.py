from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from openai._models import construct_type
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import BaseModel

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
from limelight.core.wire import openai_chat as chat
from limelight.core.wire.read import Table, as_table

PIXEL = "iVBORw0KGgo="
WEATHER = {"name": "weather", "description": "Looks out of the window", "parameters": {"type": "object"}}


def chunk(
    delta: dict[str, Any] | None = None, *, at: int = 0, finish: str | None = None, **more: Any
) -> dict[str, Any]:
    choices = [] if delta is None else [{"index": at, "delta": delta, "finish_reason": finish, "logprobs": None}]
    return {"id": "chatcmpl-7", "object": "chat.completion.chunk", "model": "gpt-4o-2024", "choices": choices, **more}


def parts(message: dict[str, Any]) -> tuple[Any, ...]:
    return chat.request({"messages": [message]}).messages[0].parts


def answered(message: dict[str, Any], **more: Any) -> tuple[Any, ...]:
    return chat.response({"choices": [{"message": message}], **more}).messages[0].parts


def test_a_request_says_what_was_asked() -> None:
    read = chat.request(
        {
            "model": "gpt-4o",
            "messages": [
                {"role": "developer", "content": "Be brief"},
                {"role": "user", "content": "Hi", "name": "ada"},
            ],
            "temperature": 0.5,
            "max_completion_tokens": 64,
            "stop": "END",
            "n": 2,
            "tools": [{"type": "function", "function": WEATHER}],
            "tool_choice": {"type": "function", "function": {"name": "weather"}},
            "extra_headers": {"Authorization": "Bearer x"},
            "timeout": 30,
        }
    )
    assert read == Request(
        model="gpt-4o",
        messages=(Message("system", (Text("Be brief"),)), Message("user", (Text("Hi"),), name="ada")),
        tools=(Tool("weather", "function", "Looks out of the window", {"type": "object"}),),
        params={
            "temperature": 0.5,
            "max_tokens": 64,
            "stop": ("END",),
            "n": 2,
            "tool_choice": {"type": "function", "function": {"name": "weather"}},
        },
    )


def test_what_goes_out_in_the_extra_body_is_a_parameter_like_any_other() -> None:
    read = chat.request(
        {"model": "a", "messages": [], "extra_body": {"model": "b", "reasoning": {"effort": "low"}, "top_k": 4}}
    )
    assert (read.model, read.params) == ("b", {"reasoning": {"effort": "low"}, "reasoning_effort": "low", "top_k": 4})
    assert chat.request({"model": "a", "extra_body": object()}).model == "a"


def test_arguments_not_passed_are_no_parameters() -> None:
    class NotGiven: ...

    assert chat.request({"temperature": NotGiven(), "seed": None}).params == {}


@pytest.mark.case(42)
def test_a_class_as_response_format_is_shown_as_its_schema() -> None:
    class City(BaseModel):
        name: str

    assert chat.request({"response_format": City}).params["response_format"]["properties"] == {
        "name": {"title": "Name", "type": "string"}
    }


@pytest.mark.parametrize(
    ("part", "read"),
    [
        ({"type": "text", "text": "see"}, Text("see")),
        ({"type": "image_url", "image_url": {"url": "https://a/b.png"}}, Media("image", uri="https://a/b.png")),
        (
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
            Media("image", "image/png", content=PIXEL, size=8),
        ),
        (
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}},
            Media("audio", "audio/mpeg", content="AAAA", size=3),
        ),
        ({"type": "file", "file": {"file_id": "file-1"}}, Media("document", file_id="file-1")),
        (
            {"type": "file", "file": {"file_data": f"data:image/png;base64,{PIXEL}"}},
            Media("image", "image/png", content=PIXEL, size=8),
        ),
        ({"type": "file", "file": {"file_data": "AAAA"}}, Media("document", content="AAAA", size=3)),
        ({"type": "video_url", "video_url": "https://a/b.mp4"}, Media("video", uri="https://a/b.mp4")),
        ({"type": "refusal", "refusal": "No"}, Other("refusal", {"content": "No"})),
        ({"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, Reasoning("hm")),
        ({"type": "hologram", "beam": 3}, Other("hologram", {"beam": 3})),
        ("bare words", Text("bare words")),
    ],
)
def test_parts_of_a_message_are_told_apart(part: Any, read: Any) -> None:
    assert parts({"role": "user", "content": [part]}) == (read,)


def test_an_earlier_turn_with_tools_is_read_back() -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}}
    read = chat.request(
        {
            "messages": [
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "call_1", "content": "rain"},
                {"role": "tool", "tool_call_id": "call_2", "content": [{"type": "text", "text": "sun"}]},
                {"role": "tool", "tool_call_id": "call_3", "content": {"sky": "blue"}},
                {"role": "assistant", "function_call": {"name": "old", "arguments": "not json"}},
                {"role": "function", "name": "old", "content": "ok"},
                {
                    "role": "assistant",
                    "tool_calls": [{"id": "c", "type": "custom", "custom": {"name": "sql", "input": "SELECT 1"}}],
                },
            ]
        }
    )
    assert [(m.role, m.parts) for m in read.messages] == [
        ("assistant", (ToolCall("weather", {"city": "Oslo"}, "call_1"),)),
        ("tool", (ToolResult("rain", "call_1"),)),
        ("tool", (ToolResult("sun", "call_2"),)),
        ("tool", (ToolResult('{"sky": "blue"}', "call_3"),)),
        ("assistant", (ToolCall("old", "not json"),)),
        ("tool", (ToolResult("ok"),)),
        ("assistant", (ToolCall("sql", "SELECT 1", "c"),)),
    ]
    assert read.messages[5].name == "old"


def test_a_picture_in_a_tool_result_stands_beside_it() -> None:
    message = {
        "role": "tool",
        "tool_call_id": "c",
        "content": [{"type": "image_url", "image_url": {"url": "https://a/b.png"}}],
    }
    assert parts(message) == (ToolResult("", "c"), Media("image", uri="https://a/b.png"))


def test_tools_of_every_make_have_a_name() -> None:
    read = chat.request(
        {
            "tools": [
                {"type": "custom", "custom": {"name": "sql", "format": {"type": "text"}}},
                {"type": "web_search", "search_context_size": "low"},
                {
                    "type": "mcp",
                    "server_label": "docs",
                    "server_url": "https://m",
                    "headers": {"Authorization": "secret"},
                },
            ],
            "functions": [WEATHER],
        }
    )
    assert read.tools == (
        Tool("sql", "custom", None, {"type": "text"}),
        Tool("web_search", "web_search", None, {"search_context_size": "low"}),
        Tool("docs", "mcp", None, {"server_label": "docs", "server_url": "https://m"}),
        Tool("weather", "function", "Looks out of the window", {"type": "object"}),
    )


def test_messages_may_be_objects_or_bare_texts() -> None:
    answer = construct_type(type_=ChatCompletion, value=COMPLETION).choices[0].message
    read = chat.request({"messages": ["Hi", answer, 7]})
    assert read.messages == (Message("user", (Text("Hi"),)), Message("assistant", (Text("Hello"),)))


COMPLETION = {
    "id": "chatcmpl-7",
    "model": "gpt-4o-2024",
    "service_tier": "default",
    "system_fingerprint": "fp_1",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello"}},
        {
            "index": 1,
            "finish_reason": "length",
            "message": {"role": "assistant", "content": None, "refusal": "I will not"},
        },
    ],
    "usage": {
        "prompt_tokens": 20,
        "completion_tokens": 9,
        "prompt_tokens_details": {"cached_tokens": 8, "audio_tokens": 2, "image_tokens": 1, "cache_write_tokens": 4},
        "completion_tokens_details": {"reasoning_tokens": 3, "audio_tokens": 5, "image_tokens": 6},
    },
}


@pytest.mark.parametrize("live", [False, True])
def test_an_answer_has_all_choices_and_all_counts(live: bool) -> None:
    body = as_table(construct_type(type_=ChatCompletion, value=COMPLETION)) if live else COMPLETION
    assert chat.response(body) == Response(
        id="chatcmpl-7",
        model="gpt-4o-2024",
        messages=(
            Message("assistant", (Text("Hello"),), finish_reason="stop"),
            Message("assistant", (Other("refusal", {"content": "I will not"}),), finish_reason="length"),
        ),
        usage=Usage(20, 9, 8, 4, None, 3, 2, 1, 5, 6),
        service_tier="default",
        system_fingerprint="fp_1",
    )


def test_reasoning_has_three_names() -> None:
    assert answered({"reasoning_content": "a", "content": "b"}) == (Reasoning("a"), Text("b"))
    assert answered({"reasoning": "a"}) == (Reasoning("a"),)
    details = [
        {"type": "reasoning.summary", "summary": "s"},
        {"type": "reasoning.text", "text": "t"},
        {"type": "reasoning.encrypted"},
    ]
    assert answered({"reasoning_details": details}) == (Reasoning("s"), Reasoning("t"))


def test_sources_stand_with_the_text() -> None:
    link = {"type": "url_citation", "url_citation": {"url": "https://a"}}
    assert answered({"content": "b", "annotations": [link]}) == (Text("b", (link,)),)
    assert answered({"content": "b"}, citations=["https://a"]) == (Text("b", ("https://a",)),)
    assert answered({"content": "b"}, search_results=[{"url": "https://a"}]) == (Text("b", ({"url": "https://a"},)),)


@pytest.mark.case(41)
def test_spoken_and_painted_answers_are_media() -> None:
    spoken = {"audio": {"id": "audio_1", "data": "AAAA", "transcript": "Hello"}}
    assert answered(spoken) == (Media("audio", content="AAAA", size=3), Text("Hello"))
    assert answered({**spoken, "content": "Hello"}) == (Text("Hello"), Media("audio", content="AAAA", size=3))
    assert answered({"audio": {"id": "audio_1"}}) == (Other("audio", {"id": "audio_1"}),)
    assert answered({"audio": {}}) == ()
    picture = {"type": "image_url", "image_url": {"url": "https://a/b.png"}}
    assert answered({"images": [picture]}) == (Media("image", uri="https://a/b.png"),)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ({"prompt_tokens": 5, "prompt_cache_hit_tokens": 4}, Usage(5, cache_read=4)),
        ({"prompt_tokens": 5, "cached_tokens": 4}, Usage(5, cache_read=4)),
        (
            {"input_tokens": 5, "output_tokens": 2, "output_tokens_details": {"reasoning_tokens": 1}},
            Usage(5, 2, reasoning=1),
        ),
        (
            {"prompt_tokens": 5, "completion_tokens": 2, "reasoning_tokens": 9, "num_search_queries": 3},
            Usage(5, 2, reasoning=9, searches=3),
        ),
        ({}, Usage()),
        ({"prompt_tokens": "many", "completion_tokens": None}, Usage()),
    ],
)
def test_hosts_put_their_counts_elsewhere(said: Table, read: Usage) -> None:
    assert chat.response({"usage": said}).usage == read


def test_reasoning_counted_beside_the_output_is_counted_within() -> None:
    beside = {
        "prompt_tokens": 10,
        "completion_tokens": 4,
        "total_tokens": 44,
        "completion_tokens_details": {"reasoning_tokens": 30},
    }
    assert chat.response({"usage": beside}).usage.output == 34
    assert chat.response({"usage": {**beside, "total_tokens": 14}}).usage.output == 4


def test_some_hosts_say_what_it_cost() -> None:
    assert chat.response({"usage": {"cost": 0.0125}}).cost == 0.0125
    assert chat.response({"usage": {"cost": {"total_cost": 1}}}).cost == 1.0
    assert chat.response({"usage": {"cost": True}}).cost is None
    assert chat.response({"usage": {"cost": float("nan")}}).cost is None
    assert chat.response({"usage": {"cost_in_usd_ticks": 6_684_000}}).cost == 0.0006684
    assert chat.response({"usage": {"cost_in_usd_ticks": 0}}).cost is None  # Azure's Grok
    assert chat.response({}).cost is None


def test_a_call_on_the_users_own_key_costs_what_its_provider_asks_and_the_fee() -> None:
    paid = {"cost": 0.001, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.02}}
    assert chat.response({"usage": paid}).cost == pytest.approx(0.021)
    assert chat.response({"usage": {**paid, "is_byok": False}}).cost == 0.001
    assert chat.response({"usage": {"cost": 0, "is_byok": True, "cost_details": {}}}).cost is None


STREAM = [
    chunk({"role": "assistant", "content": ""}),
    chunk({"content": "Hel"}),
    chunk({"content": "lo"}),
    chunk({}, finish="stop"),
    chunk(usage={"prompt_tokens": 3, "completion_tokens": 2}),
]
FOLDED = Response(
    id="chatcmpl-7",
    model="gpt-4o-2024",
    messages=(Message("assistant", (Text("Hello"),), finish_reason="stop"),),
    usage=Usage(3, 2),
)


def told(chunks: list[Any]) -> Response:
    return chat.response(chat.fold(chunks))


def test_a_stream_folds_to_the_answer_it_was() -> None:
    assert told(STREAM) == FOLDED
    assert told([construct_type(type_=ChatCompletionChunk, value=each) for each in STREAM]) == FOLDED


def test_events_of_the_helper_count_once() -> None:
    events: list[Any] = []
    for each in STREAM:
        events += [
            {"type": "chunk", "chunk": each, "snapshot": {}},
            {"type": "content.delta", "delta": "x", "snapshot": "x"},
        ]
    assert told(events) == FOLDED


def test_a_torn_stream_keeps_what_came() -> None:
    assert told(STREAM[:2]) == Response(
        id="chatcmpl-7", model="gpt-4o-2024", messages=(Message("assistant", (Text("Hel"),)),)
    )
    assert told([]) == Response()
    assert told([None, 3, {"choices": [None, {"index": "?", "delta": None}]}]).messages == (Message("assistant", ()),)


@pytest.mark.case(39)
def test_azure_sends_chunks_without_choices_or_delta() -> None:
    first = {"id": "", "model": "", "choices": [], "prompt_filter_results": [{}]}
    late = {**chunk(), "choices": [{"index": 0, "finish_reason": None, "content_filter_results": {}}]}
    assert told([first, *STREAM, late]) == FOLDED


def test_choices_of_a_stream_stay_apart() -> None:
    read = told(
        [chunk({"content": "b"}, at=1), chunk({"content": "a"}), chunk({"content": "B"}, at=1, finish="length")]
    )
    assert [(m.parts, m.finish_reason) for m in read.messages] == [((Text("a"),), None), ((Text("bB"),), "length")]


def call_piece(arguments: Any = None, *, name: str | None = None, **about: Any) -> dict[str, Any]:
    return chunk({"tool_calls": [{**about, "function": {"name": name, "arguments": arguments}}]})


@pytest.mark.case(40)
def test_pieces_of_a_tool_call_come_together() -> None:
    read = told(
        [
            call_piece("", index=0, id="a", name="weather"),
            call_piece('{"city"', index=0),
            call_piece("", index=1, id="b", name="clock"),
            call_piece(': "Oslo"}', index=0),
            call_piece("{}", index=1),
        ]
    )
    assert read.messages[0].parts == (ToolCall("weather", {"city": "Oslo"}, "a"), ToolCall("clock", {}, "b"))


def test_tool_calls_without_index_are_told_apart_by_id() -> None:
    read = told([call_piece('{"a"', id="a", name="x"), call_piece(": 1}"), call_piece("{}", id="b", name="y")])
    assert read.messages[0].parts == (ToolCall("x", {"a": 1}, "a"), ToolCall("y", {}, "b"))


def test_calls_that_share_an_index_are_told_apart_by_id() -> None:
    """Gemini's compatible API gives every parallel call the index 0."""
    read = told([call_piece("{}", index=0, id="a", name="x"), call_piece("{}", index=0, id="b", name="y")])
    assert read.messages[0].parts == (ToolCall("x", {}, "a"), ToolCall("y", {}, "b"))


def test_arguments_that_come_decoded_are_kept() -> None:
    assert told([call_piece({"a": 1}, index=0, id="a", name="x")]).messages[0].parts == (ToolCall("x", {"a": 1}, "a"),)
    assert told([call_piece(None, index=0, id="a", name="x")]).messages[0].parts == (ToolCall("x", "", "a"),)


def test_a_legacy_function_call_streams_too() -> None:
    read = told(
        [chunk({"function_call": {"name": "x", "arguments": "{"}}), chunk({"function_call": {"arguments": "}"}})]
    )
    assert read.messages[0].parts == (ToolCall("x", {}),)


def test_reasoning_refusals_and_sound_stream_too() -> None:
    read = told(
        [
            chunk({"reasoning_content": "so"}),
            chunk({"reasoning_content": " then"}),
            chunk({"refusal": "No"}),
            chunk({"audio": {"id": "a", "data": "AA"}}),
            chunk({"audio": {"data": "AA", "transcript": "No"}}),
            chunk({"annotations": [{"type": "url_citation"}]}),
        ]
    )
    assert read.messages[0].parts == (
        Reasoning("so then"),
        Other("refusal", {"content": "No"}),
        Media("audio", content="AAAA", size=3),
        Text("No"),
    )


def test_mistral_thinks_in_parts_and_answers_in_text() -> None:
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    read = told([chunk({"content": [thought]}), chunk({"content": "yes"})])
    assert read.messages[0].parts == (Reasoning("hm"), Text("yes"))


@pytest.mark.case(15)
def test_usage_may_hide_in_groqs_corner() -> None:
    assert told(
        [chunk({"content": "a"}, x_groq={"usage": {"prompt_tokens": 3, "completion_tokens": 2}})]
    ).usage == Usage(3, 2)


def test_content_begins_with_the_first_piece_of_the_answer() -> None:
    assert [chat.is_content(each) for each in STREAM] == [False, True, True, False, False]
    assert chat.is_content({"type": "chunk", "chunk": STREAM[1]})
    assert not chat.is_content({"type": "content.delta", "delta": "x"})
    assert chat.is_content(call_piece("{}", index=0))


def test_what_is_no_table_is_passed_over() -> None:
    assert chat.request({"messages": SimpleNamespace(role="user"), "tools": [3]}) == Request()
    assert answered({"content": {"type": "text", "text": "x"}}) == (Text("x"),)
    assert answered({"content": {"text": "x"}}) == (Text("x"),)
    assert answered({"content": {"answer": 42}}) == (Text('{"answer": 42}'),)
    assert answered({"content": [{"type": "text", "text": {"value": "x"}}, 9]}) == (Text("x"),)


def test_an_empty_text_is_no_part() -> None:
    assert parts({"role": "user", "content": ""}) == ()
    assert parts({"role": "tool", "tool_call_id": "c", "content": ""}) == (ToolResult("", "c"),)
    assert answered({"content": ""}) == ()
