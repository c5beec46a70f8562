"""Calls of models and tools that no integration sees, told by hand: what is told reads like what is captured."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from limelight.core import names
from limelight.core.dialects import keys
from limelight.core.model import Failure, Kind, Message, Record, Request, Response, Role, Text, Usage
from limelight.core.plain import plain
from limelight.core.sampling import Start
from limelight.core.wire.openai_parts import ROLES
from limelight.core.wire.params import RENAMED, texts
from limelight.sdk.config import ConfigError
from limelight.sdk.step import Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Self

    from limelight.engine.span import Sink

OPERATIONS: Mapping[str, Kind] = {
    "chat": "llm",
    "text_completion": "llm",
    "generate_content": "llm",
    "embeddings": "embedding",
    "rerank": "rerank",
    "image_generation": "llm",
    "speech_to_text": "llm",
    "text_to_speech": "llm",
    "execute_tool": "tool",
    "create_agent": "agent",
    "invoke_agent": "agent",
}
"""The operations that can be told of, and what kind of span each makes."""


def operation_named(name: str) -> str:
    """The operation under its OpenTelemetry name; aliases are understood, anything else is an error."""
    known = names.operation(name)
    if known not in OPERATIONS:
        raise ConfigError(f"`operation` must be one of {', '.join(OPERATIONS)}, got {name!r}")
    return known


class LLMCall(Step):
    """A call of a model, under way; what is set may be set in any order, and the last word counts."""

    def __init__(self, sink: Sink, *, provider: str, model: str | None = None, operation: str = "chat") -> None:
        known = operation_named(operation)
        super().__init__(sink, f"{known} {model}" if model else known, kind=OPERATIONS[known])
        self._operation = known
        self._provider = names.provider(provider)
        self._request = Request(model=model)
        self._response = Response()
        self._params: dict[str, Any] = {}
        self._finish: str | None = None
        self._said: tuple[Any, int | None] | None = None

    def starts(self) -> Start:
        return Start(self.name, self._kind, self._operation, self._provider, self._request.model)

    def set_tokens(
        self,
        input: int | None = None,  # noqa: A002
        output: int | None = None,
        cached: int | None = None,
        cache_read: int | None = None,
        cache_write: int | None = None,
        reasoning: int | None = None,
    ) -> Self:
        """Tokens as the provider counted them; what is not said stays unknown.

        Args:
            input: Cached tokens included.  If it is less than they are it cannot include them, and they are added.
            output: Reasoning included.
            cached: The same as `cache_read`.
        """
        self._response = replace(
            self._response, usage=usage(input, output, cache_read or cached, cache_write, reasoning)
        )
        return self

    def set_request_id(self, provider_request_id: str | None = None, client_request_id: str | None = None) -> Self:
        """Ids by which a bill can be held against: the provider's, and yours."""
        if provider_request_id:
            self._response = replace(self._response, id=str(provider_request_id))
        if client_request_id:
            self.set_attribute(keys.CLIENT_REQUEST_ID, str(client_request_id))
        return self

    def set_response_model(self, model: str) -> Self:
        """The model that answered, where it is another one than was asked."""
        self._response = replace(self._response, model=model)
        return self

    def set_input_content(self, content: Any, *, max_chars: int | None = None) -> Self:
        """What was asked: a text, or messages as tables of `role` and `content`.  Longer texts are cut."""
        self._request = replace(self._request, messages=messages(content, "user", max_chars))
        return self

    def set_output_content(self, content: Any, *, max_chars: int | None = None) -> Self:
        """What was answered."""
        self._said = (content, max_chars)
        return self

    def set_request_params(self, **params: Any) -> Self:
        """Parameters such as `temperature`, `top_p`, `max_tokens`, `stop_sequences`."""
        for name, value in params.items():
            known = RENAMED.get(name, name)
            self._params[known] = texts(value) if known == "stop" else plain(value)
        return self

    def set_streaming(self, streaming: bool = True) -> Self:
        """Does the answer come in pieces?"""
        self._params["stream"] = streaming
        return self

    def set_cache_hit(self, hit: bool = True) -> Self:
        """Did a cache of yours answer, and not the model?"""
        self.set_attribute(keys.CACHE_HIT, hit)
        return self

    def set_attempt(self, number: int) -> Self:
        """Which try of the same work this is, from 1."""
        self.set_attribute(keys.ATTEMPT_NUMBER, number)
        return self

    def set_finish_reason(self, reason: str) -> Self:
        self._finish = reason
        return self

    def set_error(self, error: BaseException) -> Self:
        """The call has failed.  An exception that leaves the block is seen without this."""
        self.fail(error)
        return self

    def add_metadata(self, **metadata: Any) -> Self:
        self.set(**metadata)
        return self

    def record(self) -> Record:
        step = super().record()
        if self.holds_call:  # it is told by the span of that call, and must not be counted twice
            return replace(step, kind="task", operation=None)
        return replace(
            step,
            operation=self._operation,
            provider=self._provider,
            name=None,
            request=replace(self._request, params=self._params),
            response=replace(self._response, messages=self._answer()),
        )

    def _answer(self) -> tuple[Message, ...]:
        content, max_chars = self._said or ("", None)
        said = messages(content, "assistant", max_chars)
        if self._finish is None:
            return said
        return tuple(replace(each, finish_reason=self._finish) for each in said or (Message("assistant", ()),))


