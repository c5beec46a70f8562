"""Agent-like traces, the same in every run: 11 spans each over 30 days, about 4 KB of text a span.

A trace is an agent that plans, calls a model five times, four tools and an embedding.  With
`history` each call resends what was said before, as agents do; without it every text is new.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from opentelemetry.trace import SpanContext, TraceFlags

from limelight.core.dialects import keys
from limelight.pipeline import otlp
from limelight.version import VERSION

SPANS_A_TRACE = 11
DAYS = 30
TEXT_CHARS = 4000
RARE_WORD, RARE_EVERY = "zanzibarine", 2_000
"""A word that stands in one trace of so many."""
COMMON_WORD = "station"
MODELS = (
    ("openai", "gpt-4o"), ("openai", "gpt-4o-mini"), ("openai", "o4-mini"),
    ("anthropic", "claude-sonnet-4-5"), ("anthropic", "claude-haiku-4-5"), ("mistral_ai", "mistral-large-latest"),
)  # fmt: skip
SERVICES = ("checkout", "support", "research", "billing")
USERS, VOCABULARY = 200, 20_000

Messages = list[dict[str, Any]]


class Generator:
    """Encoded spans, trace after trace; `end_ns` is when the last one began."""

    def __init__(self, traces: int, end_ns: int, *, history: bool = False, seed: int = 7) -> None:
        self._random = random.Random(seed)
        self._traces = max(traces, 1)
        self._end_ns = end_ns
        self._history = history
        letters = "aeioubcdfglmnprstvz"
        self._words = ["".join(self._random.choices(letters, k=self._random.randint(3, 11))) for _ in range(VOCABULARY)]
        self._words[:4] = ["the", "train", COMMON_WORD, "weather"]
        self._weights = [1 / (rank + 20) for rank in range(VOCABULARY)]
        self._cumulative = [sum(self._weights[:1])]
        for weight in self._weights[1:]:
            self._cumulative.append(self._cumulative[-1] + weight)

    def trace(self, number: int, steps: int = 5) -> list[bytes]:
        """The spans of one trace, encoded; a `steps` of 5 makes 11 of them."""
        about = _About(number, self._random.getrandbits(127) | 1, self._start(number))
        root = self._span(about, None, "invoke_agent planner", 40.0, self._agent(about, number))
        spans = [root[1]]
        said: Messages = [_message("system", self._text(300))]
        for step in range(steps):
            rare = f"{RARE_WORD} " if number % RARE_EVERY == 0 else ""
            said.append(_message("user", rare + self._text(TEXT_CHARS * 3 // 4)))
            given = said if self._history else said[-1:]
            answer = self._text(TEXT_CHARS // 4)
            spans.append(self._span(about, root[0], "chat", 3.0, self._chat(about, step, given, answer))[1])
            said.append(_message("assistant", answer))
            if step:
                spans.append(self._span(about, root[0], "execute_tool", 0.4, self._tool(step))[1])
        spans.append(self._span(about, root[0], "embeddings", 0.2, self._embedding())[1])
        return spans

    def _start(self, number: int) -> int:
        width = DAYS * 86_400 * 1_000_000_000
        return self._end_ns - width + int(width * (number + self._random.random()) / self._traces)

    def _text(self, chars: int) -> str:
        count = chars // 7
        text = " ".join(self._random.choices(self._words, cum_weights=self._cumulative, k=count))
        return text[:chars]

    def _span(
        self, about: _About, parent: int | None, name: str, seconds: float, attributes: dict[str, Any]
    ) -> tuple[int, bytes]:
        span_id = self._random.getrandbits(63) | 1
        start = about.clock_ns
        duration = int(seconds * 1e9 * (0.3 + self._random.expovariate(1.0)))
        if parent is not None:
            about.clock_ns += duration
        failed = name == "chat" and self._random.random() < 0.03
        context = SpanContext(about.trace_id, span_id, False, TraceFlags(1))
        done = otlp.Finished(
            context=context,
            parent=SpanContext(about.trace_id, parent, False, TraceFlags(1)) if parent else None,
            name=name,
            is_client=keys.PROVIDER in attributes,
            start_ns=start,
            end_ns=start + duration,
            attributes={**attributes, **({keys.ERROR_TYPE: "RateLimitError", keys.HTTP_STATUS: 429} if failed else {})},
            events=(),
            links=(),
            error="Too many requests" if failed else None,
        )
        return span_id, otlp.span(done)

    def _agent(self, about: _About, number: int) -> dict[str, Any]:
        return {
            keys.OPERATION: "invoke_agent",
            keys.KIND: "agent",
            keys.AGENT_NAME: "planner",
            keys.INPUT: json.dumps(self._text(TEXT_CHARS // 2)),
            keys.OUTPUT: json.dumps(self._text(TEXT_CHARS // 2)),
            keys.USER: about.user,
            keys.SESSION: about.session,
            keys.TAGS: (("paid", "free")[number % 2], "batch" if number % 7 == 0 else "live"),
            "app.order": f"order-{number}",
            "app.tier": ("gold", "silver", "bronze")[number % 3],
        }

    def _chat(self, about: _About, step: int, given: Messages, answer: str) -> dict[str, Any]:
        provider, model = MODELS[(about.number + step) % len(MODELS)]
        said = _message("assistant", answer) | {"finish_reason": "stop"}
        return {
            keys.OPERATION: "chat",
            keys.KIND: "llm",
            keys.PROVIDER: provider,
            keys.REQUEST_MODEL: model,
            keys.RESPONSE_MODEL: model,
            keys.RESPONSE_ID: f"chatcmpl-{self._random.getrandbits(64):016x}",
            keys.FINISH_REASONS: ("stop",),
            keys.INPUT_MESSAGES: json.dumps(given, ensure_ascii=False),
            keys.OUTPUT_MESSAGES: json.dumps([said], ensure_ascii=False),
            "gen_ai.request.temperature": 0.2,
            "gen_ai.usage.input_tokens": 900 + self._random.randrange(2000),
            "gen_ai.usage.output_tokens": 20 + self._random.randrange(500),
            keys.USER: about.user,
            keys.SESSION: about.session,
        }

    def _tool(self, step: int) -> dict[str, Any]:
        return {
            keys.OPERATION: "execute_tool",
            keys.KIND: "tool",
            keys.TOOL_NAME: ("search", "look_up", "book", "mail")[step % 4],
            keys.TOOL_CALL_ID: f"call_{self._random.getrandbits(40):x}",
            keys.TOOL_ARGUMENTS: json.dumps({"query": self._text(200)}),
            keys.TOOL_RESULT: json.dumps(self._text(TEXT_CHARS - 200)),
        }

    def _embedding(self) -> dict[str, Any]:
        return {
            keys.OPERATION: "embeddings",
            keys.KIND: "embedding",
            keys.PROVIDER: "openai",
            keys.REQUEST_MODEL: "text-embedding-3-small",
            keys.INPUT: json.dumps([self._text(1000) for _ in range(4)]),
            "gen_ai.usage.input_tokens": 640,
        }


class _About:
    """What the spans of one trace share, and the time within it."""

    def __init__(self, number: int, trace_id: int, start_ns: int) -> None:
        self.number = number
        self.trace_id = trace_id
        self.clock_ns = start_ns
        self.user = f"user-{number % USERS}"
        self.session = f"session-{number // 5}"


def _message(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def batches(generator: Generator, traces: range, spans_a_batch: int = 512) -> Iterator[tuple[int, bytes]]:
    """Requests to post: how many spans, and the body.  A batch is of one service, as it is of one process."""
    scope = otlp.scope("limelight", VERSION)
    waiting: list[bytes] = []
    for number in traces:
        waiting += generator.trace(number)
        if len(waiting) >= spans_a_batch:
            yield len(waiting), otlp.request(waiting, _resource(number), scope)
            waiting = []
    if waiting:
        yield len(waiting), otlp.request(waiting, _resource(0), scope)


def one_of(generator: Generator, number: int, steps: int) -> tuple[int, bytes]:
    """A request with a single, larger trace."""
    spans = generator.trace(number, steps)
    return len(spans), otlp.request(spans, _resource(number), otlp.scope("limelight", VERSION))


def _resource(number: int) -> bytes:
    service = SERVICES[(number // 50) % len(SERVICES)]
    return otlp.resource({"service.name": service, "deployment.environment.name": "production"})
