"""Anthropic messages, also under `?beta=true`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from limelight.testing.fake.bodies import BadRequestError
from limelight.testing.fake.exchange import Event, Json, Reply
from limelight.testing.fake.prompt import Prompt, Tool
from limelight.testing.fake.script import Finish, Part, Refusal, Search, Text, Thought, ToolCall
from limelight.testing.fake.tokens import pieces, weigh
from limelight.testing.fake.vendor import Ids, Take, objects, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SNAPSHOTS = {
    "claude-sonnet-4-5": "claude-sonnet-4-5-20250929",
    "claude-haiku-4-5": "claude-haiku-4-5-20251001",
    "claude-opus-4-5": "claude-opus-4-5-20251101",
    "claude-sonnet-4-0": "claude-sonnet-4-20250514",
    "claude-opus-4-1": "claude-opus-4-1-20250805",
    "claude-3-5-haiku-latest": "claude-3-5-haiku-20241022",
}
STOP: dict[Finish, str] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool": "tool_use",
    "refusal": "refusal",
    "filter": "refusal",
}
OWN_TOOLS = ("web_search", "web_fetch", "code_execution", "bash_code_execution")
PADDING = 14
ENDING = ("stop_reason", "stop_sequence", "stop_details")
EARLY = ("cache_creation", "service_tier", "inference_geo")
"""Parts of the usage that only the start of a stream tells."""
LATE = ("output_tokens_details", "server_tool_use")
"""Parts that only its end tells."""


def read(body: Json) -> Prompt:
    for name in ("model", "max_tokens", "messages"):
        if name not in body:
            raise BadRequestError(f"{name}: Field required")
    if not body["model"]:
        raise BadRequestError("model: String should have at least 1 character")
    return prompt(body)


def prompt(body: Json) -> Prompt:
    messages = objects(body.get("messages") or (), "messages")
    if not messages:
        raise BadRequestError("messages: at least one message is required")
    user = [at for at, message in enumerate(messages) if message.get("role") == "user" and not _results(message)]
    shape = ((body.get("output_config") or {}).get("format") or body.get("output_format") or {}).get("schema")
    return Prompt(
        operation="message",
        model=body["model"],
        text=text_of(messages[user[-1]].get("content")) if user else "",
        system=text_of(body.get("system")),
        turns=len(user),
        tools=tuple(_tool(item) for item in body.get("tools") or ()),
        tool_choice=_tool_choice(body),
        tool_results=tuple(text for message in messages[user[-1] if user else 0 :] for text in _results(message)),
        schema=shape,
        reasons=(body.get("thinking") or {}).get("type") in ("enabled", "adaptive"),
        input_tokens=weigh(messages) + weigh(body.get("system")) + weigh(body.get("tools")) + 4,
        max_tokens=body.get("max_tokens"),
        stop=tuple(body.get("stop_sequences") or ()),
        stream=bool(body.get("stream")),
        body=body,
    )


def _results(message: Json) -> list[str]:
    content = message.get("content")
    blocks = content if isinstance(content, list) else []
    return [
        text_of(block.get("content"))
        for block in blocks
        if isinstance(block, dict) and block.get("type") == "tool_result"
    ]


def _tool(item: Json) -> Tool:
    name = str(item.get("name", ""))
    hosted = str(item.get("type") or "custom").startswith(OWN_TOOLS)
    return Tool(name, item.get("description") or "", item.get("input_schema") or {}, hosted)


def _tool_choice(body: Json) -> Any:
    asked = body.get("tool_choice") or {}
    if asked.get("type") == "tool":
        offered = map(_tool, body.get("tools") or ())
        return next((one for one in offered if one.name == asked.get("name")), "auto")
    return {"any": "required", "none": "none"}.get(str(asked.get("type")), "auto")


def reply(take: Take) -> Reply:
    message = _message(take)
    if take.prompt.stream:
        return Reply(events=tuple(_padded(_events(message, take), take.ids)))
    return Reply(message)


def usage(take: Take) -> Json:
    """Cached tokens are counted beside the input, not within it."""
    tally = take.tally
    long = '"ttl":"1h"' in json.dumps(take.body, separators=(",", ":"))
    written = {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}
    written["ephemeral_1h_input_tokens" if long else "ephemeral_5m_input_tokens"] = tally.cache_write
    told: Json = {
        "input_tokens": max(0, tally.input - tally.cache_read - tally.cache_write),
        "cache_creation_input_tokens": tally.cache_write,
        "cache_read_input_tokens": tally.cache_read,
        "cache_creation": written,
        "output_tokens": tally.output,
        "service_tier": "standard",
        "inference_geo": "not_available",
    }
    if tally.reasoning:
        told["output_tokens_details"] = {"thinking_tokens": tally.reasoning}
    if searches := sum(isinstance(part, Search) for part in take.answer.parts):
        told["server_tool_use"] = {"web_search_requests": searches}
    return told


def _message(take: Take) -> Json:
    finish = take.answer.ending()
    stopped = finish == "stop" and take.answer.stop_sequence is not None
    message: Json = {
        "model": SNAPSHOTS.get(take.prompt.model, take.prompt.model),
        "id": take.ids("msg_01", 22),
        "type": "message",
        "role": "assistant",
        "content": [block for part in take.answer.parts for block in _content(part, take.ids)],
        "stop_reason": "stop_sequence" if stopped else STOP[finish],
        "stop_sequence": take.answer.stop_sequence,
        "stop_details": None,
    }
    if take.answer.says_usage:
        message["usage"] = usage(take)
    return message


def _content(part: Part, ids: Ids) -> list[Json]:
    match part:
        case Text(text, cites):
            block: Json = {"type": "text", "text": text}
            return [{**block, "citations": [_citation(text, url, ids) for url in cites]} if cites else block]
        case Refusal(text):
            return [{"type": "text", "text": text}]
        case Thought(text):
            return [{"type": "thinking", "thinking": text, "signature": ids("Eo", 90) + "=="}]
        case ToolCall(name, arguments):
            given = json.loads(arguments) if isinstance(arguments, str) and arguments.startswith("{") else arguments
            return [{"type": "tool_use", "id": ids("toolu_01", 22), "name": name, "input": given}]
        case Search(query, results):
            return _search(query, results, ids)


def _citation(text: str, url: str, ids: Ids) -> Json:
    return {
        "type": "web_search_result_location",
        "cited_text": text[:60],
        "url": url,
        "title": "Limelight, explained",
        "encrypted_index": ids("Eo", 40),
    }


def _search(query: str, results: tuple[tuple[str, str], ...], ids: Ids) -> list[Json]:
    use = ids("srvtoolu_01", 22)
    found = [
        {
            "type": "web_search_result",
            "title": title,
            "url": url,
            "encrypted_content": ids("Eu", 60),
            "page_age": None,
        }
        for title, url in results
    ]
    return [
        {"type": "server_tool_use", "id": use, "name": "web_search", "input": {"query": query}},
        {"type": "web_search_tool_result", "tool_use_id": use, "content": found},
    ]


def _events(message: Json, take: Take) -> Iterator[Json]:
    opening = {**message, "content": [], **dict.fromkeys(ENDING)}
    if "usage" in message:
        opening["usage"] = {**_without(message["usage"], *LATE), "output_tokens": 1}
    yield {"type": "message_start", "message": opening}
    for index, block in enumerate(message["content"]):
        yield {"type": "content_block_start", "index": index, "content_block": _emptied(block)}
        if not index:
            yield {"type": "ping"}
        for delta in _deltas(block):
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    ending: Json = {"type": "message_delta", "delta": {key: message[key] for key in ENDING}}
    if "usage" in message:
        ending["usage"] = _without(message["usage"], *EARLY)
    yield ending
    yield {"type": "message_stop"}


def _without(usage: Json, *names: str) -> Json:
    return {name: count for name, count in usage.items() if name not in names}


def _emptied(block: Json) -> Json:
    """A block as it is before its deltas."""
    match block["type"]:
        case "text":
            return {**block, "text": "", **({"citations": []} if "citations" in block else {})}
        case "thinking":
            return {**block, "thinking": "", "signature": ""}
        case "tool_use" | "server_tool_use":
            return {**block, "input": {}}
    return block


def _deltas(block: Json) -> Iterator[Json]:
    match block["type"]:
        case "text":
            yield from ({"type": "citations_delta", "citation": citation} for citation in block.get("citations", ()))
            yield from ({"type": "text_delta", "text": piece} for piece in pieces(block["text"]))
        case "thinking":
            yield from ({"type": "thinking_delta", "thinking": piece} for piece in pieces(block["thinking"]))
            yield {"type": "signature_delta", "signature": block["signature"]}
        case "tool_use" | "server_tool_use":
            given = block["input"]
            text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
            yield {"type": "input_json_delta", "partial_json": ""}
            yield from ({"type": "input_json_delta", "partial_json": piece} for piece in pieces(text))


def _padded(events: Iterator[Json], ids: Ids) -> Iterator[Event]:
    """Blanks of varying number hide the length of what is said."""
    for event in events:
        yield Event(event, event["type"], 0 if event["type"] == "ping" else ids.below(PADDING))
