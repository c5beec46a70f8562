"""Spans of other people's in the flat dialects: what each way of saying something means."""

from __future__ import annotations

import json
from typing import Any

import pytest

from limelight.core.dialects import detect
from limelight.core.dialects.span import Span
from limelight.core.model import Media, Message, Other, Reasoning, Record, Text, Tool, ToolCall, ToolResult


def read(name: str, attributes: dict[str, Any], dialect: str) -> Record:
    span = Span(name, attributes)
    assert detect.detect(span).name == dialect
    return detect.read(span)


def test_an_earlier_openllmetry_tells_a_chat() -> None:
    photo = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "https://x.example/a.png"}},
    ]
    record = read(
        "openai.chat",
        {
            "llm.request.type": "chat",
            "gen_ai.system": "OpenAI",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.prompt.0.role": "user",
            "gen_ai.prompt.0.content": json.dumps(photo),
            "gen_ai.prompt.1.role": "assistant",
            "gen_ai.prompt.1.tool_calls.0.id": "c1",
            "gen_ai.prompt.1.tool_calls.0.name": "look",
            "gen_ai.prompt.1.tool_calls.0.arguments": '{"at": "sky"}',
            "gen_ai.prompt.2.role": "tool",
            "gen_ai.prompt.2.content": "blue",
            "gen_ai.prompt.2.tool_call_id": "c1",
            "gen_ai.prompt.10.role": "user",
            "gen_ai.prompt.10.content": "And now?",
            "gen_ai.completion.0.content": "A kite.",
            "gen_ai.completion.0.finish_reason": "stop",
            "llm.request.functions.0.name": "look",
            "llm.request.functions.0.description": "Look up",
            "llm.request.functions.0.parameters": '{"type": "object"}',
            "llm.frequency_penalty": 0.5,
            "llm.is_streaming": True,
            "gen_ai.usage.prompt_tokens": 9,
            "gen_ai.usage.completion_tokens": 3,
            "gen_ai.usage.cache_read_input_tokens": 4,
            "traceloop.association.properties.user_id": "u",
            "traceloop.association.properties.session_id": "s",
            "traceloop.association.properties.plan": "gold",
        },
        "indexed",
    )
    assert (record.kind, record.operation, record.provider) == ("llm", "chat", "openai")
    assert record.request.messages == (
        Message("user", (Text("What is this?"), Media("image", uri="https://x.example/a.png"))),
        Message("assistant", (ToolCall("look", {"at": "sky"}, "c1"),)),
        Message("tool", (ToolResult("blue", "c1"),)),
        Message("user", (Text("And now?"),)),
    )
    assert record.response.messages == (Message("assistant", (Text("A kite."),), finish_reason="stop"),)
    assert record.request.tools == (Tool("look", "function", "Look up", {"type": "object"}),)
    assert record.request.params == {"stream": True, "frequency_penalty": 0.5}
    usage = record.response.usage
    assert (usage.input, usage.output, usage.cache_read) == (9, 3, 4)
    assert (record.user_id, record.session_id, record.metadata["plan"]) == ("u", "s", "gold")


@pytest.mark.parametrize(
    ("word", "kind", "operation", "name"),
    [("workflow", "workflow", "invoke_workflow", "trip"), ("agent", "agent", "invoke_agent", "trip"), ("tool", "tool", "execute_tool", "trip"), ("task", "task", None, "trip")],
)  # fmt: skip
def test_a_step_of_openllmetrys_is_a_step(word: str, kind: str, operation: str | None, name: str) -> None:
    said = {"traceloop.span.kind": word, "traceloop.entity.name": "trip", "traceloop.entity.input": '{"to": "Oslo"}', "traceloop.entity.output": "done"}  # fmt: skip
    record = read("trip." + word, said, "indexed")
    assert (record.kind, record.operation, record.name, record.input, record.output) == (kind, operation, name, {"to": "Oslo"}, "done")  # fmt: skip


def test_tracekit_tells_of_bedrocks_agents() -> None:
    record = read(
        "invoke_agent",
        {
            "gen_ai.system": "aws.bedrock",
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.bedrock.agent_alias.id": "ALIAS",
            "gen_ai.prompt.0.role": "user",
            "gen_ai.prompt.0.content": "Book it",
            "gen_ai.bedrock.request.tools.0.function.name": "book",
            "gen_ai.openai.request.user": "u1",
        },
        "indexed",
    )
    assert (record.kind, record.provider, record.user_id) == ("agent", "aws.bedrock", "u1")
    assert record.request.params == {"agentAliasId": "ALIAS"}
    assert record.request.tools == (Tool("book"),)


