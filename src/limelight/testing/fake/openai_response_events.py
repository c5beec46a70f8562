"""The events of a streamed OpenAI response, numbered, from `response.created` to the end."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from limelight.testing.fake.exchange import Event, Json
from limelight.testing.fake.tokens import pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from limelight.testing.fake.vendor import Take


def events(response: Json, take: Take) -> Iterator[Event]:
    options = take.body.get("stream_options") or {}
    hides = options.get("include_obfuscation", True)
    for number, (kind, data) in zip(count(), _plot(response), strict=False):
        noise = {"obfuscation": take.ids("", 4 + take.ids.below(12))} if hides and kind.endswith(".delta") else {}
        yield Event({"type": kind, **data, **noise, "sequence_number": number}, kind)


def replay(response: Json, take: Take) -> Iterator[Event]:
    """A stored response as a stream, from where the client left off."""
    query = dict(pair.partition("=")[::2] for pair in take.request.query.split("&"))
    after = int(query.get("starting_after") or -1)
    for event in events(response, take):
        if isinstance(event.data, dict) and event.data["sequence_number"] > after:
            yield event


def _plot(response: Json) -> Iterator[tuple[str, Json]]:
    begun = {
        **response,
        "status": "in_progress",
        "output": [],
        "usage": None,
        "completed_at": None,
        "incomplete_details": None,
    }
    yield "response.created", {"response": begun}
    yield "response.in_progress", {"response": begun}
    for index, item in enumerate(response["output"]):
        yield "response.output_item.added", {"output_index": index, "item": _begun(item)}
        for kind, data in _growth(item):
            yield kind, {"item_id": item["id"], "output_index": index, **data}
        yield "response.output_item.done", {"output_index": index, "item": item}
    yield f"response.{response['status']}", {"response": response}


def _begun(item: Json) -> Json:
    """An item as it is when it appears."""
    match item["type"]:
        case "message":
            return {**item, "status": "in_progress", "content": []}
        case "reasoning":
            return {**item, "summary": []}
        case "function_call":
            return {**item, "status": "in_progress", "arguments": ""}
    return {key: value for key, value in {**item, "status": "in_progress"}.items() if key != "action"}


def _growth(item: Json) -> Iterator[tuple[str, Json]]:
    """What happens between an item's appearance and its end."""
    match item["type"]:
        case "message":
            for at, part in enumerate(item["content"]):
                yield from _part_growth(at, part)
        case "reasoning":
            for at, part in enumerate(item["summary"]):
                yield from _summary_growth(at, part)
        case "function_call":
            for piece in pieces(item["arguments"]):
                yield "response.function_call_arguments.delta", {"delta": piece}
            yield (
                "response.function_call_arguments.done",
                {"arguments": item["arguments"]},
            )
        case "web_search_call":
            for stage in ("in_progress", "searching", "completed"):
                yield f"response.web_search_call.{stage}", {}


def _part_growth(at: int, part: Json) -> Iterator[tuple[str, Json]]:
    where = {"content_index": at}
    if part["type"] == "refusal":
        yield "response.content_part.added", {**where, "part": {**part, "refusal": ""}}
        for piece in pieces(part["refusal"]):
            yield "response.refusal.delta", {**where, "delta": piece}
        yield "response.refusal.done", {**where, "refusal": part["refusal"]}
    else:
        yield "response.content_part.added", {**where, "part": {**part, "text": "", "annotations": []}}
        for piece in pieces(part["text"]):
            yield "response.output_text.delta", {**where, "delta": piece, "logprobs": []}
        for number, annotation in enumerate(part["annotations"]):
            noted = {"annotation_index": number, "annotation": annotation}
            yield "response.output_text.annotation.added", {**where, **noted}
        yield "response.output_text.done", {**where, "text": part["text"], "logprobs": []}
    yield "response.content_part.done", {**where, "part": part}


def _summary_growth(at: int, part: Json) -> Iterator[tuple[str, Json]]:
    where = {"summary_index": at}
    yield "response.reasoning_summary_part.added", {**where, "part": {**part, "text": ""}}
    for piece in pieces(part["text"]):
        yield "response.reasoning_summary_text.delta", {**where, "delta": piece}
    yield "response.reasoning_summary_text.done", {**where, "text": part["text"]}
    yield "response.reasoning_summary_part.done", {**where, "part": part}
