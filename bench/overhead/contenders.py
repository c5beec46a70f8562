"""How each contender is switched on and off, by its own documentation.  Runs in the contender's environment."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


def _nothing() -> None:
    return None


def _same(client: Any) -> Any:
    return client


@dataclass(frozen=True)
class Contender:
    """`on` and `off` are for those that patch classes, `wrap` for those that wrap one client."""

    flush: Callable[[], Any] = _nothing
    on: Callable[[], Any] = _nothing
    off: Callable[[], Any] = _nothing
    wrap: Callable[[Any], Any] = _same


def bare(sink: str) -> Contender:
    return Contender()


def limelight(sink: str, mask: Any = "secrets") -> Contender:
    import limelight as ours

    instance = ours.init(endpoint=sink, service_name="bench", instrument=False, mask=mask)
    undo: list[Any] = []
    return Contender(
        flush=instance.flush,
        on=lambda: undo.append(instance.instrument("openai")),
        off=lambda: undo.pop().undo(),
    )


def otel_span(sink: str) -> Contender:
    """A span of one's own around the call, ten attributes, no content: what OpenTelemetry itself costs."""
    provider = _provider(sink)
    tracer = provider.get_tracer("bench")

    def wrap(client: Any) -> Any:
        for resource in (client.chat.completions, client.embeddings):
            resource.create = _spanned(tracer, resource.create)
        return client

    return Contender(flush=provider.force_flush, wrap=wrap)


def _spanned(tracer: Any, create: Callable[..., Any]) -> Callable[..., Any]:
    def attributes(arguments: dict[str, Any]) -> dict[str, Any]:
        return {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": arguments["model"],
            "server.address": "api.openai.com",
            "server.port": 443,
        }

    def answered(span: Any) -> None:
        span.set_attribute("gen_ai.response.model", "gpt-4o-mini-2024-07-18")
        span.set_attribute("gen_ai.response.id", "chatcmpl-bench")
        span.set_attribute("gen_ai.response.finish_reasons", ("stop",))
        span.set_attribute("gen_ai.usage.input_tokens", 1200)
        span.set_attribute("gen_ai.usage.output_tokens", 90)

    def streamed(stream: Any, span: Any) -> Any:
        yield from stream
        answered(span)
        span.end()

    @functools.wraps(create)
    def run(**arguments: Any) -> Any:
        if arguments.get("stream"):
            span = tracer.start_span("chat", attributes=attributes(arguments))
            return streamed(create(**arguments), span)
        with tracer.start_as_current_span("chat", attributes=attributes(arguments)) as span:
            result = create(**arguments)
            if not hasattr(result, "__await__"):
                answered(span)
                return result
        return run_async(result, arguments)

    async def run_async(result: Any, arguments: dict[str, Any]) -> Any:
        with tracer.start_as_current_span("chat", attributes=attributes(arguments)) as span:
            answer = await result
            answered(span)
            return answer

    return run


def _provider(sink: str) -> Any:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": "bench"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{sink}/v1/traces")))
    return provider


def _instrumentor(sink: str, instrumentor: type) -> Contender:
    provider = _provider(sink)
    return Contender(
        flush=provider.force_flush,
        on=lambda: instrumentor().instrument(tracer_provider=provider),
        off=lambda: instrumentor().uninstrument(),
    )


def llm_tracekit(sink: str) -> Contender:
    os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "true"
    from llm_tracekit.openai import OpenAIInstrumentor

    return _instrumentor(sink, OpenAIInstrumentor)


def genai_openai(sink: str) -> Contender:
    os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "gen_ai_latest_experimental"
    os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "span_only"
    from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor

    return _instrumentor(sink, OpenAIInstrumentor)


def openinference(sink: str) -> Contender:
    from openinference.instrumentation.openai import OpenAIInstrumentor

    return _instrumentor(sink, OpenAIInstrumentor)


def brokle(sink: str) -> Contender:
    os.environ.update(BROKLE_API_KEY="bk_bench_bench", BROKLE_BASE_URL=sink, BROKLE_METRICS_ENABLED="false")
    from brokle import get_client
    from brokle.wrappers import wrap_openai

    return Contender(flush=get_client().flush, wrap=wrap_openai)


def langsmith(sink: str) -> Contender:
    os.environ.update(LANGSMITH_TRACING="true", LANGSMITH_ENDPOINT=sink, LANGSMITH_API_KEY="ls_bench")
    from langsmith import Client
    from langsmith.wrappers import wrap_openai

    client = Client()
    return Contender(
        flush=client.flush,
        wrap=lambda openai: wrap_openai(openai, tracing_extra={"client": client}),
    )


CONTENDERS: dict[str, Callable[[str], Contender]] = {
    "bare": bare,
    "otel_span": otel_span,
    "limelight": limelight,
    "limelight_no_mask": functools.partial(limelight, mask=None),
    "limelight_pii": functools.partial(limelight, mask="pii"),
    "llm_tracekit": llm_tracekit,
    "langsmith": langsmith,
    "brokle": brokle,
    "genai_openai": genai_openai,
    "openinference": openinference,
}
