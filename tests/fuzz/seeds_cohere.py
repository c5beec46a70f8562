"""What Cohere's APIs say and are asked, in small."""

from __future__ import annotations

from tests.fuzz.seeds import Seed

_CALL = {"id": "weather_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Oslo"}'}}
_SOURCE = {"type": "document", "id": "doc-0", "document": {"id": "doc-0", "text": "By the fjord"}}
_CITATION = {"start": 0, "end": 4, "text": "Oslo", "content_index": 1, "sources": [_SOURCE], "type": "TEXT_CONTENT"}
_USAGE = {
    "billed_units": {"input_tokens": 8, "output_tokens": 5.0, "search_units": 1, "image_tokens": 2},
    "tokens": {"input_tokens": 90, "output_tokens": 12, "reasoning_tokens": 6},
    "cached_tokens": 80,
}
_CHAT = {
    "model": "command-a",
    "messages": [
        {"role": "system", "content": "Be brief"},
        {
            "role": "user",
            "content": [{"type": "text", "text": "What?"}, {"type": "image_url", "image_url": {"url": "u"}}],
        },
        {"role": "assistant", "tool_plan": "I look out.", "tool_calls": [_CALL], "citations": [_CITATION]},
        {
            "role": "tool",
            "tool_call_id": "weather_1",
            "content": [{"type": "document", "document": {"data": {"a": 1}}}],
        },
        {"role": "tool", "tool_call_id": "weather_1", "content": "rain"},
    ],
    "tools": [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}],
    "documents": ["By the fjord", {"id": "doc-1", "data": {"text": "In the hills"}}],
    "k": 3,
    "p": 0.9,
    "stop_sequences": ["END"],
    "thinking": {"type": "enabled", "token_budget": 100},
    "request_options": {"additional_body_parameters": {"seed": 7}, "additional_headers": {"authorization": "secret"}},
}
_ANSWER = {
    "id": "1",
    "message": {
        "role": "assistant",
        "tool_plan": "I look out.",
        "content": [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Oslo"}],
        "citations": [_CITATION],
        "tool_calls": [_CALL],
    },
    "finish_reason": "COMPLETE",
    "usage": _USAGE,
}
_EVENTS = [
    {"type": "message-start", "id": "1", "delta": {"message": {"role": "assistant", "content": []}}},
    {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": "I look"}}},
    {"type": "content-start", "index": 0, "delta": {"message": {"content": {"type": "thinking", "thinking": ""}}}},
    {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"thinking": "Hm."}}}},
    {"type": "content-start", "index": 1, "delta": {"message": {"content": {"type": "text", "text": ""}}}},
    {"type": "content-delta", "index": 1, "delta": {"message": {"content": {"text": "Oslo"}}}},
    {"type": "content-end", "index": 1},
    {"type": "citation-start", "index": 0, "delta": {"message": {"citations": _CITATION}}},
    {"type": "tool-call-start", "index": 0, "delta": {"message": {"tool_calls": _CALL}}},
    {"type": "tool-call-delta", "index": 0, "delta": {"message": {"tool_calls": {"function": {"arguments": " "}}}}},
    {"type": "message-end", "delta": {"finish_reason": "ERROR", "error": "oh", "usage": _USAGE}},
]
_RESULT = {"call": {"name": "weather", "parameters": {"city": "Oslo"}}, "outputs": [{"sky": "rain"}]}
_FIRST = {
    "message": "What?",
    "preamble": "Be brief",
    "chat_history": [
        {"role": "USER", "message": "Hello"},
        {"role": "CHATBOT", "message": "", "tool_calls": [{"name": "weather", "parameters": {"city": "Oslo"}}]},
        {"role": "TOOL", "tool_results": [_RESULT]},
    ],
    "documents": [{"title": "a", "text": "b"}],
    "tools": [{"name": "weather", "description": "Now", "parameter_definitions": {"city": {"type": "str"}}}],
    "tool_results": [_RESULT],
    "temperature": 0.5,
}
_FIRST_ANSWER = {
    "response_id": "r",
    "generation_id": "g",
    "text": "Oslo",
    "citations": [{"start": 0, "end": 4, "text": "Oslo", "document_ids": ["d"]}],
    "search_queries": [{"text": "oslo", "generation_id": "g"}],
    "tool_calls": [{"name": "weather", "parameters": {"city": "Oslo"}}],
    "finish_reason": "COMPLETE",
    "meta": _USAGE,
}
_FIRST_EVENTS = [
    {"event_type": "stream-start", "generation_id": "g"},
    {"event_type": "text-generation", "text": "Os"},
    {"event_type": "tool-calls-chunk", "text": "I look", "tool_call_delta": {}},
    {"event_type": "citation-generation", "citations": [{"start": 0}]},
    {"event_type": "stream-end", "finish_reason": "COMPLETE", "response": _FIRST_ANSWER},
]
_MADE = {"id": "1", "generations": [{"id": "2", "text": "a", "finish_reason": "COMPLETE"}], "meta": _USAGE}

SEEDS = (
    Seed("cohere", "chat.v2", (_CHAT,), (_ANSWER,), (_EVENTS,)),
    Seed("cohere", "chat.v1", (_FIRST,), (_FIRST_ANSWER,), (_FIRST_EVENTS,)),
    Seed(
        "cohere",
        "generate",
        ({"prompt": "a", "num_generations": 2},),
        (_MADE,),
        (
            [
                {"event_type": "text-generation", "text": "a", "index": 0},
                {"event_type": "stream-end", "response": _MADE},
            ],
        ),
    ),
    Seed("cohere", "summarize", ({"text": "a", "additional_command": "b"},), ({"summary": "a", "meta": _USAGE},)),
    Seed(
        "cohere",
        "embed",
        (
            {
                "texts": ["a"],
                "images": ["data:image/png;base64,AA"],
                "inputs": [{"content": [{"type": "text", "text": "b"}]}],
            },
        ),
        (
            {"id": "1", "embeddings": {"float_": [[0.1]], "binary": [[1]], "base64": ["AAAA"]}, "meta": _USAGE},
            {"embeddings": [[0.1, 0.2]]},
        ),
    ),
    Seed(
        "cohere",
        "rerank",
        ({"query": "a", "documents": ["b", {"text": "c"}]},),
        ({"id": "1", "results": [{"index": 1, "relevance_score": 0.5}], "meta": _USAGE},),
    ),
    Seed(
        "cohere",
        "classify",
        ({"inputs": ["a"], "examples": [{"text": "b", "label": "c"}]},),
        ({"classifications": [{"prediction": "c", "predictions": ["c"]}], "meta": _USAGE},),
    ),
    Seed(
        "cohere",
        "parse",
        ({"document": {"type": "image_url", "image_url": "https://a"}},),
        ({"pages": [{"type": "markdown", "markdown": {"content": "a"}}, {"type": "blocks", "blocks": []}]},),
    ),
    Seed("cohere", "audio", ({"file": ("a.mp3", b"1"), "language": "en"},), ({"text": "Hi"},)),
)
