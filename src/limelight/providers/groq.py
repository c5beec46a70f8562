"""Groq's client, and whoever it is pointed at."""

from __future__ import annotations

from limelight.core.operation import Integration
from limelight.providers import _openai_like
from limelight.providers._stainless import at_host_or, both, retrying

_RESOURCES = "groq.resources"
_AUDIO = f"{_RESOURCES}.audio"

GROQ = Integration(
    name="groq",
    package="groq>=0.4",
    retrying=retrying,
    provider=at_host_or("groq"),
    operations=(
        _openai_like.chat(*both(f"{_RESOURCES}.chat.completions", "Completions", "create")),
        _openai_like.embeddings(*both(f"{_RESOURCES}.embeddings", "Embeddings", "create")),
        _openai_like.speech(*both(f"{_AUDIO}.speech", "Speech", "create")),
        _openai_like.transcriptions(
            *both(f"{_AUDIO}.transcriptions", "Transcriptions", "create"),
            *both(f"{_AUDIO}.translations", "Translations", "create"),
        ),
        _openai_like.batches(*both(f"{_RESOURCES}.batches", "Batches", "create", "retrieve", "cancel")),
    ),
)
