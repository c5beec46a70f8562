from __future__ import annotations

from typing import Any

import pytest
from google.genai import types

from limelight.core.model import (
    Failure,
    Media,
    Message,
    Other,
    Reasoning,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
)
from limelight.core.wire import google_generate as generate
from limelight.core.wire import google_stream as stream

CITY = {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}}
ANSWER: dict[str, Any] = {
    "candidates": [
        {
            "content": {
                "role": "model",
                "parts": [
                    {"text": "I weigh it.", "thought": True},
                    {"text": "Look at the window."},
                    {
                        "functionCall": {"id": "c1", "name": "look", "args": {"farAway": True}},
                        "thoughtSignature": "AA==",
                    },
                ],
            },
            "finishReason": "STOP",
        }
    ],
    "usageMetadata": {
        "promptTokenCount": 20,
        "candidatesTokenCount": 9,
        "thoughtsTokenCount": 5,
        "toolUsePromptTokenCount": 3,
        "cachedContentTokenCount": 8,
        "totalTokenCount": 37,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 12}, {"modality": "IMAGE", "tokenCount": 8}],
        "candidatesTokensDetails": [{"modality": "AUDIO", "tokenCount": 9}],
        "serviceTier": "standard",
    },
    "modelVersion": "gemini-3-pro",
    "responseId": "r1",
}


def live(body: dict[str, Any]) -> Any:
    """The same as the SDK's own object."""
    known = {key: value for key, value in body["usageMetadata"].items() if key != "serviceTier"}
    return types.GenerateContentResponse.model_validate({**body, "usageMetadata": known})


def parts(*given: Any, role: str = "user") -> tuple[Any, ...]:
    return generate.request({"contents": [{"role": role, "parts": list(given)}]}).messages[0].parts


def test_the_same_is_read_from_the_object_and_from_json() -> None:
    told, shown = generate.response(ANSWER), generate.response(vars(live(ANSWER)))
    assert told.messages == shown.messages
    assert told.usage == shown.usage
    assert (told.id, told.model, told.service_tier) == ("r1", "gemini-3-pro", "standard")
    assert told.messages == (
        Message(
            "assistant",
            (Reasoning("I weigh it."), Text("Look at the window."), ToolCall("look", {"farAway": True}, "c1")),
            finish_reason="STOP",
        ),
    )


def test_thoughts_are_part_of_the_output_and_what_tools_read_of_the_input() -> None:
    assert generate.response(ANSWER).usage == Usage(
        input=23, output=14, cache_read=8, reasoning=5, input_image=8, output_audio=9
    )
    assert generate.response({"usageMetadata": {"promptTokenCount": 4}}).usage == Usage(input=4)
    assert generate.response({}).usage == Usage()


def test_settings_are_read_from_the_config_of_the_sdk_and_from_where_rest_has_them() -> None:
    config = types.GenerateContentConfig(
        system_instruction="Be brief",
        temperature=0.5,
        max_output_tokens=100,
        stop_sequences=["END"],
        candidate_count=2,
        thinking_config=types.ThinkingConfig(thinking_level=types.ThinkingLevel.LOW),
        http_options=types.HttpOptions(headers={"x-secret": "s3cret"}),
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )
    called = generate.request({"model": "models/gemini-3-pro", "contents": "Hi", "config": config})
    sent = generate.request(
        {
            "model": "gemini-3-pro",
            "contents": [{"role": "user", "parts": [{"text": "Hi"}]}],
            "systemInstruction": {"parts": [{"text": "Be brief"}]},
            "generationConfig": {
                "temperature": 0.5,
                "maxOutputTokens": 100,
                "stopSequences": ["END"],
                "candidateCount": 2,
                "thinkingConfig": {"thinkingLevel": "LOW"},
            },
        }
    )
    assert called.model == sent.model == "gemini-3-pro"
    assert called.system == sent.system == (Text("Be brief"),)
    assert called.messages == sent.messages == (Message("user", (Text("Hi"),)),)
    assert called.params == {
        "temperature": 0.5,
        "max_tokens": 100,
        "stop": ("END",),
        "n": 2,
        "thinking_config": {"thinking_level": "LOW"},
        "reasoning_effort": "low",
    }
    assert sent.params == {**called.params, "thinking_config": {"thinkingLevel": "LOW"}}


