"""Spans that real instrumentations sent, where they are at hand."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from limelight.core.dialects import detect
from limelight.core.dialects.span import Span, SpanEvent

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("LIMELIGHT_EMITTERS") or ROOT.parent / "shared" / "emitters")
UNDERSTOOD = ["genai", "oai_v2_default_legacy", "oai_v2_latest_experimental"]
MODEL = ("gen_ai.request.model", "gen_ai.response.model")
INPUT = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens")
OUTPUT = ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens")


def spans(name: str) -> Iterator[dict[str, Any]]:
    file = FOLDER / f"{name}.json"
    if not file.is_file():
        pytest.skip("the recorded spans are not at hand")
    yield from json.loads(file.read_text(encoding="utf-8"))["spans"]


def read(sent: dict[str, Any]) -> Any:
    events = tuple(SpanEvent(one["name"], 1, one.get("attributes") or {}) for one in sent.get("events", ()))
    status = sent["status"].lower()
    return detect.read(
        Span(sent["name"], sent["attributes"], events, status if status == "error" else "unset", scope=sent["scope"])
    )


def first(sent: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((sent["attributes"][name] for name in names if name in sent["attributes"]), None)


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_every_call_has_its_model_and_its_tokens(name: str) -> None:
    calls = [(sent, record) for sent in spans(name) if (record := read(sent)).kind in {"llm", "embedding"}]
    assert len(calls) >= 2
    for sent, record in calls:
        assert record.provider == "openai"
        assert record.request.model == first(sent, MODEL[:1])
        assert (record.request.model or record.response.model) is not None
        assert record.response.usage.input == first(sent, INPUT)
        assert record.response.usage.output == first(sent, OUTPUT)
    assert any(record.response.usage.input for _, record in calls)


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
