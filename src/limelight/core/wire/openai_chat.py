"""Chat Completions, as spoken by OpenAI, Azure and everyone who copied it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limelight.core.model import Message, Other, Part, Reasoning, Request, Response, Text, ToolCall
from limelight.core.plain import plain
from limelight.core.wire import openai_parts
from limelight.core.wire.media import from_base64
from limelight.core.wire.params import effort, merged, settings
from limelight.core.wire.read import Table, as_table, decoded, first, listed, number, said, table, tables, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CONTENT = frozenset({"messages", "tools", "functions", "prediction"})
_TEXTS = frozenset({"content", "refusal", "reasoning_content", "reasoning"})
"""Fields of a delta that are pieces of one text."""
_HEAD = ("id", "model", "usage", "x_groq", "service_tier", "system_fingerprint", "citations", "search_results")
"""Fields of a chunk that are about the whole completion; the last one said counts."""


def request(body: Table) -> Request:
    body = merged(body)
    params = settings(body, CONTENT)
    effort(params, "reasoning")
    return Request(
        model=said(body, "model"),
        messages=tuple([message(each) for each in _conversation(body)]),
        tools=openai_parts.tools(body),
        params=params,
    )


def _conversation(body: Table) -> Iterator[Table]:
    for each in listed(body.get("messages")):
        if isinstance(each, str):
            yield {"role": "user", "content": each}
        elif (found := as_table(each)) is not None:
            yield found


def message(body: Table) -> Message:
    """A message of the conversation so far."""
    role = openai_parts.role(body, "user")
    if (
        len(body) == 2 and role != "tool" and type(words := body.get("content")) is str
    ):  # role and text: most of a history
        return Message(role, (Text(words),) if words else ())
    if role == "tool":
        return Message(
            role,
            tuple(openai_parts.result(body.get("content"), said(body, "tool_call_id"))),
            said(body, "name"),
        )
    return Message(role, tuple(_parts(body)), said(body, "name"))


def response(body: Table) -> Response:
    usage = table(body, "usage") or table(table(body, "x_groq"), "usage")
    return Response(
        id=said(body, "id"),
        model=said(body, "model"),
        messages=tuple(_choice(each, body) for each in tables(body, "choices")),
        usage=openai_parts.usage(usage),
        cost=openai_parts.cost(usage),
        service_tier=said(body, "service_tier"),
        system_fingerprint=said(body, "system_fingerprint"),
        extra=openai_parts.durations(usage),
    )


def _choice(body: Table, whole: Table) -> Message:
    said_so = table(body, "message")
    parts = tuple(_parts(said_so, tuple(plain(each) for each in _sources(said_so, whole))))
    return Message(openai_parts.role(said_so, "assistant"), parts, finish_reason=said(body, "finish_reason"))


def _sources(body: Table, whole: Table) -> list[Any]:
    """Citations: OpenAI's beside the text, Perplexity's and xAI's beside the choices."""
    return listed(body.get("annotations")) or listed(whole.get("search_results")) or listed(whole.get("citations"))


def _parts(body: Table, citations: tuple[Any, ...] = ()) -> Iterator[Part]:
    if thought := text(body, "reasoning_content") or text(body, "reasoning"):
        yield Reasoning(thought)
    else:
        yield from _reasoning_details(body)
    content = body.get("content")
    if isinstance(content, str):
        if content:
            yield Text(content, citations)
    elif content is not None:
        yield from openai_parts.parts(content)
    if words := text(body, "refusal"):
        yield openai_parts.refusal(words)
    if body.get("audio") is not None:
        yield from _audio(table(body, "audio"), spoken_only=not text(body, "content"))
    for picture in tables(body, "images"):
        yield openai_parts.part(picture)
    yield from _calls(body)


def _reasoning_details(body: Table) -> Iterator[Part]:
    """OpenRouter's way to say it, and LiteLLM's: a list of texts, summaries and sealed blocks."""
    for each in (*tables(body, "reasoning_details"), *tables(body, "thinking_blocks")):
        if thought := text(each, "text") or text(each, "summary") or text(each, "thinking"):
            yield Reasoning(thought)


def _audio(body: Table, *, spoken_only: bool) -> Iterator[Part]:
    if data := text(body, "data"):
        yield from_base64(data, "audio")
    elif audio_id := said(body, "id"):
        yield Other("audio", {"id": audio_id})
    if spoken_only and (words := text(body, "transcript")):
        yield Text(words)


def _calls(body: Table) -> Iterator[Part]:
    for call in tables(body, "tool_calls"):
        named = table(call, "function") or table(call, "custom")
        arguments = plain(decoded(first(named, "arguments", "input")))
        yield ToolCall(text(named, "name"), arguments, said(call, "id"))
    if name := text(legacy := table(body, "function_call"), "name"):
        yield ToolCall(name, plain(decoded(legacy.get("arguments"))))