@pytest.mark.parametrize(
    ("config", "form"),
    [
        ({"response_mime_type": "application/json"}, {"type": "json_object"}),
        ({"response_schema": CITY}, {"type": "json_schema", "schema": CITY}),
        ({"responseJsonSchema": CITY, "responseMimeType": "application/json"}, {"type": "json_schema", "schema": CITY}),
        ({"response_mime_type": "text/plain"}, None),
    ],
)
def test_the_shape_of_the_answer_is_said_in_one_way(config: dict[str, Any], form: Any) -> None:
    assert generate.request({"config": config}).params.get("response_format") == form


def test_a_class_for_the_answer_is_shown_as_its_schema() -> None:
    asked = generate.request(
        {"config": types.GenerateContentConfig(response_schema=types.Schema(type=types.Type.STRING))}
    )
    assert asked.params["response_format"] == {"type": "json_schema", "schema": {"type": "STRING"}}


def test_contents_may_be_anything_that_the_client_takes() -> None:
    file = types.File(uri="https://files/1", mime_type="video/mp4", name="files/1")
    asked = generate.request(
        {
            "contents": [
                "What is this?",
                types.Part.from_bytes(data=b"abc", mime_type="image/png"),
                file,
                types.Content(role="model", parts=[types.Part.from_text(text="A film.")]),
                {"role": "user", "parts": "Really?"},
                ["And", {"text": "this?"}],
            ]
        }
    )
    assert asked.messages == (
        Message(
            "user",
            (
                Text("What is this?"),
                Media("image", "image/png", content="YWJj", size=3),
                Media("video", "video/mp4", uri="https://files/1"),
            ),
        ),
        Message("assistant", (Text("A film."),)),
        Message("user", (Text("Really?"),)),
        Message("user", (Text("And"), Text("this?"))),
    )


def test_a_picture_of_the_imaging_library_is_not_looked_into() -> None:
    class Image:
        __module__ = "PIL.Image"
        format = "JPEG"

    assert generate.request({"contents": Image()}).messages == (Message("user", (Media("image", "image/jpeg"),)),)
    assert generate.request({"contents": object()}).messages == ()


def test_what_a_tool_gave_back_is_a_message_of_its_own_kind() -> None:
    picture = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}
    given = {"functionResponse": {"id": "c1", "name": "look", "response": {"result": "rain"}, "parts": [picture]}}
    found = generate.request({"contents": [{"role": "user", "parts": [given]}]}).messages
    assert found == (
        Message("tool", (ToolResult({"result": "rain"}, "c1"), Media("image", "image/png", content="AAAA", size=3))),
    )
    assert generate.request({"contents": [{"role": "function", "parts": []}]}).messages == (Message("tool", ()),)
    mixed = generate.request({"contents": [{"role": "user", "parts": [given, {"text": "So?"}]}]}).messages
    assert mixed[0].role == "user"


def test_parts_that_stand_alone_are_gathered_by_who_could_have_said_them() -> None:
    asked = generate.request({"contents": [types.Part.from_function_call(name="look", args={})]})
    assert asked.messages == (Message("assistant", (ToolCall("look", {}),)),)


def test_every_kind_of_part_is_kept() -> None:
    assert parts(
        {"fileData": {"mimeType": "application/pdf", "fileUri": "gs://b/f.pdf"}},
        {"executableCode": {"language": "PYTHON", "code": "1+1"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "2"}},
        {"toolCall": {"toolType": "GOOGLE_SEARCH", "args": {"q": "x"}}},
        {"mime_type": "audio/wav", "data": b"RIFF"},
        {"text": "", "thoughtSignature": "AA=="},
        "bare",
        17,
    ) == (
        Media("document", "application/pdf", uri="gs://b/f.pdf"),
        Other("executable_code", {"language": "PYTHON", "code": "1+1"}),
        Other("code_execution_result", {"outcome": "OUTCOME_OK", "output": "2"}),
        Other("tool_call", {"tool_type": "GOOGLE_SEARCH", "args": {"q": "x"}}),
        Media("audio", "audio/wav", content="UklGRg==", size=4),
        Text("bare"),
    )


