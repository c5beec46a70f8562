"""What the clients that Stainless generates have in common: OpenAI's, Anthropic's and their kin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from limelight.core.names import provider_at


def both(module: str, resource: str, *methods: str) -> tuple[str, ...]:
    """Methods of a resource class and of its async twin, which has `Async` before its name."""
    return tuple(f"{module}:{kind}{resource}.{method}" for kind in ("", "Async") for method in methods)


def retrying(part: Any, times: Any) -> Any:
    """The same resource of a copy of its client; `stream` of a client's own is of no resource."""
    return type(part)(part._client.with_options(max_retries=times))


def at_host_or(name: str) -> Callable[[str | None, Any], str]:
    """Whoever the host belongs to; behind a host that nobody knows, the client's own vendor."""
    return lambda host, client: provider_at(host) or name
