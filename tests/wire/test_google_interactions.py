from __future__ import annotations

from typing import Any

import pytest
from google.genai import interactions as sdk

from limelight.core.model import Failure, Media, Message, Other, Reasoning, Text, Tool, ToolCall, ToolResult, Usage
from limelight.core.wire import google_interaction_events as events
from limelight.core.wire import google_interactions as interactions

CITY = {"type": "object", "properties": {"city": {"type": "string"}}}
USAGE: dict[str, Any] = {
    "total_tokens": 40,
    "total_input_tokens": 20,
    "input_tokens_by_modality": [{"modality": "text", "tokens": 12}, {"modality": "image", "tokens": 8}],
    "total_cached_tokens": 6,
    "total_output_tokens": 9,
    "output_tokens_by_modality": [{"modality": "audio", "tokens": 4}],
    "total_tool_use_tokens": 3,
    "total_thought_tokens": 8,
    "grounding_tool_count": [{"type": "google_search", "count": 2}],
}
WHOLE: dict[str, Any] = {
    "id": "v1_a",
    "status": "completed",
    "model": "gemini-3-pro",
    "service_tier": "standard",
    "created": "2026-02-25T06:13:20Z",
    "updated": "2026-02-25T06:13:20Z",
    "usage": USAGE,
    "steps": [
        {"type": "user_input", "content": [{"type": "text", "text": "Hi"}]},
        {"type": "thought", "signature": "AA==", "summary": [{"type": "text", "text": "Hm."}]},
        {"type": "function_call", "id": "c1", "name": "look", "arguments": {"city": "Oslo"}},
        {"type": "model_output", "content": [{"type": "text", "text": "It rains."}]},
    ],
}
SAID = Message(
    "assistant",
    (Reasoning("Hm."), ToolCall("look", {"city": "Oslo"}, "c1"), Text("It rains.")),
    finish_reason="completed",
)
SPENT = Usage(input=23, output=17, cache_read=6, reasoning=8, input_image=8, output_audio=4, searches=2)


def test_steps_are_read_from_json_and_from_the_object() -> None:
    for body in (WHOLE, vars(sdk.Interaction.model_validate(WHOLE))):
        told = interactions.response(body)
        assert (told.messages, told.usage) == ((SAID,), SPENT)
        assert (told.id, told.model, told.status, told.service_tier) == (
            "v1_a",
            "gemini-3-pro",
            "completed",
            "standard",
        )


def test_outputs_as_they_were_before_steps() -> None:
    picture = {"type": "image", "mime_type": "image/png", "data": "AAAA"}
    told = interactions.response({"outputs": [{"type": "text", "text": "Look:"}, picture], "status": "completed"})
    assert told.messages[0].parts == (Text("Look:"), Media("image", "image/png", content="AAAA", size=3))


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("Hi", (Message("user", (Text("Hi"),)),)),
        (
            [{"type": "text", "text": "What?"}, {"type": "image", "uri": "https://a/b.png", "mime_type": "image/png"}],
            (Message("user", (Text("What?"), Media("image", "image/png", uri="https://a/b.png"))),),
        ),
        (
            [
                {"role": "user", "content": "Hi"},
                {"role": "model", "content": [{"type": "text", "text": "Hello"}]},
                {"role": "user", "content": ["So?"]},
            ],
            (
                Message("user", (Text("Hi"),)),
                Message("assistant", (Text("Hello"),)),
                Message("user", (Text("So?"),)),
            ),
        ),
        (
            [
                *WHOLE["steps"][:3],
                {"type": "function_result", "call_id": "c1", "name": "look", "result": {"r": "rain"}},
            ],
            (
                Message("user", (Text("Hi"),)),
                Message("assistant", (Reasoning("Hm."), ToolCall("look", {"city": "Oslo"}, "c1"))),
                Message("tool", (ToolResult({"r": "rain"}, "c1"),)),
            ),
        ),
        (None, ()),
    ],
)
def test_input_may_be_a_text_contents_turns_or_steps(given: Any, read: Any) -> None:
    assert interactions.request({"input": given}).messages == read


def test_a_request_says_what_was_asked() -> None:
    body = {
        "model": "gemini-3-pro",
        "input": "Hi",
        "system_instruction": "Be brief",
        "generation_config": {"temperature": 0.5, "max_output_tokens": 9, "thinking_level": "low"},
        "tools": [
            {"type": "function", "name": "look", "description": "Out", "parameters": CITY},
            {"type": "google_search"},
            {"type": "mcp_server", "name": "files", "url": "https://m", "headers": {"authorization": "s3cret"}},
        ],
        "previous_interaction_id": "v1_0",
        "stream": True,
        "api_version": "v1beta",
        "extra_headers": {"x": "s3cret"},
    }
    asked = interactions.request(body)
    assert asked.model == "gemini-3-pro"
    assert asked.system == (Text("Be brief"),)
    assert asked.params == {
        "temperature": 0.5,
        "max_tokens": 9,
        "reasoning_effort": "low",
        "previous_interaction_id": "v1_0",
        "stream": True,
    }
    assert asked.tools == (
        Tool("look", "function", "Out", CITY),
        Tool("google_search", "google_search"),
        Tool("files", "mcp_server", parameters={"url": "https://m"}),
    )
    assert interactions.request({"request": {"body": body}}).messages == asked.messages
    assert interactions.request({"agent": "deep-research", "input": "Hi"}).model == "deep-research"


def test_an_interaction_under_way_has_not_ended() -> None:
    told = interactions.response({"id": "v1_a", "status": "in_progress"})
    assert (told.messages, told.status) == ((), "in_progress")