def test_tools_are_declared_hosted_or_functions_of_the_program() -> None:
    def weather(city: str, days: int = 1, tags: list[str] | None = None) -> str:
        """Look out."""
        return city

    class ClientSession:
        pass

    declared = {"functionDeclarations": [{"name": "look", "description": "Out", "parameters": CITY}]}
    offered = [declared, weather, ClientSession(), types.Tool(google_search=types.GoogleSearch()), "odd"]
    assert generate.request({"config": {"tools": offered}}).tools == (
        Tool("look", "function", "Out", CITY),
        Tool(
            "weather",
            "function",
            "Look out.",
            {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}, "tags": {}}},
        ),
        Tool("ClientSession", "mcp"),
        Tool("google_search", "google_search"),
    )
    assert generate.request({"config": {"tools": [len]}}).tools[0].parameters == {"type": "object", "properties": {}}


def test_sources_stand_by_the_last_text() -> None:
    grounding = {
        "webSearchQueries": ["a", "b"],
        "groundingChunks": [{"web": {"uri": "https://a", "title": "A"}}, {"retrievedContext": {"uri": "gs://b"}}],
    }
    candidate = {
        "content": {"parts": [{"text": "First."}, {"text": "Second."}]},
        "groundingMetadata": grounding,
        "citationMetadata": {"citationSources": [{"uri": "https://c"}]},
    }
    told = generate.response({"candidates": [candidate], "modelVersion": "gemini-3-pro"})
    assert told.messages[0].parts == (
        Text("First."),
        Text(
            "Second.",
            (
                {"type": "web", "uri": "https://a", "title": "A"},
                {"type": "retrieved_context", "uri": "gs://b"},
                {"uri": "https://c"},
            ),
        ),
    )
    assert told.usage.searches == 2
    assert generate.response({"candidates": [candidate], "modelVersion": "gemini-2.5-pro"}).usage.searches == 1


def test_a_prompt_that_was_refused_says_why() -> None:
    told = generate.response({"promptFeedback": {"blockReason": "SAFETY", "blockReasonMessage": "No."}})
    assert told.messages == (Message("assistant", (), finish_reason="SAFETY"),)
    assert told.extra == {"prompt.block_reason": "SAFETY", "prompt.block_message": "No."}


def test_an_answer_stopped_by_a_filter_has_no_content() -> None:
    told = generate.response({"candidates": [{"finishReason": "SAFETY"}, {"finishReason": 2}, {"finishReason": 77}]})
    assert [message.finish_reason for message in told.messages] == ["SAFETY", "MAX_TOKENS", None]


def test_an_answer_left_as_text_is_opened() -> None:
    raw = types.GenerateContentResponse(
        sdk_http_response=types.HttpResponse(
            headers={}, body='{"candidates": [{"content": {"parts": [{"text": "Hi"}]}}]}'
        )
    )
    assert generate.response(vars(raw)).messages == (Message("assistant", (Text("Hi"),)),)


def test_an_error_amid_a_stream_is_a_failure() -> None:
    told = generate.response(stream.fold([{"error": {"code": 503, "message": "Busy", "status": "UNAVAILABLE"}}]))
    assert told.failure == Failure("UNAVAILABLE", "Busy", 503, "UNAVAILABLE")


def chunk(*given: Any, index: int = 0, finish: str | None = None, **more: Any) -> dict[str, Any]:
    candidate = {"content": {"parts": list(given)}, "index": index, **({"finishReason": finish} if finish else {})}
    return {"candidates": [candidate], "responseId": "r1", "modelVersion": "gemini-3-pro", **more}


@pytest.mark.case(15, 16)
def test_a_stream_is_put_together_and_its_usage_counted_once() -> None:
    chunks = [
        chunk({"text": "Hm", "thought": True}, usageMetadata={"promptTokenCount": 7, "totalTokenCount": 7}),
        chunk({"text": ".", "thought": True}, {"text": "It "}),
        chunk({"text": "rains."}, usageMetadata={"promptTokenCount": 7, "candidatesTokenCount": 3}),
        chunk({"functionCall": {"name": "look", "args": {"farAway": 1}}}),
        chunk({"text": ""}, finish="STOP", usageMetadata={"promptTokenCount": 7, "candidatesTokenCount": 5}),
    ]
    told = generate.response(stream.fold(chunks))
    assert told.messages == (
        Message(
            "assistant",
            (Reasoning("Hm."), Text("It rains."), ToolCall("look", {"farAway": 1})),
            finish_reason="STOP",
        ),
    )
    assert (told.usage, told.id, told.model) == (Usage(input=7, output=5), "r1", "gemini-3-pro")


