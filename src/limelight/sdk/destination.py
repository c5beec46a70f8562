"""One backend that takes OTLP over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from limelight.core.dialects import Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where spans are sent, and how its backend wants them: what the presets of `limelight.exporters` give."""

    url: str
    """The whole address, as `https://api.honeycomb.io/v1/traces`."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with every request.  Keys are here, so this is not shown."""
    dialect: tuple[Name, ...] | None = None
    """None: the one that `init(dialect=…)` names."""
    resource: Mapping[str, Any] = field(default_factory=dict)
    """Said of the process there, beside what is said of it everywhere."""
    timeout_s: float = 10.0
    advice: str | None = None
    """Said when it cannot be reached."""
