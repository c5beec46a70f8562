"""Bedrock's Converse API: one form for every model.  Amazon's own Nova models speak it in `invoke_model` as well."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from limelight.core.model import Message, Request, Response, Usage
from limelight.core.plain import plain
from limelight.core.wire import bedrock_content
from limelight.core.wire.params import settings
from limelight.core.wire.read import Table, among, as_table, given, listed, number, said, table, tables, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RENAMED = {
    "maxTokens": "max_tokens", "max_new_tokens": "max_tokens", "topP": "top_p", "topK": "top_k",
    "stopSequences": "stop", "stop_sequences": "stop", "requestMetadata": "metadata", "toolChoice": "tool_choice",
    "textFormat": "response_format", "effort": "reasoning_effort",
}  # fmt: skip
_CONTENT = frozenset({"modelId", "messages", "system", "toolConfig", "schemaVersion", "tools"})
_LIFTED = ("additionalModelRequestFields", "inferenceConfig", "toolConfig", "outputConfig")
"""Tables of parameters that other APIs have beside the rest."""


def request(body: Table) -> Request:
    flat = {key: value for key, value in body.items() if key not in _LIFTED}
    for key in _LIFTED:
        flat.update(table(body, key))
    params = settings(flat, _CONTENT, RENAMED)
    if (tier := table(params, "serviceTier")) or "serviceTier" in params:
        params["service_tier"] = said(tier, "type") or params["serviceTier"]
        del params["serviceTier"]
    return Request(
        model=said(body, "modelId"),
        system=bedrock_content.content(body.get("system")),
        messages=bedrock_content.messages(body),
        tools=bedrock_content.tools(table(body, "toolConfig")),
        params=params,
    )


def stream_request(body: Table) -> Request:
    """Here the method says that the answer streams."""
    return streaming(request(body))


def streaming(asked: Request) -> Request:
    return replace(asked, params={**asked.params, "stream": True})


def response(body: Table) -> Response:
    message = table(table(body, "output"), "message")
    stop = said(body, "stopReason")
    answered = bool(message or stop)
    parts = bedrock_content.content(message.get("content"))
    return Response(
        model=said(table(table(body, "trace"), "promptRouter"), "invokedModelId"),
        messages=(Message("assistant", parts, finish_reason=stop),) if answered else (),
        usage=usage(table(body, "usage")),
        service_tier=said(table(body, "serviceTier"), "type"),
        extra={**about(body), **_extra(body)},
    )


def _extra(body: Table) -> dict[str, Any]:
    found = {
        "guardrail.trace": table(table(body, "trace"), "guardrail"),
        "latency_ms": number(table(body, "metrics"), "latencyMs"),
        "performance": said(table(body, "performanceConfig"), "latency"),
        "additional_fields": body.get("additionalModelResponseFields"),
    }
    return {key: plain(value) for key, value in found.items() if value not in (None, {})}


def about(body: Table) -> dict[str, Any]:
    """What AWS says about every answer beside it."""
    request_id = said(table(body, "ResponseMetadata"), "RequestId")
    return {"request_id": request_id} if request_id else {}


def usage(body: Table) -> Usage:
    """Converse counts cached tokens beside the input; we count them within it."""
    fresh = number(body, "inputTokens")
    read, written = _cached(body, "Read"), _cached(body, "Write")
    kept_long = [number(each, "inputTokens") for each in tables(body, "cacheDetails") if text(each, "ttl") == "1h"]
    return Usage(
        input=None if fresh is None else fresh + (read or 0) + (written or 0),
        output=number(body, "outputTokens"),
        cache_read=read,
        cache_write=written,
        cache_write_1h=sum(count or 0 for count in kept_long) if kept_long else None,
    )


def _cached(body: Table, how: str) -> int | None:
    """In the API's word for it, or in that of Nova's own bodies."""
    count = number(body, f"cache{how}InputTokens")
    return number(body, f"cache{how}InputTokenCount") if count is None else count


def is_content(event: Table) -> bool:
    return bool(table(event, "contentBlockDelta"))


def fold(events: Sequence[Table]) -> Table:
    """Put the events of a stream together into the answer they would have been."""
    blocks: dict[int, _Block] = {}
    whole: dict[str, Any] = {}
    is_begun = False
    for event in among(events):
        for kind, value in event.items():
            body = as_table(value)
            if body is None:
                continue
            match kind:
                case "contentBlockStart":
                    blocks.setdefault(_at(body), _Block()).begin(table(body, "start"))
                case "contentBlockDelta":
                    blocks.setdefault(_at(body), _Block()).add(table(body, "delta"))
                case "messageStart":
                    is_begun = True
                case "messageStop":
                    whole.update(given(body, "stopReason", "additionalModelResponseFields"))
                case "metadata":
                    whole.update(body)
                case _:
                    pass
    if not blocks and not is_begun:
        return whole
    message = {"role": "assistant", "content": [blocks[at].whole() for at in sorted(blocks)]}
    return {**whole, "output": {"message": message}}


def _at(body: Table) -> int:
    return number(body, "contentBlockIndex") or 0


class _Block:
    """One content block of a stream, growing."""

    __slots__ = ("_citations", "_items", "_pieces", "_start")

    def __init__(self) -> None:
        self._start: Mapping[str, Any] = {}
        self._pieces: dict[str, list[str]] = {}
        self._citations: list[Any] = []
        self._items: list[Any] = []

    def begin(self, start: Table) -> None:
        self._start = start

    def add(self, delta: Table) -> None:
        for kind, value in delta.items():
            match kind:
                case "text":
                    self._piece(kind, value)
                case "toolUse":
                    self._piece(kind, table(delta, kind).get("input"))
                case "reasoningContent":
                    self._piece(kind, table(delta, kind).get("text") or "")
                case "citation":
                    self._citations.append(value)
                case "toolResult":
                    self._items.extend(listed(value))
                case _:
                    self._start = {**self._start, kind: {**table(self._start, kind), **table(delta, kind)}}

    def _piece(self, kind: str, value: Any) -> None:
        if isinstance(value, str):
            self._pieces.setdefault(kind, []).append(value)

    def whole(self) -> Table:
        grown = {kind: "".join(pieces) for kind, pieces in self._pieces.items()}
        if "toolUse" in grown or "toolUse" in self._start:
            return {"toolUse": {**table(self._start, "toolUse"), "input": grown.get("toolUse") or {}}}
        if "toolResult" in self._start or self._items:
            return {"toolResult": {**table(self._start, "toolResult"), "content": self._items}}
        if "reasoningContent" in grown:
            return {"reasoningContent": {"reasoningText": {"text": grown["reasoningContent"]}}}
        if self._citations:
            return {"citationsContent": {"content": [{"text": grown.get("text", "")}], "citations": self._citations}}
        return {"text": grown["text"]} if "text" in grown else self._start
