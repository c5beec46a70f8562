"""Calls that are seen on the wire only: where models answer, and which codec reads what is said there."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from limelight.core.endpoint import Endpoint, target
from limelight.core.model import Request, Response
from limelight.core.names import provider_at
from limelight.core.operation import Integration, Operation
from limelight.core.wire import (
    anthropic_messages,
    bedrock_converse,
    bedrock_invoke,
    cohere_chat,
    cohere_rank,
    cohere_v1,
    google_generate,
    google_media,
    google_stream,
    ollama,
    openai_chat,
    openai_completions,
    openai_media,
    openai_responses,
    rerank,
)
from limelight.core.wire.read import Table, as_table, table

_MODEL = r"/models/(?P<model>[^/:]+)"
_BEDROCK = r"/model/(?P<modelId>[^/]+)"


def posted(read: Callable[[Table], Request]) -> Callable[[Table], Request]:
    """Read a request as it was sent: its body, and beneath it what its path says."""

    def request(sent: Table) -> Request:
        return read({**table(sent, "named"), **_decoded(sent.get("body"))})

    return request


def invoked(read: Callable[[Table], Request]) -> Callable[[Table], Request]:
    """The same for an API whose SDK takes the body as one argument."""
    return lambda sent: read({**table(sent, "named"), "body": sent.get("body")})


def _decoded(body: Any) -> Table:
    if isinstance(body, (bytes, bytearray, str)):
        try:
            body = json.loads(body)
        except (ValueError, RecursionError):
            return {}
    return as_table(body) or {}


def _answered(body: Table) -> Response:
    """An answer, or the events that were put together: those are in an envelope already."""
    return bedrock_invoke.response(body if "body" in body else {"body": body})


def provider(host: str | None, url: str) -> str:
    if (known := provider_at(host, urlsplit(url).port)) is not None:
        return known
    found = target(url, dict.fromkeys(mark for endpoint in ENDPOINTS for mark in endpoint.marks), ENDPOINTS)
    return found.endpoint.provider if found else TRANSPORT.name


def itself(url: str) -> str:
    return url


_CHAT = Operation(
    "chat",
    (),
    posted(openai_chat.request),
    openai_chat.response,
    openai_chat.fold,
    openai_chat.is_content,
    api="chat_completions",
)
_MESSAGES = Operation(
    "chat",
    (),
    posted(anthropic_messages.request),
    anthropic_messages.response,
    anthropic_messages.fold,
    anthropic_messages.is_content,
    api="messages",
)
_RESPONSES = Operation(
    "chat",
    (),
    posted(openai_responses.request),
    openai_responses.response,
    openai_responses.fold,
    openai_responses.is_content,
    api="responses",
)
_COMPLETIONS = Operation(
    "text_completion",
    (),
    posted(openai_completions.request),
    openai_completions.response,
    openai_completions.fold,
    openai_completions.is_content,
    api="completions",
)
_EMBEDDINGS = Operation(
    "embeddings",
    (),
    posted(openai_media.embeddings_request),
    openai_media.embeddings_response,
    kind="embedding",
    api="embeddings",
)
_IMAGES = Operation(
    "image_generation", (), posted(openai_media.images_request), openai_media.images_response, api="images"
)
_GEMINI = Operation(
    "generate_content", (), posted(google_generate.request), google_generate.response, api="generate_content"
)
_GEMINI_STREAM = Operation(
    "generate_content",
    (),
    posted(google_generate.request),
    google_generate.response,
    google_stream.fold,
    google_generate.is_content,
    api="generate_content",
)
_GEMINI_EMBED = Operation(
    "embeddings",
    (),
    posted(google_media.embed_request),
    google_media.embed_response,
    kind="embedding",
    api="embed_content",
)
_COHERE = Operation(
    "chat",
    (),
    posted(cohere_chat.request),
    cohere_chat.response,
    cohere_chat.fold,
    cohere_chat.is_content,
    api="chat.v2",
)
_COHERE_V1 = Operation(
    "chat", (), posted(cohere_v1.request), cohere_v1.response, cohere_v1.fold, cohere_v1.is_content, api="chat.v1"
)
_EMBED = Operation(
    "embeddings", (), posted(cohere_rank.embed_request), cohere_rank.embed_response, kind="embedding", api="embed"
)
_RERANK = Operation("rerank", (), posted(rerank.request), rerank.response, kind="rerank", api="rerank")
_OLLAMA = Operation(
    "chat", (), posted(ollama.chat_request), ollama.chat_response, ollama.fold, ollama.is_content, api="chat"
)
_OLLAMA_GENERATE = Operation(
    "text_completion",
    (),
    posted(ollama.generate_request),
    ollama.generate_response,
    ollama.fold,
    ollama.is_content,
    api="generate",
)
_OLLAMA_EMBED = Operation(
    "embeddings", (), posted(ollama.embed_request), ollama.embed_response, kind="embedding", api="embed"
)
_CONVERSE = Operation("chat", (), posted(bedrock_converse.request), bedrock_converse.response, api="converse")
_CONVERSE_STREAM = Operation(
    "chat",
    (),
    posted(bedrock_converse.stream_request),
    bedrock_converse.response,
    bedrock_converse.fold,
    bedrock_converse.is_content,
    api="converse",
)
_INVOKE = Operation("chat", (), invoked(bedrock_invoke.request), _answered, api="invoke_model")
_INVOKE_STREAM = Operation(
    "chat",
    (),
    invoked(bedrock_invoke.stream_request),
    _answered,
    bedrock_invoke.fold,
    bedrock_invoke.is_content,
    api="invoke_model",
)

_TALK = ("model", "messages")
ENDPOINTS = (
    Endpoint(r"(?:/deployments/(?P<model>[^/]+))?/chat/completions", _CHAT, "openai", _TALK),
    Endpoint(r"(?:/deployments/(?P<model>[^/]+))?/completions", _COMPLETIONS, "openai", ("model", "prompt")),
    Endpoint(r"/responses", _RESPONSES, "openai", ("model", "input")),
    Endpoint(r"(?:/deployments/(?P<model>[^/]+))?/embeddings", _EMBEDDINGS, "openai", ("model", "input")),
    Endpoint(r"/images/generations", _IMAGES, "openai", ("model", "prompt")),
    Endpoint(r"/v1/messages", _MESSAGES, "anthropic", _TALK),
    Endpoint(r"/publishers/anthropic/models/(?P<model>[^/:]+):rawPredict", _MESSAGES, "gcp.vertex_ai", ()),
    Endpoint(r"/publishers/anthropic/models/(?P<model>[^/:]+):streamRawPredict", _MESSAGES, "gcp.vertex_ai", ()),
    Endpoint(f"{_MODEL}:generateContent", _GEMINI, "gcp.gemini", ("contents",)),
    Endpoint(f"{_MODEL}:streamGenerateContent", _GEMINI_STREAM, "gcp.gemini", ("contents",)),
    Endpoint(f"{_MODEL}:embedContent", _GEMINI_EMBED, "gcp.gemini", ("content",)),
    Endpoint(r"/v2/chat", _COHERE, "cohere", _TALK),
    Endpoint(r"/v1/chat", _COHERE_V1, "cohere", ("model", "message")),
    Endpoint(r"/v[12]/embed", _EMBED, "cohere", ("model", "input_type")),
    Endpoint(r"/rerank", _RERANK, "cohere", ("model", "query", "documents")),
    Endpoint(r"/api/chat", _OLLAMA, "ollama", _TALK),
    Endpoint(r"/api/generate", _OLLAMA_GENERATE, "ollama", ("model", "prompt")),
    Endpoint(r"/api/embed", _OLLAMA_EMBED, "ollama", ("model", "input")),
    Endpoint(r"/api/embeddings", _OLLAMA_EMBED, "ollama", ("model", "prompt")),
    Endpoint(f"{_BEDROCK}/converse", _CONVERSE, "aws.bedrock", ("messages",)),
    Endpoint(f"{_BEDROCK}/converse-stream", _CONVERSE_STREAM, "aws.bedrock", ("messages",)),
    Endpoint(f"{_BEDROCK}/invoke", _INVOKE, "aws.bedrock", ("messages",)),
    Endpoint(f"{_BEDROCK}/invoke-with-response-stream", _INVOKE_STREAM, "aws.bedrock", ("messages",)),
)
"""Of two that fit the first one counts."""

TRANSPORT = Integration(
    name="transport",
    package="",
    provider=provider,
    owner=itself,
    address=itself,
    remark="captured at transport",
    operations=tuple(dict.fromkeys(endpoint.operation for endpoint in ENDPOINTS)),
)
