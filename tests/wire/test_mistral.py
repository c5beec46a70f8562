"""Mistral's completions, conversations, documents, sound and judgements."""

from __future__ import annotations

from typing import Any

import pytest
from mistralai.client import models
from mistralai.client.types import UNSET

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
from limelight.core.wire import mistral_chat, mistral_conversations, mistral_media
from limelight.core.wire.read import as_table

THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}], "closed": True}
REFERENCE = {"type": "reference", "reference_ids": [0, 2]}
CALL = {"id": "call00001", "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}, "index": 0}
METER = {
    "prompt_tokens": 9,
    "completion_tokens": 4,
    "total_tokens": 13,
    "prompt_tokens_details": {"cached_tokens": 3},
    "service_tier": "standard",
}
COUNTED = Usage(input=9, output=4, cache_read=3)


def test_a_request_says_what_was_asked() -> None:
    asked = mistral_chat.request(
        {
            "model": "mistral-small",
            "messages": [
                models.SystemMessage(content="Be brief"),
                {"role": "user", "content": [{"type": "document_url", "document_url": "https://a"}]},
                {"role": "assistant", "content": [THOUGHT, {"type": "text", "text": "Rain"}], "tool_calls": [CALL]},
                {"role": "tool", "name": "weather", "tool_call_id": "call00001", "content": "rain"},
            ],
            "tools": [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}],
            "random_seed": 7,
            "stop": "END",
            "top_p": UNSET,
            "http_headers": {"authorization": "secret"},
            "server_url": "https://secret",
            "retries": object(),
            "timeout_ms": 10,
        }
    )
    assert asked == Request(
        model="mistral-small",
        messages=(
            Message("system", (Text("Be brief"),)),
            Message("user", (Media("document", uri="https://a"),)),
            Message("assistant", (Reasoning("Hm."), Text("Rain"), ToolCall("weather", {"city": "Oslo"}, "call00001"))),
            Message("tool", (ToolResult("rain", "call00001"),), "weather"),
        ),
        tools=(Tool("weather", parameters={"type": "object"}),),
        params={"seed": 7, "stop": ("END",)},
    )


def test_a_schema_has_the_name_that_it_has_on_the_wire() -> None:
    form = models.ResponseFormat(type="json_schema", json_schema=models.JSONSchema(name="f", schema={"type": "object"}))
    read = mistral_chat.request({"messages": [], "response_format": form}).params["response_format"]
    assert (read["type"], read["json_schema"]["schema"]) == ("json_schema", {"type": "object"})
    plainly = {"type": "json_object"}
    assert mistral_chat.request({"response_format": plainly}).params == {"response_format": plainly}


def test_the_middle_of_a_text_and_embeddings_are_asked_for_likewise() -> None:
    middle = mistral_chat.fim_request({"model": "m", "prompt": "def f(", "suffix": "return", "random_seed": 7})
    assert middle.messages[0].parts[0] == Text("def f(")
    assert middle.params == {"seed": 7}
    vectors = mistral_chat.embeddings_request({"model": "e", "inputs": ["a", "b"], "output_dimension": 8})
    assert vectors.messages == (Message("user", (Text("a"),)), Message("user", (Text("b"),)))
    assert vectors.params == {"dimensions": 8}


def answered(*content: Any, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": list(content), **more}}
    return {"id": "1", "model": "mistral-small", "choices": [choice], "usage": METER}


WHOLE = Response(
    id="1",
    model="mistral-small",
    messages=(
        Message(
            "assistant",
            (
                Reasoning("Hm."),
                Text("Oslo", ({"type": "reference", "reference_ids": [0, 2]},)),
                Text(" lies there."),
                ToolCall("weather", {"city": "Oslo"}, "call00001"),
            ),
            finish_reason="stop",
        ),
    ),
    usage=COUNTED,
    service_tier="standard",
)


def test_references_belong_to_the_text_before_them() -> None:
    body = answered(
        THOUGHT,
        {"type": "text", "text": "Oslo"},
        REFERENCE,
        {"type": "text", "text": " lies there."},
        tool_calls=[CALL],
    )
    assert mistral_chat.response(body) == WHOLE
    live = as_table(models.ChatCompletionResponse.model_validate({**body, "object": "chat.completion", "created": 1}))
    assert live is not None
    assert mistral_chat.response(live) == WHOLE


def test_a_reference_to_nothing_is_kept_as_it_came() -> None:
    (message,) = mistral_chat.response(answered(REFERENCE, {"type": "text", "text": "a"})).messages
    assert message.parts == (Other("reference", {"reference_ids": [0, 2]}), Text("a"))


def test_where_tools_were_run_for_us_a_choice_has_several_messages() -> None:
    several = [{"role": "assistant", "content": "Oslo"}, {"role": "assistant", "content": [REFERENCE]}]
    found = mistral_chat.response({"choices": [{"messages": several, "finish_reason": "stop"}]})
    cited = Text("Oslo", ({"type": "reference", "reference_ids": [0, 2]},))
    assert found.messages == (Message("assistant", (cited,), finish_reason="stop"),)


def chunk(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"id": "1", "model": "mistral-small", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


CHUNKS = [
    chunk(role="assistant", content=""),
    chunk(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "H"}]}]),
    chunk(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "m."}]}]),
    chunk(content="Os"),
    chunk(content="lo"),
    chunk(content=[REFERENCE]),
    chunk(content=" lies there."),
    {**chunk("stop", content="", tool_calls=[CALL]), "usage": METER},
]


