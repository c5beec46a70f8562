from __future__ import annotations

import io
import json
from typing import Any

import pytest

from limelight.core.model import Media, Message, Part, Request, Response, Text, Usage
from limelight.core.wire import bedrock_invoke as invoke

HEADERS = {
    "x-amzn-bedrock-input-token-count": "7",
    "x-amzn-bedrock-output-token-count": "9",
    "x-amzn-bedrock-cache-read-input-token-count": "2",
    "x-amzn-bedrock-cache-write-input-token-count": "1",
}
COUNTED = Usage(input=10, output=9, cache_read=2, cache_write=1)


def asked(model: str = "m", /, **body: Any) -> Request:
    return invoke.request({"modelId": model, "body": json.dumps(body)})


def answered(**body: Any) -> Response:
    return invoke.response({"body": body})


def spoken(*parts: Part, finish: str | None = None) -> tuple[Message, ...]:
    return (Message("assistant", parts, finish_reason=finish),)


def user(*parts: Part) -> tuple[Message, ...]:
    return (Message("user", parts),)


def test_the_envelope_is_read_with_the_body() -> None:
    read = invoke.request(
        {
            "modelId": "arn:aws:bedrock:us-east-1:1:inference-profile/a",
            "body": b'{"prompt": "Hi", "max_gen_len": 5}',
            "contentType": "application/json",
            "accept": "*/*",
            "guardrailIdentifier": "g",
            "serviceTier": "flex",
            "requestMetadata": '{"team": "a"}',
        }
    )
    assert read == Request(
        model="arn:aws:bedrock:us-east-1:1:inference-profile/a",
        operation="text_completion",
        messages=user(Text("Hi")),
        params={"max_tokens": 5, "guardrailIdentifier": "g", "service_tier": "flex", "metadata": {"team": "a"}},
    )


@pytest.mark.parametrize("body", [io.BytesIO(b'{"prompt": "Hi"}'), b"no json", "[1]", None])
def test_a_body_that_cannot_be_read_leaves_the_model(body: Any) -> None:
    assert invoke.request({"modelId": "m", "body": body}) == Request("m", operation="text_completion")