def is_content(chunk: Table) -> bool:
    """Does it bring a piece of the answer?  The first chunk usually brings a role only."""
    body = _chunk(chunk) or {}
    deltas = [table(piece, "delta") for piece in tables(body, "choices")]
    return any(key != "role" and _says(value) for delta in deltas for key, value in delta.items())


def _says(value: Any) -> bool:
    """Is there anything in it?  A stranger's own truth is not asked."""
    return bool(value) if isinstance(value, (str, list)) else bool(as_table(value))


def fold(chunks: Sequence[Table]) -> Table:
    """Put the deltas together into the completion they would have been.

    Also takes the events of `client.chat.completions.stream()`: the chunks are inside
    some of them, the rest repeats what the chunks say.
    """
    bodies = [inner for chunk in chunks if (inner := _chunk(chunk)) is not None]
    choices: dict[int, _Choice] = {}
    for body in bodies:
        for piece in listed(body.get("choices")):
            if (found := as_table(piece)) is None:
                continue
            at = found.get("index")
            if type(at) is not int:
                at = 0
            if (choice := choices.get(at)) is None:
                choice = choices[at] = _Choice()
            choice.add(found)
    return {**_head(bodies), "choices": [choices[at].whole() for at in sorted(choices)]}


def _chunk(chunk: Any) -> Table | None:
    body = as_table(chunk)
    return table(body, "chunk") if body is not None and "chunk" in body else body


def _head(bodies: Sequence[Table]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in _HEAD:
        for body in reversed(bodies):
            value = body.get(key)
            if value is not None and _says(value):
                found[key] = value
                break
    return found


class _Choice:
    """One choice of a streamed completion, growing."""

    __slots__ = ("_calls", "_finish", "_message", "_texts")

    def __init__(self) -> None:
        self._message: dict[str, Any] = {}
        self._texts: dict[str, list[str]] = {}
        self._calls: list[_Call] = []
        self._finish: Any = None

    def add(self, piece: Table) -> None:
        if finish := text(piece, "finish_reason"):
            self._finish = finish
        body = as_table(piece.get("delta")) or table(piece, "message")
        for key, value in body.items():
            if type(value) is str:
                if key not in _TEXTS:
                    self._message[key] = value
                elif (pieces := self._texts.get(key)) is None:
                    self._texts[key] = [value]
                else:
                    pieces.append(value)
            elif value is not None:
                self._rest(key, value, body)

    def _rest(self, key: str, value: Any, body: Table) -> None:
        match key:
            case "tool_calls":
                for call in tables(body, key):
                    self._call(call).add(call)
            case "function_call":
                legacy = self._message.setdefault(key, {})
                _grow(legacy, table(body, key), "name", "arguments")
            case "audio":
                _grow(self._message.setdefault(key, {}), table(body, key), "id", "data", "transcript")
            case "content" | "annotations" | "reasoning_details" | "thinking_blocks" | "images":
                self._message.setdefault(key, []).extend(listed(value))
            case _:
                pass

    def _call(self, piece: Table) -> _Call:
        """The call that a piece belongs to: by index; without one, a new id begins a new call."""
        at, call_id = number(piece, "index"), said(piece, "id")
        for call in reversed(self._calls):
            if (at is None or call.at == at) and (call_id is None or call.id in (None, call_id)):
                return call
        self._calls.append(call := _Call(at, call_id))
        return call

    def whole(self) -> Table:
        grown = {key: "".join(pieces) for key, pieces in self._texts.items()}
        if "content" in grown and isinstance(parts := self._message.get("content"), list):
            grown["content"] = [*parts, grown["content"]]  # type: ignore[assignment]
        calls = {"tool_calls": [call.whole() for call in self._calls]} if self._calls else {}
        return {"message": {**self._message, **grown, **calls}, "finish_reason": self._finish}


class _Call:
    """One tool call of a streamed choice, growing."""

    __slots__ = ("_arguments", "_name", "at", "id")

    def __init__(self, at: int | None, call_id: str | None) -> None:
        self.at, self.id = at, call_id
        self._name = ""
        self._arguments: list[Any] = []

    def add(self, piece: Table) -> None:
        named = table(piece, "function") or table(piece, "custom")
        self.id = self.id or said(piece, "id")
        self._name = text(named, "name") or self._name
        if (more := first(named, "arguments", "input")) is not None:
            self._arguments.append(more)

    def whole(self) -> Table:
        pieces = self._arguments
        joined = "".join(pieces) if all(isinstance(piece, str) for piece in pieces) else pieces[-1]
        return {"id": self.id, "function": {"name": self._name, "arguments": joined}}


def _grow(whole: dict[str, Any], piece: Table, *keys: str) -> None:
    for key in keys:
        if more := text(piece, key):
            whole[key] = whole.get(key, "") + more
