"""Addresses at which models answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from limelight.core.names import provider_at
from limelight.core.operation import Operation


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One kind of address, and how what goes there and comes back is read."""

    path: str
    """Regular expression for the end of a path.  Its groups are arguments of the request; its last word is plain."""
    operation: Operation
    provider: str
    """Who answers, where the host is nobody's that we know."""
    marks: tuple[str, ...] = ("model",)
    """Fields that a request has to have to be this one, where the host is nobody's that we know."""

    @property
    def word(self) -> str:
        """The path's last word: the one thing that is asked of every request."""
        return re.split("[/:]", self.path)[-1]


@dataclass(frozen=True, slots=True)
class Target:
    """Where one request goes."""

    endpoint: Endpoint
    url: str
    """Without what may be secret: user, password and query."""
    named: Mapping[str, str]
    """What the path says about the request."""


def target(url: str, body: Any, endpoints: Iterable[Endpoint]) -> Target | None:
    """Which of these endpoints a request goes to; None if it is none of them, or nobody could tell."""
    parts = urlsplit(url)
    is_known = provider_at(parts.hostname, parts.port) is not None
    for endpoint in endpoints:
        found = re.search(f"{endpoint.path}$", parts.path)
        if found is not None and (is_known or all(_has(body, mark) for mark in endpoint.marks)):
            named = {name: unquote(value) for name, value in found.groupdict().items() if value is not None}
            host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
            port = f":{parts.port}" if parts.port is not None else ""
            return Target(endpoint, f"{parts.scheme}://{host}{port}{parts.path}", named)
    return None


def _has(body: Any, mark: str) -> bool:
    """Is this a field of the body, as far as a look can tell?"""
    if isinstance(body, Mapping):
        return mark in body
    if isinstance(body, (bytes, bytearray)):
        return f'"{mark}"'.encode() in body
    return isinstance(body, str) and f'"{mark}"' in body
