from __future__ import annotations

from tests.conformance.conftest import fake, provider, traced, watched

__all__ = ["fake", "provider", "traced", "watched"]
