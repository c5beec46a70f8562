"""One span, put together again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from limelight.server.api.lines import row
from limelight.server.ingest.content import Content
from limelight.server.store import segments
from limelight.server.store.segments import Entry, Segment
from limelight.server.summary import Summary

EARLIER = 20
"""Calls before this one that are looked at for what is new."""


def read(sql: sqlite3.Connection, entry: Entry, trace: int, span_id: str, counted: bool) -> dict[str, Any] | None:
    """A `SpanDetail` of the API."""
    own = segments.of_trace(sql, trace)
    wanted = bytes.fromhex(span_id)
    found = next(((one, place) for one in own if (place := one.place(wanted)) is not None), None)
    if found is None:
        return None
    segment, place = found
    summary = next(one for at, one in segment.live(entry) if at == place)
    content, detail = segments.read_detail(entry(segment.detail(place)))
    shown = row(summary, counted, detail.pop("source"), detail.pop("formula"))
    detail["timing"]["attempts"] = shown["attempts"]
    new_from = _new_from(content.input, _earlier(own, entry, summary))
    return {**shown, **_told(content, detail, entry), "new_from": new_from}


def _told(content: Content[int], detail: dict[str, Any], entry: Entry) -> dict[str, Any]:
    def value(number: int | None) -> Any:
        return None if number is None else msgspec.json.decode(entry(number)[1:])

    endings = detail.pop("endings")
    return {
        **detail,
        "finish_reasons": [ending for ending in endings if ending],
        "system": value(content.system) or [],
        "input": [{"name": None, "finish_reason": None, **value(number)} for number in content.input],
        "output": [
            {"name": None, **value(number), "finish_reason": ending}
            for number, ending in zip(content.output, endings, strict=True)
        ],
        "tools": value(content.tools) or [],
        "input_value": value(content.input_value),
        "output_value": value(content.output_value),
    }


def _earlier(own: Sequence[Segment], entry: Entry, summary: Summary) -> Iterator[list[int]]:
    """The messages of the LLM calls of this trace that began before, the latest of these first."""
    calls = [
        (one.started_ns, segment.detail(place))
        for segment in own
        for place, one in segment.openings(entry)
        if one.kind == "llm" and one.started_ns < summary.started_ns
    ]
    for _, detail in sorted(calls, reverse=True)[:EARLIER]:
        content = segments.read_content(entry(detail))
        yield [*content.input, *content.output]


def _new_from(numbers: Sequence[int], earlier: Iterator[Sequence[int]]) -> int:
    """How many messages at the start the nearest earlier call had, counting its answer."""
    for before in earlier:
        shared = 0
        for mine, theirs in zip(numbers, before, strict=False):
            if mine != theirs:
                break
            shared += 1
        if shared:
            return shared
    return 0
