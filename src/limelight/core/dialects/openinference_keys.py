"""Keys and words of OpenInference 0.1, which Phoenix and Arize read."""

from __future__ import annotations

from limelight.core.dialects import keys
from limelight.core.model import Kind

KIND = "openinference.span.kind"
PROVIDER = "llm.provider"
SYSTEM = "llm.system"
MODEL = "llm.model_name"
REQUEST_MODEL = "llm.request.model_name"
RESPONSE_MODEL = "llm.response.model_name"
EMBEDDING_MODEL = "embedding.model_name"
RERANK_MODEL = "reranker.model_name"
PARAMETERS = "llm.invocation_parameters"
EMBEDDING_PARAMETERS = "embedding.invocation_parameters"
FINISH_REASON = "llm.finish_reason"
INPUT_MESSAGES = "llm.input_messages."
OUTPUT_MESSAGES = "llm.output_messages."
TOOLS = "llm.tools."
EMBEDDINGS = "embedding.embeddings."
RERANK_QUERY = "reranker.query"
RERANK_INPUT = "reranker.input_documents."
DOCUMENTS = "retrieval.documents."
INPUT, INPUT_TYPE = "input.value", "input.mime_type"
OUTPUT, OUTPUT_TYPE = "output.value", "output.mime_type"
JSON_TYPE, TEXT_TYPE = "application/json", "text/plain"
TOOL_NAME = "tool.name"
TOOL_ID = "tool.id"
AGENT_NAME = "agent.name"
TAGS = "tag.tags"
METADATA = "metadata"

TOTAL_TOKENS = "llm.token_count.total"
USAGE = {
    "input": "llm.token_count.prompt",
    "output": "llm.token_count.completion",
    "cache_read": "llm.token_count.prompt_details.cache_read",
    "cache_write": "llm.token_count.prompt_details.cache_write",
    "input_audio": "llm.token_count.prompt_details.audio",
    "reasoning": "llm.token_count.completion_details.reasoning",
    "output_audio": "llm.token_count.completion_details.audio",
}
FORMER_CACHE = "llm.token_count.prompt_details.cache_input"
COST = "llm.cost.total"
PROMPT_COST = "llm.cost.prompt"
COMPLETION_COST = "llm.cost.completion"

PART = "limelight.part"
"""Beside a part that these words cannot say whole: all of it, as OpenTelemetry has it in JSON."""

RENAMED = {
    keys.AGENT_NAME: AGENT_NAME,
    keys.TOOL_NAME: TOOL_NAME,
    keys.TOOL_CALL_ID: TOOL_ID,
    keys.TAGS: TAGS,
    keys.METADATA: METADATA,
    **{keys.USAGE[name]: key for name, key in USAGE.items()},
}
"""Our key -> theirs."""
REPLACED = frozenset({keys.PROVIDER, keys.CONVERSATION})
"""What is said otherwise on every span."""
CALL = frozenset(
    {
        keys.REQUEST_MODEL, keys.RESPONSE_MODEL, keys.SYSTEM, keys.INPUT_MESSAGES, keys.OUTPUT_MESSAGES,
        keys.TOOL_DEFINITIONS, keys.REQUEST_REST,
    }
)  # fmt: skip
"""On a call of a model."""
STEP = frozenset({keys.INPUT, keys.OUTPUT, keys.TOOL_ARGUMENTS, keys.TOOL_RESULT})
"""On every other step."""

KINDS: dict[Kind, str] = {
    "llm": "LLM", "embedding": "EMBEDDING", "rerank": "RERANKER", "tool": "TOOL", "retrieval": "RETRIEVER",
    "agent": "AGENT", "guardrail": "GUARDRAIL", "http": "UNKNOWN", "other": "UNKNOWN",
}  # fmt: skip
"""Every other kind is a CHAIN."""
MEANINGS: dict[str, tuple[Kind, str | None]] = {
    "LLM": ("llm", "chat"), "EMBEDDING": ("embedding", "embeddings"), "RERANKER": ("rerank", "rerank"),
    "TOOL": ("tool", "execute_tool"), "RETRIEVER": ("retrieval", "retrieval"), "AGENT": ("agent", "invoke_agent"),
    "CHAIN": ("chain", None), "GUARDRAIL": ("guardrail", None), "EVALUATOR": ("task", None), "PROMPT": ("task", None),
}  # fmt: skip
"""Their kind -> ours, and the operation that is meant."""

PROVIDERS = {
    "aws.bedrock": "aws", "azure.ai.openai": "azure", "azure.ai.inference": "azure", "gcp.gemini": "google",
    "gcp.gen_ai": "google", "gcp.vertex_ai": "google", "mistral_ai": "mistralai", "x_ai": "xai",
}  # fmt: skip
SYSTEMS = {
    "openai": "openai", "azure.ai.openai": "openai", "anthropic": "anthropic", "cohere": "cohere",
    "mistral_ai": "mistralai", "gcp.vertex_ai": "vertexai",
}  # fmt: skip
"""Whose product the model is, as far as the provider tells."""
CONTENTS = (
    INPUT_MESSAGES, OUTPUT_MESSAGES, TOOLS, EMBEDDINGS, RERANK_QUERY, RERANK_INPUT, DOCUMENTS,
)  # fmt: skip
"""How the keys begin that hold what was asked and answered."""
