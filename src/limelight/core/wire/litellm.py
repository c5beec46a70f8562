"""What LiteLLM puts around OpenAI's formats: whose model it is, and what it cost by its own list."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from limelight.core import names
from limelight.core.wire import openai_parts
from limelight.core.wire.read import EMPTY, Table, amount, as_table, listed, said, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from limelight.core.model import Message, Request, Response, Usage

_WORDS = """
model messages tools functions prediction extra_body
audio background best_of conversation dimensions documents echo encoding_format file frequency_penalty function_call
image include input input_type instructions language logit_bias logprobs mask max_chunks_per_doc
max_completion_tokens max_output_tokens max_tokens max_tokens_per_doc max_tool_calls metadata min_p modalities
moderation n output_compression output_format parallel_tool_calls presence_penalty previous_response_id prompt
quality query rank_fields reasoning reasoning_effort repetition_penalty response_format return_documents seed
service_tier size speed stop store stream stream_options style suffix temperature text text_format thinking
timestamp_granularities tool_choice top_a top_k top_logprobs top_n top_p truncation user verbosity voice
web_search_options
"""
_ASKED = frozenset(_WORDS.split())
"""Arguments that are for the model.  The rest configures LiteLLM, keys and credentials among it: nobody looks at that."""

_FAMILIES = (
    (re.compile(r"(gpt-|chatgpt-|o[134](-|$)|text-embedding-(3|ada)|dall-e|tts-|whisper-)"), "openai"),
    (re.compile(r"claude-"), "anthropic"),
    (re.compile(r"gemini-"), "gcp.vertex_ai"),
    (re.compile(r"(command|rerank-|embed-(english|multilingual))"), "cohere"),
)
"""Where LiteLLM sends a model whose name has no provider before it."""


def asked(read: Callable[[Table], Request]) -> Callable[[Table], Request]:
    """A request in one of OpenAI's formats, whoever it is for."""

    def request(body: Table) -> Request:
        found = read({key: value for key, value in body.items() if key in _ASKED})
        return replace(found, provider=_meant(said(body, "custom_llm_provider"), found.model or ""))

    return request


def _meant(named: str | None, model: str) -> str | None:
    """Said outright, said before a slash, or known by the model's family."""
    if named is not None:
        return names.provider(named)
    prefix, slash, _ = model.partition("/")
    if slash:
        return names.provider(prefix) if names.is_provider(prefix) else None
    return next((provider for family, provider in _FAMILIES if family.match(model)), None)


def kept(shorten: Callable[[Any], Any] | None, answer: Any) -> Any:
    """An answer and what it says of itself in private; of a stream, where it comes from and what it will have got."""
    # The router's own kind of stream, around this one, knows nothing of what it passes on.
    stream = answer if type(answer).__name__ == "CustomStreamWrapper" else None
    chunks = getattr(stream, "chunks", None)
    return {
        "answer": None if as_table(answer) is None else shorten(answer) if shorten else answer,
        "hidden": getattr(answer, "_hidden_params", None),
        "named": getattr(answer, "custom_llm_provider", None),
        "got": chunks if type(chunks) is list else None,
        "stream": stream,
    }


def answered(read: Callable[[Table], Response]) -> Callable[[Table], Response]:
    """An answer in one of OpenAI's formats, whoever gave it."""

    def response(body: Table) -> Response:
        found = read(table(body, "answer") or body)
        hidden = table(body, "hidden")
        priced = amount(hidden, "response_cost") if found.cost is None else None
        more = {"cache.hit": hidden.get("cache_hit") is True, "cost.source": "litellm" if priced else None}
        return replace(
            found,
            messages=found.messages if _is_ended(body) else tuple(map(_unended, found.messages)),
            provider=_answering(said(body, "named") or said(hidden, "custom_llm_provider"), said(hidden, "api_base")),
            cost=priced or found.cost,
            usage=_usage(body, found.usage),
            extra={**found.extra, **{key: value for key, value in more.items() if value}},
        )

    return response


def _is_ended(body: Table) -> bool:
    """Of a stream that was cut off LiteLLM says that it stopped; the stream itself knows whether anybody has said so."""
    stream = body.get("stream")
    return stream is None or getattr(stream, "received_finish_reason", None) is not None


def _unended(message: Message) -> Message:
    return replace(message, finish_reason=None)


def _answering(named: str | None, address: str | None) -> str | None:
    """Who is called OpenAI may be anybody who speaks like it: the address knows."""
    if named is None:
        return None
    found = names.provider(named)
    if found not in ("openai", "custom_openai") or address is None:
        return found
    return names.provider_at(_host(address)) or found


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _usage(body: Table, told: Usage) -> Usage:
    """LiteLLM tells the user of a stream's tokens only when asked, and then counts itself if nobody has told it."""
    got = body.get("got")
    if got is None:
        return told
    usages = (table(as_table(chunk) or EMPTY, "usage") for chunk in reversed(listed(got)))
    reported = next((found for used in usages if (found := openai_parts.usage(used)).input or found.output), None)
    return reported or (told if told.input is None else replace(told, estimated=frozenset({"input", "output"})))
