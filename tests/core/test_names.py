from __future__ import annotations

import pytest

from limelight.core import names


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("openai", "openai"),
        ("Azure", "azure.ai.openai"),
        ("claude", "anthropic"),
        ("openai.chat", "openai"),
        ("anthropic.messages", "anthropic"),
        ("mistral.chat", "mistral_ai"),
        ("az.ai.openai", "azure.ai.openai"),
        ("gcp.vertex_ai", "gcp.vertex_ai"),
        (" VertexAI ", "gcp.vertex_ai"),
        ("acme", "acme"),
    ],
)
def test_a_provider_has_one_name(said: str, name: str) -> None:
    assert names.provider(said) == name


def test_an_operation_has_one_name() -> None:
    assert [names.operation(said) for said in ("Completion", "embedding", "chat", "odd")] == [
        "text_completion",
        "embeddings",
        "chat",
        "odd",
    ]


@pytest.mark.parametrize(
    ("host", "port", "name"),
    [
        ("api.openai.com", None, "openai"),
        ("eu.api.openai.com", None, "openai"),
        ("acme.openai.azure.com", None, "azure.ai.openai"),
        ("acme.services.ai.azure.com", 443, "azure.ai.inference"),
        ("API.DeepSeek.com.", None, "deepseek"),
        ("api.x.ai", None, "x_ai"),
        ("api.perplexity.ai", None, "perplexity"),
        ("generativelanguage.googleapis.com", None, "gcp.gemini"),
        ("europe-west1-aiplatform.googleapis.com", None, "gcp.vertex_ai"),
        ("bedrock-runtime.us-east-1.amazonaws.com", None, "aws.bedrock"),
        ("bedrock-mantle.us-east-1.api.aws", None, "aws.bedrock"),
        ("s3.amazonaws.com", None, None),
        ("localhost", 11434, "ollama"),
        ("127.0.0.1", 1234, "lmstudio"),
        ("localhost", 8000, None),
        ("localhost", None, None),
        ("llm.acme.example", None, None),
        ("evil-api.openai.com.example", None, None),
        (None, None, None),
        ("", 80, None),
    ],
)
def test_a_host_tells_who_answers(host: str | None, port: int | None, name: str | None) -> None:
    assert names.provider_at(host, port) == name