def test_a_failed_interaction_says_why() -> None:
    told = interactions.response(
        {"status": "failed", "steps": [{"type": "model_output", "error": {"code": 8, "message": "No."}}]}
    )
    assert told.failure == Failure("8", "No.", code="8")
    assert told.messages == (Message("assistant", (), finish_reason="failed"),)


def test_what_google_runs_is_kept_as_it_came() -> None:
    step = {"type": "google_search_call", "id": "s1", "arguments": {"queries": ["a"]}, "signature": "AA=="}
    assert interactions.response({"steps": [step]}).messages[0].parts == (
        Other("google_search_call", {"id": "s1", "arguments": {"queries": ["a"]}}),
    )


def event(kind: str, **fields: Any) -> dict[str, Any]:
    return {"event_type": kind, **fields}


def delta(index: int, **fields: Any) -> dict[str, Any]:
    return event("step.delta", index=index, delta=fields)


STREAM = [
    event("interaction.created", interaction={"id": "v1_a", "status": "in_progress", "model": "gemini-3-pro"}),
    event("step.start", index=0, step={"type": "thought"}),
    delta(0, type="thought_summary", content={"type": "text", "text": "H"}),
    delta(0, type="thought_summary", content={"type": "text", "text": "m."}),
    delta(0, type="thought_signature", signature="AA=="),
    event("step.start", index=1, step={"type": "function_call", "id": "c1", "name": "look", "arguments": {}}),
    delta(1, type="arguments_delta", arguments='{"city": '),
    delta(1, type="arguments_delta", arguments='"Oslo"}'),
    event("step.start", index=2, step={"type": "model_output"}),
    {**delta(2, type="text", text="It "), "metadata": {"usage": {"total_input_tokens": 20}}},
    delta(2, type="text", text="rains."),
    event("step.stop", index=2),
    event("interaction.completed", interaction={**WHOLE, "steps": None}),
]


def test_a_stream_is_put_together() -> None:
    told = interactions.response(events.fold(STREAM))
    assert (told.messages, told.usage, told.id) == ((SAID,), SPENT, "v1_a")


def test_a_stream_that_was_left_says_what_it_had_said() -> None:
    told = interactions.response(events.fold(STREAM[:10]))
    assert told.messages[0].parts[-1] == Text("It ")
    assert told.messages[0].finish_reason is None
    assert told.usage == Usage(input=20)


def test_texts_pictures_and_sources_keep_their_order() -> None:
    picture = {"type": "image", "mime_type": "image/png", "data": "AAAA"}
    stream = [
        event("step.start", index=0, step={"type": "model_output"}),
        delta(0, type="text", text="A"),
        delta(0, type="text_annotation_delta", annotations=[{"type": "url_citation", "url": "https://a"}]),
        delta(0, **picture),
        delta(0, type="text", text="B"),
    ]
    assert interactions.response(events.fold(stream)).messages[0].parts == (
        Text("A", ({"type": "url_citation", "url": "https://a"},)),
        Media("image", "image/png", content="AAAA", size=3),
        Text("B"),
    )
    alone = [delta(0, type="text_annotation_delta", annotations=[{"type": "url_citation"}])]
    assert interactions.response(events.fold(alone)).messages == ()


def test_a_stream_of_contents_as_it_was_before_steps() -> None:
    stream = [
        event("interaction.start", interaction={"id": "v1_a"}),
        event("content.start", index=0, content={"type": "text", "text": "It "}),
        event("content.delta", index=0, delta={"type": "text", "text": "rains."}),
        event("content.delta", index=1, delta={"type": "function_call", "id": "c1", "name": "look", "arguments": {}}),
        event("interaction.complete", interaction={"id": "v1_a", "status": "completed"}),
    ]
    told = interactions.response(events.fold(stream))
    assert told.messages == (Message("assistant", (Text("It rains."), ToolCall("look", {}, "c1")), None, "completed"),)


def test_hops_are_one_interaction_and_all_their_tokens_count() -> None:
    second = [
        {**one, "interaction": {**one["interaction"], "id": "v1_b"}} if "interaction" in one else one for one in STREAM
    ]
    told = interactions.response(events.fold([*STREAM, *second]))
    assert told.id == "v1_b"
    assert told.messages[0].parts == SAID.parts * 2
    assert (told.usage.input, told.usage.output, told.usage.input_image, told.usage.searches) == (46, 34, 16, 4)


def test_an_error_event_is_a_failure() -> None:
    told = interactions.response(events.fold([event("error", error={"code": "busy", "message": "Later."})]))
    assert told.failure == Failure("busy", "Later.", code="busy")


def test_content_is_what_somebody_could_read() -> None:
    assert [events.is_content(one) for one in STREAM[2:6]] == [True, True, False, False]


def test_what_says_nothing_is_no_part() -> None:
    thought: dict[str, Any] = {"type": "thought", "signature": "AA=="}
    step = {"type": "model_output", "content": ["odd", {"type": "text"}, {"type": "poem", "lines": ["A"]}]}
    told = interactions.response({"steps": [thought, step], "usage": {"input_tokens_by_modality": [{"tokens": 3}]}})
    assert told.messages[0].parts == (Text("odd"), Other("poem", {"lines": ["A"]}))
    assert told.usage == Usage()
    begun = [
        event("content.start", index=0, content={"type": "text"}),
        event("interaction.completed", interaction={"usage": {"total_input_tokens": None, "total_output_tokens": 4}}),
    ]
    assert interactions.response(events.fold(begun)).usage == Usage(output=4)
