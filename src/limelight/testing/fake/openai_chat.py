"""OpenAI chat completions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from limelight.testing.fake import improvise, steering
from limelight.testing.fake.bodies import BadRequestError
from limelight.testing.fake.exchange import Event, Json, Reply
from limelight.testing.fake.prompt import Prompt, Tool
from limelight.testing.fake.script import Finish, Part, Refusal, Search, Tally, Text, Thought, ToolCall
from limelight.testing.fake.tokens import pieces, weigh
from limelight.testing.fake.vendor import EPOCH_S, Ids, Take, objects, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SNAPSHOTS = {
    "gpt-4o": "gpt-4o-2024-08-06",
    "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
    "gpt-4.1": "gpt-4.1-2025-04-14",
    "gpt-4.1-mini": "gpt-4.1-mini-2025-04-14",
    "gpt-4.1-nano": "gpt-4.1-nano-2025-04-14",
    "gpt-5": "gpt-5-2025-08-07",
    "gpt-5-mini": "gpt-5-mini-2025-08-07",
    "gpt-5-nano": "gpt-5-nano-2025-08-07",
    "o3-mini": "o3-mini-2025-01-31",
    "o4-mini": "o4-mini-2025-04-16",
}
"""What answers when one asks for a name without a date."""

FINISH: dict[Finish, str] = {
    "stop": "stop",
    "length": "length",
    "tool": "tool_calls",
    "refusal": "stop",
    "filter": "content_filter",
}


def read(body: Json) -> Prompt:
    model, messages = body.get("model"), body.get("messages")
    if not model:
        raise BadRequestError("you must provide a model parameter")
    if not isinstance(messages, list):
        raise BadRequestError("Missing required parameter: 'messages'.")
    if not messages:
        raise BadRequestError(
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead."
        )
    messages = objects(messages, "messages")
    user = [at for at, message in enumerate(messages) if message.get("role") == "user"]
    since = messages[user[-1] + 1 :] if user else messages
    shape = body.get("response_format") or {}
    return Prompt(
        operation="chat",
        model=model,
        text=text_of(messages[user[-1]].get("content")) if user else "",
        system=" ".join(text_of(m.get("content")) for m in messages if m.get("role") in ("system", "developer")),
        turns=len(user),
        tools=tuple(tool(item.get("function") or item) for item in body.get("tools") or ()),
        tool_choice=tool_choice(body),
        tool_results=tuple(text_of(m.get("content")) for m in since if m.get("role") in ("tool", "function")),
        schema=(shape.get("json_schema") or {}).get("schema"),
        json_mode=shape.get("type") == "json_object",
        reasons=reasons(model, body.get("reasoning_effort")),
        input_tokens=PRIMING + weigh(messages) + weigh(body.get("tools")),
        max_tokens=body.get("max_completion_tokens") or body.get("max_tokens"),
        stop=stops(body.get("stop")),
        choices=body.get("n") or 1,
        stream=bool(body.get("stream")),
        body=body,
    )


PRIMING = 3
"""Tokens that open the assistant's turn."""


def tool(item: Json) -> Tool:
    return Tool(str(item.get("name", "")), item.get("description") or "", item.get("parameters") or {})


def tool_choice(body: Json) -> Any:
    asked = body.get("tool_choice") or "auto"
    if isinstance(asked, str):
        return asked
    name = (asked.get("function") or asked).get("name")
    offered = (tool(item.get("function") or item) for item in body.get("tools") or ())
    return next((one for one in offered if one.name == name), "auto")


def reasons(model: str, effort: str | None) -> bool:
    return model.startswith(("o1", "o3", "o4", "gpt-5")) and effort not in ("none", "minimal")


