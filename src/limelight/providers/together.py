"""Together's client: its own before 2, Stainless's since."""

from __future__ import annotations

from typing import Any

from limelight.core.operation import Integration, Operation, client_of
from limelight.core.wire import rerank
from limelight.providers import _openai_like
from limelight.providers._stainless import at_host_or, both, retrying

_RESOURCES = "together.resources"


def owner(part: Any) -> Any:
    """Before 2, the resources share an inner `client` that the outer one keeps."""
    client = client_of(part)
    return getattr(client, "client", client)


def _either(module: str, before: str, since: str, *methods: str) -> tuple[str, ...]:
    """Methods of a class that got a new name with version 2."""
    path = f"{_RESOURCES}.{module}"
    return both(path, before, *methods) + both(path, since, *methods)


TOGETHER = Integration(
    name="together",
    package="together>=1.2",
    retrying=retrying,
    provider=at_host_or("together"),
    owner=owner,
    operations=(
        _openai_like.chat(*_either("chat.completions", "ChatCompletions", "CompletionsResource", "create")),
        _openai_like.completions(*_either("completions", "Completions", "CompletionsResource", "create")),
        _openai_like.embeddings(*_either("embeddings", "Embeddings", "EmbeddingsResource", "create")),
        _openai_like.images(*_either("images", "Images", "ImagesResource", "generate")),
        _openai_like.speech(*_either("audio.speech", "Speech", "SpeechResource", "create")),
        _openai_like.transcriptions(
            *_either("audio.transcriptions", "Transcriptions", "TranscriptionsResource", "create"),
            *_either("audio.translations", "Translations", "TranslationsResource", "create"),
        ),
        _openai_like.batches(
            *both(f"{_RESOURCES}.batches", "BatchesResource", "create", "retrieve", "cancel"),
            *both(f"{_RESOURCES}.batch", "Batches", "create_batch", "get_batch", "cancel_batch"),
        ),
        Operation(
            "rerank",
            _either("rerank", "Rerank", "RerankResource", "create"),
            rerank.request,
            rerank.response,
            kind="rerank",
            api="rerank",
        ),
    ),
)
