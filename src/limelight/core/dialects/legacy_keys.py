"""Attribute keys that earlier conventions wrote and that are still met in the wild (read, never written)."""

from __future__ import annotations

SYSTEM = "gen_ai.system"
"""The provider, until 1.36."""

PREFIX = "gen_ai."
REQUEST_PREFIX = "gen_ai.request."
TOOLS_PREFIX = "gen_ai.request.tools."
"""Of the indexed dialect, and no parameters."""

USAGE = {
    "input": ("gen_ai.usage.prompt_tokens",),
    "output": ("gen_ai.usage.completion_tokens",),
    "cache_read": ("gen_ai.usage.cache_read_input_tokens", "gen_ai.usage.details.cache_read_tokens"),
    "cache_write": (
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "gen_ai.usage.details.cache_write_tokens",
    ),
    "reasoning": (
        "gen_ai.usage.reasoning_tokens",
        "gen_ai.usage.details.reasoning_tokens",
        "llm.usage.reasoning_tokens",
    ),
}
COST = ("gen_ai.usage.cost", "gen_ai.usage.cost.amount", "operation.cost")

SEED = "gen_ai.openai.request.seed"
REQUEST_TIER = "gen_ai.openai.request.service_tier"
RESPONSE_TIER = "gen_ai.openai.response.service_tier"
FINGERPRINT = "gen_ai.openai.response.system_fingerprint"
RESPONSE_FORMAT = "gen_ai.openai.request.response_format"
IS_STREAMING = ("gen_ai.is_streaming", "llm.is_streaming")
FIRST_CHUNK = ("gen_ai.client.operation.time_to_first_chunk",)
RETRIEVAL_QUERY = "gen_ai.retrieval.query.text"
RETRIEVAL_DOCUMENTS = "gen_ai.retrieval.documents"

SESSION = ("gen_ai.session.id",)
USER = ("gen_ai.user.id", "gen_ai.user", "gen_ai.request.user", "enduser.id")
TAGS = ("tag.tags", "logfire.tags")

PROMPT = "gen_ai.prompt"
COMPLETION = "gen_ai.completion"
MESSAGE_EVENTS = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
CHOICE_EVENT = "gen_ai.choice"
CONTENT_EVENTS = {"gen_ai.content.prompt": PROMPT, "gen_ai.content.completion": COMPLETION}

HTTP_METHOD = ("http.request.method", "http.method")
HTTP_STATUS = ("http.status_code",)
EXCEPTION_EVENTS = ("gen_ai.client.operation.exception",)