def stops(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def usage(tally: Tally) -> Json:
    return {
        "prompt_tokens": tally.input,
        "completion_tokens": tally.output,
        "total_tokens": tally.input + tally.output,
        "prompt_tokens_details": {"cached_tokens": tally.cache_read, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": tally.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def reply(take: Take) -> Reply:
    if take.prompt.stream:
        return Reply(events=(*_chunks(take), Event("[DONE]")))
    body = _envelope(take, "chat.completion")
    body["choices"] = [_choice(take, index) for index in range(take.prompt.choices)]
    if take.answer.says_usage:
        body["usage"] = _usage(take)
    return Reply(body)


def arguments(call: ToolCall) -> str:
    return (
        call.arguments
        if isinstance(call.arguments, str)
        else json.dumps(call.arguments, ensure_ascii=False, separators=(",", ":"))
    )


def logprob(token: str, ids: Ids) -> Json:
    chance = -(1 + ids.below(999)) / 1000
    return {"token": token, "logprob": chance, "bytes": list(token.encode()), "top_logprobs": []}


def _envelope(take: Take, kind: str) -> Json:
    model = take.prompt.model
    return {
        "id": take.ids("chatcmpl-", 29),
        "object": kind,
        "created": EPOCH_S,
        "model": SNAPSHOTS.get(model, model),
        "service_tier": "default",
        "system_fingerprint": "fp_" + take.ids.hex("", 10),
    }


def _usage(take: Take) -> Json:
    """Every choice is paid for."""
    more = (take.prompt.choices - 1) * take.tally.output
    tally = take.tally
    return usage(
        Tally(
            tally.input,
            tally.output + more,
            tally.cache_read,
            tally.cache_write,
            tally.reasoning * take.prompt.choices,
        )
    )


def _choice(take: Take, index: int) -> Json:
    parts = improvise.choice(take.answer.parts, index)
    message: Json = {
        "role": "assistant",
        "content": _text(parts),
        "refusal": _refusal(parts),
        "annotations": _annotations(parts),
    }
    if tells_thoughts(take.prompt):
        message["reasoning_content"] = "".join(part.text for part in parts if isinstance(part, Thought))
    if calls := [part for part in parts if isinstance(part, ToolCall)]:
        message["tool_calls"] = [_call(call, take.ids) for call in calls]
    logprobs = {
        "content": [logprob(token, take.ids) for token in pieces(_text(parts) or "")],
        "refusal": None,
    }
    asked = take.body.get("logprobs")
    return {
        "index": index,
        "message": message,
        "logprobs": logprobs if asked else None,
        "finish_reason": FINISH[take.answer.ending()],
    }


def tells_thoughts(prompt: Prompt) -> bool:
    """OpenAI keeps its thoughts to itself; hosts compatible with it (DeepSeek, vLLM …) show them."""
    return prompt.model.startswith("deepseek") or "reasoning-content" in steering.words(prompt)


def _text(parts: tuple[Part, ...]) -> str | None:
    texts = [part.text for part in parts if isinstance(part, Text)]
    return "".join(texts) if texts else None


def _refusal(parts: tuple[Part, ...]) -> str | None:
    return next((part.text for part in parts if isinstance(part, Refusal)), None)


def _annotations(parts: tuple[Part, ...]) -> list[Json]:
    return [citation(part.text, url) for part in parts if isinstance(part, Text) for url in part.cites]


def citation(text: str, url: str) -> Json:
    where = {"start_index": 0, "end_index": len(text), "title": "Limelight, explained", "url": url}
    return {"type": "url_citation", "url_citation": where}


def _call(call: ToolCall, ids: Ids) -> Json:
    return {
        "id": ids("call_", 24),
        "type": "function",
        "function": {"name": call.name, "arguments": arguments(call)},
    }


def _chunks(take: Take) -> Iterator[Event]:
    options = take.body.get("stream_options") or {}
    tells_usage = bool(options.get("include_usage"))
    envelope = _envelope(take, "chat.completion.chunk")
    for choice in _deltas(take):
        chunk = {**envelope, "choices": [choice]}
        if tells_usage:
            chunk["usage"] = None
        if options.get("include_obfuscation", True):
            chunk["obfuscation"] = take.ids("", 4 + take.ids.below(12))
        yield Event(chunk)
    if tells_usage and take.answer.says_usage:
        yield Event({**envelope, "choices": [], "usage": _usage(take)})


def _deltas(take: Take) -> Iterator[Json]:
    """The choices' deltas; with `n` > 1 they come one from each in turn."""
    columns = [list(_choice_deltas(take, index)) for index in range(take.prompt.choices)]
    for row in range(max(len(column) for column in columns)):
        yield from (column[row] for column in columns if row < len(column))


def _choice_deltas(take: Take, index: int) -> Iterator[Json]:
    def piece(delta: Json, finish: str | None = None, token: str | None = None) -> Json:
        logprobs = (
            {"content": [logprob(token, take.ids)], "refusal": None} if token and take.body.get("logprobs") else None
        )
        return {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish}

    parts = improvise.choice(take.answer.parts, index)
    opening: Json = {"role": "assistant", "content": None if _text(parts) is None else "", "refusal": None}
    calls = 0
    for part in parts:
        match part:
            case Thought(text) if tells_thoughts(take.prompt):
                yield from (piece({**_pop(opening), "reasoning_content": token}) for token in pieces(text))
            case Text(text):
                yield from _opened(opening, piece)
                yield from (piece({"content": token}, token=token) for token in pieces(text))
            case Refusal(text):
                yield piece({**_pop(opening), "refusal": ""})
                yield from (piece({"refusal": token}) for token in pieces(text))
            case ToolCall():
                yield from (
                    piece({**_pop(opening), "tool_calls": [delta]}) for delta in _call_deltas(part, calls, take.ids)
                )
                calls += 1
            case Search() | Thought():
                pass
    yield from _opened(opening, piece)
    yield piece({}, FINISH[take.answer.ending()])


def _pop(opening: Json) -> Json:
    """The role is said once, in the first delta of all."""
    said = dict(opening)
    opening.clear()
    return said


def _opened(opening: Json, piece: Any) -> Iterator[Json]:
    if opening:
        yield piece(_pop(opening))


def _call_deltas(call: ToolCall, index: int, ids: Ids) -> Iterator[Json]:
    yield {
        "index": index,
        "id": ids("call_", 24),
        "type": "function",
        "function": {"name": call.name, "arguments": ""},
    }
    for token in pieces(arguments(call)):
        yield {"index": index, "function": {"arguments": token}}
