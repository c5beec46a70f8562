from __future__ import annotations

from tests.conformance.conftest import fake, provider, watched

__all__ = ["fake", "provider", "watched"]