@pytest.mark.parametrize(
    ("model", "body", "messages", "params", "operation"),
    [
        (
            "anthropic.claude-3",
            {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 5},
            user(Text("Hi")),
            {"max_tokens": 5},
            None,
        ),
        (
            "arn:profile",
            {"anthropic_version": "b", "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]},
            user(Text("Hi")),
            {"anthropic_version": "b"},
            None,
        ),
        (
            "amazon.nova-lite",
            {"messages": [{"role": "user", "content": [{"text": "Hi"}]}], "inferenceConfig": {"max_new_tokens": 5}},
            user(Text("Hi")),
            {"max_tokens": 5},
            None,
        ),
        (
            "arn:profile",
            {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]},
            user(Text("Hi")),
            {},
            None,
        ),
        (
            "deepseek.v3",
            {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 5},
            user(Text("Hi")),
            {"max_tokens": 5},
            None,
        ),
        (
            "cohere.command-r",
            {"message": "Hi", "chat_history": [{"role": "CHATBOT", "message": "Yes?"}], "p": 0.5},
            (Message("assistant", (Text("Yes?"),)), *user(Text("Hi"))),
            {"top_p": 0.5},
            None,
        ),
        (
            "cohere.command-text",
            {"prompt": "Hi", "p": 0.5, "k": 3, "num_generations": 2},
            user(Text("Hi")),
            {"top_p": 0.5, "top_k": 3, "n": 2},
            "text_completion",
        ),
        (
            "ai21.j2",
            {"prompt": "Hi", "maxTokens": 5, "topP": 0.5, "stopSequences": ["END"]},
            user(Text("Hi")),
            {"max_tokens": 5, "top_p": 0.5, "stop": ("END",)},
            "text_completion",
        ),
        (
            "amazon.titan-text",
            {"inputText": "Hi", "textGenerationConfig": {"maxTokenCount": 5, "topP": 0.5}},
            user(Text("Hi")),
            {"max_tokens": 5, "top_p": 0.5},
            "text_completion",
        ),
        (
            "amazon.titan-embed-text",
            {"inputText": "Hi", "dimensions": 256},
            user(Text("Hi")),
            {"dimensions": 256},
            "embeddings",
        ),
        (
            "arn:profile",
            {"inputText": "Hi", "inputImage": "YWJj", "embeddingConfig": {"outputEmbeddingLength": 256}},
            user(Text("Hi"), Media("image", content="YWJj", size=3)),
            {"dimensions": 256},
            "embeddings",
        ),
        (
            "amazon.nova-2-multimodal-embeddings",
            {
                "taskType": "SINGLE_EMBEDDING",
                "singleEmbeddingParams": {
                    "embeddingDimension": 256,
                    "text": {"value": "Hi"},
                    "image": {"format": "png", "source": {"bytes": "YWJj"}},
                },
            },
            user(Text("Hi"), Media("image", "image/png", content="YWJj", size=3)),
            {"taskType": "SINGLE_EMBEDDING", "dimensions": 256},
            "embeddings",
        ),
        (
            "cohere.embed",
            {"texts": ["a", "b"], "input_type": "search_query"},
            (*user(Text("a")), *user(Text("b"))),
            {"input_type": "search_query"},
            "embeddings",
        ),
        (
            "stability.sd3",
            {"prompt": "A cat", "mode": "text-to-image"},
            user(Text("A cat")),
            {"mode": "text-to-image"},
            "image_generation",
        ),
        (
            "stability.stable-diffusion-xl",
            {"text_prompts": [{"text": "A cat"}], "init_image": "YWJj", "cfg_scale": 3},
            user(Text("A cat"), Media("image", content="YWJj", size=3)),
            {"cfg_scale": 3},
            "image_generation",
        ),
        (
            "amazon.nova-canvas",
            {
                "taskType": "TEXT_IMAGE",
                "textToImageParams": {"text": "A cat", "negativeText": "dogs"},
                "imageGenerationConfig": {"numberOfImages": 2, "width": 512},
            },
            user(Text("A cat")),
            {"taskType": "TEXT_IMAGE", "negativeText": "dogs", "n": 2, "width": 512},
            "image_generation",
        ),
    ],
)
def test_a_body_is_read_as_its_family_writes_it(
    model: str, body: Any, messages: Any, params: Any, operation: str | None
) -> None:
    read = asked(model, **body)
    assert (read.model, read.messages, read.params, read.operation) == (model, messages, params, operation)


def test_a_ranking_is_asked_for() -> None:
    read = asked("cohere.rerank", query="Oslo", documents=["Bergen"], top_n=1)
    assert (read.operation, read.messages[0].parts[0], read.params) == ("rerank", Text("Oslo"), {"top_n": 1})


