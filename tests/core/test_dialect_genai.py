"""The default dialect: what is written is read again, and what others write is understood."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limelight.core.dialects import detect, genai, keys
from limelight.core.dialects.span import Span, SpanEvent
from limelight.core.model import (
    Attempt,
    Cost,
    Failure,
    Kind,
    Media,
    Message,
    Other,
    Provenance,
    Reasoning,
    Record,
    Request,
    Response,
    Text,
    Timing,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
)  # fmt: skip

END_NS = 1_790_000_000_000_000_000


def carried(record: Record, wrap: Any = None) -> Span:
    """The record as a span that has travelled."""
    written = genai.write(record)
    attributes = {key: list(value) if isinstance(value, tuple) else value for key, value in written.attributes.items()}
    return Span(
        name="a",
        attributes=wrap(attributes) if wrap else attributes,
        events=tuple(SpanEvent(event.name, event.at_ns or END_NS, event.attributes) for event in written.events),
        status="error" if written.error is not None else "unset",
        status_message=written.error or "",
    )


some = st.text(min_size=1, max_size=12).filter(lambda text: text.encode("utf-8", "ignore").decode() == text)
maybe = st.none() | some
count = st.none() | st.integers(0, 2**62)
seconds = st.none() | st.floats(0, 1e9, allow_nan=False)
# JSON text within JSON text would be read as the value it means, so plain words stand for strings.
word = st.text(alphabet="abcdefghij é", min_size=1, max_size=8).filter(
    lambda text: text.strip() not in {"null", "true", "false"}
)
value = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | word,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(some, inner, max_size=3),
    max_leaves=5,
)
tables = st.dictionaries(some, value, max_size=3)
media = st.builds(Media, modality=st.sampled_from(["image", "audio", "video", "document"]), mime_type=maybe, size=count)
part = st.one_of(
    st.builds(Text, st.text(max_size=30).filter(lambda text: text.encode("utf-8", "ignore").decode() == text), st.lists(value, max_size=2).map(tuple)),
    st.builds(Reasoning, some),
    st.builds(ToolCall, some, value, maybe),
    st.builds(ToolResult, value, maybe),
    st.builds(dataclasses.replace, media, uri=some),
    st.builds(dataclasses.replace, media, file_id=some),
    st.builds(dataclasses.replace, media, content=maybe),
    st.builds(Other, st.sampled_from(["refusal", "compaction", "server_tool_call"]), tables.map(lambda table: {key: table[key] for key in table if key != "type"})),
)  # fmt: skip
parts = st.lists(part, max_size=3).map(tuple)
message = st.builds(Message, st.sampled_from(["system", "user", "assistant", "tool"]), parts, maybe)
answer = st.builds(Message, st.just("assistant"), parts, maybe, maybe)
params = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.floats(0, 2), "top_k": st.integers(0, 99), "max_tokens": st.integers(1, 9999), "seed": st.integers(0, 2**31), "n": st.integers(2, 9),
        "service_tier": some, "reasoning_effort": some, "stop": st.lists(some, min_size=1, max_size=3).map(tuple), "stream": st.just(True),
        "encoding_format": some, "logit_bias": tables, "parallel_tool_calls": st.booleans(), "response_format": st.just({"type": "json_object"}),
    },
)  # fmt: skip
usage = st.builds(Usage, **dict.fromkeys(keys.USAGE, count), estimated=st.frozensets(st.sampled_from(["input", "output"]))).map(
    lambda found: dataclasses.replace(found, input=None if found.input is None else found.input + (found.cache_read or 0) + (found.cache_write or 0))
    if (found.input or 0) + (found.cache_read or 0) + (found.cache_write or 0) < 2**62
    else Usage()
).map(lambda found: dataclasses.replace(found, estimated=frozenset(name for name in found.estimated if getattr(found, name) is not None)))  # fmt: skip
priced = st.builds(
    Cost, **{name: st.none() | st.floats(0, 1e6) for name in keys.COST}, source=maybe, formula=maybe,
    provenance=st.sampled_from([one for one in get_args(Provenance) if one != "unknown"]),
)  # fmt: skip
failure = st.builds(Failure, some, some, st.none() | st.integers(100, 599), maybe, maybe, seconds, maybe)
tool = st.builds(Tool, some, st.sampled_from(["function", "web_search"]), maybe, st.none() | tables)


@st.composite
def records(draw: st.DrawFn) -> Record:
    kind = draw(st.sampled_from(get_args(Kind)))
    failed = draw(st.none() | failure)
    is_step = kind in {"tool", "agent", "chain", "task", "other", "workflow"}
    provider = draw(st.sampled_from([None, "openai", "anthropic", "deepseek"]))
    return Record(
        kind=kind,
        operation=draw(st.sampled_from([None, "chat", "embeddings", "execute_tool", "invoke_agent"])),
        provider=provider,
        request=Request(draw(maybe), draw(parts), draw(st.lists(message, max_size=2).map(tuple)), draw(st.lists(tool, max_size=2).map(tuple)), draw(params)),
        response=draw(
            st.builds(
                Response, maybe, maybe, st.lists(answer, max_size=2).map(tuple), usage, seconds, maybe, maybe, maybe,
                st.none() | st.tuples(st.integers(1, 99), st.none() | st.integers(1, 4096)), st.none(), tables,
            )
        ),
        cost=draw(st.just(Cost()) | priced),
        timing=draw(st.builds(Timing, seconds, seconds, count, seconds)),
        attempts=tuple(draw(st.lists(st.builds(Attempt, st.integers(1, 2**62), st.none() | st.integers(100, 599), seconds, seconds, maybe), max_size=2))),
        failure=failed,
        outcome="error" if failed else draw(st.sampled_from(["ok", "incomplete", "cancelled"])),
        server_address=draw(maybe), server_port=draw(st.none() | st.integers(1, 65535)), api=draw(st.sampled_from([None, "responses", "messages"])),
        request_id=draw(maybe), limits=draw(st.dictionaries(st.sampled_from(["retry-after", "x-ratelimit-remaining-tokens"]), st.from_regex(r"[0-9a-z]+", fullmatch=True))),
        name=draw(maybe), call_id=draw(maybe),
        input=draw(st.none() | value) if is_step else None, output=draw(st.none() | value) if is_step else None,
        session_id=draw(maybe), user_id=draw(maybe), tags=tuple(draw(st.lists(some, max_size=2))), metadata=draw(tables), notes=tuple(draw(st.lists(some, max_size=2))),
    )  # fmt: skip


@settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(records())
def test_what_is_written_is_read_again(record: Record) -> None:
    span = carried(record)
    assert detect.detect(span).name == "limelight"
    assert detect.read(span) == record


def unpacked(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Structured values sent as arrays and tables, as OpenTelemetry SDKs since 1.45 can."""
    return {
        key: json.loads(value) if isinstance(value, str) and value[:1] in "[{" and key in STRUCTURED else value
        for key, value in attributes.items()
    }


