"""`limelight.llm_call`, `tool_call` and their kin: for models and tools that no integration sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, ParamSpec, TypeVar

from opentelemetry.trace import get_current_span

from limelight.sdk import api
from limelight.sdk.generation import LLMCall, ToolCall, attributes, usage
from limelight.sdk.own_client import instrumented

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")


def llm_call(*, provider: str, model: str | None = None, operation: str = "chat") -> LLMCall:
    """A call of a model that Limelight cannot see by itself: `with limelight.llm_call(provider=…, model=…) as call: …`.

    Args:
        provider: Under any of its names; OpenTelemetry's is written.
        operation: One of `limelight.OPERATIONS`.

    When a traced client makes the call inside, that client's span tells of it, and this one is a plain step.
    """
    return LLMCall(api._sink(), provider=provider, model=model, operation=operation)


def tool_call(name: str, call_id: str | None = None) -> ToolCall:
    """A tool at work for a model: `with limelight.tool_call("search", call.id) as tool: …`."""
    return ToolCall(api._sink(), name, call_id)


def set_llm_attributes(
    *,
    provider: str | None = None,
    model: str | None = None,
    operation: str | None = None,
    input_tokens: int | None = None,
    output_tokens: int | None = None,
    cached_tokens: int | None = None,
    streaming: bool | None = None,
    provider_request_id: str | None = None,
    response_model: str | None = None,
) -> None:
    """Say on the current span, whoever made it, what call of a model it stands for."""
    counted = usage(input_tokens, output_tokens, cached_tokens, None, None)
    get_current_span().set_attributes(
        attributes(
            provider=provider,
            model=model,
            operation=operation,
            streaming=streaming,
            provider_request_id=provider_request_id,
            response_model=response_model,
            counted=counted,
        )
    )


def set_token_usage(
    input_tokens: int | None = None,
    output_tokens: int | None = None,
    cached_tokens: int | None = None,
    cache_write_tokens: int | None = None,
    reasoning_tokens: int | None = None,
) -> None:
    """Say on the current span, whoever made it, how many tokens it took."""
    span = get_current_span()
    if isinstance(span, LLMCall):
        span.set_tokens(input_tokens, output_tokens, cached_tokens, None, cache_write_tokens, reasoning_tokens)
        return
    counted = usage(input_tokens, output_tokens, cached_tokens, cache_write_tokens, reasoning_tokens)
    span.set_attributes(attributes(counted=counted))


def llm_instrumented(
    *, provider: str, operation: str = "chat", tokens_from_response: bool = True
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a method of your own client: sync, async or a generator, each call of it is traced as a call of a model.

    Model and messages are read from its arguments by name; the answer, and its tokens unless
    `tokens_from_response` is off, from what it returns, if that is shaped like a provider's answer or is text.
    """
    return instrumented(api._sink, provider, operation, tokens_from_response)
