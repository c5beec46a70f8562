"""What providers and operations are called: OpenTelemetry's names, other people's for the same, and their hosts."""

from __future__ import annotations

PROVIDERS = {
    "aws": "aws.bedrock",
    "amazon-bedrock": "aws.bedrock",
    "amazon_bedrock": "aws.bedrock",
    "aws_bedrock": "aws.bedrock",
    "bedrock": "aws.bedrock",
    "az.ai.inference": "azure.ai.inference",
    "azure_ai": "azure.ai.inference",
    "azure_ai_inference": "azure.ai.inference",
    "az.ai.openai": "azure.ai.openai",
    "azure": "azure.ai.openai",
    "azure.openai": "azure.ai.openai",
    "azure_openai": "azure.ai.openai",
    "azure-openai": "azure.ai.openai",
    "azureopenai": "azure.ai.openai",
    "claude": "anthropic",
    "cohere_ai": "cohere",
    "gemini": "gcp.gemini",
    "google": "gcp.gemini",
    "google.generative-ai": "gcp.gemini",
    "google_generativeai": "gcp.gemini",
    "google-genai": "gcp.gen_ai",
    "google_genai": "gcp.gen_ai",
    "google-vertex": "gcp.vertex_ai",
    "google.vertex": "gcp.vertex_ai",
    "vertex": "gcp.vertex_ai",
    "vertex_ai": "gcp.vertex_ai",
    "vertexai": "gcp.vertex_ai",
    "watsonx": "ibm.watsonx.ai",
    "mistral": "mistral_ai",
    "mistralai": "mistral_ai",
    "moonshot": "moonshot_ai",
    "fireworks_ai": "fireworks",
    "together_ai": "together",
    "togetherai": "together",
    "xai": "x_ai",
    "grok": "x_ai",
    # LiteLLM's names for the several ways to one provider.
    "ollama_chat": "ollama",
    "cohere_chat": "cohere",
    "bedrock_converse": "aws.bedrock",
    "azure_text": "azure.ai.openai",
    "vertex_ai_beta": "gcp.vertex_ai",
    "text-completion-openai": "openai",
    "custom_openai": "openai",
    "codestral": "mistral_ai",
    "text-completion-codestral": "mistral_ai",
    "hosted_vllm": "vllm",
    "lm_studio": "lmstudio",
    "nvidia_nim": "nvidia",
    "dashscope": "alibaba",
    "zai": "z_ai",
}
"""Aliases, in lower case, to the name OpenTelemetry uses where it has one."""

OPERATIONS = {
    "completion": "text_completion",
    "completions": "text_completion",
    "chat_completion": "chat",
    "chat.completions": "chat",
    "embedding": "embeddings",
    "embed": "embeddings",
    "image": "image_generation",
    "transcription": "speech_to_text",
    "speech": "text_to_speech",
    "tool": "execute_tool",
}

HOSTS = {
    "api.openai.com": "openai",
    "openai.azure.com": "azure.ai.openai",
    "cognitiveservices.azure.com": "azure.ai.openai",
    "services.ai.azure.com": "azure.ai.inference",
    "models.inference.ai.azure.com": "azure.ai.inference",
    "models.github.ai": "github",
    "api.anthropic.com": "anthropic",
    "generativelanguage.googleapis.com": "gcp.gemini",
    "aiplatform.googleapis.com": "gcp.vertex_ai",
    "api.ai21.com": "ai21",
    "api.cerebras.ai": "cerebras",
    "api.cloudflare.com": "cloudflare",
    "api.cohere.ai": "cohere",
    "api.cohere.com": "cohere",
    "api.deepinfra.com": "deepinfra",
    "api.deepseek.com": "deepseek",
    "api.fireworks.ai": "fireworks",
    "api.groq.com": "groq",
    "api.hyperbolic.xyz": "hyperbolic",
    "api.minimax.io": "minimax",
    "api.mistral.ai": "mistral_ai",
    "codestral.mistral.ai": "mistral_ai",
    "api.moonshot.ai": "moonshot_ai",
    "api.moonshot.cn": "moonshot_ai",
    "api.novita.ai": "novita",
    "api.perplexity.ai": "perplexity",
    "api.sambanova.ai": "sambanova",
    "api.together.ai": "together",
    "api.together.xyz": "together",
    "api.voyageai.com": "voyage",
    "api.x.ai": "x_ai",
    "api.z.ai": "z_ai",
    "open.bigmodel.cn": "z_ai",
    "dashscope.aliyuncs.com": "alibaba",
    "dashscope-intl.aliyuncs.com": "alibaba",
    "huggingface.co": "huggingface",
    "azuredatabricks.net": "databricks",
    "cloud.databricks.com": "databricks",
    "integrate.api.nvidia.com": "nvidia",
    "openrouter.ai": "openrouter",
    "api.replicate.com": "replicate",
    "api.writer.com": "writer",
    "snowflakecomputing.com": "snowflake",
    "us.inference.heroku.com": "heroku",
    "ml.cloud.ibm.com": "ibm.watsonx.ai",
    "ollama.com": "ollama",
}
"""Who answers at a host, or at any host below it."""

LOCAL_PORTS = {11434: "ollama", 1234: "lmstudio"}
"""Who usually answers at a port of this machine."""

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0", "host.docker.internal"})


def is_limit(header: str) -> bool:
    """Is this what a provider calls how much more may be asked, or when?  In lower case."""
    return header.startswith(("x-ratelimit-", "anthropic-ratelimit-", "ratelimit-")) or header in _LIMITS


_LIMITS = frozenset({"retry-after", "retry-after-ms", "x-trial-endpoint-call-limit", "x-trial-endpoint-call-remaining"})


def provider(name: str) -> str:
    """One name per provider: `claude`, `Azure`, `openai.chat` are written in many ways."""
    key = name.strip().casefold()
    if key in PROVIDERS:
        return PROVIDERS[key]
    head = key.partition(".")[0]
    return PROVIDERS.get(head, head) if head in _SUFFIXED else key


_SUFFIXED = frozenset(
    {
        "openai",
        "anthropic",
        "mistral",
        "cohere",
        "groq",
        "xai",
        "deepseek",
        "perplexity",
        "togetherai",
        "fireworks",
    }
)
"""Providers that Vercel's SDK writes as `openai.chat`, `anthropic.messages` …"""


def is_provider(name: str) -> bool:
    """Is this somebody we know, under whatever name?"""
    key = name.strip().casefold()
    return key in PROVIDERS or key in _KNOWN


_KNOWN = frozenset({*PROVIDERS.values(), *HOSTS.values(), *LOCAL_PORTS.values(), "vllm", "databricks", "ai21"})


def operation(name: str) -> str:
    key = name.strip().casefold()
    return OPERATIONS.get(key, key)


def provider_at(host: str | None, port: int | None = None) -> str | None:
    """Who answers there; None where the host says nothing, as a company's own gateway."""
    if not host:
        return None
    name = host.casefold().rstrip(".")
    if name in _LOCAL:
        return LOCAL_PORTS.get(port) if port is not None else None
    if (name.endswith(".amazonaws.com") and "bedrock" in name) or name.startswith("bedrock-mantle."):
        return "aws.bedrock"
    if name.endswith("-aiplatform.googleapis.com"):
        return "gcp.vertex_ai"
    while name:
        if name in HOSTS:
            return HOSTS[name]
        name = name.partition(".")[2]
    return None
