"""OpenAI's client, and whoever it is pointed at: Azure, and every host that speaks the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from limelight.core.names import provider_at
from limelight.core.operation import Injection, Integration, Operation
from limelight.core.wire import openai_media, openai_responses, openai_usage
from limelight.providers import _openai_like
from limelight.providers._stainless import both, retrying

_CHAT = "openai.resources.chat.completions"
_BETA_CHAT = "openai.resources.beta.chat.completions"
"""Where `parse` and `stream` were until openai 1.92."""
_RESPONSES = "openai.resources.responses.responses"
_BETA_RESPONSES = "openai.resources.beta.responses.responses"
_AUDIO = "openai.resources.audio"
_USAGE = Injection(openai_usage.ask, openai_usage.take)


def provider(host: str | None, client: Any) -> str:
    """Azure's own client class tells more than its host, which may be a company's gateway."""
    if "Azure" in type(client).__name__:
        return "azure.ai.openai"
    return provider_at(host, getattr(getattr(client, "base_url", None), "port", None)) or "openai"


OPENAI = Integration(
    name="openai",
    package="openai>=1.6",
    retrying=retrying,
    provider=provider,
    operations=(
        replace(
            _openai_like.chat(
                # `stream` calls `create`, but what its caller closes is the helper: only there an early end is seen.
                *both(_CHAT, "Completions", "create", "parse", "stream"),
                *both(_BETA_CHAT, "Completions", "parse", "stream"),
            ),
            inject=_USAGE,
        ),
        Operation(
            "chat",
            both(_RESPONSES, "Responses", "create", "parse", "stream", "compact")
            + both(_BETA_RESPONSES, "Responses", "create", "parse", "stream", "compact"),
            openai_responses.request,
            openai_responses.response,
            openai_responses.fold,
            openai_responses.is_content,
            api="responses",
        ),
        Operation(
            "fetch_response",
            both(_RESPONSES, "Responses", "retrieve", "cancel")
            + both(_BETA_RESPONSES, "Responses", "retrieve", "cancel"),
            openai_responses.fetch_request,
            openai_responses.fetched,
            openai_responses.fold,
            openai_responses.is_content,
            kind="other",
            api="responses",
        ),
        Operation(
            "count_tokens",
            both("openai.resources.responses.input_tokens", "InputTokens", "count"),
            openai_responses.request,
            openai_media.count_response,
            kind="other",
            api="responses",
        ),
        replace(
            _openai_like.completions(*both("openai.resources.completions", "Completions", "create")), inject=_USAGE
        ),
        _openai_like.embeddings(*both("openai.resources.embeddings", "Embeddings", "create")),
        _openai_like.images(*both("openai.resources.images", "Images", "generate", "edit", "create_variation")),
        _openai_like.speech(*both(f"{_AUDIO}.speech", "Speech", "create")),
        _openai_like.transcriptions(
            *both(f"{_AUDIO}.transcriptions", "Transcriptions", "create"),
            *both(f"{_AUDIO}.translations", "Translations", "create"),
        ),
        Operation(
            "moderation",
            both("openai.resources.moderations", "Moderations", "create"),
            openai_media.moderation_request,
            openai_media.moderation_response,
            kind="guardrail",
            api="moderations",
        ),
        _openai_like.batches(*both("openai.resources.batches", "Batches", "create", "retrieve", "cancel")),
    ),
)
