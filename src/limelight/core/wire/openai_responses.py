"""OpenAI's Responses API: create, parse, stream and retrieve."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from limelight.core.model import Failure, Message, Other, Part, Reasoning, Request, Response, Role, ToolCall, Usage
from limelight.core.plain import plain
from limelight.core.wire import openai_parts
from limelight.core.wire.media import from_base64
from limelight.core.wire.params import effort, merged, settings
from limelight.core.wire.read import Table, as_table, decoded, first, listed, number, said, table, tables, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

CONTENT = frozenset({"input", "instructions", "tools"})
_CALLS = {"function_call": "arguments", "custom_tool_call": "input"}
"""Calls of the application's own tools, and where their arguments are."""
_CLIENT_TOOLS = frozenset({"computer_call", "local_shell_call", "shell_call", "apply_patch_call"})
"""Tools that OpenAI defined and the application runs."""
_ENDS = frozenset({"response.completed", "response.incomplete", "response.failed", "response.cancelled"})
_DELTAS = {
    "response.output_text.delta": ("content", "content_index", "output_text", "text"),
    "response.refusal.delta": ("content", "content_index", "refusal", "refusal"),
    "response.reasoning_text.delta": ("content", "content_index", "reasoning_text", "text"),
    "response.reasoning_summary_text.delta": ("summary", "summary_index", "summary_text", "text"),
}
"""Kind of event -> the list of the item it adds to, the field that says where, the kind of part, its field."""
_ARGUMENTS = {
    "response.function_call_arguments.delta": "arguments",
    "response.custom_tool_call_input.delta": "input",
    "response.mcp_call_arguments.delta": "arguments",
    "response.code_interpreter_call_code.delta": "code",
}
_OWNERS = {
    "output_text": "message",
    "refusal": "message",
    "reasoning_text": "reasoning",
    "summary_text": "reasoning",
}


def request(body: Table) -> Request:
    body = merged(body)
    params = settings(body, CONTENT)
    effort(params, "reasoning")
    _forms(params)
    instructions = body.get("instructions")
    given = body.get("input")
    return Request(
        model=said(body, "model"),
        system=tuple(openai_parts.parts(instructions))
        if isinstance(instructions, str)
        else tuple(_system(instructions)),
        messages=tuple(conversation(given)),
        tools=openai_parts.tools(body),
        params=params,
    )


def _forms(params: dict[str, Any]) -> None:
    """Give `text.format`, `text_format`, `conversation` and `prompt` the names and forms they have elsewhere."""
    form = table(params, "text").get("format") or params.pop("text_format", None)
    if form is not None:
        params["response_format"] = form
    if conversation := said(table(params, "conversation"), "id"):
        params["conversation"] = conversation
    if prompt := table(params, "prompt"):
        params["prompt"] = {key: prompt[key] for key in ("id", "version") if key in prompt}


def _system(instructions: Any) -> Iterator[Part]:
    """A stored response repeats its instructions as a list of messages."""
    for each in listed(instructions):
        if (item := as_table(each)) is not None:
            yield from openai_parts.parts(item.get("content"))


def conversation(given: Any) -> Iterator[Message]:
    """The conversation so far: one text, or a list of items."""
    if isinstance(given, str):
        yield from (Message("user", (part,)) for part in openai_parts.parts(given))
        return
    for role, items in _turns([item for each in listed(given) if (item := as_table(each)) is not None]):
        if parts := tuple(part for item in items for part in _parts(item)):
            yield Message(role, parts, said(items[0], "name") if role == "user" else None)


def _turns(items: Iterable[Table]) -> Iterator[tuple[Role, list[Table]]]:
    """Thoughts, words and calls that the model produced in a row are one message; so are results in a row."""
    turn: list[Table] = []
    speaker: Role = "user"
    for item in items:
        role = _speaker(item)
        ends = role != speaker or role in ("user", "system") or (_is_message(item) and any(map(_is_message, turn)))
        if turn and ends:
            yield speaker, turn
            turn = []
        turn.append(item)
        speaker = role
    if turn:
        yield speaker, turn


def _is_message(item: Table) -> bool:
    return text(item, "type") in ("", "message")


def _speaker(item: Table) -> Role:
    kind = text(item, "type")
    if kind.endswith("_call_output"):
        return "tool"
    return openai_parts.role(item, "user" if _is_message(item) or kind == "mcp_approval_response" else "assistant")


def response(body: Table) -> Response:
    used = table(body, "usage")
    parts = tuple(part for item in tables(body, "output") for part in _parts(item))
    finish = _finish(body, parts)
    return Response(
        id=said(body, "id"),
        model=said(body, "model"),
        messages=(Message("assistant", parts, finish_reason=finish),) if parts or finish else (),
        usage=openai_parts.usage(used),
        cost=openai_parts.cost(used),
        status=said(body, "status"),
        service_tier=said(body, "service_tier"),
        failure=_failure(table(body, "error")),
    )


def fetched(body: Table) -> Response:
    """A stored response read again: its tokens were spent, and counted, by another call."""
    return replace(response(body), usage=Usage(), cost=None)


def fetch_request(body: Table) -> Request:
    return Request(params=settings(body, frozenset()))


