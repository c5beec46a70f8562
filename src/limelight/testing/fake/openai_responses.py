"""OpenAI responses: create, retrieve, input items, cancel, delete, input token count."""

from __future__ import annotations

from typing import Any

from limelight.testing.fake import openai_response_events as stream
from limelight.testing.fake.bodies import BadRequestError
from limelight.testing.fake.exchange import Event, Json, Reply
from limelight.testing.fake.openai_chat import SNAPSHOTS, arguments, reasons, tool, tool_choice
from limelight.testing.fake.prompt import Prompt, Tool
from limelight.testing.fake.script import Part, Refusal, Search, Tally, Text, Thought, ToolCall
from limelight.testing.fake.tokens import weigh
from limelight.testing.fake.vendor import EPOCH_S, Ids, Take, text_of

ECHOED: Json = {
    "background": False,
    "frequency_penalty": 0.0,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "parallel_tool_calls": True,
    "presence_penalty": 0.0,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "prompt_cache_retention": None,
    "safety_identifier": None,
    "store": True,
    "temperature": 1.0,
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
    "metadata": {},
}
"""Parameters that the response repeats, and what they are when not given."""

INCOMPLETE = {"length": "max_output_tokens", "filter": "content_filter"}


def read(body: Json) -> Prompt:
    if not body.get("model"):
        raise BadRequestError("Missing required parameter: 'model'.")
    items = messages(body)
    user = [at for at, item in enumerate(items) if item.get("role") == "user"]
    since = items[user[-1] + 1 :] if user else items
    shape = (body.get("text") or {}).get("format") or {}
    reasoning = body.get("reasoning") or {}
    return Prompt(
        operation="response",
        model=body["model"],
        text=text_of(items[user[-1]].get("content")) if user else "",
        system=_system(body, items),
        turns=len(user),
        tools=tuple(_tool(item) for item in body.get("tools") or ()),
        tool_choice=tool_choice(body),
        tool_results=tuple(text_of(item.get("output")) for item in since if item.get("type") == "function_call_output"),
        schema=shape.get("schema"),
        json_mode=shape.get("type") == "json_object",
        reasons=reasons(body["model"], reasoning.get("effort")),
        input_tokens=_input_tokens(body),
        max_tokens=body.get("max_output_tokens"),
        stream=bool(body.get("stream")),
        body=body,
    )