@pytest.mark.parametrize(
    ("body", "messages", "usage"),
    [
        (
            {"type": "message", "content": [{"type": "text", "text": "a"}], "stop_reason": "end_turn"},
            spoken(Text("a"), finish="end_turn"),
            Usage(),
        ),
        ({"completion": "a", "stop_reason": "stop_sequence"}, spoken(Text("a"), finish="stop_sequence"), Usage()),
        (
            {
                "output": {"message": {"content": [{"text": "a"}]}},
                "stopReason": "end_turn",
                "usage": {"inputTokens": 1, "outputTokens": 2, "cacheReadInputTokenCount": 3},
            },
            spoken(Text("a"), finish="end_turn"),
            Usage(input=4, output=2, cache_read=3),
        ),
        (
            {"generation": "a", "prompt_token_count": 1, "generation_token_count": 2, "stop_reason": "stop"},
            spoken(Text("a"), finish="stop"),
            Usage(input=1, output=2),
        ),
        (
            {
                "inputTextTokenCount": 1,
                "results": [{"outputText": t, "tokenCount": 2, "completionReason": "FINISH"} for t in "ab"],
            },
            (*spoken(Text("a"), finish="FINISH"), *spoken(Text("b"), finish="FINISH")),
            Usage(input=1, output=4),
        ),
        ({"outputs": [{"text": "a", "stop_reason": "stop"}]}, spoken(Text("a"), finish="stop"), Usage()),
        ({"generations": [{"text": "a", "finish_reason": "COMPLETE"}]}, spoken(Text("a"), finish="COMPLETE"), Usage()),
        (
            {"completions": [{"data": {"text": "a"}, "finishReason": {"reason": "endoftext"}}]},
            spoken(Text("a"), finish="endoftext"),
            Usage(),
        ),
        ({"text": "a", "finish_reason": "COMPLETE"}, spoken(Text("a"), finish="COMPLETE"), Usage()),
        (
            {"message": {"content": [{"type": "text", "text": "a"}]}, "finish_reason": "COMPLETE"},
            spoken(Text("a"), finish="COMPLETE"),
            Usage(),
        ),
        (
            {"choices": [{"message": {"content": "a"}, "stop_reason": "stop"}], "usage": {"prompt_tokens": 1}},
            spoken(Text("a"), finish="stop"),
            Usage(input=1),
        ),
        ({"choices": [{"text": "a", "stop_reason": "length"}]}, spoken(Text("a"), finish="length"), Usage()),
        ({"images": ["YWJj"]}, spoken(Media("image", content="YWJj", size=3)), Usage()),
        ({"artifacts": [{"base64": "YWJj"}]}, spoken(Media("image", content="YWJj", size=3)), Usage()),
    ],
)
def test_an_answer_is_read_as_its_family_writes_it(body: Any, messages: Any, usage: Usage) -> None:
    read = answered(**body)
    assert (read.messages, read.usage) == (messages, usage)


@pytest.mark.parametrize(
    ("body", "vectors", "tokens"),
    [
        ({"embedding": [0.1, 0.2], "inputTextTokenCount": 3}, (1, 2), 3),
        ({"embeddingsByType": {"binary": [0, 1, 1]}}, (1, 3), None),
        ({"embeddings": [{"embeddingType": "TEXT", "embedding": [0.1, 0.2]}]}, (1, 2), None),
        ({"embeddings": [[0.1], [0.2]]}, (2, 1), None),
        ({"embeddings": {"float": [[0.1, 0.2]]}}, (1, 2), None),
    ],
)
def test_vectors_are_counted(body: Any, vectors: Any, tokens: int | None) -> None:
    read = answered(**body)
    assert (read.embeddings, read.usage.input, read.messages) == (vectors, tokens, ())


def test_ranks_are_told() -> None:
    read = answered(results=[{"index": 1, "relevance_score": 0.9}])
    assert read.extra == {"rerank.results": [{"index": 1, "score": 0.9}]}


def test_headers_count_where_the_body_does_not() -> None:
    about = {"ResponseMetadata": {"RequestId": "r-1", "HTTPHeaders": HEADERS}}
    read = invoke.response({**about, "body": {"outputs": [{"text": "a"}]}})
    assert (read.usage, read.extra) == (COUNTED, {"request_id": "r-1"})
    counted = invoke.response({**about, "body": {"generation": "a", "prompt_token_count": 1}})
    assert counted.usage == Usage(input=1, output=9)
    assert invoke.response(about).usage == COUNTED
    odd = {"ResponseMetadata": {"HTTPHeaders": {"x-amzn-bedrock-input-token-count": "many"}}}
    assert invoke.response(odd).usage == Usage()


def test_a_guardrail_says_what_it_did() -> None:
    read = answered(
        **{
            "generation": "No.",
            "amazon-bedrock-guardrailAction": "INTERVENED",
            "amazon-bedrock-trace": {"guardrail": {}},
        }
    )
    assert read.extra == {"guardrail.action": "INTERVENED", "guardrail.trace": {"guardrail": {}}}


def test_tokens_are_counted_for_either_api() -> None:
    talk = {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
    read = invoke.count_request({"modelId": "m", "input": {"converse": talk}})
    assert (read.model, read.messages) == ("m", user(Text("Hi")))
    read = invoke.count_request({"modelId": "m", "input": {"invokeModel": {"body": b'{"prompt": "Hi"}'}}})
    assert (read.model, read.messages) == ("m", user(Text("Hi")))
    assert invoke.count_response({"inputTokens": 3}).usage == Usage(input=3)
