"""Google's first client for the Gemini API, `google-generativeai`: no longer made, and still in use."""

from __future__ import annotations

from limelight.core.operation import Integration
from limelight.providers import _gapic

_SERVICE = "GenerativeService"
_SERVICES = tuple(f"google.ai.generativelanguage_{version}.services.generative_service" for version in ("v1beta", "v1"))

GOOGLE_GENERATIVEAI = Integration(
    name="google_generativeai",
    package="google-generativeai>=0.5",
    provider=lambda host, client: "gcp.gemini",
    address=_gapic.address,
    operations=(
        _gapic.generating(_SERVICES, _SERVICE),
        _gapic.embedding("embed_content", _SERVICES, _SERVICE, "embed_content", "batch_embed_contents"),
        _gapic.counting(_SERVICES, _SERVICE),
    ),
)
