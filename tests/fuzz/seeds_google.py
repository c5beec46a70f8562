"""What Google's APIs say and are asked, in small."""

from __future__ import annotations

from typing import Any

from tests.fuzz.seeds import Seed

_SCHEMA = {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}}
_CALL = {"id": "c1", "name": "look", "args": {"city": "Oslo"}}
_PARTS: list[Any] = [
    {"text": "Hm", "thought": True, "thoughtSignature": "AA=="},
    {"text": "Look"},
    {"functionCall": _CALL},
    {"executableCode": {"language": "PYTHON", "code": "1"}},
    {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}},
    {"inlineData": {"mimeType": "image/png", "data": "AAAA"}},
]
_REQUEST = {
    "model": "models/gemini-3-pro",
    "contents": [
        "bare",
        {"role": "user", "parts": [{"text": "What?"}, {"fileData": {"mimeType": "video/mp4", "fileUri": "gs://a"}}]},
        {"role": "model", "parts": _PARTS},
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"id": "c1", "name": "look", "response": {"result": "rain"}, "parts": [_PARTS[5]]}}
            ],
        },
    ],
    "systemInstruction": {"parts": [{"text": "Be brief"}]},
    "tools": [
        {"functionDeclarations": [{"name": "look", "description": "Out", "parameters": _SCHEMA}]},
        {"googleSearch": {}},
    ],
    "generationConfig": {
        "temperature": 0.5,
        "maxOutputTokens": 9,
        "stopSequences": ["END"],
        "responseSchema": _SCHEMA,
        "responseMimeType": "application/json",
        "thinkingConfig": {"thinkingLevel": "LOW"},
    },
    "safetySettings": [{"category": "HARM", "threshold": "NONE"}],
    "cachedContent": "cachedContents/1",
}
_USAGE = {
    "promptTokenCount": 20,
    "candidatesTokenCount": 9,
    "thoughtsTokenCount": 5,
    "toolUsePromptTokenCount": 3,
    "cachedContentTokenCount": 8,
    "totalTokenCount": 37,
    "promptTokensDetails": [{"modality": "IMAGE", "tokenCount": 8}],
    "candidatesTokensDetails": [{"modality": "AUDIO", "tokenCount": 9}],
    "trafficType": "ON_DEMAND",
}
_GROUNDING = {
    "webSearchQueries": ["a"],
    "groundingChunks": [{"web": {"uri": "https://a", "title": "A"}}],
    "groundingSupports": [{"groundingChunkIndices": [0]}],
}


def _answer(parts: list[Any], finish: str | None = "STOP", **more: Any) -> dict[str, Any]:
    candidate = {"content": {"role": "model", "parts": parts}, "finishReason": finish, "index": 0, **more}
    return {"candidates": [candidate], "usageMetadata": _USAGE, "modelVersion": "gemini-3-pro", "responseId": "r1"}


_BLOCKED = {"promptFeedback": {"blockReason": "SAFETY", "blockReasonMessage": "No"}, "usageMetadata": _USAGE}
_PIECE = {"functionCall": {"partialArgs": [{"jsonPath": "$.a[1].b", "stringValue": "x"}], "willContinue": True}}
_STREAM: list[Any] = [
    _answer([_PARTS[0]], None),
    _answer([_PARTS[1]], None, groundingMetadata=_GROUNDING),
    _answer([{"functionCall": {"name": "look", "willContinue": True}}], None),
    _answer([_PIECE], None),
    _answer([{"functionCall": _CALL}], None),
    _answer([{"text": ""}]),
    {"error": {"code": 503, "message": "Busy", "status": "UNAVAILABLE"}},
]
_EMBEDDED = {"embeddings": [{"values": [0.1, 0.2], "statistics": {"token_count": 3}}]}
_PREDICTED = {"predictions": [{"embeddings": {"values": [0.1], "statistics": {"token_count": 3.0}}}]}
_DRAWN = {
    "generatedImages": [{"image": {"imageBytes": "AAAA", "mimeType": "image/png"}, "enhancedPrompt": "a"}],
    "predictions": [{"bytesBase64Encoded": "AAAA", "mimeType": "image/png"}],
    "name": "operations/1",
}

