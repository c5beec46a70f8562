"""What Bedrock says and is asked: every kind of block and event, and each family of models behind `invoke_model`."""

from __future__ import annotations

from tests.fuzz.seeds import JSON, Seed

_USAGE = {
    "inputTokens": 20,
    "outputTokens": 9,
    "totalTokens": 29,
    "cacheReadInputTokens": 8,
    "cacheWriteInputTokens": 4,
    "cacheDetails": [{"ttl": "1h", "inputTokens": 2}],
}
_CITATION = {"title": "Handbook", "sourceContent": [{"text": "Rain"}], "location": {"documentPage": {"start": 1}}}
_HEADERS = {"x-amzn-bedrock-input-token-count": "20", "x-amzn-bedrock-output-token-count": "9"}
_ABOUT = {"ResponseMetadata": {"RequestId": "r-1", "HTTPHeaders": _HEADERS}}
_TRACE = {"guardrail": {"inputAssessment": {"g": {"topicPolicy": {}}}}, "promptRouter": {"invokedModelId": "m"}}

_CONVERSE = {
    "modelId": "us.anthropic.claude",
    "system": [{"text": "Be brief"}, {"cachePoint": {"type": "default"}}],
    "messages": [
        {
            "role": "user",
            "content": [
                {"text": "What is this?"},
                {"image": {"format": "png", "source": {"bytes": b"123"}}},
                {"document": {"format": "md", "name": "a", "source": {"content": [{"text": "b"}]}}},
                {"video": {"format": "mp4", "source": {"s3Location": {"uri": "s3://a"}}}},
                {"guardContent": {"text": {"text": "secret", "qualifiers": ["query"]}}},
                {"searchResult": {"source": "s", "title": "t", "content": [{"text": "found"}]}},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "x"}}},
                {"citationsContent": {"content": [{"text": "It rains"}], "citations": [_CITATION]}},
                {"toolUse": {"toolUseId": "t1", "name": "weather", "input": {"city": "Oslo"}}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"toolResult": {"toolUseId": "t1", "status": "error", "content": [{"json": {"a": 1}}, {"text": "b"}]}}
            ],
        },
    ],
    "inferenceConfig": {"maxTokens": 10, "temperature": 0.5, "topP": 1, "stopSequences": ["END"]},
    "toolConfig": {
        "tools": [
            {"toolSpec": {"name": "weather", "description": "d", "inputSchema": {"json": {"type": "object"}}}},
            {"systemTool": {"name": "nova_grounding"}},
        ],
        "toolChoice": {"tool": {"name": "weather"}},
    },
    "additionalModelRequestFields": {"top_k": 3},
    "serviceTier": {"type": "flex"},
    "outputConfig": {"textFormat": {"type": "json_schema"}, "effort": "low"},
}
_ANSWER = {
    **_ABOUT,
    "output": {"message": _CONVERSE["messages"][1]},  # type: ignore[index]
    "stopReason": "tool_use",
    "usage": _USAGE,
    "metrics": {"latencyMs": 4},
    "trace": _TRACE,
    "serviceTier": {"type": "flex"},
}
_EVENTS: list[JSON] = [
    {"messageStart": {"role": "assistant"}},
    {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"reasoningContent": {"text": "hm"}}}},
    {"contentBlockDelta": {"contentBlockIndex": 1, "delta": {"text": "It rains"}}},
    {"contentBlockDelta": {"contentBlockIndex": 1, "delta": {"citation": _CITATION}}},
    {"contentBlockStart": {"contentBlockIndex": 2, "start": {"toolUse": {"toolUseId": "t1", "name": "weather"}}}},
    {"contentBlockDelta": {"contentBlockIndex": 2, "delta": {"toolUse": {"input": '{"city":'}}}},
    {"contentBlockDelta": {"contentBlockIndex": 2, "delta": {"toolUse": {"input": ' "Oslo"}'}}}},
    {"contentBlockStart": {"contentBlockIndex": 3, "start": {"toolResult": {"toolUseId": "t1"}}}},
    {"contentBlockDelta": {"contentBlockIndex": 3, "delta": {"toolResult": [{"text": "rain"}]}}},
    {"contentBlockDelta": {"contentBlockIndex": 4, "delta": {"image": {"source": {"bytes": b"1"}}}}},
    {"contentBlockStop": {"contentBlockIndex": 2}},
    {"messageStop": {"stopReason": "tool_use"}},
    {"metadata": {"usage": _USAGE, "metrics": {"latencyMs": 4}, "trace": _TRACE}},
]
_TOOLS = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 5, "messages": [{"role": "user", "content": "a"}]}
_BODIES: tuple[JSON, ...] = (
    _TOOLS,
    {"schemaVersion": "messages-v1", "messages": _CONVERSE["messages"], "inferenceConfig": {"topK": 2}},
    {"messages": [{"role": "user", "content": "a"}], "max_tokens": 3},
    {"prompt": "a", "max_gen_len": 3, "stop": ["b"]},
    {"inputText": "a", "textGenerationConfig": {"maxTokenCount": 3, "topP": 1}},
    {"message": "a", "chat_history": [{"role": "USER", "message": "b"}], "p": 0.1},
    {"texts": ["a"], "input_type": "search_query"},
    {"inputText": "a", "inputImage": "AAAA", "embeddingConfig": {"outputEmbeddingLength": 3}},
    {"taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": {"text": {"value": "a"}, "embeddingDimension": 3}},
    {"query": "a", "documents": ["b", {"text": "c"}], "top_n": 1},
    {"taskType": "TEXT_IMAGE", "textToImageParams": {"text": "a"}, "imageGenerationConfig": {"numberOfImages": 1}},
    {"text_prompts": [{"text": "a"}], "init_image": "AAAA", "cfg_scale": 3},
)
_BODIES_BACK: tuple[JSON, ...] = (
    {"type": "message", "content": [{"type": "text", "text": "a"}], "usage": {"input_tokens": 1}},
    {"completion": "a", "stop_reason": "stop_sequence"},
    {key: _ANSWER[key] for key in ("output", "stopReason", "usage")},
    {"generation": "a", "prompt_token_count": 1, "generation_token_count": 2, "stop_reason": "stop"},
    {"inputTextTokenCount": 1, "results": [{"outputText": "a", "tokenCount": 2, "completionReason": "FINISH"}]},
    {"outputs": [{"text": "a", "stop_reason": "stop"}]},
    {"generations": [{"text": "a", "finish_reason": "COMPLETE"}], "id": "i"},
    {"completions": [{"data": {"text": "a"}, "finishReason": {"reason": "endoftext"}}]},
    {"text": "a", "response_id": "i", "finish_reason": "COMPLETE"},
    {"message": {"content": [{"type": "text", "text": "a"}]}, "id": "i", "usage": {"tokens": {"input_tokens": 1}}},
    {"choices": [{"message": {"content": "a"}, "stop_reason": "stop"}], "usage": {"prompt_tokens": 1}},
    {"choices": [{"text": "a", "stop_reason": "stop"}]},
    {"embedding": [0.1], "embeddingsByType": {"float": [0.1]}, "inputTextTokenCount": 1},
    {"embeddings": [{"embeddingType": "TEXT", "embedding": [0.1]}]},
    {"embeddings": {"float": [[0.1]]}, "id": "i"},
    {"results": [{"index": 0, "relevance_score": 0.5}]},
    {"images": ["AAAA"]},
    {"artifacts": [{"base64": "AAAA", "finishReason": "SUCCESS"}]},
)
_METRICS = {"amazon-bedrock-invocationMetrics": {"inputTokenCount": 1, "outputTokenCount": 2}}
_CHUNKS: tuple[list[JSON], ...] = (
    [
        {"type": "message_start", "message": {"usage": {"input_tokens": 1}}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "a"}},
        {"type": "message_stop", **_METRICS},
    ],
    [*_EVENTS, _METRICS],
    [{"generation": "a", "generation_token_count": 1}, {"generation": "", "stop_reason": "stop", **_METRICS}],
    [{"outputText": "a", "index": 0}, {"outputText": "", "completionReason": "FINISH", **_METRICS}],
    [{"outputs": [{"text": "a"}]}, {"outputs": [{"text": "", "stop_reason": "stop"}]}],
    [{"completion": "a"}, {"completion": "", "stop_reason": "stop"}],
    [{"event_type": "text-generation", "text": "a"}, {"event_type": "stream-end", "response": {"text": "a"}}],
    [{"type": "message-start", "id": "i"}, {"type": "content-delta", "delta": {"message": {"content": {"text": "a"}}}}],
    [{"choices": [{"delta": {"content": "a"}}]}, {"choices": [{"delta": {}, "stop_reason": "stop"}], **_METRICS}],
    [{"choices": [{"text": "a"}]}, {"choices": [{"text": "", "stop_reason": "stop"}]}],
)

