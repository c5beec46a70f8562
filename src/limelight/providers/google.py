"""Google's client, `google-genai`: the Gemini API, and Vertex."""

from __future__ import annotations

from typing import Any

from limelight.core.names import provider_at
from limelight.core.operation import OWNER, Integration, Operation
from limelight.core.wire import (
    google_generate,
    google_interaction_events,
    google_interactions,
    google_media,
    google_stream,
)
from limelight.providers._stainless import both

_MODELS = "google.genai.models"
_GENERATED = "google.genai._gaos.google_genai"
_INTERACTIONS = (
    *both(_GENERATED, "GeminiNextGenInteractions", "create"),
    # Until google-genai 2 a client that Stainless had generated.
    *both("google.genai._interactions.resources.interactions", "InteractionsResource", "create"),
)


def owner(part: Any) -> Any:
    """The API client that all parts of a client, its async half among them, share."""
    client = getattr(part, OWNER, None) or getattr(part, "_client", part)
    client = getattr(client, "_client_adapter", client)
    return getattr(client, "_api_client", client)


def address(client: Any) -> str | None:
    options = getattr(client, "_http_options", None)
    base = options.get("base_url") if isinstance(options, dict) else getattr(options, "base_url", None)
    return None if base is None else str(base)


def provider(host: str | None, client: Any) -> str:
    """What the client was made for; its host may be a company's gateway."""
    return "gcp.vertex_ai" if getattr(client, "vertexai", None) is True else provider_at(host) or "gcp.gemini"


GOOGLE = Integration(
    name="google",
    package="google-genai>=1.0",
    provider=provider,
    owner=owner,
    address=address,
    parts=both(_GENERATED, "GeminiNextGenInteractions", "__init__"),
    operations=(
        Operation(
            "generate_content",
            # Beneath `generate_content`, which calls functions by itself and asks the model again: each call is one.
            both(_MODELS, "Models", "_generate_content", "_generate_content_stream"),
            google_generate.request,
            google_generate.response,
            google_stream.fold,
            google_generate.is_content,
            api="generate_content",
        ),
        Operation(
            "generate_content",
            _INTERACTIONS,
            google_interactions.request,
            google_interactions.response,
            google_interaction_events.fold,
            google_interaction_events.is_content,
            api="interactions",
        ),
        Operation(
            "embeddings",
            both(_MODELS, "Models", "embed_content"),
            google_media.embed_request,
            google_media.embed_response,
            keep=google_media.embed_kept,
            kind="embedding",
            api="embed_content",
        ),
        Operation(
            "image_generation",
            both(_MODELS, "Models", "generate_images", "edit_image", "upscale_image", "recontext_image"),
            google_media.draw_request,
            google_media.draw_response,
            api="generate_images",
        ),
        Operation(
            "video_generation",
            both(_MODELS, "Models", "generate_videos"),
            google_media.draw_request,
            google_media.draw_response,
            api="generate_videos",
        ),
        Operation(
            "count_tokens",
            both(_MODELS, "Models", "count_tokens", "compute_tokens"),
            google_generate.request,
            google_media.count_response,
            kind="other",
            api="count_tokens",
        ),
        Operation(
            "create_cache",
            both("google.genai.caches", "Caches", "create"),
            google_generate.request,
            google_media.cache_response,
            kind="other",
            api="cached_contents",
        ),
    ),
)
