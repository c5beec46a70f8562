"""Cohere's two Chat APIs, its embeddings, rankings and classes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from cohere.core.unchecked_base_model import construct_type
from cohere.v2.types import V2ChatResponse, V2ChatStreamResponse

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
from limelight.core.wire import cohere_chat, cohere_rank, cohere_v1
from limelight.core.wire.cohere_parts import usage
from limelight.core.wire.read import as_table

CALL = {"id": "w1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}}
FACT = {"id": "doc-0", "data": {"text": "By the fjord"}}
CITED = {"start": 0, "end": 4, "text": "Oslo", "sources": [{"type": "document", "id": "doc-0"}]}
METER = {
    "billed_units": {"input_tokens": 8.0, "output_tokens": 5.0},
    "tokens": {"input_tokens": 90.0, "output_tokens": 12.0, "reasoning_tokens": 6.0},
    "cached_tokens": 80.0,
}
STRANGER: Any = 3
COUNTED = Usage(input=90, output=12, cache_read=80, reasoning=6, billed_input=8, billed_output=5)


def answered(*blocks: Any, **more: Any) -> dict[str, Any]:
    return {"id": "1", "message": {"role": "assistant", "content": list(blocks), **more}, "finish_reason": "COMPLETE"}


def said(body: Any) -> tuple[Any, ...]:
    (message,) = cohere_chat.response(body).messages
    return message.parts


def test_a_request_says_what_was_asked() -> None:
    asked = cohere_chat.request(
        {
            "model": "command-a",
            "messages": [{"role": "system", "content": "Be brief"}, {"role": "user", "content": "Hi"}],
            "documents": ["By the fjord", FACT],
            "tools": [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}],
            "k": 3,
            "p": 0.9,
            "stop_sequences": ["END"],
            "thinking": {"type": "enabled"},
            "temperature": None,
        }
    )
    assert asked == Request(
        model="command-a",
        messages=(
            Message("user", (Other("document", {"document": "By the fjord"}), Other("document", {"document": FACT}))),
            Message("system", (Text("Be brief"),)),
            Message("user", (Text("Hi"),)),
        ),
        tools=(Tool("weather", parameters={"type": "object"}),),
        params={"top_k": 3, "top_p": 0.9, "stop": ("END",), "thinking": {"type": "enabled"}},
    )


def test_the_options_of_a_request_add_to_its_body_and_keep_their_headers() -> None:
    options = {"additional_body_parameters": {"seed": 7}, "additional_headers": {"authorization": "secret"}}
    assert cohere_chat.request({"messages": [], "request_options": options}).params == {"seed": 7}


def test_a_history_has_plans_calls_and_what_tools_gave_back() -> None:
    documents = [{"type": "document", "document": {"data": {"sky": word}}} for word in ("rain", "sun")]
    asked = cohere_chat.request(
        {
            "messages": [
                {"role": "assistant", "tool_plan": "I look out.", "tool_calls": [CALL]},
                {"role": "tool", "tool_call_id": "w1", "content": documents[:1]},
                {"role": "tool", "tool_call_id": "w1", "content": documents},
                {"role": "tool", "tool_call_id": "w1", "content": [{"type": "document", "document": {"id": "d"}}]},
                {"role": "tool", "tool_call_id": "w1", "content": "rain"},
            ]
        }
    )
    called = (Reasoning("I look out."), ToolCall("weather", {"city": "Oslo"}, "w1"))
    assert asked.messages == (
        Message("assistant", called),
        Message("tool", (ToolResult({"sky": "rain"}, "w1"),)),
        Message("tool", (ToolResult([{"sky": "rain"}, {"sky": "sun"}], "w1"),)),
        Message("tool", (ToolResult({"id": "d"}, "w1"),)),
        Message("tool", (ToolResult("rain", "w1"),)),
    )


def test_an_answer_has_thoughts_and_texts_with_their_citations() -> None:
    thought, words, more = {"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Oslo"}, {"text": "!"}
    body = {**answered(thought, words, more, citations=[CITED, {**CITED, "content_index": 2}]), "usage": METER}
    assert cohere_chat.response(body) == Response(
        id="1",
        messages=(
            Message(
                "assistant",
                (Reasoning("Hm."), Text("Oslo", (CITED,)), Text("!", ({**CITED, "content_index": 2},))),
                finish_reason="COMPLETE",
            ),
        ),
        usage=COUNTED,
    )


def test_an_answer_may_be_nothing_but_calls() -> None:
    assert said(answered(tool_plan="I look out.", tool_calls=[CALL])) == (
        Reasoning("I look out."),
        ToolCall("weather", {"city": "Oslo"}, "w1"),
    )


@pytest.mark.parametrize(
    ("body", "counted"),
    [
        (METER, COUNTED),
        ({"billed_units": {"input_tokens": 8, "output_tokens": 5}}, Usage(input=8, output=5)),
        ({"billed_units": {"input_tokens": 0, "image_tokens": 258}}, Usage(input=258, input_image=258)),
        ({"billed_units": {"search_units": 1}}, Usage(searches=1)),
        ({}, Usage()),
    ],
)
def test_tokens_are_what_the_model_has_read_and_written(body: Any, counted: Usage) -> None:
    assert usage(body) == counted


def events(*told: Any) -> list[dict[str, Any]]:
    """In short: (type, index, message) or (type, delta)."""
    return [
        {"type": each[0], "index": each[1], "delta": {"message": each[2]}}
        if len(each) == 3
        else {"type": each[0], "delta": each[1]}
        for each in told
    ]


STREAM = [
    {"type": "message-start", "id": "1", "delta": {"message": {"role": "assistant", "content": []}}},
    *events(
        ("tool-plan-delta", {"message": {"tool_plan": "I look"}}),
        ("tool-plan-delta", {"message": {"tool_plan": " out."}}),
        ("content-start", 0, {"content": {"type": "thinking", "thinking": ""}}),
        ("content-delta", 0, {"content": {"thinking": "H"}}),
        ("content-delta", 0, {"content": {"thinking": "m."}}),
        ("content-start", 1, {"content": {"type": "text", "text": ""}}),
        ("content-delta", 1, {"content": {"text": "Os"}}),
        ("content-delta", 1, {"content": {"text": "lo"}}),
        ("content-end", 1, {}),
        ("citation-start", 0, {"citations": {**CITED, "content_index": 1}}),
        ("tool-call-start", 0, {"tool_calls": {**CALL, "function": {"name": "weather", "arguments": ""}}}),
        ("tool-call-delta", 0, {"tool_calls": {"function": {"arguments": '{"city": '}}}),
        ("tool-call-delta", 0, {"tool_calls": {"function": {"arguments": '"Oslo"}'}}}),
        ("message-end", {"finish_reason": "TOOL_CALL", "usage": METER}),
    ),
]
WHOLE = Response(
    id="1",
    messages=(
        Message(
            "assistant",
            (
                Reasoning("I look out."),
                Reasoning("Hm."),
                Text("Oslo", ({**CITED, "content_index": 1},)),
                ToolCall("weather", {"city": "Oslo"}, "w1"),
            ),
            finish_reason="TOOL_CALL",
        ),
    ),
    usage=COUNTED,
)


def test_the_events_of_a_stream_make_the_answer() -> None:
    assert cohere_chat.response(cohere_chat.fold([*STREAM, STRANGER])) == WHOLE


def test_the_clients_own_objects_say_the_same() -> None:
    live = [construct_type(type_=V2ChatStreamResponse, object_=event) for event in STREAM]
    assert not any(isinstance(event, dict) for event in live)
    found = cohere_chat.response(cohere_chat.fold(live))
    assert (found.id, found.usage) == (WHOLE.id, WHOLE.usage)
    assert [type(part) for part in found.messages[0].parts] == [type(part) for part in WHOLE.messages[0].parts]
    whole = as_table(
        construct_type(type_=V2ChatResponse, object_={**answered({"type": "text", "text": "Oslo"}), "usage": METER})
    )
    assert whole is not None
    assert cohere_chat.response(whole).usage == COUNTED
    assert said(whole) == (Text("Oslo"),)


def test_a_stream_that_was_left_is_what_had_come() -> None:
    found = cohere_chat.response(cohere_chat.fold(STREAM[:9]))
    assert found.messages == (Message("assistant", (Reasoning("I look out."), Reasoning("Hm."), Text("Oslo"))),)
    assert cohere_chat.response(cohere_chat.fold(STREAM[:1])) == Response(id="1")


def test_a_stream_can_end_in_an_error() -> None:
    ended = events(("message-end", {"finish_reason": "ERROR", "error": "oh no"}))
    found = cohere_chat.response(cohere_chat.fold(ended))
    assert found.failure == Failure("error", "oh no", code="ERROR")
    assert found.messages == (Message("assistant", (), finish_reason="ERROR"),)


def test_content_is_what_brings_a_piece_of_the_answer() -> None:
    shown = [event["type"] for event in STREAM if cohere_chat.is_content(event)]
    assert set(shown) == {"tool-plan-delta", "content-delta", "tool-call-start"}


FIRST = {
    "response_id": "r",
    "generation_id": "g",
    "text": "Oslo",
    "citations": [{"start": 0, "end": 4, "text": "Oslo", "document_ids": ["d"]}],
    "search_queries": [{"text": "oslo", "generation_id": "g"}],
    "tool_calls": [{"name": "weather", "parameters": {"city": "Oslo"}}],
    "finish_reason": "COMPLETE",
    "meta": METER,
}
FIRST_WHOLE = Response(
    id="r",
    messages=(
        Message(
            "assistant",
            (
                Text("Oslo", ({"start": 0, "end": 4, "text": "Oslo", "document_ids": ["d"]},)),
                ToolCall("weather", {"city": "Oslo"}),
            ),
            finish_reason="COMPLETE",
        ),
    ),
    usage=COUNTED,
    extra={"search.queries": ["oslo"]},
)


def test_the_first_version_says_its_roles_in_capitals() -> None:
    outputs = [{"sky": "rain"}]
    asked = cohere_v1.request(
        {
            "message": "And now?",
            "preamble": "Be brief",
            "chat_history": [
                {"role": "USER", "message": "Hi"},
                {"role": "CHATBOT", "message": "", "tool_calls": [{"name": "weather", "parameters": {"a": 1}}]},
                {"role": "TOOL", "tool_results": [{"call": {"name": "weather"}, "outputs": outputs}]},
            ],
            "tool_results": [{"call": {"name": "weather"}, "outputs": outputs}],
            "tools": [{"name": "weather", "description": "Now", "parameter_definitions": {"city": {"type": "str"}}}],
            "documents": [{"title": "Oslo"}],
            "accepts": "text/event-stream",
            "temperature": 0.5,
        }
    )
    assert asked == Request(
        system=(Text("Be brief"),),
        messages=(
            Message("user", (Other("document", {"document": {"title": "Oslo"}}),)),
            Message("user", (Text("Hi"),)),
            Message("assistant", (ToolCall("weather", {"a": 1}),)),
            Message("tool", (ToolResult(outputs),)),
            Message("user", (Text("And now?"),)),
            Message("tool", (ToolResult(outputs),)),
        ),
        tools=(Tool("weather", description="Now", parameters={"city": {"type": "str"}}),),
        params={"temperature": 0.5},
    )
    assert cohere_v1.request({}) == Request()


def test_the_first_version_answers_in_one_table() -> None:
    assert cohere_v1.response(FIRST) == FIRST_WHOLE
    assert cohere_v1.response({}) == Response()


def test_the_last_line_of_the_first_versions_stream_repeats_it() -> None:
    lines: list[Any] = [
        {"event_type": "stream-start", "generation_id": "g"},
        {"event_type": "text-generation", "text": "Os"},
        {"event_type": "text-generation", "text": "lo"},
        {"event_type": "tool-calls-chunk", "text": "I look", "tool_call_delta": {}},
        {"event_type": "citation-generation", "citations": FIRST["citations"]},
        {"event_type": "stream-end", "finish_reason": "COMPLETE", "response": FIRST},
    ]
    assert cohere_v1.response(cohere_v1.fold(lines)) == FIRST_WHOLE
    left = cohere_v1.response(cohere_v1.fold(lines[:5]))
    assert left.id == "g"
    assert left.messages == (Message("assistant", FIRST_WHOLE.messages[0].parts[:1]),)
    assert [cohere_v1.is_content(line) for line in lines] == [False, True, True, True, False, False]


def test_generations_stream_by_their_number() -> None:
    lines: list[Any] = [
        {"event_type": "text-generation", "index": 1, "text": "b"},
        {"event_type": "text-generation", "index": 0, "text": "a"},
        {"event_type": "text-generation", "index": 1, "text": "c"},
    ]
    assert [m.parts for m in cohere_v1.generate_response(cohere_v1.generate_fold(lines)).messages] == [
        (Text("a"),),
        (Text("bc"),),
    ]
    made = {"id": "1", "generations": [{"text": "a", "finish_reason": "COMPLETE"}, {"text": ""}]}
    found = cohere_v1.generate_response(
        cohere_v1.generate_fold([*lines, {"event_type": "stream-end", "response": made}])
    )
    assert found.id == "1"
    assert found.messages == (Message("assistant", (Text("a"),), finish_reason="COMPLETE"), Message("assistant", ()))


def test_a_prompt_and_an_article_are_what_is_asked() -> None:
    asked = cohere_v1.generate_request({"prompt": "Once", "num_generations": 2, "k": 1})
    assert asked == Request(messages=(Message("user", (Text("Once"),)),), params={"n": 2, "top_k": 1})
    shorter = cohere_v1.summarize_request({"text": "Long", "additional_command": "in French", "length": "short"})
    assert shorter == Request(
        system=(Text("in French"),), messages=(Message("user", (Text("Long"),)),), params={"length": "short"}
    )
    assert cohere_v1.summarize_request({}) == cohere_v1.generate_request({}) == Request()
    assert cohere_v1.summarize_response({"id": "1", "summary": "L"}).messages == (Message("assistant", (Text("L"),)),)
    assert cohere_v1.summarize_response({}) == Response()


def test_each_input_of_an_embedding_is_a_message() -> None:
    both = [{"content": [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": "https://a"}}]}]
    asked = cohere_rank.embed_request(
        {"texts": ["Oslo"], "images": ["https://b"], "inputs": both, "embedding_types": ["float"], "batching": False}
    )
    assert asked.messages == (
        Message("user", (Text("Oslo"),)),
        Message("user", (Media("image", uri="https://b"),)),
        Message("user", (Text("a"), Media("image", uri="https://a"))),
    )
    assert asked.params == {"embedding_types": ["float"]}


@pytest.mark.parametrize(
    ("embeddings", "shape"),
    [
        ([[0.1, 0.2], [0.3, 0.4]], (2, 2)),
        ({"float": [[0.1, 0.2]], "int8": None}, (1, 2)),
        ({"binary": [[1, 2]], "float_": [[0.1] * 16]}, (1, 16)),
        ({"ubinary": [[1, 2]]}, (1, 16)),
        ({"base64": ["AAAAAAAAAAA="]}, (1, 2)),
        ({}, None),
        ([], None),
    ],
)
def test_of_vectors_only_count_and_size_are_kept(embeddings: Any, shape: Any) -> None:
    body = {"id": "1", "embeddings": embeddings, "meta": {"billed_units": {"input_tokens": 2}}}
    expected = Response(id="1", usage=Usage(input=2), embeddings=shape)
    assert cohere_rank.embed_response(body) == expected
    kept = cohere_rank.embed_kept(SimpleNamespace(_data=body, _response=None))
    assert "embeddings" not in kept
    assert cohere_rank.embed_response(kept) == expected
    assert cohere_rank.embed_kept(3) == 3


def test_classes_pages_and_rankings() -> None:
    asked = cohere_rank.classify_request({"inputs": ["It rains"], "examples": [{"text": "a", "label": "b"}]})
    assert asked == Request(messages=(Message("user", (Text("It rains"),)),), params={"examples": 1})
    assert cohere_rank.classify_request({}) == Request()
    found = cohere_rank.classify_response(
        {"classifications": [{"prediction": "b"}, {"predictions": ["c"]}, {"predictions": []}]}
    )
    assert [message.parts for message in found.messages] == [(Text("b"),), (Text("c"),), ()]
    read = cohere_rank.parse_request({"document": {"type": "image_url", "image_url": "https://a"}, "model": "parse"})
    assert read == Request(model="parse", messages=(Message("user", (Media("image", uri="https://a"),)),))
    assert cohere_rank.parse_request({}) == Request()
    pages = [{"type": "markdown", "markdown": {"content": "# Oslo"}}, {"type": "blocks", "blocks": [1]}]
    (made,) = cohere_rank.parse_response({"pages": pages, "finish_reason": "COMPLETE"}).messages
    assert made == Message("assistant", (Text("# Oslo"), Other("page", {"blocks": [1]})), finish_reason="COMPLETE")
    assert cohere_rank.parse_response({}) == Response()
    ranked = cohere_rank.rerank_request(
        {"query": "a", "documents": ["b"], "request_options": {"timeout": 1}, "top_n": 1}
    )
    assert ranked.params == {"top_n": 1}
    heard = cohere_rank.transcription_request({"file": ("a.mp3", b"123"), "language": "en", "request_options": {}})
    assert heard == Request(
        messages=(Message("user", (Media("audio", "audio/mpeg", size=3),)),), params={"language": "en"}
    )
