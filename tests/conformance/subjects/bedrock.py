"""Bedrock's services in boto3 and aiobotocore, which share botocore."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import aiobotocore.eventstream
import aiobotocore.response
import aiobotocore.session
import boto3
import botocore.eventstream
import botocore.response
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.conformance.drive import settle, show
from tests.conformance.subject import Ask, Subject, Way
from tests.conformance.ways import OPENINGS, WAYS, can_ask, envelope, plainly, started, stream_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.conformance.subject import Backend, Seen, Style

CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
NOVA = "amazon.nova-lite-v1:0"
BODIES = (botocore.response.StreamingBody, aiobotocore.response.StreamingBody)
SESSION = aiobotocore.session.get_session()
"""One for all, since it takes long to learn a service."""
QUESTION = [{"role": "user", "content": [{"text": "What is the weather in Oslo?"}]}]
WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
KNOWLEDGE = {
    "type": "KNOWLEDGE_BASE",
    "knowledgeBaseConfiguration": {
        "knowledgeBaseId": "KB12345678",
        "modelArn": "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-v2",
        "generationConfiguration": {"inferenceConfig": {"textInferenceConfig": {"temperature": 0.5, "maxTokens": 90}}},
    },
}
GUARDRAIL = {"guardrailIdentifier": "gr1234567890", "guardrailVersion": "1"}


async def build(backend: Backend, style: Style, *, max_retries: int = 0, **options: Any) -> Any:
    """A client of the models, which has with it one of the agents."""
    given = {
        "region_name": "us-east-1",
        "endpoint_url": backend.bedrock_url,
        "aws_access_key_id": "any",
        "aws_secret_access_key": "any",
        "config": Config(retries={"total_max_attempts": max_retries + 1}, connect_timeout=5, read_timeout=10),
        **options,
    }
    if style == "sync":
        client = boto3.client("bedrock-runtime", **given)
        client.agents = boto3.client("bedrock-agent-runtime", **given)
        return client
    client = await SESSION.create_client("bedrock-runtime", **given).__aenter__()
    agents = await SESSION.create_client("bedrock-agent-runtime", **given).__aenter__()
    client.agents, closing = agents, client.close

    async def close() -> None:
        await agents.close()
        await closing()

    client.close = close
    return client


async def stepped(result: Any) -> Seen:
    """An asynchronous stream of botocore's is no iterator, but gives one."""
    answer = await settle(result)
    iterator = started(stream_in(answer))
    seen = envelope(answer)
    if hasattr(iterator, "__anext__"):
        while (item := await anext(iterator, None)) is not None:
            seen.append(show(item))
    else:
        while (item := next(iterator, None)) is not None:
            seen.append(show(item))
    return seen


async def value(result: Any) -> Seen:
    """Of a body its kind: early ones of aiobotocore's say in `__class__` what lies beneath them."""
    answer = await settle(result)
    body = answer.get("body")
    seen = [type(answer), show({key: value for key, value in answer.items() if key != "body"})]
    return seen if body is None else [*seen, isinstance(body, BODIES), await settle(body.read())]


async def body_of(result: Any) -> Any:
    return (await settle(result))["body"]


async def piecewise(result: Any) -> Seen:
    """A body that is read by small pieces, to the empty one at its end."""
    body, seen = await body_of(result), []
    while piece := await settle(body.read(37)):
        seen.append(piece)
    return [*seen, body.tell(), await settle(body.read())]


async def by_chunks(result: Any) -> Seen:
    body = await body_of(result)
    chunks = body.iter_chunks(50)
    return [piece async for piece in chunks] if hasattr(chunks, "__aiter__") else list(chunks)


async def by_lines(result: Any) -> Seen:
    body = await body_of(result)
    lines = body.iter_lines()
    return [line async for line in lines] if hasattr(lines, "__aiter__") else list(lines)


async def by_loop(result: Any) -> Seen:
    body = await body_of(result)
    return [piece async for piece in body] if hasattr(body, "__aiter__") else list(body)


async def all_lines(result: Any) -> Seen:
    return [await settle((await body_of(result)).readlines())]


async def within_a_block(result: Any) -> Seen:
    """Synchronously a `with` block gives what lies beneath the body, asynchronously the body."""
    body = await body_of(result)
    if hasattr(body, "__aenter__"):
        async with body as inner:
            return [show(inner), await inner.read()]
    with body as inner:
        return [show(inner), inner.read()]


def comes_whole(client: Any, ask: Ask) -> bool:
    """An agent's answer always streams, and a flow's."""
    return can_ask(client, ask) and ask.method != ask.streamer


def can_read(client: Any, ask: Ask) -> bool:
    """Bodies are all alike."""
    return can_ask(client, ask) and ask.name == "llama"