_STEPS: list[Any] = [
    {"type": "user_input", "content": [{"type": "text", "text": "Hi"}]},
    {"type": "thought", "signature": "AA==", "summary": [{"type": "text", "text": "Hm"}]},
    {"type": "function_call", "id": "c1", "name": "look", "arguments": {"city": "Oslo"}},
    {"type": "function_result", "call_id": "c1", "name": "look", "result": [{"type": "text", "text": "rain"}]},
    {"type": "google_search_call", "id": "s1", "arguments": {"queries": ["a"]}},
    {"type": "model_output", "content": [{"type": "text", "text": "A", "annotations": [{"type": "url_citation"}]}]},
    {"type": "image", "data": "AAAA", "mime_type": "image/png"},
    {"role": "model", "content": "Hello"},
]
_SPENT = {
    "total_input_tokens": 20,
    "total_output_tokens": 9,
    "total_thought_tokens": 5,
    "total_tool_use_tokens": 3,
    "total_cached_tokens": 6,
    "input_tokens_by_modality": [{"modality": "image", "tokens": 8}],
    "grounding_tool_count": [{"type": "google_search", "count": 1}],
}
_INTERACTION = {
    "id": "v1",
    "status": "completed",
    "model": "gemini-3-pro",
    "service_tier": "standard",
    "steps": _STEPS,
    "outputs": [{"type": "text", "text": "A"}],
    "usage": _SPENT,
    "error": {"code": 8, "message": "No"},
}


def _event(kind: str, **fields: Any) -> dict[str, Any]:
    return {"event_type": kind, **fields}


_EVENTS = [
    _event("interaction.created", interaction={"id": "v1", "status": "in_progress"}),
    *(_event("step.start", index=index, step=step) for index, step in enumerate(_STEPS)),
    _event("step.delta", index=1, delta={"type": "thought_summary", "content": {"type": "text", "text": "Hm"}}),
    _event("step.delta", index=2, delta={"type": "arguments_delta", "arguments": '{"a": 1}'}),
    _event("step.delta", index=5, delta={"type": "text", "text": "B"}, metadata={"usage": _SPENT}),
    _event("step.delta", index=5, delta={"type": "text_annotation_delta", "annotations": [{"type": "url_citation"}]}),
    _event("step.delta", index=5, delta={"type": "image", "data": "AAAA", "mime_type": "image/png"}),
    _event("content.delta", index=9, delta={"type": "function_call", "id": "c2", "name": "look"}),
    _event("interaction.completed", interaction=_INTERACTION),
]

SEEDS = (
    Seed("google", "generate_content", (_REQUEST,), (_answer(_PARTS), _BLOCKED), (_STREAM,)),
    Seed(
        "google",
        "interactions",
        (
            {
                "model": "m",
                "input": _STEPS,
                "tools": [{"type": "mcp_server", "url": "https://a"}],
                "system_instruction": "a",
            },
        ),
        (_INTERACTION,),
        (_EVENTS,),
    ),
    Seed(
        "google",
        "embed_content",
        (
            {"model": "m", "contents": ["a", {"parts": [{"text": "b"}]}], "config": {"task_type": "X"}},
            {"requests": [{"model": "models/m", "content": {"parts": [{"text": "b"}]}}]},
            {"instances": [{"content": "a"}]},
        ),
        (_EMBEDDED, _PREDICTED, {"count": 1, "dimensions": 2, "tokens": 3}),
    ),
    Seed(
        "google",
        "generate_images",
        (
            {"model": "m", "prompt": "a", "referenceImages": [{"referenceImage": {"imageBytes": "AAAA"}}]},
            {"instances": [{"prompt": "a", "image": {"gcsUri": "gs://a"}}]},
        ),
        (_DRAWN,),
    ),
    Seed("google", "generate_videos", ({"model": "m", "source": {"prompt": "a"}},), (_DRAWN,)),
    Seed(
        "google",
        "count_tokens",
        ({"generateContentRequest": _REQUEST},),
        ({"totalTokens": 3}, {"tokensInfo": [{"tokenIds": [1]}]}),
    ),
    Seed("google", "cached_contents", (_REQUEST,), ({"name": "a", "usageMetadata": {"totalTokenCount": 3}},)),
)
