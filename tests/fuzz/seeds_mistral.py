"""What Mistral's APIs say and are asked, in small."""

from __future__ import annotations

from typing import Any

from tests.fuzz.seeds import Seed

_CALL = {"id": "call00001", "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}, "index": 0}
_THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}], "closed": True}
_REFERENCE = {"type": "reference", "reference_ids": [0]}
_USAGE = {
    "prompt_tokens": 9,
    "completion_tokens": 4,
    "total_tokens": 388,
    "prompt_tokens_details": {"cached_tokens": 3, "audio_tokens": 375},
    "num_cached_tokens": 3,
    "prompt_audio_seconds": 3,
    "service_tier": "standard",
}
_CHAT = {
    "model": "mistral-small",
    "messages": [
        {"role": "system", "content": "Be brief"},
        {"role": "user", "content": [{"type": "text", "text": "What?"}, {"type": "document_url", "document_url": "u"}]},
        {
            "role": "user",
            "content": [{"type": "image_url", "image_url": "u"}, {"type": "input_audio", "input_audio": "AA"}],
        },
        {"role": "assistant", "content": [_THOUGHT, {"type": "text", "text": "a"}, _REFERENCE], "tool_calls": [_CALL]},
        {"role": "tool", "name": "weather", "tool_call_id": "call00001", "content": "rain"},
    ],
    "tools": [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}],
    "random_seed": 7,
    "stop": "END",
    "http_headers": {"authorization": "secret"},
    "timeout_ms": 10,
}


def _choice(key: str, said: Any) -> dict[str, Any]:
    return {"index": 0, key: said, "finish_reason": "stop"}


_SAID = {"role": "assistant", "content": [_THOUGHT, {"type": "text", "text": "a"}, _REFERENCE], "tool_calls": [_CALL]}
_ANSWER = {"id": "1", "model": "mistral-small", "choices": [_choice("message", _SAID)], "usage": _USAGE}
_SEVERAL = {"choices": [_choice("messages", [_SAID, {"role": "tool", "content": "rain"}])]}
_CHUNKS = [
    {"id": "1", "model": "m", "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]},
    {"data": {"choices": [{"index": 0, "delta": {"content": [_THOUGHT]}}]}},
    {"choices": [{"index": 0, "delta": {"content": "a"}}]},
    {"choices": [{"index": 0, "delta": {"content": [_REFERENCE]}}]},
    {
        "choices": [{"index": 0, "delta": {"tool_calls": [{**_CALL, "id": "null"}]}, "finish_reason": "tool_calls"}],
        "usage": _USAGE,
    },
]
_ENTRIES = [
    {"type": "message.output", "id": "e1", "model": "m", "content": [{"type": "text", "text": "a"}, _REFERENCE]},
    {"type": "function.call", "name": "weather", "tool_call_id": "call00001", "arguments": '{"city": "Oslo"}'},
    {"type": "tool.execution", "id": "e2", "name": "web_search", "arguments": "{}", "info": {"a": 1}},
    {"type": "agent.handoff", "previous_agent_name": "a", "next_agent_name": "b"},
]
_EVENTS = [
    {"type": "conversation.response.started", "conversation_id": "c"},
    {"type": "message.output.delta", "output_index": 0, "id": "e1", "model": "m", "content": "a"},
    {"data": {"type": "message.output.delta", "output_index": 0, "content": {"type": "tool_reference", "url": "u"}}},
    {"type": "function.call.delta", "output_index": 1, "name": "weather", "tool_call_id": "c", "arguments": "{}"},
    {"type": "tool.execution.started", "output_index": 2, "id": "e2", "name": "web_search", "arguments": ""},
    {"type": "tool.execution.done", "output_index": 2, "id": "e2", "name": "web_search", "info": {}},
    {"type": "agent.handoff.started", "output_index": 3, "previous_agent_name": "a"},
    {"type": "conversation.response.error", "message": "oh", "code": 3000},
    {"type": "conversation.response.done", "usage": _USAGE},
]

SEEDS = (
    Seed("mistral", "chat.completions", (_CHAT,), (_ANSWER, _SEVERAL), (_CHUNKS,)),
    Seed("mistral", "agents", ({**_CHAT, "agent_id": "a"},), (_ANSWER,), (_CHUNKS,)),
    Seed("mistral", "fim", ({"prompt": "a", "suffix": "b", "random_seed": 1},), (_ANSWER,), (_CHUNKS,)),
    Seed(
        "mistral",
        "conversations",
        (
            {
                "inputs": [{"role": "user", "content": "a"}, *_ENTRIES, {"type": "function.result", "result": "b"}],
                "instructions": "Be brief",
                "completion_args": {"temperature": 0.5, "random_seed": 7},
                "tools": [{"type": "web_search"}],
            },
        ),
        ({"conversation_id": "c", "outputs": _ENTRIES, "usage": _USAGE},),
        (_EVENTS,),
    ),
    Seed("mistral", "embeddings", ({"inputs": ["a"]},), ({"data": [{"embedding": [0.1]}], "usage": _USAGE},)),
    Seed(
        "mistral",
        "ocr",
        ({"document": {"type": "document_url", "document_url": "u"}, "document_annotation_prompt": "a"},),
        ({"pages": [{"markdown": "a"}], "usage_info": {"pages_processed": 1}, "document_annotation": "b"},),
    ),
    Seed(
        "mistral",
        "audio",
        ({"file": {"file_name": "a.mp3", "content": b"1"}, "file_url": "u", "input": "Hello", "ref_audio": "AA"},),
        ({"text": "Hi", "usage": _USAGE},),
        (
            [
                {"type": "transcription.text.delta", "text": "H"},
                {"data": {"type": "transcription.done", "text": "Hi", "usage": _USAGE}},
                {"type": "speech.audio.delta", "audio_data": "AA"},
                {"type": "speech.audio.done", "usage": _USAGE},
            ],
        ),
    ),
    Seed(
        "mistral",
        "moderations",
        ({"inputs": ["a"]}, {"inputs": [{"role": "user", "content": "a"}]}, {"inputs": [[{"role": "user"}]]}),
        ({"id": "1", "results": [{"categories": {"hate": True}}]},),
    ),
    Seed(
        "mistral",
        "classifications",
        ({"input": {"messages": [{"role": "user", "content": "a"}]}}, {"inputs": [{"messages": []}]}),
        ({"results": [{"intent": {"scores": {"a": 0.5}}}]},),
    ),
)