def test_parts_of_a_message_in_openinference() -> None:
    at = "llm.input_messages.0.message.contents"
    record = read(
        "ChatCompletion",
        {
            "openinference.span.kind": "llm",
            "llm.provider": "google",
            "llm.model_name": "gemini",
            "llm.input_messages.0.message.role": "user",
            f"{at}.0.message_content.type": "text",
            f"{at}.0.message_content.text": "What is this?",
            f"{at}.1.message_content.type": "image",
            f"{at}.1.message_content.image.image.url": "data:image/png;base64,aGk=",
            f"{at}.2.message_content.type": "audio",
            f"{at}.2.message_content.audio.url": "https://x.example/a.mp3",
            f"{at}.2.message_content.audio.mime_type": "audio/mpeg",
            f"{at}.3.message_content.type": "reasoning",
            f"{at}.3.message_content.text": "Hm.",
            f"{at}.4.message_content.type": "video_note",
            f"{at}.4.message_content.id": "v1",
            "llm.tools.0.tool.json_schema": json.dumps({"name": "look", "input_schema": {"type": "object"}}),
            "llm.token_count.prompt": 5,
            "llm.token_count.prompt_details.cache_input": 20,
            "llm.cost.total": 0.25,
            "llm.finish_reason": "stop",
            "metadata": '{"plan": "gold"}',
            "tag.tags": ["a", "b"],
        },
        "openinference",
    )
    assert (record.kind, record.operation, record.provider) == ("llm", "chat", "gcp.gemini")
    assert (record.request.model, record.response.model) == ("gemini", "gemini")
    (message,) = record.request.messages
    assert message.parts == (
        Text("What is this?"),
        Media("image", "image/png", content="aGk="),
        Media("audio", "audio/mpeg", uri="https://x.example/a.mp3"),
        Reasoning("Hm."),
        Other("video_note", {"id": "v1"}),
    )
    assert record.request.tools == (Tool("look", "function", None, {"type": "object"}),)
    assert (record.response.usage.input, record.response.usage.cache_read) == (25, 20), (
        "cached tokens were counted beside"
    )
    assert (record.response.cost, record.tags, record.metadata) == (0.25, ("a", "b"), {"plan": "gold"})
    assert record.response.messages == (Message("assistant", (), finish_reason="stop"),)


def test_a_retriever_of_openinferences_brings_documents() -> None:
    at = "retrieval.documents.0.document."
    record = read("Retriever", {"openinference.span.kind": "RETRIEVER", "input.value": "Oslo", at + "id": "d1", at + "score": 0.5, at + "content": "A city"}, "openinference")  # fmt: skip
    assert (record.kind, record.operation, record.input) == ("retrieval", "retrieval", "Oslo")
    assert record.output == [{"id": "d1", "score": 0.5, "content": "A city"}]


def test_a_tool_of_openinferences_has_a_name_and_values() -> None:
    said = {"openinference.span.kind": "TOOL", "tool.name": "look", "tool_call.id": "c1", "input.value": '{"at": 1}', "input.mime_type": "application/json", "output.value": '{"no": "JSON meant"}', "output.mime_type": "text/plain"}  # fmt: skip
    record = read("look", said, "openinference")
    assert (record.kind, record.name, record.call_id, record.input) == ("tool", "look", "c1", {"at": 1})
    assert record.output == '{"no": "JSON meant"}'


def test_a_reranker_of_openinferences_has_a_query_and_documents() -> None:
    at = "reranker.input_documents."
    said = {"openinference.span.kind": "RERANKER", "reranker.model_name": "r1", "reranker.query": "rain", at + "0.document.content": "wet", at + "1.document.metadata": '{"t": "dry"}'}  # fmt: skip
    record = read("rank", said, "openinference")
    assert (record.kind, record.request.model) == ("rerank", "r1")
    documents = (Other("document", {"text": "wet"}), Other("document", {"fields": {"t": "dry"}}))
    assert record.request.messages == (Message("user", (Text("rain"), *documents)),)


@pytest.mark.parametrize(("value", "words"), [('{"model": "i", "prompt": "A kite"}', "A kite"), ("A kite", "A kite"), ('["a"]', '["a"]')])  # fmt: skip
def test_a_request_without_messages_is_what_was_sent(value: str, words: str) -> None:
    record = read("ImagesResponse", {"openinference.span.kind": "LLM", "input.value": value}, "openinference")
    assert record.request.messages == (Message("user", (Text(words),)),)