def test_words_that_follow_a_call_are_a_part_of_their_own() -> None:
    picture = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}
    chunks = [chunk({"text": "A"}), chunk({"functionCall": {"name": "look"}}), chunk({"text": "B"}, picture)]
    assert generate.response(stream.fold([*chunks, chunk({"text": "C"})])).messages[0].parts == (
        Text("A"),
        ToolCall("look", {}),
        Text("B"),
        Media("image", "image/png", content="AAAA", size=3),
        Text("C"),
    )


def test_candidates_of_a_stream_are_kept_apart() -> None:
    chunks = [chunk({"text": "A"}), chunk({"text": "B"}, index=1), chunk({"text": "a"}), chunk({"text": "b"}, index=1)]
    told = generate.response(stream.fold(chunks))
    assert [message.parts for message in told.messages] == [(Text("Aa"),), (Text("Bb"),)]


def test_arguments_that_come_bit_by_bit_are_put_where_they_belong() -> None:
    pieces = [
        {"functionCall": {"id": "c1", "name": "book", "willContinue": True}},
        {
            "functionCall": {
                "partialArgs": [{"jsonPath": "$.city", "stringValue": "Os", "willContinue": True}],
                "willContinue": True,
            }
        },
        {"functionCall": {"partialArgs": [{"jsonPath": "$.city", "stringValue": "lo"}], "willContinue": True}},
        {"functionCall": {"partialArgs": [{"jsonPath": "$.nights[1]['n']", "numberValue": 2}], "willContinue": True}},
        {
            "functionCall": {
                "partialArgs": [
                    {"jsonPath": "$.nights[0]", "boolValue": False},
                    {"jsonPath": "$.city.odd", "stringValue": "x"},
                ]
            }
        },
        {"functionCall": {"name": "pay", "args": {}}},
    ]
    told = generate.response(stream.fold([chunk(piece) for piece in pieces]))
    assert told.messages[0].parts == (
        ToolCall("book", {"city": {"odd": "x"}, "nights": [False, {"n": 2}]}, "c1"),
        ToolCall("pay", {}),
    )


def test_a_path_that_leads_far_out_is_not_followed() -> None:
    piece = {"functionCall": {"name": "a", "partialArgs": [{"jsonPath": "$.list[999999999]", "stringValue": "x"}]}}
    assert generate.response(stream.fold([chunk(piece)])).messages[0].parts == (ToolCall("a", {"list": []}),)


def test_sources_of_all_chunks_are_kept_once() -> None:
    web = {"web": {"uri": "https://a"}}
    chunks = [chunk({"text": "It"}), chunk({"text": " is."})]
    for each in chunks:
        each["candidates"][0]["groundingMetadata"] = {"groundingChunks": [web], "webSearchQueries": ["a"]}
    told = generate.response(stream.fold(chunks))
    assert told.messages[0].parts == (Text("It is.", ({"type": "web", "uri": "https://a"},)),)
    assert told.usage.searches == 1


def test_content_is_what_somebody_could_read() -> None:
    assert generate.is_content(chunk({"text": "a"}))
    assert generate.is_content(chunk({"text": "a", "thought": True}))
    assert generate.is_content(chunk({"functionCall": {"name": "look"}}))
    assert not generate.is_content(chunk({"text": "", "thoughtSignature": "AA=="}))
    assert not generate.is_content({"usageMetadata": {}})


def test_what_is_no_table_is_passed_over() -> None:
    assert generate.response({"candidates": ["odd", None]}).messages == ()
    odd = stream.fold([{"candidates": [{"groundingMetadata": {"webSearchQueries": "odd"}}]}])
    assert generate.response(odd).usage.searches is None
    assert parts({"mimeType": "application/pdf"}) == (Media("document", "application/pdf", size=0),)


def test_a_tuned_model_keeps_its_name() -> None:
    for given, name in (
        ("tunedModels/abc-models/1", "tunedModels/abc-models/1"),
        ("projects/p/locations/l/publishers/google/models/gemini-3-pro", "gemini-3-pro"),
        ("gemini-3-pro", "gemini-3-pro"),
        ("", None),
    ):
        assert generate.model_name(given) == name
