"""Mistral's client, and those for Azure and Google Cloud that come with it."""

from __future__ import annotations

from typing import Any

from limelight.core.names import provider_at
from limelight.core.operation import Integration, Operation
from limelight.core.wire import mistral_chat, mistral_conversations, mistral_media, openai_media

_PACKAGES = ("mistralai", "mistralai.client")
"""Where the client's modules are until version 2, and since."""
_CLOUDS = ("mistralai_azure", "mistralai_gcp", "mistralai.azure.client", "mistralai.gcp.client")
_PROVIDERS = {"azure": "azure.ai.inference", "gcp": "gcp.vertex_ai"}


def _of(resource: str, *methods: str, packages: tuple[str, ...] = _PACKAGES) -> tuple[str, ...]:
    """Methods of a resource (`chat:Chat`) and their async twins, which have `_async` behind the name."""
    return tuple(
        f"{package}.{resource}.{method}{twin}" for package in packages for method in methods for twin in ("", "_async")
    )


def owner(part: Any) -> Any:
    """The configuration that all resources of a client share."""
    return getattr(part, "sdk_configuration", part)


def address(configuration: Any) -> str | None:
    details = getattr(configuration, "get_server_details", None)
    return details()[0] if callable(details) else None


def provider(host: str | None, configuration: Any) -> str:
    """The cloud whose own client it is, otherwise whoever the host belongs to."""
    module = type(configuration).__module__
    cloud = next((name for word, name in _PROVIDERS.items() if word in module), None)
    return cloud or provider_at(host) or "mistral_ai"


MISTRAL = Integration(
    name="mistral",
    package="mistralai>=1.0",
    provider=provider,
    owner=owner,
    address=address,
    native_tracers=tuple(f"{package}._hooks.tracing:TracingHook.before_request" for package in _PACKAGES),
    native_spans=frozenset({"mistralai_sdk_tracer"}),
    operations=(
        Operation(
            "chat",
            _of("chat:Chat", "complete", "stream", packages=_PACKAGES + _CLOUDS),
            mistral_chat.request,
            mistral_chat.response,
            mistral_chat.fold,
            mistral_chat.is_content,
            api="chat.completions",
        ),
        Operation(
            "chat",
            _of("agents:Agents", "complete", "stream"),
            mistral_chat.request,
            mistral_chat.response,
            mistral_chat.fold,
            mistral_chat.is_content,
            api="agents",
        ),
        Operation(
            "text_completion",
            _of("fim:Fim", "complete", "stream", packages=_PACKAGES + _CLOUDS),
            mistral_chat.fim_request,
            mistral_chat.response,
            mistral_chat.fold,
            mistral_chat.is_content,
            api="fim",
        ),
        Operation(
            "invoke_agent",
            _of(
                "conversations:Conversations",
                *(f"{verb}{how}" for verb in ("start", "append", "restart") for how in ("", "_stream")),
            ),
            mistral_conversations.request,
            mistral_conversations.response,
            mistral_conversations.fold,
            mistral_conversations.is_content,
            api="conversations",
        ),
        Operation(
            "embeddings",
            _of("embeddings:Embeddings", "create"),
            mistral_chat.embeddings_request,
            openai_media.embeddings_response,
            keep=openai_media.embeddings_kept,
            kind="embedding",
            api="embeddings",
        ),
        Operation(
            "ocr",
            _of("ocr:Ocr", "process", packages=_PACKAGES + _CLOUDS),
            mistral_media.ocr_request,
            mistral_media.ocr_response,
            api="ocr",
        ),
        Operation(
            "speech_to_text",
            _of("transcriptions:Transcriptions", "complete", "stream"),
            mistral_media.transcription_request,
            mistral_media.transcription_response,
            mistral_media.transcription_fold,
            mistral_media.is_text,
            api="audio",
        ),
        Operation(
            "text_to_speech",
            _of("speech:Speech", "complete"),
            mistral_media.speech_request,
            openai_media.speech_response,
            mistral_media.speech_fold,
            mistral_media.is_sound,
            mistral_media.speech_kept,
            api="audio",
        ),
        Operation(
            "moderation",
            _of("classifiers:Classifiers", "moderate", "moderate_chat"),
            mistral_media.moderation_request,
            mistral_media.moderation_response,
            kind="guardrail",
            api="moderations",
        ),
        Operation(
            "classify",
            _of("classifiers:Classifiers", "classify", "classify_chat"),
            mistral_media.moderation_request,
            mistral_media.classification_response,
            kind="guardrail",
            api="classifications",
        ),
    ),
)