STRUCTURED = {
    keys.SYSTEM,
    keys.INPUT_MESSAGES,
    keys.OUTPUT_MESSAGES,
    keys.TOOL_DEFINITIONS,
    keys.METADATA,
    keys.REQUEST_REST,
    keys.RESPONSE_REST,
}


@settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(records())
def test_text_and_structure_mean_the_same(record: Record) -> None:
    assert detect.read(carried(record, unpacked)) == record


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.just("[" * 2_000),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KNOWN = [found for name, found in vars(keys).items() if name.isupper() and isinstance(found, str)]
SPOILED = st.dictionaries(st.sampled_from([*KNOWN, *keys.USAGE.values(), *keys.COST.values(), "gen_ai.system", "gen_ai.prompt", "gen_ai.completion", "http.method"]), VALUES | VALUES.map(json.dumps), max_size=8)  # fmt: skip
EVENTS = st.lists(st.tuples(st.sampled_from(["exception", "gen_ai.choice", "gen_ai.user.message", "gen_ai.tool.message", keys.ATTEMPT_EVENT]), SPOILED | st.dictionaries(st.sampled_from(["message", "content", "tool_calls", "id", "role"]), VALUES, max_size=4)), max_size=3)  # fmt: skip


@settings(max_examples=400, deadline=None, database=None)
@given(SPOILED, EVENTS, SPOILED)
def test_nothing_a_span_says_is_too_odd_to_read(
    attributes: dict[str, Any], events: list[Any], resource: dict[str, Any]
) -> None:
    span = Span("a", attributes, tuple(SpanEvent(name, 1, about) for name, about in events), resource=resource)
    record = detect.read(span)
    assert record.kind in get_args(Kind)
    genai.write(record)


FORMER = {
    "gen_ai.usage.prompt_tokens": (9, "response.usage.input", 9),
    "gen_ai.usage.completion_tokens": (9, "response.usage.output", 9),
    "gen_ai.usage.cache_read_input_tokens": (9, "response.usage.cache_read", 9),
    "gen_ai.usage.cache_creation.input_tokens": (9, "response.usage.cache_write", 9),
    "gen_ai.usage.reasoning_tokens": (9, "response.usage.reasoning", 9),
    "gen_ai.usage.cost": (0.5, "response.cost", 0.5),
    "gen_ai.openai.request.seed": (7, "request.params", {"seed": 7}),
    "gen_ai.openai.request.service_tier": ("flex", "request.params", {"service_tier": "flex"}),
    "gen_ai.openai.response.service_tier": ("flex", "response.service_tier", "flex"),
    "gen_ai.openai.response.system_fingerprint": ("fp", "response.system_fingerprint", "fp"),
    "gen_ai.is_streaming": (True, "request.params", {"stream": True}),
    "gen_ai.request.unheard_of": ("x", "request.params", {"unheard_of": "x"}),
    "gen_ai.client.operation.time_to_first_chunk": (0.2, "timing.first_chunk_s", 0.2),
    "gen_ai.conversation.id": ("c", "session_id", "c"),
    "enduser.id": ("u", "user_id", "u"),
    "gen_ai.prompt": ("Hello", "request.messages", (Message("user", (Text("Hello"),)),)),
    "gen_ai.completion": (
        '[{"role": "assistant", "content": "Hi"}]',
        "response.messages",
        (Message("assistant", (Text("Hi"),)),),
    ),
}


