"""Bedrock's Converse, plain and streamed; Amazon's Nova models speak it in `invoke_model`, too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from limelight.testing.fake import eventstream
from limelight.testing.fake.bodies import BadRequestError
from limelight.testing.fake.exchange import Event, Json, Reply
from limelight.testing.fake.prompt import Prompt, Tool
from limelight.testing.fake.script import Finish, Refusal, Text, Thought, ToolCall
from limelight.testing.fake.tokens import pieces, weigh
from limelight.testing.fake.vendor import Take, objects, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

STOP: dict[Finish, str] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool": "tool_use",
    "refusal": "content_filtered",
    "filter": "guardrail_intervened",
}
THINKING = ("thinking", "reasoning_config", "reasoningConfig")
LATENCY_MS = 417


def read(body: Json) -> Prompt:
    messages = objects(body.get("messages") or (), "messages")
    if not messages:
        raise BadRequestError("The model returned the following errors: messages: at least one message is required")
    user = [at for at, message in enumerate(messages) if message.get("role") == "user" and not _results(message)]
    config, more = body.get("inferenceConfig") or {}, body.get("additionalModelRequestFields") or {}
    tools = tuple(_tool(each) for each in (body.get("toolConfig") or {}).get("tools") or () if "toolSpec" in each)
    return Prompt(
        operation="converse",
        model=body["modelId"],
        text=text_of(messages[user[-1]].get("content")) if user else "",
        system=text_of(body.get("system")),
        turns=len(user),
        tools=tools,
        tool_choice=_tool_choice(body, tools),
        tool_results=tuple(text for message in messages[user[-1] if user else 0 :] for text in _results(message)),
        reasons=any(key in more for key in THINKING),
        input_tokens=weigh(messages) + weigh(body.get("system")) + weigh(body.get("toolConfig")) + 4,
        max_tokens=config.get("maxTokens") or config.get("max_new_tokens"),
        stop=tuple(config.get("stopSequences") or ()),
        stream="stream" in str(body.get("path")),
        body=body,
    )


def _results(message: Json) -> list[str]:
    found = [block["toolResult"] for block in message.get("content") or () if "toolResult" in block]
    return [
        text_of([{"text": json.dumps(item["json"])} if "json" in item else item for item in each.get("content") or ()])
        for each in found
    ]


def _tool(item: Json) -> Tool:
    spec = item["toolSpec"]
    schema: Json = (spec.get("inputSchema") or {}).get("json") or {}
    return Tool(str(spec.get("name", "")), spec.get("description") or "", schema)


def _tool_choice(body: Json, tools: tuple[Tool, ...]) -> Any:
    asked = (body.get("toolConfig") or {}).get("toolChoice") or {}
    if "tool" in asked:
        return next((one for one in tools if one.name == asked["tool"].get("name")), "auto")
    return "required" if "any" in asked else "auto"


def reply(take: Take) -> Reply:
    if take.prompt.stream:
        return eventstream.stream(_framed(events(take)))
    return Reply({**message(take), "metrics": {"latencyMs": LATENCY_MS}, **_traced(take)})


def message(take: Take) -> Json:
    """The answer, as Nova gives it in `invoke_model`."""
    content = [_block(part, take) for part in take.answer.parts if isinstance(part, (Text, Thought, ToolCall, Refusal))]
    told: Json = {"output": {"message": {"role": "assistant", "content": content}}, "stopReason": _stop(take)}
    return {**told, "usage": usage(take)} if take.answer.says_usage else told


def _stop(take: Take) -> str:
    finish = take.answer.ending()
    return "stop_sequence" if finish == "stop" and take.answer.stop_sequence is not None else STOP[finish]


def usage(take: Take) -> Json:
    """Cached tokens are counted beside the input, and within the total."""
    tally = take.tally
    cached = {"cacheReadInputTokens": tally.cache_read, "cacheWriteInputTokens": tally.cache_write}
    return {
        "inputTokens": max(0, tally.input - tally.cache_read - tally.cache_write),
        "outputTokens": tally.output,
        "totalTokens": tally.input + tally.output,
        **(cached if any(cached.values()) else {}),
    }


def _traced(take: Take) -> Json:
    """What the guardrail thought, where the request wants to know."""
    config = take.body.get("guardrailConfig") or {}
    if config.get("trace") != "enabled":
        return {}
    action = "BLOCKED" if take.answer.ending() == "filter" else "NONE"
    found = {"name": "Medical advice", "type": "DENY", "action": action, "detected": action == "BLOCKED"}
    return {
        "trace": {
            "guardrail": {"inputAssessment": {config["guardrailIdentifier"]: {"topicPolicy": {"topics": [found]}}}}
        }
    }


def _block(part: Text | Thought | ToolCall | Refusal, take: Take) -> Json:
    match part:
        case Text(text, cites) if cites:
            return {
                "citationsContent": {"content": [{"text": text}], "citations": [_citation(text, at) for at in cites]}
            }
        case Thought(text):
            return {"reasoningContent": {"reasoningText": {"text": text, "signature": take.ids("Eo", 90) + "=="}}}
        case ToolCall(name, arguments):
            given = json.loads(arguments) if isinstance(arguments, str) and arguments.startswith("{") else arguments
            return {"toolUse": {"toolUseId": take.ids("tooluse_", 22), "name": name, "input": given}}
        case _:
            return {"text": part.text}


def _citation(text: str, source: str) -> Json:
    place = {"documentChar": {"documentIndex": 0, "start": 0, "end": len(text[:60])}}
    return {"title": source, "sourceContent": [{"text": text[:60]}], "location": place}


def _framed(told: Iterator[Json]) -> Iterator[Event]:
    for each in told:
        ((kind, body),) = each.items()
        yield eventstream.event(kind, eventstream.padded(body))


def events(take: Take) -> Iterator[Json]:
    """The answer in pieces, as tables with one key."""
    whole = message(take)
    yield {"messageStart": {"role": "assistant"}}
    for at, block in enumerate(whole["output"]["message"]["content"]):
        if tool := block.get("toolUse"):
            start = {"toolUse": {"toolUseId": tool["toolUseId"], "name": tool["name"]}}
            yield {"contentBlockStart": {"start": start, "contentBlockIndex": at}}
        for delta in _deltas(block):
            yield {"contentBlockDelta": {"delta": delta, "contentBlockIndex": at}}
        yield {"contentBlockStop": {"contentBlockIndex": at}}
    yield {"messageStop": {"stopReason": whole["stopReason"]}}
    told = {"usage": whole["usage"]} if "usage" in whole else {}
    yield {"metadata": {**told, "metrics": {"latencyMs": LATENCY_MS}, **_traced(take)}}


def _deltas(block: Json) -> Iterator[Json]:
    ((kind, inner),) = block.items()
    match kind:
        case "toolUse":
            given = inner["input"]
            text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
            yield from ({"toolUse": {"input": piece}} for piece in pieces(text))
        case "reasoningContent":
            thought = inner["reasoningText"]
            yield from ({"reasoningContent": {"text": piece}} for piece in pieces(thought["text"]))
            yield {"reasoningContent": {"signature": thought["signature"]}}
        case "citationsContent":
            yield from ({"text": piece} for piece in pieces(inner["content"][0]["text"]))
            yield from ({"citation": citation} for citation in inner["citations"])
        case _:
            yield from ({"text": piece} for piece in pieces(inner))
