"""The many names of one model, and whose price list a provider's bill follows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LISTS = {
    "amazon_bedrock": "aws",
    "aws.bedrock": "aws",
    "aws_bedrock": "aws",
    "az.ai.inference": "azure",
    "az.ai.openai": "azure",
    "azure.ai.inference": "azure",
    "azure.ai.openai": "azure",
    "azure_ai": "azure",
    "azure_openai": "azure",
    "azure_text": "azure",
    "bedrock": "aws",
    "claude": "anthropic",
    "codestral": "mistral",
    "cohere_chat": "cohere",
    "fireworks_ai": "fireworks",
    "gcp.gemini": "google",
    "gcp.gen_ai": "google",
    "gcp.vertex_ai": "google",
    "gemini": "google",
    "google_genai": "google",
    "grok": "x-ai",
    "hugging_face": "huggingface",
    "mistral_ai": "mistral",
    "mistralai": "mistral",
    "moonshot": "moonshotai",
    "moonshot_ai": "moonshotai",
    "text-completion-codestral": "mistral",
    "text-completion-openai": "openai",
    "together.ai": "together",
    "together_ai": "together",
    "vertex_ai": "google",
    "vertex_ai_beta": "google",
    "vertexai": "google",
    "voyage_ai": "voyageai",
    "x_ai": "x-ai",
    "xai": "x-ai",
    "z_ai": "zai",
}
"""OpenTelemetry's and other people's names of providers -> the price list's."""
LOCAL = frozenset({
    "jan", "koboldcpp", "llama.cpp", "llama_cpp", "llamacpp", "llamafile", "lm studio", "lm_studio", "lmstudio",
    "local", "localai", "mlx", "ollama", "sglang", "vllm", "xinference",
})  # fmt: skip
"""Run on the user's own machines: nobody sends a bill, and what the electricity cost we do not know."""
ROUTERS = frozenset({"", "_other", "langchain", "litellm", "litellm_proxy", "openrouter", "portkey", "unknown"})
"""Say who passed the call on, not who answered it; then the model's own name may tell."""

ROUTES = frozenset({"beta", "exacto", "extended", "floor", "nitro", "online", "thinking"})
"""OpenRouter's words behind a model's name for how it picks who answers: the price then varies about the model's own."""

_MAKERS = (
    (re.compile(r"claude-"), "anthropic"),
    (re.compile(r"(?:gpt-(?!oss)|chatgpt-|o[134](?:-|$)|text-embedding-(?:3|ada))"), "openai"),
    (re.compile(r"gemini-"), "google"),
    (re.compile(r"grok-\d"), "x-ai"),
)
"""Models that only their maker's price list describes; open weights are sold at any price."""
_COMPACT_DATE = re.compile(r"-(20\d\d)(\d\d)(\d\d)$")
_VERSION = re.compile(r"(?:-20\d\d-?\d\d-?\d\d|-latest|-default)$")
_ARN = re.compile(r"arn:aws[a-z-]*:bedrock:[^:]*:[^:]*:(?P<kind>[a-z-]+)/(?P<name>.+)$")
_NAMED_ARNS = frozenset({"foundation-model", "inference-profile"})
"""Kinds of Bedrock's addresses that end in a model's name; the others name what somebody made."""
_BEDROCK = re.compile(r"^(?:[a-z-]{2,8}\.)?[a-z0-9]{2,12}\.(?=[a-z])|-v\d{1,2}(?::\d{1,3}[a-z]?)?$")


def list_name(provider: str) -> str:
    """The price list's name for a provider."""
    lowered = provider.strip().lower()
    return LISTS.get(lowered, lowered)


def maker(model: str) -> str | None:
    """Who makes a model that no one but its maker prices, told by its name alone."""
    return next((name for pattern, name in _MAKERS if pattern.match(model)), None)


def spellings(model: str) -> Iterator[str]:
    """Names under which a list may hold the model, the most exact first.

    A fine-tuned model has a price of its own: it is never looked up as the model it was made from.  Nor is what
    stands behind an application's inference profile, a custom or a provisioned model of Bedrock.
    """
    name = model.strip().lower()
    if "arn:aws" in name:
        if (arn := _ARN.search(name)) is None or arn["kind"] not in _NAMED_ARNS:
            return
        name = arn["name"]
    yield name
    if name.startswith("ft:") or ".ft-" in name:
        return
    seen = {name}
    last = name.rsplit("/", 1)[-1]
    bases = (name.replace("@", "-"), last.replace("@", "-"), _BEDROCK.sub("", last))
    for rewrite in (str, _dashed, _undated):
        for found in map(rewrite, bases):
            if found not in seen:
                seen.add(found)
                yield found


def _dashed(name: str) -> str:
    """`-20251211` as `-2025-12-11`, the way most lists write it."""
    return _COMPACT_DATE.sub(r"-\1-\2-\3", name)


def _undated(name: str) -> str:
    """A snapshot that the list does not name costs what its model costs."""
    return _VERSION.sub("", name)