READINGS = {
    "by pieces": piecewise,
    "by chunks": by_chunks,
    "by lines": by_lines,
    "by a loop": by_loop,
    "all lines": all_lines,
    "within a block": within_a_block,
}


def invoking(name: str, model: str, body: Mapping[str, Any], **more: Any) -> Ask:
    asked = {"modelId": model, "body": json.dumps(body), **more}
    return Ask(name, "invoke_model", asked, steered=False)


def chatting(name: str, model: str, body: Mapping[str, Any], **streamed: Any) -> Ask:
    """A model whose answer may stream."""
    ask = invoking(name, model, body)
    return replace(ask, streaming={}, streamer="invoke_model_with_response_stream", streamed=streamed)


def blocks(client: Any) -> Any:
    """Kinds of content that this version lets through: of the rest it tells no more than the name."""
    operation = client.meta.service_model.operation_model("Converse")
    return operation.input_shape.members["messages"].member.members["content"].member.members


def steps(client: Any) -> Any:
    """What this version knows of what an agent does on its way."""
    answer = client.agents.meta.service_model.operation_model("InvokeAgent").output_shape
    return answer.members["completion"].members["trace"].members["trace"].members["orchestrationTrace"].members


CONVERSATIONS = (
    Ask(
        "converse",
        "converse",
        {
            "modelId": CLAUDE,
            "messages": QUESTION,
            "system": [{"text": "Be brief."}],
            "inferenceConfig": {"maxTokens": 200, "temperature": 0.5, "topP": 0.9},
        },
        streaming={},
        streamer="converse_stream",
    ),
    Ask(
        "converse, tools",
        "converse",
        {
            "modelId": f"{NOVA}+tools-twice",
            "messages": [
                *QUESTION,
                {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t1", "name": "now", "input": {}}}]},
                {"role": "user", "content": [{"toolResult": {"toolUseId": "t1", "content": [{"text": "noon"}]}}]},
                {"role": "assistant", "content": [{"text": "It is noon."}]},
                {"role": "user", "content": [{"text": "And the weather in Oslo?"}]},
            ],
            "toolConfig": {
                "tools": [
                    {"toolSpec": {"name": "weather", "description": "Now", "inputSchema": {"json": WEATHER}}},
                    {"toolSpec": {"name": "forecast", "inputSchema": {"json": WEATHER}}},
                ],
                "toolChoice": {"any": {}},
            },
            "inferenceConfig": {"stopSequences": ["END"]},
        },
        streaming={},
        streamer="converse_stream",
    ),
    Ask(
        "converse, thinking",
        "converse",
        {
            "modelId": CLAUDE,
            "messages": QUESTION,
            "additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 1024}, "top_k": 50},
        },
        streaming={},
        streamer="converse_stream",
        present=lambda client: "reasoningContent" in blocks(client),
    ),
    Ask(
        "converse, cited",
        "converse",
        {
            "modelId": f"{CLAUDE}+citations+cached+cache-write",
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"document": {"format": "txt", "name": "Handbook", "source": {"bytes": b"Limelight."}}},
                        {"image": {"format": "png", "source": {"bytes": b"\x89PNG\r\n\x1a\n"}}},
                        {"text": "What is this?"},
                    ],
                }
            ],
            "guardrailConfig": {**GUARDRAIL, "trace": "enabled"},
            "requestMetadata": {"team": "weather"},
        },
        streaming={},
        streamer="converse_stream",
        present=lambda client: "citationsContent" in blocks(client),
    ),
)