def _failure(error: Table) -> Failure | None:
    """A run that failed after the HTTP status was sent: no exception tells of it."""
    if not error:
        return None
    code = said(error, "code") or said(error, "type") or "error"
    return Failure(code, text(error, "message"), code=code)


def _finish(body: Table, parts: Iterable[Part]) -> str | None:
    """Responses have no finish reason: it follows from the status, and from what is asked of the application."""
    if why := said(table(body, "incomplete_details"), "reason"):
        return why
    status = said(body, "status")
    if status in ("queued", "in_progress", None):
        return None
    if status != "completed":
        return status
    return "tool_calls" if any(type(part) is ToolCall for part in parts) else "stop"


def _parts(item: Table) -> Iterator[Part]:
    """One item of the input or the output."""
    kind = text(item, "type") or "message"
    if kind == "message":
        yield from openai_parts.parts(item.get("content"))
    elif kind == "reasoning":
        yield from _thoughts(item)
    elif kind in _CALLS:
        yield ToolCall(text(item, "name"), plain(decoded(item.get(_CALLS[kind]))), said(item, "call_id"))
    elif kind.endswith("_call_output"):
        yield from openai_parts.result(item.get("output"), said(item, "call_id"))
    elif kind in _CLIENT_TOOLS:
        action = first(item, "action", "actions", "operation")
        yield ToolCall(kind.removesuffix("_call"), plain(action), said(item, "call_id"))
    else:
        yield from _hosted(item, kind)


def _thoughts(item: Table) -> Iterator[Part]:
    """The summary if there is one, otherwise the thoughts; neither is said when they are encrypted."""
    pieces = [text(piece, "text") for piece in tables(item, "summary")] or [
        text(piece, "text") for piece in tables(item, "content")
    ]
    yield from (Reasoning(piece) for piece in pieces or [""])


def _hosted(item: Table, kind: str) -> Iterator[Part]:
    """What the provider's own tools did, in one item: call and result."""
    if kind == "image_generation_call" and (picture := text(item, "result")):
        yield from_base64(picture, "image", f"image/{text(item, 'output_format') or 'png'}")
    about = openai_parts.kept(item, "id", "result" if kind == "image_generation_call" else "")
    if kind.endswith("_call"):
        name = said(item, "name") or kind.removesuffix("_call")
        yield Other("server_tool_call", {"id": said(item, "id"), "name": name, "server_tool_call": about})
    else:
        yield Other(kind, {key: value for key, value in about.items() if key != "type"})


def is_content(event: Table) -> bool:
    return text(event, "type").endswith(".delta")


def fold(events: Sequence[Table]) -> Table:
    """The whole response stands in the last event; when the stream was cut, it is put together from the pieces.

    Also takes what `responses.stream()` yields: the same events, with more in them.
    """
    final = _final(events)
    if final is not None and listed(final.get("output")):
        return final
    items: dict[int, _Item] = {}
    head: Table = {}
    for event in events:
        body = as_table(event)
        if body is None:
            continue
        if (kind := text(body, "type")) == "error":
            head = {**head, "error": table(body, "error") or body}
        elif begun := table(body, "response"):
            head = {**head, **begun}
        else:
            _add(items, kind, body)
    output = [items[at].whole() for at in sorted(items)]
    return {**head, **(final or {}), "output": output or listed(head.get("output"))}


def _final(events: Sequence[Table]) -> Table | None:
    for event in reversed(events):
        body = as_table(event)
        if body is not None and text(body, "type") in _ENDS:
            return table(body, "response")
    return None


def _add(items: dict[int, _Item], kind: str, body: Table) -> None:
    at = number(body, "output_index") or 0
    if kind in _DELTAS:
        items.setdefault(at, _Item()).grow(body, *_DELTAS[kind])
    elif kind in _ARGUMENTS:
        items.setdefault(at, _Item()).append(_ARGUMENTS[kind], text(body, "delta"))
    elif kind == "response.output_item.added":
        items[at] = _Item(table(body, "item"))
    elif kind == "response.output_item.done" and (item := table(body, "item")):
        items[at] = _Item(item, done=True)


class _Item:
    """One output item of a stream, growing."""

    __slots__ = ("_done", "_item", "_parts", "_pieces")

    def __init__(self, item: Table | None = None, *, done: bool = False) -> None:
        self._item, self._done = item or {}, done
        self._pieces: dict[str, list[str]] = {}
        self._parts: dict[tuple[str, int], tuple[str, str, list[str]]] = {}

    def grow(self, event: Table, into: str, where: str, kind: str, field: str) -> None:
        at = number(event, where) or 0
        self._parts.setdefault((into, at), (kind, field, []))[2].append(text(event, "delta"))

    def append(self, field: str, piece: str) -> None:
        self._pieces.setdefault(field, []).append(piece)

    def whole(self) -> Table:
        if self._done:
            return self._item
        item: dict[str, Any] = dict(self._item)
        for field, pieces in self._pieces.items():
            item[field] = "".join(pieces)
            item.setdefault("type", "function_call")
        for (into, _), (kind, field, pieces) in sorted(self._parts.items(), key=lambda entry: entry[0]):
            item[into] = [*listed(item.get(into)), {"type": kind, field: "".join(pieces)}]
            item.setdefault("type", _OWNERS[kind])
        return item
