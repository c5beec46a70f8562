"""The Vertex AI SDK, `google-cloud-aiplatform`: what its `vertexai.generative_models` send."""

from __future__ import annotations

from limelight.core.operation import Integration
from limelight.providers import _gapic

_SERVICES = tuple(f"google.cloud.aiplatform_{version}.services" for version in ("v1", "v1beta1"))
_PREDICTION = tuple(f"{services}.prediction_service" for services in _SERVICES)
_UTILITY = tuple(f"{services}.llm_utility_service" for services in _SERVICES)

VERTEXAI = Integration(
    name="vertexai",
    package="google-cloud-aiplatform>=1.38",
    provider=lambda host, client: "gcp.vertex_ai",
    address=_gapic.address,
    operations=(
        _gapic.generating(_PREDICTION, "PredictionService"),
        _gapic.counting(_PREDICTION, "PredictionService"),
        _gapic.counting(_UTILITY, "LlmUtilityService"),
    ),
)
