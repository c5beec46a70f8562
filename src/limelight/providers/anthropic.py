"""Anthropic's client: its own API, and Claude on Bedrock, Vertex and Foundry."""

from __future__ import annotations

from typing import Any

from limelight.core.names import provider_at
from limelight.core.operation import Integration, Operation
from limelight.core.wire import anthropic_messages, openai_completions, openai_media
from limelight.providers._stainless import both, retrying

_MESSAGES = "anthropic.resources.messages"
_BETA = "anthropic.resources.beta.messages"
_CACHING = "anthropic.resources.beta.prompt_caching.messages"
"""Where caching was until anthropic 0.40."""
_PLATFORMS = {"Bedrock": "aws.bedrock", "Vertex": "gcp.vertex_ai"}
_CALLS = ("create", "parse", "stream")


def provider(host: str | None, client: Any) -> str:
    """The platform if the client is one of a platform's, otherwise whoever the host belongs to."""
    kind = type(client).__name__
    for platform, name in _PLATFORMS.items():
        if platform in kind:
            return name
    return provider_at(host) or "anthropic"


ANTHROPIC = Integration(
    name="anthropic",
    package="anthropic>=0.34",
    retrying=retrying,
    provider=provider,
    native_tracers=("anthropic._base_client:BaseClient._tracer",),
    native_spans=frozenset(
        {"com.anthropic.sdk.python"}
        | {
            f"com.anthropic.sdk.python.{platform}"
            for platform in ("bedrock", "vertex", "aws", "foundry", "google_cloud")
        }
    ),
    operations=(
        Operation(
            "chat",
            both(_MESSAGES, "Messages", *_CALLS)
            + both(f"{_BETA}.messages", "Messages", *_CALLS)
            + both(_CACHING, "Messages", "create", "stream")
            # Bedrock's and Vertex's beta classes take the methods over, patched or not.
            + both("anthropic.lib.bedrock._beta_messages", "Messages", *_CALLS)
            + both("anthropic.lib.vertex._beta_messages", "Messages", *_CALLS),
            anthropic_messages.request,
            anthropic_messages.response,
            anthropic_messages.fold,
            anthropic_messages.is_content,
            api="messages",
        ),
        Operation(
            "text_completion",
            both("anthropic.resources.completions", "Completions", "create"),
            openai_completions.request,
            openai_completions.anthropic_response,
            openai_completions.anthropic_fold,
            openai_completions.anthropic_is_content,
            api="complete",
        ),
        Operation(
            "count_tokens",
            both(_MESSAGES, "Messages", "count_tokens")
            + both(f"{_BETA}.messages", "Messages", "count_tokens")
            + both("anthropic.lib.vertex._beta_messages", "Messages", "count_tokens"),
            anthropic_messages.request,
            openai_media.count_response,
            kind="other",
            api="messages",
        ),
        Operation(
            "batch",
            both(f"{_MESSAGES}.batches", "Batches", "create", "retrieve", "cancel")
            + both(f"{_BETA}.batches", "Batches", "create", "retrieve", "cancel"),
            openai_media.batch_request,
            openai_media.batch_response,
            kind="other",
            api="batches",
        ),
    ),
)
