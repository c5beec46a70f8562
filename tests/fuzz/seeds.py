"""What the APIs say and are asked, in small: one specimen of every kind of part, item and event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

JSON = Any


@dataclass(frozen=True, slots=True)
class Seed:
    """An operation, by its place in the integrations, and what it reads."""

    integration: str
    api: str
    requests: tuple[JSON, ...] = ()
    answers: tuple[JSON, ...] = ()
    streams: tuple[list[JSON], ...] = ()


_FUNCTION = {
    "name": "weather",
    "description": "Looks out",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}
_IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo=", "detail": "low"}}
_CALL = {
    "index": 0,
    "id": "call_1",
    "type": "function",
    "function": {"name": "weather", "arguments": '{"city": "Oslo"}'},
}
_USAGE = {
    "prompt_tokens": 20,
    "completion_tokens": 9,
    "total_tokens": 29,
    "prompt_tokens_details": {"cached_tokens": 8, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 3},
    "cost": 0.001,
}

_CHAT_REQUEST = {
    "model": "gpt-4o",
    "messages": [
        {"role": "system", "content": "Be brief"},
        {"role": "user", "name": "ada", "content": [{"type": "text", "text": "What is this?"}, _IMAGE]},
        {"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}}]},
        {
            "role": "user",
            "content": [
                {"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA", "filename": "a.pdf"}}
            ],
        },
        {"role": "assistant", "content": None, "tool_calls": [_CALL], "reasoning_content": "hm"},
        {"role": "tool", "tool_call_id": "call_1", "content": [{"type": "text", "text": "rain"}]},
        {
            "role": "assistant",
            "function_call": {"name": "old", "arguments": "{}"},
            "refusal": "no",
            "audio": {"id": "a"},
        },
    ],
    "tools": [
        {"type": "function", "function": _FUNCTION},
        {"type": "custom", "custom": {"name": "sql"}},
        {"type": "web_search"},
    ],
    "functions": [_FUNCTION],
    "temperature": 0.5,
    "stop": ["END"],
    "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}},
    "metadata": {"team": "a"},
    "extra_body": {"reasoning": {"effort": "low"}, "top_k": 3},
}
_CHAT_ANSWER = {
    "id": "chatcmpl-1",
    "model": "gpt-4o-2024",
    "choices": [
        {
            "index": 0,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": "Hello", "annotations": [{"type": "url_citation"}]},
        },
        {
            "index": 1,
            "finish_reason": "tool_calls",
            "message": {"role": "assistant", "content": None, "tool_calls": [_CALL]},
        },
        {
            "index": 2,
            "message": {"refusal": "No", "audio": {"id": "a", "data": "AAAA", "transcript": "No"}, "images": [_IMAGE]},
        },
        {
            "index": 3,
            "message": {
                "reasoning_details": [{"type": "reasoning.text", "text": "hm"}],
                "function_call": {"name": "a", "arguments": "{}"},
            },
        },
    ],
    "usage": _USAGE,
    "citations": ["https://a"],
    "service_tier": "default",
    "system_fingerprint": "fp",
}


def _chunk(delta: JSON, finish: str | None = None, **more: JSON) -> JSON:
    return {
        "id": "chatcmpl-1",
        "model": "gpt-4o-2024",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        **more,
    }


_CHAT_STREAM = [
    _chunk({"role": "assistant", "content": ""}),
    _chunk({"reasoning_content": "hm"}),
    _chunk({"content": "Hel"}),
    {"type": "chunk", "chunk": _chunk({"content": "lo"}), "snapshot": {}},
    _chunk({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "so"}]}]}),
    _chunk({"tool_calls": [{**_CALL, "function": {"name": "weather", "arguments": ""}}]}),
    _chunk({"tool_calls": [{"index": 0, "function": {"arguments": '{"city": "Oslo"}'}}]}),
    _chunk({"function_call": {"name": "a", "arguments": "{}"}, "audio": {"id": "a", "data": "AA"}}),
    _chunk({}, "stop"),
    {"id": "chatcmpl-1", "choices": [], "usage": _USAGE, "x_groq": {"usage": _USAGE}},
]

_MESSAGE = {
    "type": "message",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "Hello", "annotations": [{"type": "url"}]}],
}
_OUTPUT = [
    {"type": "reasoning", "summary": [{"type": "summary_text", "text": "so"}], "encrypted_content": "x"},
    _MESSAGE,
    {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": '{"city": "Oslo"}'},
    {"type": "custom_tool_call", "call_id": "c2", "name": "sql", "input": "SELECT 1"},
    {"type": "web_search_call", "id": "w", "status": "completed", "action": {"query": "q"}},
    {"type": "image_generation_call", "id": "i", "result": "AAAA", "output_format": "webp"},
    {"type": "computer_call", "call_id": "c3", "action": {"type": "click"}},
    {"type": "mcp_list_tools", "tools": [{"name": "a"}]},
]
_RESPONSES_REQUEST = {
    "model": "gpt-5",
    "instructions": "Be brief",
    "input": [
        {
            "role": "user",
            "content": [{"type": "input_text", "text": "Hi"}, {"type": "input_image", "image_url": "https://a"}],
        },
        {"role": "developer", "content": "x"},
        {"role": "user", "content": [{"type": "input_file", "file_id": "f"}]},
        *_OUTPUT,
        {"type": "function_call_output", "call_id": "c1", "output": "rain"},
        {"type": "computer_call_output", "call_id": "c3", "output": {"type": "input_image", "image_url": "https://a"}},
        {"type": "mcp_approval_response", "approve": True},
    ],
    "tools": [{"type": "function", **_FUNCTION}, {"type": "mcp", "server_label": "docs", "headers": {"a": "b"}}],
    "text": {"format": {"type": "json_schema"}},
    "reasoning": {"effort": "low"},
    "conversation": {"id": "conv"},
    "prompt": {"id": "p", "variables": {}},
}
_RESPONSES_ANSWER = {
    "id": "resp_1",
    "model": "gpt-5-2026",
    "status": "incomplete",
    "incomplete_details": {"reason": "max_output_tokens"},
    "error": {"code": "server_error", "message": "Sorry"},
    "output": _OUTPUT,
    "usage": {"input_tokens": 11, "output_tokens": 9, "input_tokens_details": {"cached_tokens": 4}},
}
_RESPONSES_CUT = [
    {"type": "response.created", "response": {"id": "resp_1", "model": "gpt-5", "output": []}},
    {"type": "response.output_item.added", "output_index": 0, "item": {"type": "message", "content": []}},
    {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "Hel"},
    {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "lo"},
    {"type": "response.reasoning_summary_text.delta", "output_index": 1, "summary_index": 0, "delta": "so"},
    {"type": "response.function_call_arguments.delta", "output_index": 2, "delta": "{}"},
    {"type": "response.output_item.done", "output_index": 3, "item": _OUTPUT[4]},
    {"type": "error", "code": "x", "message": "y"},
]

_BLOCKS = [
    {"type": "text", "text": "Hi", "citations": [{"url": "u"}]},
    {"type": "thinking", "thinking": "hm", "signature": "s"},
    {"type": "redacted_thinking", "data": "x"},
    {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Oslo"}},
    {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "q"}},
    {"type": "web_search_tool_result", "tool_use_id": "s1", "content": [{"type": "web_search_result", "url": "u"}]},
    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}},
    {"type": "document", "title": "t", "source": {"type": "text", "data": "words"}},
    {"type": "search_result", "source": "s", "content": [{"type": "text", "text": "a"}]},
    {"type": "tool_result", "tool_use_id": "t1", "is_error": True, "content": [{"type": "text", "text": "rain"}]},
]
_ANTHROPIC_USAGE = {
    "input_tokens": 12,
    "output_tokens": 30,
    "cache_read_input_tokens": 50,
    "cache_creation_input_tokens": 100,
    "cache_creation": {"ephemeral_1h_input_tokens": 40},
    "iterations": [{"type": "compaction", "input_tokens": 5, "output_tokens": 1}],
    "server_tool_use": {"web_search_requests": 2},
}
_ANTHROPIC_REQUEST = {
    "model": "claude",
    "max_tokens": 100,
    "system": [{"type": "text", "text": "Be brief"}],
    "messages": [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": _BLOCKS[:6]},
        {"role": "user", "content": _BLOCKS[6:]},
    ],
    "tools": [{"name": "weather", "input_schema": {}}, {"type": "web_search_20250305", "name": "web_search"}],
    "metadata": {"user_id": "u"},
    "output_config": {"effort": "high", "format": {}},
    "mcp_servers": [{"url": "https://m", "authorization_token": "x"}],
    "stop_sequences": ["END"],
}
_ANTHROPIC_ANSWER = {
    "id": "msg_1",
    "model": "claude-5",
    "content": _BLOCKS,
    "stop_reason": "end_turn",
    "usage": _ANTHROPIC_USAGE,
}
_ANTHROPIC_STREAM = [
    {"type": "message_start", "message": {**_ANTHROPIC_ANSWER, "content": []}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hel"}},
    {"type": "text", "text": "Hel", "snapshot": "Hel"},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "citations_delta", "citation": {"url": "u"}}},
    {
        "type": "content_block_start",
        "index": 1,
        "content_block": {"type": "tool_use", "id": "t", "name": "weather", "input": {}},
    },
    {
        "type": "content_block_delta",
        "index": 1,
        "delta": {"type": "input_json_delta", "partial_json": '{"city": "Oslo"}'},
    },
    {"type": "content_block_delta", "index": 2, "delta": {"type": "thinking_delta", "thinking": "hm"}},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 30}},
    {"type": "error", "error": {"type": "overloaded_error", "message": "m"}},
]
_COMPLETION = {
    "id": "c",
    "model": "m",
    "choices": [{"index": 0, "text": "a", "finish_reason": "stop"}],
    "usage": _USAGE,
}
_BATCH = {"id": "b", "status": "in_progress", "request_counts": {"total": 3, "failed": 0}}

_OLLAMA_REQUEST = {
    "model": "m",
    "messages": [
        {"role": "user", "content": "a", "images": ["AAAA", {"value": "b.png"}]},
        {"role": "assistant", "thinking": "b", "tool_calls": [{"function": {"name": "f", "arguments": {"x": 1}}}]},
        {"role": "tool", "tool_name": "f", "content": "c"},
    ],
    "prompt": "a",
    "system": "b",
    "suffix": "c",
    "tools": [{"type": "function", "function": _FUNCTION}],
    "options": {"temperature": 0.5, "num_predict": 2, "stop": ["b"]},
}
_OLLAMA_COUNTS = {"done": True, "done_reason": "stop", "prompt_eval_count": 1, "eval_count": 2, "total_duration": 3}
_OLLAMA_LINE = {"model": "m", "message": _OLLAMA_REQUEST["messages"][1], **_OLLAMA_COUNTS}  # type: ignore[index]
_OLLAMA_TEXT = {"model": "m", "response": "a", "thinking": "b", "image": "AAAA", **_OLLAMA_COUNTS}
_GENERATED = {"finish_reason": "length", "generated_tokens": 2, "input_length": 1, "prefill": [{"text": "a"}]}
_RERANK_REQUEST = {"model": "cohere/m", "query": "a", "documents": ["b", {"text": "c"}], "top_n": 1}
_RERANK_ANSWER = {
    "id": "r",
    "results": [{"index": 1, "relevance_score": 0.5}],
    "meta": {"billed_units": {"search_units": 1}, "tokens": {"input_tokens": 2}},
}
_LITELLM_ANSWER = {
    "answer": {"model": "m", "count": 1, "dimensions": 2, "usage": _USAGE},
    "hidden": {"custom_llm_provider": "openai", "response_cost": 0.1, "api_base": "https://a.b/v1", "cache_hit": True},
    "named": "azure",
    "got": [{"usage": _USAGE}],
}

SEEDS = (
    Seed("openai", "chat_completions", (_CHAT_REQUEST,), (_CHAT_ANSWER,), (_CHAT_STREAM,)),
    Seed(
        "openai",
        "responses",
        (_RESPONSES_REQUEST,),
        (_RESPONSES_ANSWER,),
        (_RESPONSES_CUT, [_RESPONSES_CUT[0], {"type": "response.completed", "response": _RESPONSES_ANSWER}]),
    ),
    Seed(
        "openai",
        "completions",
        ({"model": "m", "prompt": ["a"], "suffix": "b"},),
        (_COMPLETION,),
        ([_COMPLETION, _COMPLETION],),
    ),
    Seed(
        "openai",
        "embeddings",
        ({"model": "m", "input": ["a", [1]]},),
        ({"data": [{"embedding": [0.1]}, {"embedding": "AAAA"}], "usage": _USAGE},),
    ),
    Seed(
        "openai",
        "images",
        ({"prompt": "a cat", "image": [b"123", ("a.png", b"1", "image/png")], "mask": b"1"},),
        (
            {
                "data": [{"b64_json": "AAAA", "revised_prompt": "b"}, {"url": "https://a"}],
                "usage": _USAGE,
                "output_format": "png",
            },
        ),
        ([{"type": "image_generation.completed", "b64_json": "AAAA", "usage": _USAGE}],),
    ),
    Seed(
        "openai",
        "audio",
        ({"file": ("a.mp3", b"1"), "prompt": "names", "input": "Hello", "instructions": "x"},),
        (
            {
                "text": "Hi",
                "usage": {
                    "type": "tokens",
                    "input_tokens": 3,
                    "input_token_details": {"audio_tokens": 2},
                    "seconds": 2,
                },
            },
        ),
        (
            [
                {"type": "transcript.text.delta", "delta": "H"},
                {"type": "transcript.text.done", "text": "Hi", "usage": {"seconds": 1}},
            ],
        ),
    ),
    Seed(
        "openai",
        "moderations",
        ({"input": ["a", {"type": "text", "text": "b"}]},),
        ({"id": "m", "results": [{"flagged": True, "categories": {"hate": True}}]},),
    ),
    Seed("openai", "batches", ({"endpoint": "/v1/x"},), (_BATCH,)),
    Seed("anthropic", "messages", (_ANTHROPIC_REQUEST,), (_ANTHROPIC_ANSWER,), (_ANTHROPIC_STREAM,)),
    Seed(
        "anthropic",
        "complete",
        ({"prompt": "a"},),
        ({"completion": "b"},),
        ([{"completion": "b", "stop_reason": "stop_sequence"}],),
    ),
    Seed("anthropic", "batches", ({"requests": [{"params": {}}]},), (_BATCH,)),
    *(
        Seed(name, "chat_completions", (_CHAT_REQUEST,), (_CHAT_ANSWER,), (_CHAT_STREAM,))
        for name in ("groq", "together", "huggingface", "litellm")
    ),
    Seed("ollama", "chat", (_OLLAMA_REQUEST,), (_OLLAMA_LINE,), ([_OLLAMA_LINE, _OLLAMA_LINE],)),
    Seed("ollama", "generate", (_OLLAMA_REQUEST,), (_OLLAMA_TEXT,), ([_OLLAMA_TEXT, _OLLAMA_TEXT],)),
    Seed(
        "ollama",
        "embed",
        ({"model": "m", "input": ["a"], "options": {"num_ctx": 1}}, {"prompt": "a"}),
        ({"embeddings": [[0.1]], "prompt_eval_count": 1}, {"embedding": [0.1]}),
    ),
    Seed(
        "huggingface",
        "text_generation",
        ({"prompt": "a", "max_new_tokens": 2, "stop": ["b"]},),
        ({"generated_text": "b", "details": _GENERATED}, {"text": "b"}),
        (
            [{"text": "b"}],
            [{"token": {"text": "b", "special": False}}, {"token": {"text": "c"}, "details": _GENERATED}],
        ),
    ),
    Seed("huggingface", "feature_extraction", ({"text": ["a"]},), ({"count": 1, "dimensions": 2},)),
    *(Seed(name, "rerank", (_RERANK_REQUEST,), (_RERANK_ANSWER,)) for name in ("together", "litellm")),
    Seed("litellm", "embeddings", ({"model": "azure/m", "input": "a"},), (_LITELLM_ANSWER,)),
)