def test_the_chunks_of_a_stream_make_the_answer() -> None:
    assert mistral_chat.response(mistral_chat.fold(CHUNKS)) == WHOLE
    live: list[Any] = [models.CompletionEvent(data=models.CompletionChunk.model_validate(each)) for each in CHUNKS]
    assert mistral_chat.response(mistral_chat.fold(live)) == WHOLE
    assert [mistral_chat.is_content(each) for each in (CHUNKS[0], CHUNKS[1], live[3])] == [False, True, True]


def test_an_id_that_was_not_sent_is_none() -> None:
    pieces = [
        chunk(tool_calls=[{**CALL, "function": {"name": "weather", "arguments": '{"city": '}}]),
        chunk(tool_calls=[{"id": "null", "index": 0, "function": {"name": "", "arguments": '"Oslo"}'}}]),
    ]
    (message,) = mistral_chat.response(mistral_chat.fold(pieces)).messages
    assert message.parts == (ToolCall("weather", {"city": "Oslo"}, "call00001"),)


@pytest.mark.parametrize(
    ("body", "counted"),
    [
        (METER, COUNTED),
        ({"prompt_tokens": 9, "completion_tokens": 4, "num_cached_tokens": 3}, COUNTED),
        (
            {**METER, "total_tokens": 388, "prompt_tokens_details": {"cached_tokens": 3, "audio_tokens": 375}},
            Usage(input=384, output=4, cache_read=3, input_audio=375),
        ),
        (
            {**METER, "prompt_tokens_details": {"cached_tokens": 3, "audio_tokens": 5}},
            Usage(input=9, output=4, cache_read=3, input_audio=5),
        ),
        ({}, Usage()),
    ],
)
def test_sound_is_within_the_input_as_the_total_tells(body: Any, counted: Usage) -> None:
    assert mistral_chat.usage(body) == counted


ENTRIES = [
    {"type": "tool.execution", "id": "e1", "name": "web_search", "arguments": '{"query": "oslo"}', "info": {"a": 1}},
    {"type": "message.output", "id": "e2", "model": "mistral-small", "content": [{"type": "text", "text": "Oslo"}]},
    {"type": "agent.handoff", "previous_agent_name": "a", "next_agent_name": "b", "object": "entry"},
    {"type": "function.call", "name": "weather", "tool_call_id": "call00001", "arguments": '{"city": "Oslo"}'},
]
EXECUTED = {
    "id": "e1",
    "name": "web_search",
    "server_tool_call": {"type": "tool.execution", "arguments": {"query": "oslo"}},
    "info": {"a": 1},
}


def test_a_conversation_is_told_entry_by_entry() -> None:
    found = mistral_conversations.response({"conversation_id": "c", "outputs": ENTRIES, "usage": METER})
    assert found == Response(
        id="e2",
        model="mistral-small",
        messages=(
            Message(
                "assistant",
                (
                    Other("server_tool_call", EXECUTED),
                    Text("Oslo"),
                    Other("agent_handoff", {"previous_agent_name": "a", "next_agent_name": "b"}),
                    ToolCall("weather", {"city": "Oslo"}, "call00001"),
                ),
            ),
        ),
        usage=COUNTED,
        extra={"conversation.id": "c"},
    )
    assert mistral_conversations.response({}) == Response()


