"""Mistral's completions: chat, agents, and the middle of a text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from limelight.testing.fake import improvise, openai_chat
from limelight.testing.fake.bodies import BadRequestError
from limelight.testing.fake.exchange import Event, Json, Reply
from limelight.testing.fake.prompt import Prompt
from limelight.testing.fake.script import Finish, Part, Refusal, Tally, Text, Thought, ToolCall
from limelight.testing.fake.tokens import pieces, weigh
from limelight.testing.fake.vendor import EPOCH_S, Ids, Take

if TYPE_CHECKING:
    from collections.abc import Iterator

FINISH: dict[Finish, str] = {
    "stop": "stop",
    "length": "length",
    "tool": "tool_calls",
    "refusal": "stop",
    "filter": "error",
}
AGENT_MODEL = "mistral-medium-latest"
"""What answers for every agent."""


def read(body: Json) -> Prompt:
    asked = {**body, "tool_choice": _choice(body.get("tool_choice"))}
    prompt = openai_chat.read(asked)
    return replace(prompt, reasons=_reasons(body), body=body)


def read_agent(body: Json) -> Prompt:
    if not body.get("agent_id"):
        raise BadRequestError("Field required: agent_id")
    return read({**body, "model": AGENT_MODEL})


def _choice(asked: Any) -> Any:
    return "required" if asked == "any" else asked


def _reasons(body: Json) -> bool:
    return str(body.get("model")).startswith("magistral") or body.get("reasoning_effort") == "high"


def read_middle(body: Json) -> Prompt:
    if not isinstance(body.get("prompt"), str):
        raise BadRequestError("Field required: prompt")
    return Prompt(
        operation="completion",
        model=str(body.get("model") or ""),
        text=body["prompt"],
        input_tokens=weigh(body["prompt"]) + weigh(body.get("suffix")),
        max_tokens=body.get("max_tokens"),
        stop=openai_chat.stops(body.get("stop")),
        stream=bool(body.get("stream")),
        body=body,
    )


def usage(tally: Tally) -> Json:
    """What came out of the cache is told where something did."""
    counted: Json = {
        "prompt_tokens": tally.input,
        "total_tokens": tally.input + tally.output,
        "completion_tokens": tally.output,
    }
    if tally.cache_read:
        counted |= {"prompt_tokens_details": {"cached_tokens": tally.cache_read}, "service_tier": "standard"}
    return counted


def _usage(take: Take) -> Json:
    """Every choice is paid for."""
    return usage(replace(take.tally, output=take.tally.output * take.prompt.choices))


def reply(take: Take) -> Reply:
    if take.prompt.stream:
        return Reply(events=(*_chunks(take), Event("[DONE]")))
    choices = [_whole(take, index) for index in range(take.prompt.choices)]
    body = {**_envelope(take, "chat.completion"), "choices": choices}
    return Reply({**body, "usage": _usage(take)} if take.answer.says_usage else body)


def _envelope(take: Take, kind: str) -> Json:
    return {"id": take.ids.hex("", 32), "object": kind, "created": EPOCH_S, "model": take.prompt.model}


def _whole(take: Take, index: int) -> Json:
    parts = improvise.choice(take.answer.parts, index)
    calls = [call(part, at) for at, part in enumerate(_calls(parts))]
    message = {"role": "assistant", "tool_calls": calls or None, "content": content(parts)}
    return {"index": index, "finish_reason": FINISH[take.answer.ending()], "message": message}


def content(parts: tuple[Part, ...]) -> str | list[Json]:
    """A text, or a list of chunks where there is more to it: thoughts, references."""
    chunks = [chunk for part in parts for chunk in _chunks_of(part)]
    if all(chunk["type"] == "text" for chunk in chunks):
        return "".join(chunk["text"] for chunk in chunks)
    return chunks


def _chunks_of(part: Part) -> Iterator[Json]:
    match part:
        case Thought(text):
            yield {"type": "thinking", "thinking": [{"type": "text", "text": text}], "closed": True}
        case Text(text, cites):
            yield {"type": "text", "text": text}
            if cites:
                yield {"type": "reference", "reference_ids": list(range(len(cites)))}
        case Refusal(text):
            yield {"type": "text", "text": text}
        case _:
            pass


def _calls(parts: tuple[Part, ...]) -> list[ToolCall]:
    return [part for part in parts if isinstance(part, ToolCall)]


def call(part: ToolCall, at: int) -> Json:
    """Its id follows from the call itself, so that it is the same one whether it streams or not."""
    function = {"name": part.name, "arguments": openai_chat.arguments(part)}
    return {"id": call_id(part), "type": "function", "function": function, "index": at}


def call_id(part: ToolCall) -> str:
    return Ids(f"{part.name} {openai_chat.arguments(part)}")("", 9)


def _chunks(take: Take) -> Iterator[Event]:
    """The choices one after the other; the last chunk of all has the usage."""
    envelope = _envelope(take, "chat.completion.chunk")
    deltas = [delta for index in range(take.prompt.choices) for delta in _deltas(take, index)]
    for at, choice in enumerate(deltas):
        chunk = {**envelope, "choices": [choice]}
        if at == len(deltas) - 1 and take.answer.says_usage:
            chunk["usage"] = _usage(take)
        yield Event(chunk)


def _deltas(take: Take, index: int) -> Iterator[Json]:
    def piece(delta: Json, finish: str | None = None) -> Json:
        return {"index": index, "delta": delta, "finish_reason": finish}

    parts = improvise.choice(take.answer.parts, index)
    yield piece({"role": "assistant", "content": ""})
    for part in parts:
        yield from (piece({"content": each}) for each in _pieces_of(part))
    finish = FINISH[take.answer.ending()]
    if calls := [call(each, at) for at, each in enumerate(_calls(parts))]:
        yield piece({"content": "", "tool_calls": calls}, finish)  # whole, in one chunk
    else:
        yield piece({"content": ""}, finish)


def _pieces_of(part: Part) -> Iterator[str | list[Json]]:
    match part:
        case Thought(text):
            for each in pieces(text):
                yield [{"type": "thinking", "thinking": [{"type": "text", "text": each}]}]
        case Text(text, cites):
            yield from pieces(text)
            if cites:
                yield [{"type": "reference", "reference_ids": list(range(len(cites)))}]
        case Refusal(text):
            yield from pieces(text)
        case _:
            pass
