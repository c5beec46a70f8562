"""Ollama's client, and its functions that need none."""

from __future__ import annotations

from typing import Any

from limelight.core.operation import Integration, Operation
from limelight.core.wire import ollama
from limelight.providers._stainless import both


def itself(client: Any) -> Any:
    """A client keeps its HTTP client as `_client`; it has no parts."""
    return client


def address(client: Any) -> str | None:
    base = getattr(getattr(client, "_client", None), "base_url", None)
    return None if base is None else str(base)


def _of(name: str) -> tuple[str, ...]:
    """The methods of both clients, and the function of the package: it is a method of a client of its own."""
    return (*both("ollama._client", "Client", name), f"ollama:{name}")


OLLAMA = Integration(
    name="ollama",
    package="ollama>=0.3",
    owner=itself,
    address=address,
    operations=(
        Operation(
            "chat",
            _of("chat"),
            ollama.chat_request,
            ollama.chat_response,
            ollama.fold,
            ollama.is_content,
            api="chat",
        ),
        Operation(
            "text_completion",
            _of("generate"),
            ollama.generate_request,
            ollama.generate_response,
            ollama.fold,
            ollama.is_content,
            api="generate",
        ),
        Operation(
            "embeddings",
            _of("embed") + _of("embeddings"),
            ollama.embed_request,
            ollama.embed_response,
            keep=ollama.embed_kept,
            kind="embedding",
            api="embed",
        ),
    ),
)