UNDETAILED = {
    "gen_ai.usage.cache_read.input_tokens": None,
    "gen_ai.usage.reasoning.output_tokens": None,
    "gen_ai.usage.audio.input_tokens": None,
    "gen_ai.usage.audio.output_tokens": None,
    "limelight.cost.cache_read": None,
    "limelight.cost.formula": "12 input × $1.00/M + 34 output × $2.00/M",
}
"""What a stream of OpenAI's form leaves out: its tokens are those that Bedrock counts."""
MODELS = (
    chatting(
        "claude",
        CLAUDE,
        {
            "anthropic_version": "bedrock-2023-05-31",
            "max_tokens": 200,
            "system": "Be brief.",
            "messages": [{"role": "user", "content": "What is the weather in Oslo?"}],
        },
    ),
    chatting(
        "nova",
        NOVA,
        {"schemaVersion": "messages-v1", "messages": QUESTION, "inferenceConfig": {"topK": 20}},
        **{"limelight.response.extra": {"latency_ms": 417, "request_id": "<id>"}},
    ),
    chatting("llama", "meta.llama3-8b-instruct-v1:0", {"prompt": "Hello, who are you?", "max_gen_len": 100}),
    chatting(
        "titan",
        "amazon.titan-text-express-v1",
        {"inputText": "Hello, who are you?", "textGenerationConfig": {"maxTokenCount": 90, "topP": 0.9}},
    ),
    chatting("mistral", "mistral.mistral-7b-instruct-v0:2", {"prompt": "Hello, who are you?", "max_tokens": 90}),
    chatting("command", "cohere.command-r-v1:0", {"message": "Hello, who are you?", "p": 0.9}),
    chatting(
        "jamba",
        "ai21.jamba-1-5-large-v1:0",
        {"messages": [{"role": "user", "content": "Hello, who are you?"}]},
        **UNDETAILED,
    ),
    invoking("titan, vectors", "amazon.titan-embed-text-v2:0", {"inputText": "Hello", "dimensions": 256}),
    invoking("cohere, vectors", "cohere.embed-english-v3", {"texts": ["Hello", "Bye"], "input_type": "search_query"}),
    invoking(
        "cohere, ranking", "cohere.rerank-v3-5:0", {"query": "Oslo", "documents": ["Bergen", "Oslo"], "api_version": 2}
    ),
    invoking(
        "canvas", "amazon.nova-canvas-v1:0", {"taskType": "TEXT_IMAGE", "textToImageParams": {"text": "A lighthouse"}}
    ),
    Ask(
        "token count",
        "count_tokens",
        {"modelId": CLAUDE, "input": {"converse": {"messages": QUESTION}}},
        steered=False,
        present=lambda client: hasattr(client, "count_tokens"),
    ),
    Ask(
        "guardrail",
        "apply_guardrail",
        {**GUARDRAIL, "source": "INPUT", "content": [{"text": {"text": "I am no doctor, but …"}}]},
        steered=False,
    ),
)

AGENTS = (
    Ask(
        "agent",
        "agents.invoke_agent",
        {
            "agentId": "AGENT12345",
            "agentAliasId": "ALIAS12345",
            "sessionId": "s-1",
            "inputText": "What can you do?",
            "enableTrace": True,
        },
        streaming={},
        streamer="agents.invoke_agent",
        steered=False,
        present=lambda client: "modelInvocationOutput" in steps(client),
    ),
    Ask(
        "flow",
        "agents.invoke_flow",
        {
            "flowIdentifier": "FLOW123456",
            "flowAliasIdentifier": "ALIAS12345",
            "inputs": [
                {
                    "nodeName": "FlowInputNode",
                    "nodeOutputName": "document",
                    "content": {"document": "What is Limelight?"},
                }
            ],
        },
        streaming={},
        streamer="agents.invoke_flow",
        streamed={"limelight.tokens_per_second": None},
        steered=False,
        present=lambda client: hasattr(client.agents, "invoke_flow"),
    ),
    Ask(
        "knowledge",
        "agents.retrieve",
        {"knowledgeBaseId": "KB12345678", "retrievalQuery": {"text": "What is Limelight?"}},
        steered=False,
    ),
    Ask(
        "knowledge, told",
        "agents.retrieve_and_generate",
        {"input": {"text": "What is Limelight?"}, "retrieveAndGenerateConfiguration": KNOWLEDGE},
        streaming={},
        streamer="agents.retrieve_and_generate_stream",
        streamed={"limelight.tokens_per_second": None},
        steered=False,
        present=lambda client: hasattr(client.agents, "retrieve_and_generate_stream"),
    ),
    Ask(
        "ranking",
        "agents.rerank",
        {
            "queries": [{"type": "TEXT", "textQuery": {"text": "Oslo"}}],
            "sources": [
                {
                    "type": "INLINE",
                    "inlineDocumentSource": {"type": "TEXT", "textDocument": {"text": "Oslo lies on a fjord."}},
                }
            ],
            "rerankingConfiguration": {
                "type": "BEDROCK_RERANKING_MODEL",
                "bedrockRerankingConfiguration": {
                    "modelConfiguration": {"modelArn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.rerank-v1:0"}
                },
            },
        },
        steered=False,
        present=lambda client: hasattr(client.agents, "rerank"),
    ),
)


def request_id(error: Exception) -> str | None:
    answer: Any = getattr(error, "response", {})
    return answer.get("ResponseMetadata", {}).get("RequestId")


BEDROCK = Subject(
    name="bedrock",
    module="botocore",
    build=build,
    ways={
        **WAYS,
        "plain": replace(WAYS["plain"], read=value, needs=comes_whole),
        "stream, next by next": replace(WAYS["stream, next by next"], read=stepped),
        **{name: Way(plainly, read, needs=can_read) for name, read in READINGS.items()},
    },
    openings=OPENINGS,
    talks=("converse", "claude"),
    asks=(*CONVERSATIONS, *MODELS, *AGENTS),
    error=ClientError,
    broken=BotoCoreError,
    stream_types=(botocore.eventstream.EventStream, aiobotocore.eventstream.AioEventStream),
    request_id=request_id,
)
