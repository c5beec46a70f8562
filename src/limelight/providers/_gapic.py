"""What the clients that Google's API generator makes have in common: beneath its older SDKs, one call is one request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limelight.core.operation import Operation
from limelight.core.wire import google_generate, google_media, google_stream

if TYPE_CHECKING:
    from collections.abc import Sequence


def address(client: Any) -> str | None:
    """`host:port` for gRPC, which means TLS; what is written otherwise says so."""
    endpoint = getattr(client, "api_endpoint", None)
    if not isinstance(endpoint, str):
        return None
    return endpoint if "://" in endpoint else f"https://{endpoint}"


def both(services: Sequence[str], service: str, *methods: str) -> tuple[str, ...]:
    """Methods of a service's client and of its async twin, in each version of the service."""
    return tuple(
        f"{module}.{file}:{service}{kind}.{method}"
        for module in services
        for file, kind in (("client", "Client"), ("async_client", "AsyncClient"))
        for method in methods
    )


def generating(services: Sequence[str], service: str) -> Operation:
    return Operation(
        "generate_content",
        both(services, service, "generate_content", "stream_generate_content"),
        google_generate.request,
        google_generate.response,
        google_stream.fold,
        google_generate.is_content,
        api="generate_content",
    )


def embedding(api: str, services: Sequence[str], service: str, *methods: str) -> Operation:
    return Operation(
        "embeddings",
        both(services, service, *methods),
        google_media.embed_request,
        google_media.embed_response,
        kind="embedding",
        api=api,
    )


def counting(services: Sequence[str], service: str) -> Operation:
    return Operation(
        "count_tokens",
        both(services, service, "count_tokens"),
        google_generate.request,
        google_media.count_response,
        kind="other",
        api="count_tokens",
    )