def test_a_conversation_is_asked_in_a_text_or_in_entries() -> None:
    asked = mistral_conversations.request(
        {
            "model": "mistral-small",
            "inputs": "Hi",
            "instructions": "Be brief",
            "completion_args": {"temperature": 0.5, "random_seed": 7},
            "tools": [{"type": "web_search"}],
            "conversation_id": "c",
            "store": False,
            "http_headers": {"authorization": "secret"},
        }
    )
    assert asked == Request(
        model="mistral-small",
        system=(Text("Be brief"),),
        messages=(Message("user", (Text("Hi"),)),),
        tools=(Tool("web_search", "web_search"),),
        params={"conversation_id": "c", "store": False, "temperature": 0.5, "seed": 7},
    )
    entries = [
        {"role": "user", "content": "Hi"},
        ENTRIES[3],
        {"type": "function.result", "tool_call_id": "x", "result": "r"},
        3,
    ]
    assert mistral_conversations.request({"inputs": entries}).messages == (
        Message("user", (Text("Hi"),)),
        Message("assistant", (ToolCall("weather", {"city": "Oslo"}, "call00001"),)),
        Message("tool", (ToolResult("r", "x"),)),
    )


def test_the_events_of_a_conversation_make_its_answer() -> None:
    link = {"type": "tool_reference", "tool": "web_search", "title": "Oslo", "url": "https://a", "favicon": None}
    events: list[Any] = [
        {"type": "conversation.response.started", "conversation_id": "c"},
        {"type": "tool.execution.started", "output_index": 0, "id": "e1", "name": "web_search", "arguments": ""},
        {"type": "tool.execution.delta", "output_index": 0, "id": "e1", "arguments": '{"query": "oslo"}'},
        {"type": "tool.execution.done", "output_index": 0, "id": "e1", "name": "web_search", "info": {"a": 1}},
        {"type": "message.output.delta", "output_index": 1, "id": "e2", "model": "mistral-small", "content": "Os"},
        {"data": {"type": "message.output.delta", "output_index": 1, "content": {"type": "text", "text": "lo"}}},
        {"type": "message.output.delta", "output_index": 1, "content": link},
        {
            "type": "function.call.delta",
            "output_index": 2,
            "name": "weather",
            "tool_call_id": "x",
            "arguments": '{"a":',
        },
        {"type": "function.call.delta", "output_index": 2, "name": "weather", "tool_call_id": "x", "arguments": " 1}"},
        {"type": "conversation.response.done", "usage": METER},
    ]
    found = mistral_conversations.response(mistral_conversations.fold(events))
    cited = {"type": "tool_reference", "tool": "web_search", "title": "Oslo", "url": "https://a"}
    assert found.messages[0].parts == (
        Other("server_tool_call", EXECUTED),
        Text("Oslo", (cited,)),
        ToolCall("weather", {"a": 1}, "x"),
    )
    assert (found.id, found.model, found.usage) == ("e2", "mistral-small", COUNTED)
    shown = [mistral_conversations.is_content(event) for event in events]
    assert shown == [False, False, True, False, True, True, True, True, True, False]


def test_arguments_may_come_as_a_table_or_not_at_all() -> None:
    known: dict[str, Any] = {"type": "function.call.delta", "name": "weather", "tool_call_id": "x"}
    for given, read in (({"city": "Oslo"}, {"city": "Oslo"}), (None, None)):
        found = mistral_conversations.response(mistral_conversations.fold([{**known, "arguments": given}]))
        assert found.messages[0].parts == (ToolCall("weather", read, "x"),)


def test_a_conversation_can_end_in_an_error() -> None:
    ended = [{"type": "conversation.response.error", "message": "oh no", "code": 3000}]
    found = mistral_conversations.response(mistral_conversations.fold(ended))
    assert found.failure == Failure("error", "oh no", code="3000")
    assert mistral_conversations.response({"error": {"message": "oh no"}}).failure == Failure("error", "oh no")


