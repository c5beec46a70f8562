"""Spans that real instrumentations sent, where they are at hand."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from limelight.core.dialects import Name, detect, genai
from limelight.core.dialects.span import Span, SpanEvent
from limelight.core.dialects.written import spoken
from limelight.core.model import Message, Record, Text, ToolCall, ToolResult

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("LIMELIGHT_EMITTERS") or ROOT.parent / "shared" / "emitters")
UNDERSTOOD = {
    "genai": "genai",
    "oai_v2_default_legacy": "genai-legacy",
    "oai_v2_latest_experimental": "genai",
    "openllmetry": "genai",
    "tracekit": "indexed",
    "openinference": "openinference",
}
"""Whose spans, and the dialect they are written in."""
INPUT = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt")
OUTPUT = ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion")


def spans(name: str) -> Iterator[dict[str, Any]]:
    file = FOLDER / f"{name}.json"
    if not file.is_file():
        pytest.skip("the recorded spans are not at hand")
    yield from json.loads(file.read_text(encoding="utf-8"))["spans"]


def span(sent: dict[str, Any]) -> Span:
    events = tuple(SpanEvent(one["name"], 1, one.get("attributes") or {}) for one in sent.get("events", ()))
    status = sent["status"].lower()
    return Span(sent["name"], sent["attributes"], events, status if status == "error" else "unset", scope=sent["scope"])


def read(sent: dict[str, Any]) -> Record:
    return detect.read(span(sent))


def model(sent: dict[str, Any]) -> Any:
    """The model that was asked for."""
    attributes = sent["attributes"]
    said = json.loads(
        attributes.get("llm.invocation_parameters") or attributes.get("embedding.invocation_parameters") or "{}"
    )
    return attributes.get("gen_ai.request.model") or said.get("model")


def first(sent: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((sent["attributes"][name] for name in names if name in sent["attributes"]), None)


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_every_call_has_its_model_and_its_tokens(name: str) -> None:
    calls = [(sent, record) for sent in spans(name) if (record := read(sent)).kind in {"llm", "embedding"}]
    assert len(calls) >= 2
    for sent, record in calls:
        assert record.provider == "openai"
        assert record.request.model == model(sent)
        assert record.request.model is not None
        assert record.response.usage.input == first(sent, INPUT)
        assert record.response.usage.output == first(sent, OUTPUT)
    assert any(record.response.usage.input for _, record in calls)


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_the_dialect_is_known_by_its_keys(name: str) -> None:
    assert {detect.detect(span(sent)).name for sent in spans(name)} == {UNDERSTOOD[name]}


TALK = (
    Message("system", (Text("be brief"),)),
    Message("user", (Text("weather?"),)),
    Message("assistant", (ToolCall("get_weather", {"city": "Paris"}, "call_0"),)),
    Message("tool", (ToolResult("sunny", "call_0"),)),
)


@pytest.mark.parametrize("name", ["openllmetry", "tracekit", "openinference"])
def test_one_talk_is_read_alike_from_every_emitter(name: str) -> None:
    record = read(next(spans(name)))
    request, response = record.request, record.response
    assert (record.kind, record.operation, record.provider) == ("llm", "chat", "openai")
    assert (request.model, response.model) == ("gpt-4o-mini", "gpt-4o-mini-2024-07-18")
    assert request.messages == TALK
    assert [part for message in response.messages for part in message.parts] == [
        ToolCall("get_weather", {"city": "Paris"}, "call_1")
    ]
    assert next(message.finish_reason for message in response.messages) in {"tool_calls", "tool_call"}
    assert [(tool.name, tool.description) for tool in request.tools] == [("get_weather", "d")]
    assert (response.usage.input, response.usage.output) == (24, 7)
    assert (request.params["temperature"], request.params["max_tokens"]) == (0.2, 9)
    assert not any(param.startswith("tools.") for param in request.params)


SPELLED = {"gen_ai.request.user": "gen_ai.openai.request.user", "gen_ai.request.tools.": "gen_ai.openai.request.tools."}
"""Where that emitter has changed its mind since its documentation was written, which we follow."""


def respelled(key: str) -> str:
    return next((key.replace(new, old) for new, old in SPELLED.items() if key.startswith(new)), key)


@pytest.mark.parametrize(("name", "dialect"), [("tracekit", "indexed"), ("openinference", "openinference")])
def test_we_write_what_the_dialects_own_emitter_does(name: str, dialect: Name) -> None:
    """Read its spans, write them in its dialect: every attribute of its own is there again, with the same value."""
    for sent in spans(name):
        record = read(sent)
        written = spoken((dialect,), record, genai.write(record).attributes)
        again = {key: list(value) if isinstance(value, tuple) else value for key, value in written.items()}
        theirs = {respelled(key): value for key, value in sent["attributes"].items() if is_ours_to_say(key, value)}
        assert {key: value for key, value in theirs.items() if not is_alike(value, again.get(key))} == {}


def is_ours_to_say(key: str, value: Any) -> bool:
    """Not: whole requests and answers, vectors, counts of nothing, who the user is, and one text in a list of its own."""
    if key.startswith(("input.", "output.")) or key.endswith((".vector", ".user")) or ".contents." in key:
        return False
    return value not in (0, [])


def is_alike(theirs: Any, ours: Any) -> bool:
    if isinstance(theirs, str) and theirs.startswith("{") and isinstance(ours, str):
        return bool(json.loads(theirs) == json.loads(ours))
    return bool(theirs == ours)


@pytest.mark.parametrize("name", ["genai", "oai_v2_latest_experimental"])
def test_every_message_that_was_sent_is_read(name: str) -> None:
    told = [(sent, read(sent)) for sent in spans(name) if "gen_ai.input.messages" in sent["attributes"]]
    assert told
    for sent, record in told:
        messages = json.loads(sent["attributes"]["gen_ai.input.messages"])
        assert [one.role for one in record.request.messages] == [one["role"] for one in messages]
        assert [len(one.parts) for one in record.request.messages] == [len(one["parts"]) for one in messages]


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.json")) if FOLDER.is_dir() else [], ids=lambda file: file.stem)
def test_no_recorded_span_is_too_odd(file: Path) -> None:
    for sent in spans(file.stem):
        read(sent)
