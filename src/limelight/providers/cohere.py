"""Cohere's client, both versions of its API."""

from __future__ import annotations

from typing import Any

from limelight.core.operation import Integration, Operation
from limelight.core.wire import cohere_chat, cohere_rank, cohere_v1, openai_media, rerank
from limelight.providers._stainless import at_host_or, both


def _first(*methods: str) -> tuple[str, ...]:
    """Methods of the client, and (since 5.16) of what it hands out as `with_raw_response`, which they call.

    The client keeps its own `chat` in every instance, as it was when that was made: of clients older than
    our patch, only what they call is seen.
    """
    return (
        *both("cohere.base_client", "BaseCohere", *methods),
        *both("cohere.raw_base_client", "RawBaseCohere", *methods),
    )


def _second(*methods: str) -> tuple[str, ...]:
    return (
        *both("cohere.v2.client", "V2Client", *methods),
        *both("cohere.v2.raw_client", "RawV2Client", *methods),
    )


def owner(part: Any) -> Any:
    """What all parts of a client send through."""
    return getattr(part, "_client_wrapper", None) or getattr(
        getattr(part, "_raw_client", part), "_client_wrapper", part
    )


def address(wrapper: Any) -> str | None:
    base = getattr(wrapper, "_base_url", None)
    return base if isinstance(base, str) else None


COHERE = Integration(
    name="cohere",
    package="cohere>=5.0",
    provider=at_host_or("cohere"),
    owner=owner,
    address=address,
    carriers=("concurrent.futures._base:Executor.map",),
    operations=(
        Operation(
            "chat",
            _second("chat", "chat_stream"),
            cohere_chat.request,
            cohere_chat.response,
            cohere_chat.fold,
            cohere_chat.is_content,
            cohere_rank.answer,
            api="chat.v2",
        ),
        Operation(
            "chat",
            _first("chat", "chat_stream"),
            cohere_v1.request,
            cohere_v1.response,
            cohere_v1.fold,
            cohere_v1.is_content,
            cohere_rank.answer,
            api="chat.v1",
        ),
        Operation(
            "text_completion",
            _first("generate", "generate_stream"),
            cohere_v1.generate_request,
            cohere_v1.generate_response,
            cohere_v1.generate_fold,
            cohere_v1.is_content,
            cohere_rank.answer,
            api="generate",
        ),
        Operation(
            "text_completion",
            _first("summarize"),
            cohere_v1.summarize_request,
            cohere_v1.summarize_response,
            keep=cohere_rank.answer,
            api="summarize",
        ),
        Operation(
            "embeddings",
            # The first version's client cuts a long list into several requests, each in a thread.
            (*both("cohere.client", "Client", "embed"), *_first("embed"), *_second("embed")),
            cohere_rank.embed_request,
            cohere_rank.embed_response,
            keep=cohere_rank.embed_kept,
            kind="embedding",
            api="embed",
        ),
        Operation(
            "rerank",
            _first("rerank") + _second("rerank"),
            cohere_rank.rerank_request,
            rerank.response,
            keep=cohere_rank.answer,
            kind="rerank",
            api="rerank",
        ),
        Operation(
            "classify",
            _first("classify"),
            cohere_rank.classify_request,
            cohere_rank.classify_response,
            keep=cohere_rank.answer,
            kind="other",
            api="classify",
        ),
        Operation(
            "ocr",
            _second("parse"),
            cohere_rank.parse_request,
            cohere_rank.parse_response,
            keep=cohere_rank.answer,
            api="parse",
        ),
        Operation(
            "speech_to_text",
            (
                *both("cohere.audio.transcriptions.client", "TranscriptionsClient", "create"),
                *both("cohere.audio.transcriptions.raw_client", "RawTranscriptionsClient", "create"),
            ),
            cohere_rank.transcription_request,
            openai_media.transcription_response,
            keep=cohere_rank.answer,
            api="audio",
        ),
    ),
)