class ToolCall(Step):
    """A tool at work for a model."""

    def __init__(self, sink: Sink, name: str, call_id: str | None = None) -> None:
        super().__init__(sink, f"execute_tool {name}", kind="tool")
        self._tool = name
        self._call_id = call_id
        self._has_failed = False

    def set_result(
        self,
        success: bool = True,
        items_returned: int | None = None,
        bytes_processed: int | None = None,
        result: Any = None,
    ) -> Self:
        """How it went: what came back, and how much."""
        self._has_failed = not success
        self.set_attribute(keys.TOOL_SUCCESS, success)
        if items_returned is not None:
            self.set_attribute(keys.TOOL_ITEMS, items_returned)
        if bytes_processed is not None:
            self.set_attribute(keys.TOOL_BYTES, bytes_processed)
        if result is not None:
            self.record_output(result)
        return self

    def set_tool_call_id(self, call_id: str) -> Self:
        """The id that the model gave this call."""
        self._call_id = call_id
        return self

    def set_error(self, error: BaseException) -> Self:
        """The tool has failed.  An exception that leaves the block is seen without this."""
        self.fail(error)
        return self

    def add_metadata(self, **metadata: Any) -> Self:
        self.set(**metadata)
        return self

    def record(self) -> Record:
        step = replace(super().record(), name=self._tool, call_id=self._call_id)
        if self._has_failed and step.failure is None:
            return replace(step, failure=Failure("tool_error"), outcome="error")
        return step


def usage(
    input: int | None,  # noqa: A002
    output: int | None,
    cache_read: int | None,
    cache_write: int | None,
    reasoning: int | None,
) -> Usage:
    cached = (cache_read or 0) + (cache_write or 0)
    if input is not None and input < cached:
        input += cached  # noqa: A001 - counted apart, as Anthropic does
    return Usage(input, output, cache_read=cache_read, cache_write=cache_write, reasoning=reasoning)


def messages(content: Any, role: Role, max_chars: int | None) -> tuple[Message, ...]:
    """A text, or a list of them, or of messages, as messages."""
    each = content if isinstance(content, (list, tuple)) else (content,)
    return tuple(_message(one, role, max_chars) for one in each if one not in (None, ""))


def _message(one: Any, role: Role, max_chars: int | None) -> Message:
    if isinstance(one, dict) and "content" in one:
        role, one = ROLES.get(str(one.get("role")), role), one["content"]
    text = one if isinstance(one, str) else str(plain(one))
    cut = text if max_chars is None or len(text) <= max_chars else f"{text[:max_chars]}…"
    return Message(role, (Text(cut),))


def attributes(
    *,
    provider: str | None = None,
    model: str | None = None,
    operation: str | None = None,
    streaming: bool | None = None,
    provider_request_id: str | None = None,
    response_model: str | None = None,
    counted: Usage | None = None,
) -> dict[str, Any]:
    """What is known of a call, as OpenTelemetry's attributes."""
    said = {
        keys.PROVIDER: names.provider(provider) if provider else None,
        keys.OPERATION: operation_named(operation) if operation else None,
        keys.REQUEST_MODEL: model,
        keys.RESPONSE_MODEL: response_model,
        keys.RESPONSE_ID: provider_request_id,
        keys.STREAM: streaming,
    }
    counts: Sequence[tuple[str, Any]] = [
        (key, getattr(counted, name)) for name, key in keys.USAGE.items() if counted is not None
    ]
    return {key: value for key, value in [*said.items(), *counts] if value is not None}