_REFERENCE = {"content": {"text": "a"}, "location": {"type": "S3", "s3Location": {"uri": "s3://a"}}, "score": 0.5}
_CITED = {"generatedResponsePart": {"textResponsePart": {"text": "a"}}, "retrievedReferences": [_REFERENCE]}
_STEPS = (
    {"modelInvocationInput": {"foundationModel": "m", "text": "a"}},
    {"modelInvocationOutput": {"metadata": {"usage": {"inputTokens": 1, "outputTokens": 2}}}},
    {"rationale": {"text": "hm"}},
)
_ASKED = {
    "functionInvocationInput": {"function": "f", "parameters": [{"name": "a", "value": "1"}]},
    "apiInvocationInput": {
        "apiPath": "/a",
        "requestBody": {"content": {"application/json": {"properties": [{"name": "a", "value": "{}"}]}}},
    },
}
_AGENT: list[JSON] = [
    *({"trace": {"trace": {"orchestrationTrace": step}}} for step in _STEPS),
    {"chunk": {"bytes": b"It rains", "attribution": {"citations": [_CITED]}}},
    {"returnControl": {"invocationId": "i", "invocationInputs": [_ASKED]}},
    {"files": {"files": [{"name": "a.csv", "type": "text/csv", "bytes": b"1"}]}},
]
_RESULT = {"functionResult": {"function": "f", "responseBody": {"TEXT": {"body": "b"}}}}
_AGENT_REQUEST = {
    "agentId": "a",
    "foundationModel": "m",
    "instruction": "Be brief",
    "inputText": "Hi",
    "sessionState": {
        "returnControlInvocationResults": [_RESULT],
        "conversationHistory": {"messages": _CONVERSE["messages"]},
        "sessionAttributes": {"a": "b"},
    },
}
_INNER = {"modelArn": "arn:aws:bedrock:a", "generationConfiguration": {"inferenceConfig": {"textInferenceConfig": {}}}}

