"""Calls that are seen on the wire only: where models answer, and which codec reads what is said there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias
from urllib.parse import urlsplit

from limelight.core.endpoint import Endpoint, target
from limelight.core.model import Request, Response
from limelight.core.names import provider_at
from limelight.core.operation import Integration, Operation
from limelight.core.wire import bedrock_invoke
from limelight.core.wire.read import Table, table
from limelight.providers.anthropic import ANTHROPIC
from limelight.providers.bedrock import BEDROCK
from limelight.providers.cohere import COHERE
from limelight.providers.google import GOOGLE
from limelight.providers.ollama import OLLAMA
from limelight.providers.openai import OPENAI

Reading: TypeAlias = Callable[[Callable[[Table], Request]], Callable[[Table], Request]]

_MODEL = r"/models/(?P<model>[^/:]+)"
_BEDROCK = r"/model/(?P<modelId>[^/]+)"


def posted(read: Callable[[Table], Request]) -> Callable[[Table], Request]:
    """Read a request as it was sent: its body, and beneath it what its path says."""

    def request(sent: Table) -> Request:
        return read({**table(sent, "named"), **bedrock_invoke.decoded(sent.get("body"))})

    return request


def invoked(read: Callable[[Table], Request]) -> Callable[[Table], Request]:
    """The same for an API whose SDK takes the body as one argument."""
    return lambda sent: read({**table(sent, "named"), "body": sent.get("body")})


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


def seen(integration: Integration, api: str, *, read: Reading = posted, streams: bool = False) -> Operation:
    """An operation of a library, as it is on the wire; with `streams` the one of its streams, where that is another."""
    known = [one for one in integration.operations if one.api == api]
    operation = next((one for one in known if streams and one.fold is not None), known[0])
    return replace(operation, targets=(), request=read(operation.request), keep=None, within=())


_CHAT = seen(OPENAI, "chat_completions")
_MESSAGES = seen(ANTHROPIC, "messages")
_GEMINI = seen(GOOGLE, "generate_content")
_OLLAMA_EMBED = seen(OLLAMA, "embed")
_INVOKE = replace(seen(BEDROCK, "invoke_model", read=invoked), response=_answered)
_INVOKE_STREAM = replace(seen(BEDROCK, "invoke_model", read=invoked, streams=True), response=_answered)

_TALK = ("model", "messages")
ENDPOINTS = (
    Endpoint(r"/agents/completions", _CHAT, "mistral_ai", ("agent_id", "messages")),
    Endpoint(r"(?:/deployments/(?P<model>[^/]+))?/chat/completions", _CHAT, "openai", _TALK),
    Endpoint(
        r"(?:/deployments/(?P<model>[^/]+))?/completions", seen(OPENAI, "completions"), "openai", ("model", "prompt")
    ),
    Endpoint(r"/responses", seen(OPENAI, "responses"), "openai", ("model", "input")),
    Endpoint(
        r"(?:/deployments/(?P<model>[^/]+))?/embeddings", seen(OPENAI, "embeddings"), "openai", ("model", "input")
    ),
    Endpoint(r"/images/generations", seen(OPENAI, "images"), "openai", ("model", "prompt")),
    Endpoint(r"/v1/messages", _MESSAGES, "anthropic", _TALK),
    Endpoint(r"/publishers/anthropic/models/(?P<model>[^/:]+):rawPredict", _MESSAGES, "gcp.vertex_ai", ()),
    Endpoint(r"/publishers/anthropic/models/(?P<model>[^/:]+):streamRawPredict", _MESSAGES, "gcp.vertex_ai", ()),
    Endpoint(f"{_MODEL}:generateContent", _GEMINI, "gcp.gemini", ("contents",)),
    Endpoint(f"{_MODEL}:streamGenerateContent", _GEMINI, "gcp.gemini", ("contents",)),
    Endpoint(f"{_MODEL}:embedContent", seen(GOOGLE, "embed_content"), "gcp.gemini", ("content",)),
    Endpoint(r"/v2/chat", seen(COHERE, "chat.v2"), "cohere", _TALK),
    Endpoint(r"/v1/chat", seen(COHERE, "chat.v1"), "cohere", ("model", "message")),
    Endpoint(r"/v[12]/embed", seen(COHERE, "embed"), "cohere", ("model", "input_type")),
    Endpoint(r"/rerank", seen(COHERE, "rerank"), "cohere", ("model", "query", "documents")),
    Endpoint(r"/api/chat", seen(OLLAMA, "chat"), "ollama", _TALK),
    Endpoint(r"/api/generate", seen(OLLAMA, "generate"), "ollama", ("model", "prompt")),
    Endpoint(r"/api/embed", _OLLAMA_EMBED, "ollama", ("model", "input")),
    Endpoint(r"/api/embeddings", _OLLAMA_EMBED, "ollama", ("model", "prompt")),
    Endpoint(f"{_BEDROCK}/converse", seen(BEDROCK, "converse"), "aws.bedrock", ("messages",)),
    Endpoint(f"{_BEDROCK}/converse-stream", seen(BEDROCK, "converse", streams=True), "aws.bedrock", ("messages",)),
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
