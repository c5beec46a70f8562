"""The table of what is captured: from the integrations, the subjects of the conformance suite and the spans it expects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from limelight.providers import integrations

if TYPE_CHECKING:
    from limelight.core.operation import Integration, Operation

ROOT = Path(__file__).parent.parent
SPANS = ROOT / "tests" / "conformance" / "spans"

CAPTURED = {
    "model": ("gen_ai.request.model", "gen_ai.response.model"),
    "parameters": (
        "gen_ai.request.temperature",
        "gen_ai.request.max_tokens",
        "gen_ai.request.dimensions",
        "gen_ai.request.encoding_formats",
        "limelight.request.params",
    ),
    "system": ("gen_ai.system_instructions",),
    "messages": ("gen_ai.input.messages",),
    "tools": ("gen_ai.tool.definitions",),
    "answer": ("gen_ai.output.messages",),
    "finish": ("gen_ai.response.finish_reasons",),
    "id": ("gen_ai.response.id",),
    "tokens": ("gen_ai.usage.input_tokens",),
    "cached tokens": ("gen_ai.usage.cache_read.input_tokens",),
    "reasoning tokens": ("gen_ai.usage.reasoning.output_tokens",),
    "cost": ("limelight.cost.total",),
}
"""Our word for a field, and the attributes of which one says it."""
PARTS = {"reasoning": "reasoning", "tool_call": "tool calls", "refusal": "refusals", "citation": "citations"}
"""Kinds of parts in an answer that deserve a word."""


@dataclass
class Seen:
    """What the suite has asked of one operation, and what its spans say."""

    ways: dict[str, set[str]] = field(default_factory=dict)
    """Way of asking -> styles."""
    words: set[str] = field(default_factory=set)


def rows() -> Iterator[tuple[str, ...]]:
    """Library, operation, API, ways sync and async, captured fields."""
    asked = {
        (name, operation, api): seen for name, table in _asked().items() for (operation, api), seen in table.items()
    }
    for library in integrations():
        for operation in _operations(library):
            seen = asked.get((library.name, operation.name, operation.api or ""), Seen())
            words = [word for word in (*CAPTURED, *PARTS.values()) if word in seen.words]
            absent = "older versions only" if seen.words else "not asked by the suite"
            yield (
                f"`{library.name}`",
                operation.name,
                operation.api or "",
                _told(seen.ways) or absent,
                ", ".join(words) or "–",
            )


def _operations(library: Integration) -> Iterator[Operation]:
    """One for each name and API, however many declarations it takes."""
    yield from {(one.name, one.api): one for one in library.operations}.values()


def _asked() -> dict[str, dict[tuple[str, str], Seen]]:
    # Builds a client of every library that is installed: only when the table is asked for.
    from tests.conformance.parameters import choices
    from tests.conformance.subjects import SUBJECTS

    found: dict[str, dict[tuple[str, str], Seen]] = {subject.name: {} for subject in SUBJECTS}
    for subject in SUBJECTS:
        for span in _spans(subject.name).values():
            found[subject.name].setdefault(_key(span), Seen()).words |= set(_words(span))
    for one in choices(SUBJECTS):
        subject, ask, _, style = one.values
        if span := _spans(subject.name).get(ask.name):
            way = one.id.removeprefix(f"{subject}-{ask}-").removesuffix(f"-{style}").partition(",")[0]
            found[subject.name][_key(span)].ways.setdefault(way, set()).add(style)
    return found


def _key(span: dict[str, Any]) -> tuple[str, str]:
    return span["gen_ai.operation.name"], span.get("limelight.api") or span.get("openai.api.type", "")


@cache
def _spans(name: str) -> dict[str, Any]:
    path = SPANS / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}  # type: ignore[no-any-return]


def _words(span: dict[str, Any]) -> Iterator[str]:
    yield from (word for word, keys in CAPTURED.items() if any(key in span for key in keys))
    for message in span.get("gen_ai.output.messages") or ():
        yield from (PARTS[part["type"]] for part in message["parts"] if part["type"] in PARTS)


def _told(ways: dict[str, set[str]]) -> str:
    """Ways that sync and async share are named once."""
    both = [way for way, styles in ways.items() if len(styles) == 2]
    single = [f"{way} ({''.join(styles)} only)" for way, styles in ways.items() if len(styles) == 1]
    return ", ".join([*both, *single])