@pytest.mark.parametrize("key", FORMER)
def test_former_names_are_understood(key: str) -> None:
    given, path, expected = FORMER[key]
    found: Any = detect.read(Span("chat", {"gen_ai.system": "OpenAI", "gen_ai.operation.name": "chat", key: given}))
    assert (found.kind, found.provider) == ("llm", "openai")
    for name in path.split("."):
        found = getattr(found, name)
    assert found == expected


def test_former_events_are_messages() -> None:
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}
    events = [
        SpanEvent("gen_ai.system.message", 1, {"content": "be brief"}),
        SpanEvent("gen_ai.user.message", 2, {"content": "weather?"}),
        SpanEvent("gen_ai.assistant.message", 3, {"tool_calls": json.dumps([call])}),
        SpanEvent("gen_ai.tool.message", 4, {"id": "1", "content": "sunny"}),
        SpanEvent("gen_ai.choice", 5, {"index": 0, "finish_reason": "stop", "message": {"content": "It is sunny."}}),
    ]
    record = detect.read(Span("chat", {"gen_ai.system": "openai"}, tuple(events)))
    assert record.request.messages == (
        Message("system", (Text("be brief"),)),
        Message("user", (Text("weather?"),)),
        Message("assistant", (ToolCall("f", {"x": 1}, "1"),)),
        Message("tool", (ToolResult("sunny", "1"),)),
    )
    assert record.response.messages == (Message("assistant", (Text("It is sunny."),), finish_reason="stop"),)


def test_tokens_counted_beside_the_cache_are_brought_into_it() -> None:
    counts = {keys.USAGE["input"]: 10, keys.USAGE["cache_read"]: 50, keys.USAGE["cache_write"]: 100}
    assert detect.read(Span("chat", {keys.PROVIDER: "anthropic", **counts})).response.usage.input == 160


@pytest.mark.parametrize("sent", [["stop"], '["stop"]', "stop"])
def test_reasons_come_in_three_spellings(sent: object) -> None:
    record = detect.read(Span("chat", {keys.PROVIDER: "openai", keys.FINISH_REASONS: sent}))
    assert [one.finish_reason for one in record.response.messages] == ["stop"]


def test_content_in_two_events_is_messages() -> None:
    asked = [
        {"role": "user", "content": [{"type": "text", "text": "What is this?"}, {"type": "image_url"}]},
        {"role": "user", "parts": [{"type": "text", "content": "Well?"}]},
    ]
    events = (
        SpanEvent("gen_ai.content.prompt", 1, {"gen_ai.prompt": json.dumps(asked)}),
        SpanEvent("gen_ai.content.completion", 2, {"gen_ai.completion": "A cat."}),
    )
    record = detect.read(Span("chat", {"gen_ai.system": "openai"}, events))
    assert record.request.messages == (Message("user", (Text("What is this?"),)), Message("user", (Text("Well?"),)))
    assert record.response.messages == (Message("assistant", (Text("A cat."),)),)


def test_messages_in_attributes_come_before_those_in_events() -> None:
    span = carried(
        Record(
            request=Request(messages=(Message("user", (Text("a"),)),)),
            response=Response(messages=(Message("assistant", (Text("b"),)),)),
        )
    )
    attributes = {key: value for key, value in span.attributes.items() if key != keys.KIND} | {
        "gen_ai.system": "openai"
    }
    events = (SpanEvent("gen_ai.user.message", 1, {"content": "x"}), SpanEvent("gen_ai.choice", 1, {"content": "y"}))
    for found in (
        detect.read(Span("chat", attributes, events)),
        detect.genai_legacy.read(Span("chat", attributes, events)),
    ):
        assert [part.content for message in found.request.messages for part in message.parts] == ["a"]
        assert [part.content for message in found.response.messages for part in message.parts] == ["b"]


def test_a_web_request_is_no_call_to_a_model() -> None:
    record = detect.read(Span("GET", {"http.request.method": "GET", "http.response.status_code": 200}))
    assert (record.kind, record.failure) == ("http", None)
