"""Bedrock's `invoke_model`: a JSON body in the words of whoever made the model.

An ARN does not tell whose model it is, so the shape of a body does.  Families that have an API of their own
are read by its codec; here are those that only Bedrock serves, and the envelope.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from limelight.core.model import Request, Response, Usage
from limelight.core.plain import plain
from limelight.core.wire import (
    anthropic_messages,
    bedrock_converse,
    bedrock_models,
    bedrock_vectors,
    cohere_chat,
    cohere_v1,
    openai_chat,
    openai_completions,
    rerank,
)
from limelight.core.wire.params import settings
from limelight.core.wire.read import Table, among, as_table, listed, number, table, tables, text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_ENVELOPE = frozenset({"modelId", "body", "contentType", "accept"})
_RENAMED = {"serviceTier": "service_tier", "requestMetadata": "metadata"}
_METRICS = "amazon-bedrock-invocationMetrics"
_HEADER = "x-amzn-bedrock-{}-token-count"


def request(body: Table) -> Request:
    asked = decoded(body.get("body"))
    found = _asked(asked, text(body, "modelId").casefold())
    beside = settings(body, _ENVELOPE, _RENAMED)
    if "metadata" in beside:
        beside["metadata"] = decoded(beside["metadata"]) or beside["metadata"]
    return replace(found, model=text(body, "modelId") or None, params={**found.params, **beside})


def stream_request(body: Table) -> Request:
    return bedrock_converse.streaming(request(body))


def count_request(body: Table) -> Request:
    """`count_tokens`: the input of either API, to be weighed."""
    given = table(body, "input")
    inner = bedrock_converse.request if "converse" in given else request
    return inner({**table(given, "converse"), **table(given, "invokeModel"), "modelId": body.get("modelId")})


def count_response(body: Table) -> Response:
    return Response(usage=Usage(input=number(body, "inputTokens")), extra=bedrock_converse.about(body))


def decoded(body: Any) -> Table:
    """A JSON object in bytes or text; what was given as an open file stays unread."""
    if not isinstance(body, (str, bytes, bytearray)):
        return as_table(body) or {}
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _asked(body: Table, model: str) -> Request:
    if "messages" in body:
        return _conversation(body, model)(body)
    if "query" in body and "documents" in body:
        return replace(rerank.request(body), operation="rerank")
    if bedrock_vectors.asks(body, model):
        return bedrock_vectors.request(body)
    if "message" in body:
        return cohere_v1.request(body)
    return bedrock_models.request(body)


def _conversation(body: Table, model: str) -> Callable[[Table], Request]:
    if "anthropic_version" in body or "anthropic" in model:
        return anthropic_messages.request
    if "schemaVersion" in body or "inferenceConfig" in body or any(map(_is_converse, tables(body, "messages"))):
        return bedrock_converse.request
    return openai_chat.request


def _is_converse(message: Table) -> bool:
    """Blocks without a type are Amazon's."""
    return any("type" not in block for block in tables(message, "content"))


def response(body: Table) -> Response:
    answer = table(body, "body")
    found = _answer(answer)
    extra = {
        "guardrail.action": answer.get("amazon-bedrock-guardrailAction"),
        "guardrail.trace": answer.get("amazon-bedrock-trace"),
        **bedrock_converse.about(body),
    }
    said = {key: plain(value) for key, value in extra.items() if value is not None}
    return replace(found, usage=_counted(found.usage, body), extra={**found.extra, **said})


def _answer(body: Table) -> Response:
    if not body:
        return Response()
    if text(body, "type") in ("message", "error") or isinstance(body.get("content"), list):
        return anthropic_messages.response(body)
    if "output" in body and "stopReason" in body:
        return bedrock_converse.response(body)
    if "choices" in body:
        chosen = [_choice(each) for each in tables(body, "choices")]
        is_text = any("text" in each for each in chosen)
        read = openai_completions.response if is_text else openai_chat.response
        return read({**body, "choices": chosen})
    if bedrock_vectors.answers(body):
        return bedrock_vectors.response(body)
    if any("relevance_score" in each for each in tables(body, "results")):
        return rerank.response(body)
    if "completion" in body:
        return openai_completions.anthropic_response(body)
    if "message" in body:
        return cohere_chat.response(body)
    if "text" in body or "chat_history" in body:
        return cohere_v1.response(body)
    return bedrock_models.response(body)


def _choice(body: Table) -> Table:
    """Mistral and DeepSeek say `stop_reason` here, in the form they took over."""
    return {**body, "finish_reason": text(body, "finish_reason") or text(body, "stop_reason")}


def _counted(found: Usage, body: Table) -> Usage:
    """Fill what the body left out with what a stream's last chunk, or else the headers, say of every model."""
    metrics = table(body, "metrics")
    headers = table(table(body, "ResponseMetadata"), "HTTPHeaders")
    counts = {
        ours: number(metrics, theirs) if metrics else _whole(text(headers, _HEADER.format(header)))
        for ours, theirs, header in _COUNTS
    }
    told = bedrock_converse.usage(counts)
    if found.input is None:
        found = replace(found, input=told.input, cache_read=told.cache_read, cache_write=told.cache_write)
    return replace(found, output=told.output) if found.output is None else found


_COUNTS = (
    ("inputTokens", "inputTokenCount", "input"),
    ("outputTokens", "outputTokenCount", "output"),
    ("cacheReadInputTokens", "cacheReadInputTokenCount", "cache-read-input"),
    ("cacheWriteInputTokens", "cacheWriteInputTokenCount", "cache-write-input"),
)


def _whole(header: str) -> int | None:
    return int(header) if header.isascii() and header.isdigit() else None


def _chunk(event: Table) -> Table:
    return decoded(table(event, "chunk").get("bytes"))


def is_content(event: Table) -> bool:
    body = _chunk(event)
    return bool(bedrock_models.said(body)) or any(says(body) for says in _CONTENT)


_CONTENT = (
    anthropic_messages.is_content,
    bedrock_converse.is_content,
    openai_chat.is_content,
    openai_completions.is_content,
    openai_completions.anthropic_is_content,
)


def fold(events: Sequence[Table]) -> Table:
    """Put the chunks together into the body that would have come in one piece."""
    bodies = [body for event in among(events) if (body := _chunk(event))]
    whole = {"body": _folded(bodies)(bodies)} if bodies else {}
    about = {key: value for body in bodies for key, value in body.items() if str(key).startswith("amazon-bedrock-")}
    return {**whole, "body": {**table(whole, "body"), **about}, "metrics": table(about, _METRICS)}


def _folded(bodies: Sequence[Table]) -> Callable[[Sequence[Table]], Table]:
    """By the first chunk that tells."""
    for body in bodies:
        if kind := text(body, "type"):
            return cohere_chat.fold if "-" in kind else anthropic_messages.fold
        if any(key in body for key in ("messageStart", "contentBlockStart", "contentBlockDelta", "messageStop")):
            return bedrock_converse.fold
        if "completion" in body:
            return openai_completions.anthropic_fold
        if "event_type" in body:
            return cohere_v1.fold
        if "choices" in body:
            return _fold_choices
    return bedrock_models.fold


def _fold_choices(bodies: Sequence[Table]) -> Table:
    told = [{**body, "choices": [_choice(each) for each in tables(body, "choices")]} for body in bodies]
    is_text = any("text" in each for body in told for each in listed(body["choices"]))
    return openai_completions.fold(told) if is_text else openai_chat.fold(told)