SEEDS: tuple[Seed, ...] = (
    Seed("bedrock", "converse", (_CONVERSE,), (_ANSWER,), (_EVENTS,)),
    Seed(
        "bedrock",
        "invoke_model",
        tuple({"modelId": "m", "body": body, "requestMetadata": '{"a": "b"}'} for body in _BODIES),
        tuple({**_ABOUT, "body": body} for body in _BODIES_BACK),
        tuple([{"chunk": {"bytes": chunk}} for chunk in chunks] for chunks in _CHUNKS),
    ),
    Seed(
        "bedrock",
        "count_tokens",
        (
            {"modelId": "m", "input": {"converse": _CONVERSE}},
            {"modelId": "m", "input": {"invokeModel": {"body": "{}"}}},
        ),
        ({**_ABOUT, "inputTokens": 3},),
    ),
    Seed(
        "bedrock",
        "apply_guardrail",
        ({"guardrailIdentifier": "g", "source": "OUTPUT", "content": [{"text": {"text": "a"}}, _CONVERSE]},),
        ({**_ABOUT, "action": "NONE", "outputs": [{"text": "a"}], "assessments": [{}], "usage": {}},),
    ),
    Seed("bedrock", "invoke_agent", (_AGENT_REQUEST,), (), (_AGENT,)),
    Seed(
        "bedrock",
        "invoke_flow",
        ({"flowIdentifier": "f", "inputs": [{"content": {"document": "a"}}, {"content": {"document": {"b": 1}}}]},),
        (),
        (
            [
                {"flowTraceEvent": {"trace": {"nodeInputTrace": {"nodeName": "n"}}}},
                {"flowOutputEvent": {"content": {"document": "a"}}},
                {"flowCompletionEvent": {"completionReason": "SUCCESS"}},
            ],
        ),
    ),
    Seed(
        "bedrock",
        "retrieve",
        ({"knowledgeBaseId": "k", "retrievalQuery": {"text": "a"}},),
        ({**_ABOUT, "retrievalResults": [_REFERENCE, {"content": {"audio": {"transcription": "b"}}}]},),
    ),
    Seed(
        "bedrock",
        "retrieve_and_generate",
        ({"input": {"text": "a"}, "retrieveAndGenerateConfiguration": {"knowledgeBaseConfiguration": _INNER}},),
        ({**_ABOUT, "output": {"text": "a"}, "citations": [_CITED], "guardrailAction": "NONE"},),
        ([{"output": {"text": "a"}}, {"citation": _CITED}, {"guardrail": {"action": "NONE"}}],),
    ),
    Seed(
        "bedrock",
        "rerank",
        (
            {
                "queries": [{"textQuery": {"text": "a"}}],
                "sources": [
                    {"inlineDocumentSource": {"textDocument": {"text": "b"}}},
                    {"inlineDocumentSource": {"jsonDocument": {"c": 1}}},
                ],
                "rerankingConfiguration": {"bedrockRerankingConfiguration": {"numberOfResults": 1}},
            },
        ),
        ({**_ABOUT, "results": [{"index": 0, "relevanceScore": 0.5}]},),
    ),
)
