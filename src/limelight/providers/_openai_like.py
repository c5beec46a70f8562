"""The operations of OpenAI's API, for OpenAI's client and for every client made after it."""

from __future__ import annotations

from limelight.core.operation import Operation
from limelight.core.wire import openai_chat, openai_completions, openai_media


def chat(*targets: str) -> Operation:
    return Operation(
        "chat",
        targets,
        openai_chat.request,
        openai_chat.response,
        openai_chat.fold,
        openai_chat.is_content,
        api="chat_completions",
    )


def completions(*targets: str) -> Operation:
    return Operation(
        "text_completion",
        targets,
        openai_completions.request,
        openai_completions.response,
        openai_completions.fold,
        openai_completions.is_content,
        api="completions",
    )


def embeddings(*targets: str) -> Operation:
    return Operation(
        "embeddings",
        targets,
        openai_media.embeddings_request,
        openai_media.embeddings_response,
        keep=openai_media.embeddings_kept,
        kind="embedding",
        api="embeddings",
    )


def images(*targets: str) -> Operation:
    return Operation(
        "image_generation",
        targets,
        openai_media.images_request,
        openai_media.images_response,
        openai_media.images_fold,
        openai_media.has_image,
        api="images",
    )


def speech(*targets: str) -> Operation:
    return Operation(
        "text_to_speech",
        targets,
        openai_media.speech_request,
        openai_media.speech_response,
        api="audio",
    )


def transcriptions(*targets: str) -> Operation:
    return Operation(
        "speech_to_text",
        targets,
        openai_media.transcription_request,
        openai_media.transcription_response,
        openai_media.transcription_fold,
        openai_media.is_delta,
        api="audio",
    )


def batches(*targets: str) -> Operation:
    return Operation(
        "batch",
        targets,
        openai_media.batch_request,
        openai_media.batch_response,
        kind="other",
        api="batches",
    )
