from __future__ import annotations

from tests.conformance.conftest import certificates, fake, no_client_left, provider, spans, traced

__all__ = ["certificates", "fake", "no_client_left", "provider", "spans", "traced"]
