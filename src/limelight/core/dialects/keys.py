"""Every attribute key we write, once.

Pinned to OpenTelemetry's GenAI conventions as of October 2026 (schema `gen-ai-dev/1.42.0-dev`).  What they have
no word for stands under `limelight.`.
"""

from __future__ import annotations

OPERATION = "gen_ai.operation.name"
PROVIDER = "gen_ai.provider.name"
OUTPUT_TYPE = "gen_ai.output.type"
CONVERSATION = "gen_ai.conversation.id"
AGENT_NAME = "gen_ai.agent.name"
WORKFLOW_NAME = "gen_ai.workflow.name"

REQUEST_MODEL = "gen_ai.request.model"
SYSTEM = "gen_ai.system_instructions"
INPUT_MESSAGES = "gen_ai.input.messages"
OUTPUT_MESSAGES = "gen_ai.output.messages"
TOOL_DEFINITIONS = "gen_ai.tool.definitions"

RESPONSE_ID = "gen_ai.response.id"
RESPONSE_MODEL = "gen_ai.response.model"
RESPONSE_STATUS = "gen_ai.response.status"
FINISH_REASONS = "gen_ai.response.finish_reasons"
FIRST_CHUNK = "gen_ai.response.time_to_first_chunk"
DIMENSIONS = "gen_ai.embeddings.dimension.count"

TOOL_NAME = "gen_ai.tool.name"
TOOL_CALL_ID = "gen_ai.tool.call.id"
TOOL_ARGUMENTS = "gen_ai.tool.call.arguments"
TOOL_RESULT = "gen_ai.tool.call.result"

OPENAI_API = "openai.api.type"
OPENAI_RESPONSE_TIER = "openai.response.service_tier"
OPENAI_FINGERPRINT = "openai.response.system_fingerprint"

MCP_METHOD = "mcp.method.name"
MCP_RESOURCE = "mcp.resource.uri"
PROMPT_NAME = "gen_ai.prompt.name"
RPC_ID = "jsonrpc.request.id"
RPC_STATUS = "rpc.response.status_code"

ERROR_TYPE = "error.type"
HTTP_STATUS = "http.response.status_code"
SERVER_ADDRESS = "server.address"
SERVER_PORT = "server.port"
SESSION = "session.id"
USER = "user.id"

EXCEPTION_EVENT = "exception"
EXCEPTION_TYPE = "exception.type"
EXCEPTION_MESSAGE = "exception.message"
EXCEPTION_STACK = "exception.stacktrace"

KIND = "limelight.kind"
OUTCOME = "limelight.outcome"
API = "limelight.api"
SERVICE_TIER = "limelight.response.service_tier"
REQUEST_REST = "limelight.request.params"
RESPONSE_REST = "limelight.response.extra"
EMBEDDING_COUNT = "limelight.embeddings.count"
FIRST_CONTENT = "limelight.time_to_first_content"
CHUNKS = "limelight.chunks"
SPEED = "limelight.tokens_per_second"
ERROR_CODE = "limelight.error.code"
REQUEST_ID = "limelight.error.request_id"
RETRY_AFTER = "limelight.error.retry_after"
INPUT = "limelight.input"
OUTPUT = "limelight.output"
TAGS = "limelight.tags"
METADATA = "limelight.metadata"
NOTES = "limelight.notes"
CAPTURED_AT = "limelight.captured_at"
ANSWER_ID = "limelight.request_id"
HEADER = "http.response.header."
LIBRARY = "limelight.library"
ENTRY = "limelight.entry"
"""True on a span whose parent is another tracer's, of which whoever hears of this one need not hear."""
USAGE_SOURCE = "limelight.usage.provenance"
USAGE_ESTIMATED = "limelight.usage.estimated"
TOKEN_TYPE = "gen_ai.token.type"
TOKEN_MODALITY = "gen_ai.token.modality"
UNKNOWN_FIGURE = "limelight.figure"
METRIC_OVERFLOW = "otel.metric.overflow"
PROVIDER_COST = "limelight.response.cost"
COST_SOURCE = "limelight.cost.source"
COST_PROVENANCE = "limelight.cost.provenance"
COST_FORMULA = "limelight.cost.formula"

EVENT = "limelight.event.id"
RUN = "limelight.run.id"
WORKFLOW = "limelight.workflow"
CUSTOMER = "limelight.customer.id"
BUSINESS_EVENT = "limelight.value"
VALUE_TYPE = "limelight.value.type"
VALUE_AMOUNT = "limelight.value.amount"
CLIENT_REQUEST_ID = "limelight.client_request_id"
CACHE_HIT = "limelight.cache_hit"
ATTEMPT_NUMBER = "limelight.attempt.number"
TOOL_SUCCESS = "limelight.tool.success"
TOOL_ITEMS = "limelight.tool.items_returned"
TOOL_BYTES = "limelight.tool.bytes_processed"
PROJECT = "limelight.project"
ENVIRONMENT = "deployment.environment.name"

SCORE_EVENT = "gen_ai.evaluation.result"
SCORE_NAME = "gen_ai.evaluation.name"
SCORE_VALUE = "gen_ai.evaluation.score.value"
SCORE_LABEL = "gen_ai.evaluation.score.label"
SCORE_COMMENT = "gen_ai.evaluation.explanation"

ATTEMPT_EVENT = "limelight.attempt"
ATTEMPT_STATUS = "http.response.status_code"
ATTEMPT_WAIT = "limelight.attempt.wait"
ATTEMPT_RETRY_AFTER = "limelight.attempt.retry_after"
ATTEMPT_REQUEST_ID = "limelight.attempt.request_id"

NUMBERS = {
    "temperature": ("gen_ai.request.temperature", float),
    "top_p": ("gen_ai.request.top_p", float),
    "top_k": ("gen_ai.request.top_k", int),
    "max_tokens": ("gen_ai.request.max_tokens", int),
    "seed": ("gen_ai.request.seed", int),
    "n": ("gen_ai.request.choice.count", int),
    "frequency_penalty": ("gen_ai.request.frequency_penalty", float),
    "presence_penalty": ("gen_ai.request.presence_penalty", float),
}
"""Request parameters that are numbers: our name -> key and type."""

WORDS = {
    "service_tier": "openai.request.service_tier",
    "reasoning_effort": "gen_ai.request.reasoning.level",
    "previous_response_id": "gen_ai.request.previous_response.id",
}
"""Request parameters that are strings."""

STOP = "gen_ai.request.stop_sequences"
STREAM = "gen_ai.request.stream"
ENCODINGS = "gen_ai.request.encoding_formats"

USAGE = {
    "input": "gen_ai.usage.input_tokens",
    "output": "gen_ai.usage.output_tokens",
    "cache_read": "gen_ai.usage.cache_read.input_tokens",
    "cache_write": "gen_ai.usage.cache_write.input_tokens",
    "cache_write_1h": "limelight.usage.cache_write_1h.input_tokens",
    "reasoning": "gen_ai.usage.reasoning.output_tokens",
    "input_audio": "gen_ai.usage.audio.input_tokens",
    "input_image": "gen_ai.usage.image.input_tokens",
    "output_audio": "gen_ai.usage.audio.output_tokens",
    "output_image": "gen_ai.usage.image.output_tokens",
    "searches": "limelight.usage.searches",
    "billed_input": "limelight.usage.billed.input_tokens",
    "billed_output": "limelight.usage.billed.output_tokens",
}

COST = {
    "total": "limelight.cost.total",
    "input": "limelight.cost.input",
    "output": "limelight.cost.output",
    "cache_read": "limelight.cost.cache_read",
    "cache_write": "limelight.cost.cache_write",
}