def messages(body: Json) -> list[Json]:
    """The input as items; a plain text is the user's."""
    given = body.get("input")
    if isinstance(given, str):
        return [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": given}]}]
    return [item for item in given or () if isinstance(item, dict)]


def _system(body: Json, items: list[Json]) -> str:
    said = [
        body.get("instructions"),
        *(item.get("content") for item in items if item.get("role") in ("system", "developer")),
    ]
    return " ".join(text_of(text) for text in said if text)


def _tool(item: Json) -> Tool:
    hosted = item.get("type") not in ("function", "custom", None)
    return Tool(str(item.get("type")), hosted=True) if hosted else tool(item)


def _input_tokens(body: Json) -> int:
    return 4 + weigh(body.get("input")) + weigh(body.get("instructions")) + weigh(body.get("tools"))


def reply(take: Take) -> Reply:
    before = take.body.get("previous_response_id")
    earlier = take.shelf.kept.get(str(before))
    if before and earlier is None:
        return _unknown(f"Previous response with id '{before}' not found.", 400, "previous_response_not_found")
    response = _response(take, earlier)
    if take.body.get("store", True):
        take.shelf.kept[response["id"]] = {"response": response, "input": _history(take, earlier)}
    if take.prompt.stream:
        return Reply(events=tuple(stream.events(response, take)))
    billed = {**response, "billing": {"payer": "developer"}}
    return Reply(_queued(response) if take.body.get("background") else billed)


def _queued(response: Json) -> Json:
    return {**response, "status": "queued", "output": [], "usage": None, "completed_at": None}


def _history(take: Take, earlier: Json | None) -> list[Json]:
    """All that the model has read: earlier turns, their answers, and this turn's input."""
    before = [] if earlier is None else [*earlier["input"], *earlier["response"]["output"]]
    own = [{"id": take.ids.hex("msg_", 48), **_itemised(item)} for item in messages(take.body)]
    return [*before, *own]


def _itemised(item: Json) -> Json:
    if isinstance(item.get("content"), str):
        kind = "output_text" if item.get("role") == "assistant" else "input_text"
        item = {**item, "content": [{"type": kind, "text": item["content"]}]}
    return {"type": "message", "status": "completed", **item}


def _response(take: Take, earlier: Json | None) -> Json:
    finish = take.answer.ending()
    reason = INCOMPLETE.get(finish)
    model = take.prompt.model
    return {
        "id": take.ids.hex("resp_", 48),
        "object": "response",
        "created_at": EPOCH_S,
        "completed_at": None if reason else EPOCH_S + 1,
        "status": "incomplete" if reason else "completed",
        "error": None,
        "incomplete_details": {"reason": reason} if reason else None,
        "model": SNAPSHOTS.get(model, model),
        "output": [_item(part, take, bool(reason)) for part in take.answer.parts],
        **{name: take.body.get(name, usual) for name, usual in ECHOED.items()},
        "moderation": None,
        "reasoning": {"effort": None, "summary": None, **(take.body.get("reasoning") or {})},
        "service_tier": "default",
        "text": {"format": {"type": "text"}, "verbosity": "medium", **(take.body.get("text") or {})},
        "usage": usage(take.tally, _read_again(earlier)) if take.answer.says_usage else None,
    }


def _read_again(earlier: Json | None) -> int:
    """Earlier turns are read, and paid for, again."""
    return 0 if earlier is None else weigh(earlier["input"]) + weigh(earlier["response"]["output"])


def usage(tally: Tally, more_input: int = 0) -> Json:
    return {
        "input_tokens": tally.input + more_input,
        "input_tokens_details": {"cached_tokens": tally.cache_read},
        "output_tokens": tally.output,
        "output_tokens_details": {"reasoning_tokens": tally.reasoning},
        "total_tokens": tally.input + more_input + tally.output,
    }


def _item(part: Part, take: Take, incomplete: bool) -> Json:
    ids, status = take.ids, "incomplete" if incomplete else "completed"
    match part:
        case Text(text, cites):
            content: Json = {
                "type": "output_text",
                "annotations": [_citation(text, url) for url in cites],
                "logprobs": [],
                "text": text,
            }
            return _message(content, ids, status)
        case Refusal(text):
            return _message({"type": "refusal", "refusal": text}, ids, status)
        case Thought(text):
            return _reasoning(text, take)
        case ToolCall(name):
            call = {"id": ids.hex("fc_", 48), "type": "function_call", "status": status}
            return {**call, "arguments": arguments(part), "call_id": ids("call_", 24), "name": name}
        case Search(query):
            action = {"type": "search", "query": query, "queries": [query]}
            return {
                "id": ids.hex("ws_", 48),
                "type": "web_search_call",
                "status": "completed",
                "action": action,
            }


def _message(content: Json, ids: Ids, status: str) -> Json:
    return {
        "id": ids.hex("msg_", 48),
        "type": "message",
        "status": status,
        "content": [content],
        "role": "assistant",
    }


def _reasoning(text: str, take: Take) -> Json:
    """Thoughts are shown as a summary, and only to those who ask for one."""
    asked = (take.body.get("reasoning") or {}).get("summary")
    item: Json = {"id": take.ids.hex("rs_", 48), "type": "reasoning", "summary": []}
    if asked:
        item["summary"] = [{"type": "summary_text", "text": text}]
    if "reasoning.encrypted_content" in (take.body.get("include") or ()):
        item["encrypted_content"] = take.ids("gAAAAAB", 80)
    return item


def _citation(text: str, url: str) -> Json:
    return {
        "type": "url_citation",
        "start_index": 0,
        "end_index": len(text),
        "title": "Limelight, explained",
        "url": url,
    }


def _kept(take: Take) -> Json | None:
    return take.shelf.kept.get(take.args[0])


def _missing(take: Take) -> Reply:
    return _unknown(f"Response with id '{take.args[0]}' not found.", 404, None)


def _unknown(message: str, status: int, code: str | None) -> Reply:
    return Reply({"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}, status)


def retrieve(take: Take) -> Reply:
    if (kept := _kept(take)) is None:
        return _missing(take)
    if "stream=true" in take.request.query:
        return Reply(events=tuple(stream.replay(kept["response"], take)))
    return Reply(kept["response"])


def input_items(take: Take) -> Reply:
    if (kept := _kept(take)) is None:
        return _missing(take)
    items: list[Any] = kept["input"][::-1]
    ends = {"first_id": items[0]["id"], "last_id": items[-1]["id"]} if items else {"first_id": None, "last_id": None}
    return Reply({"object": "list", "data": items, **ends, "has_more": False})


def cancel(take: Take) -> Reply:
    if (kept := _kept(take)) is None:
        return _missing(take)
    kept["response"] = {**kept["response"], "status": "cancelled"}
    return Reply(kept["response"])


def delete(take: Take) -> Reply:
    if take.shelf.kept.pop(take.args[0], None) is None:
        return _missing(take)
    return Reply({"id": take.args[0], "object": "response", "deleted": True})


def count(take: Take) -> Reply:
    return Reply({"object": "response.input_tokens", "input_tokens": _input_tokens(take.body)})


def error_event(take: Take) -> Event:
    """An error in the middle of a stream of response events."""
    message = "The server had an error while processing your request. Sorry about that!"
    data: Json = {
        "type": "error",
        "sequence_number": 3,
        "code": "server_error",
        "message": message,
        "param": None,
    }
    return Event(data, "error")
