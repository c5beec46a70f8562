from __future__ import annotations

from tests.conformance.conftest import fake, provider, spans, traced, watched

__all__ = ["fake", "provider", "spans", "traced", "watched"]
