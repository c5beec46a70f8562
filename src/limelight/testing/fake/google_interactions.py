"""Google's interactions: steps instead of candidates, and events instead of chunks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from limelight.testing.fake.bodies import BadRequestError
from limelight.testing.fake.exchange import Event, Json, Reply
from limelight.testing.fake.google_content import PER_PICTURE, lowered, signature
from limelight.testing.fake.prompt import Prompt, Tool
from limelight.testing.fake.script import Finish, Part, Refusal, Search, Text, Thought, ToolCall
from limelight.testing.fake.tokens import pieces, weigh
from limelight.testing.fake.vendor import Ids, Take

if TYPE_CHECKING:
    from collections.abc import Iterator

STATUS: dict[Finish, str] = {
    "stop": "completed",
    "length": "incomplete",
    "tool": "requires_action",
    "refusal": "completed",
    "filter": "failed",
}
CREATED = "2026-02-25T06:13:20Z"


def read(body: Json) -> Prompt:
    if not body.get("input") or not (body.get("model") or body.get("agent")):
        raise BadRequestError("Request must contain `input`, and either `model` or `agent`.")
    said = [_step(one) for one in _listed(body["input"])]
    asked = [text for kind, text in said if kind == "user_input"]
    config = body.get("generation_config") or {}
    form = body.get("response_format") or {}
    schema = form.get("schema") or (form if "properties" in form else None)
    return Prompt(
        operation="chat",
        model=str(body.get("model") or body.get("agent")),
        text=asked[-1] if asked else "",
        system=str(body.get("system_instruction") or ""),
        turns=len(asked),
        tools=tuple(_tool(item) for item in body.get("tools") or ()),
        tool_results=tuple(text for kind, text in said if kind == "function_result"),
        schema=lowered(schema) if schema else None,
        reasons=bool(config.get("thinking_level") or config.get("thinking_summaries")),
        input_tokens=sum(weigh(text) for _, text in said) + weigh(body.get("tools")) + _pictures(body) * PER_PICTURE,
        max_tokens=config.get("max_output_tokens"),
        stop=tuple(config.get("stop_sequences") or ()),
        stream=bool(body.get("stream")),
        body=body,
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _step(given: Any) -> tuple[str, str]:
    """Who says it, and what, be it a text, a content, a step or a turn."""
    if isinstance(given, str):
        return "user_input", given
    kind = given.get("type") or ("model_output" if given.get("role") == "model" else "user_input")
    if kind == "function_result":
        result = given.get("result")
        return kind, result if isinstance(result, str) else json.dumps(result)
    words = given.get("text") or " ".join(_step(one)[1] for one in _listed(given.get("content") or ()))
    return kind if kind in ("model_output", "thought", "function_call") else "user_input", words


def _pictures(body: Json) -> int:
    return json.dumps(body["input"]).count('"type": "image"')


def _tool(item: Json) -> Tool:
    kind = str(item.get("type") or "function")
    if kind != "function":
        return Tool(kind, hosted=True)
    return Tool(str(item.get("name", "")), item.get("description") or "", lowered(item.get("parameters") or {}))


def reply(take: Take) -> Reply:
    whole = _interaction(take)
    if take.prompt.stream:
        return Reply(events=(*(Event(event, event["event_type"]) for event in _events(whole)), Event("[DONE]", "done")))
    return Reply(whole)


def _interaction(take: Take) -> Json:
    who: Json = {key: value for key, value in take.body.items() if key in ("model", "agent")}
    whole: Json = {
        "id": take.ids("v1_Ch", 60),
        "status": STATUS[take.answer.ending()],
        "created": CREATED,
        "updated": CREATED,
        "service_tier": "standard",
        "steps": [step for part in take.answer.parts for step in _steps(part, take.ids)],
        "object": "interaction",
        **who,
    }
    return {**whole, "usage": _usage(take)} if take.answer.says_usage else whole


def _usage(take: Take) -> Json:
    tally = take.tally
    return {
        "total_tokens": tally.input + tally.output,
        "total_input_tokens": tally.input,
        "input_tokens_by_modality": [{"modality": "text", "tokens": tally.input}],
        "total_cached_tokens": tally.cache_read,
        "total_output_tokens": tally.output - tally.reasoning,
        "total_tool_use_tokens": 0,
        "total_thought_tokens": tally.reasoning,
    }


def _steps(part: Part, ids: Ids) -> Iterator[Json]:
    match part:
        case Text(text) | Refusal(text):
            yield {"type": "model_output", "content": [{"type": "text", "text": text}]}
        case Thought(text):
            yield {"type": "thought", "summary": [{"type": "text", "text": text}], "signature": signature(ids)}
        case ToolCall(name, arguments):
            given = json.loads(arguments) if isinstance(arguments, str) else dict(arguments)
            yield {"type": "function_call", "id": ids("", 8), "name": name, "arguments": given}
        case Search(query, results):
            found = [{"url": url, "title": title} for title, url in results]
            call = ids("", 8)
            yield {"type": "google_search_call", "id": call, "arguments": {"queries": [query]}}
            yield {"type": "google_search_result", "call_id": call, "result": found}


def _events(whole: Json) -> Iterator[Json]:
    head = {key: value for key, value in whole.items() if key not in ("usage", "steps", "created", "updated")}
    yield {"event_type": "interaction.created", "interaction": {**head, "status": "in_progress"}}
    yield {"event_type": "interaction.status_update", "interaction_id": whole["id"], "status": "in_progress"}
    for index, step in enumerate(whole["steps"]):
        yield {"event_type": "step.start", "index": index, "step": _emptied(step)}
        for delta in _deltas(step):
            yield {"event_type": "step.delta", "index": index, "delta": delta}
        yield {"event_type": "step.stop", "index": index}
    ended = {key: value for key, value in whole.items() if key != "steps"}
    yield {"event_type": "interaction.completed", "interaction": ended}


def _emptied(step: Json) -> Json:
    """A step as it is before its deltas."""
    if step["type"] == "function_call":
        return {**step, "arguments": {}}
    return {"type": step["type"]} if step["type"] in ("model_output", "thought") else step


def _deltas(step: Json) -> Iterator[Json]:
    match step["type"]:
        case "model_output":
            for piece in pieces(step["content"][0]["text"]):
                yield {"type": "text", "text": piece}
        case "thought":
            for piece in pieces(step["summary"][0]["text"]):
                yield {"type": "thought_summary", "content": {"type": "text", "text": piece}}
            yield {"type": "thought_signature", "signature": step["signature"]}
        case "function_call":
            for piece in pieces(json.dumps(step["arguments"])):
                yield {"type": "arguments_delta", "arguments": piece}
