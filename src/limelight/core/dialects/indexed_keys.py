"""Keys of the indexed dialect: one attribute for each field of each message."""

from __future__ import annotations

from limelight.core.dialects.legacy_keys import TOOLS_PREFIX

PROMPT = "gen_ai.prompt."
COMPLETION = "gen_ai.completion."

ROLE = "role"
NAME = "name"
CONTENT = "content"
FINISH_REASON = "finish_reason"
TOOL_CALL_ID = "tool_call_id"
TOOL_CALLS = "tool_calls"

OPENAI_USER = "gen_ai.openai.request.user"
AGENT_ALIAS = "gen_ai.bedrock.agent_alias.id"

VENDORS = {
    "openai": "gen_ai.openai.request.tools.",
    "azure.ai.openai": "gen_ai.openai.request.tools.",
    "aws.bedrock": "gen_ai.bedrock.request.tools.",
}
"""Providers whose tools stand under a name of their own; everybody else's stand under `TOOLS`."""
TOOLS = TOOLS_PREFIX
FUNCTIONS = "llm.request.functions."
"""The tools in the first spans of this kind (read, never written)."""

REQUEST_TYPE = "llm.request.type"
SPAN_KIND = "traceloop.span.kind"
ENTITY_NAME = "traceloop.entity.name"
ENTITY_INPUT = "traceloop.entity.input"
ENTITY_OUTPUT = "traceloop.entity.output"
ASSOCIATION = "traceloop.association.properties."
USER = "llm.user"
PARAMS = {
    "llm.frequency_penalty": "frequency_penalty",
    "llm.presence_penalty": "presence_penalty",
    "llm.top_k": "top_k",
    "llm.chat.stop_sequences": "stop",
    "llm.headers": "extra_headers",
}

MARKS = (
    "gen_ai.prompt.0.role", "gen_ai.completion.0.role", "gen_ai.prompt.0.content", "gen_ai.completion.0.content",
    "gen_ai.completion.0.finish_reason", REQUEST_TYPE, SPAN_KIND, "gen_ai.openai.request.tools.0.type",
    "gen_ai.bedrock.request.tools.0.function.name", "gen_ai.request.tools.0.type", "gen_ai.request.tools.0.function.name",
)  # fmt: skip
"""A span that has one of these is written in it."""
CONTENTS = (PROMPT, COMPLETION, TOOLS, *VENDORS.values(), FUNCTIONS)
"""How the keys begin that hold what was asked and answered."""
