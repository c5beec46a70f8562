"""Hugging Face's inference client: its own servers, and everybody it hands a request on to."""

from __future__ import annotations

from typing import Any

from limelight.core.operation import Integration, Operation
from limelight.core.wire import huggingface, openai_media
from limelight.core.wire.read import Table
from limelight.providers import _openai_like
from limelight.providers._stainless import at_host_or

_INFERENCE = "huggingface_hub.inference"
_OWN = ("auto", "hf-inference")


def _of(method: str) -> tuple[str, ...]:
    """A method of both clients; `client.chat.completions.create` is one of these by another name."""
    return (
        f"{_INFERENCE}._client:InferenceClient.{method}",
        f"{_INFERENCE}._generated._async_client:AsyncInferenceClient.{method}",
    )


def address(client: Any) -> str | None:
    """A client is made for a model, or for the server that has one."""
    return model if _is_url(model := getattr(client, "model", None)) else None


def defaults(client: Any) -> Table:
    """The client's own model, and to whom it hands on what is not for Hugging Face's own servers."""
    model, provider = getattr(client, "model", None), getattr(client, "provider", None)
    return {"model": None if _is_url(model) else model, "provider": None if provider in _OWN else provider}


def _is_url(model: object) -> bool:
    return isinstance(model, str) and model.startswith(("http://", "https://"))


HUGGINGFACE = Integration(
    name="huggingface",
    package="huggingface_hub>=0.25",
    provider=at_host_or("huggingface"),
    owner=lambda client: client,
    address=address,
    defaults=defaults,
    operations=(
        _openai_like.chat(*_of("chat_completion")),
        Operation(
            "text_completion",
            _of("text_generation"),
            huggingface.generation_request,
            huggingface.generation_response,
            huggingface.fold,
            huggingface.is_content,
            api="text_generation",
        ),
        Operation(
            "embeddings",
            _of("feature_extraction"),
            huggingface.features_request,
            openai_media.embeddings_response,
            keep=huggingface.features_kept,
            kind="embedding",
            api="feature_extraction",
        ),
        _openai_like.images(*_of("text_to_image")),
        Operation(
            "speech_to_text",
            _of("automatic_speech_recognition"),
            huggingface.recognition_request,
            openai_media.transcription_response,
            api="automatic_speech_recognition",
        ),
        Operation(
            "text_to_speech",
            _of("text_to_speech"),
            huggingface.speech_request,
            openai_media.speech_response,
            api="text_to_speech",
        ),
    ),
)