def test_a_document_is_read_page_by_page() -> None:
    asked = mistral_media.ocr_request(
        {
            "model": "ocr",
            "document": {"type": "document_url", "document_url": "https://a"},
            "document_annotation_prompt": "Title",
            "pages": [0],
        }
    )
    assert asked == Request(
        model="ocr",
        system=(Text("Title"),),
        messages=(Message("user", (Media("document", uri="https://a"),)),),
        params={"pages": [0]},
    )
    assert mistral_media.ocr_request({}) == Request()
    body = {
        "model": "ocr",
        "pages": [{"markdown": "# Oslo"}, {}],
        "document_annotation": "O",
        "usage_info": {"pages_processed": 2},
    }
    assert mistral_media.ocr_response(body) == Response(
        model="ocr", messages=(Message("assistant", (Text("# Oslo"), Text("O"))),), extra={"ocr.pages": 2}
    )
    assert mistral_media.ocr_response({}) == Response()


@pytest.mark.parametrize(
    ("given", "heard"),
    [
        ({"file": {"file_name": "a.mp3", "content": b"123"}}, Media("audio", "audio/mpeg", size=3)),
        ({"file_url": "https://a"}, Media("audio", uri="https://a")),
        ({"file_id": "f"}, Media("audio", file_id="f")),
    ],
)
def test_a_recording_comes_as_file_link_or_id(given: Any, heard: Media) -> None:
    asked = mistral_media.transcription_request({"model": "voxtral", "language": "en", **given})
    assert asked == Request(model="voxtral", messages=(Message("user", (heard,)),), params={"language": "en"})


def test_what_was_heard_comes_whole_or_in_pieces() -> None:
    used = {**METER, "prompt_audio_seconds": 3}
    done = {"type": "transcription.done", "model": "voxtral", "text": "Hi there", "usage": used}
    pieces: list[Any] = [
        {"type": "transcription.text.delta", "text": "Hi "},
        {"type": "transcription.text.delta", "text": "there"},
    ]
    expected = Response(
        model="voxtral",
        messages=(Message("assistant", (Text("Hi there"),)),),
        usage=COUNTED,
        service_tier="standard",
        extra={"audio.duration_s": 3.0},
    )
    assert mistral_media.transcription_response(mistral_media.transcription_fold([*pieces, done])) == expected
    assert mistral_media.transcription_response(mistral_media.transcription_fold(pieces)).messages == expected.messages
    assert [mistral_media.is_text(each) for each in (*pieces, done)] == [True, True, False]


def test_of_speech_only_the_usage_is_kept() -> None:
    spoken = {"type": "speech.audio.delta", "audio_data": "AA"}
    assert mistral_media.is_sound(spoken)
    assert mistral_media.speech_fold([spoken, {"data": {"type": "speech.audio.done", "usage": METER}}]) == {
        "usage": METER
    }
    assert mistral_media.speech_fold([spoken]) == {}
    assert mistral_media.speech_kept(models.SpeechResponse(audio_data="AA")) == {}
    stream = object()
    assert mistral_media.speech_kept(stream) is stream
    asked = mistral_media.speech_request({"input": "Hello", "voice_id": "v", "ref_audio": "AA"})
    assert asked == Request(messages=(Message("user", (Text("Hello"),)),), params={"voice_id": "v"})


TALK = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
TOLD = (Message("user", (Text("a"),)), Message("assistant", (Text("b"),)))


@pytest.mark.parametrize(
    ("given", "messages"),
    [
        ({"inputs": "a"}, TOLD[:1]),
        ({"inputs": ["a", "b"]}, (TOLD[0], Message("user", (Text("b"),)))),
        ({"inputs": TALK}, TOLD),
        ({"inputs": [TALK, TALK]}, TOLD + TOLD),
        ({"input": {"messages": [*TALK, 3]}}, TOLD),
        ({"input": [{"messages": TALK}, {"messages": TALK}]}, TOLD + TOLD),
    ],
)
def test_texts_and_talks_are_judged(given: Any, messages: Any) -> None:
    asked = mistral_media.moderation_request({"model": "judge", **given})
    assert asked == Request(model="judge", messages=messages)


def test_a_judgement_names_categories_and_scores() -> None:
    body = {"id": "1", "model": "judge", "results": [{"categories": {"hate": True, "law": False}}]}
    assert mistral_media.moderation_response(body) == Response(
        id="1", model="judge", extra={"moderation.flagged": True, "moderation.categories": ["hate"]}
    )
    body = {"id": "1", "model": "judge", "results": [{"intent": {"scores": {"question": 0.9}}}]}
    assert mistral_media.classification_response(body) == Response(
        id="1", model="judge", extra={"classification.results": [{"intent": {"question": 0.9}}]}
    )
    assert mistral_media.classification_response({}) == Response()
