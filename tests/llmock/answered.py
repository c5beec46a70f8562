"""What an answer says, read off its bytes: by other eyes than Limelight's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tests.conformance.expected import Recorded
from tests.llmock.backend import SPOKEN

if TYPE_CHECKING:
    from tests.conformance.subject import Ask, Subject, Way
    from tests.llmock.backend import LLMock


class Answered(Recorded):
    """The expectation of whoever has not met this provider before: the span says what the answer said."""

    request_ids = False

    def __init__(self, backend: LLMock) -> None:
        self._backend = backend

    def span(self, subject: Subject, ask: Ask, way: Way, told: dict[str, Any]) -> dict[str, Any]:
        pieces = self._last()
        said = read(pieces)
        assert said or "data" in pieces[0], "nothing was understood of the answer, so nothing would be compared"
        assert spoken(told) == text(pieces)
        assert called(told) == calls(pieces)
        return {**told, **said}

    def text(self, subject: Subject, ask: Ask) -> str:
        return SPOKEN

    def has_id(self, subject: Subject, ask: Ask) -> bool:
        return "gen_ai.response.id" in read(self._last())

    def _last(self) -> list[Any]:
        last = self._backend.requests[-1]
        assert last.status == 200
        return list(documents(bytes(last.answer)))


def read(pieces: list[Any]) -> dict[str, Any]:
    """The attributes that a span of this answer must have."""
    whole = whole_of(pieces)
    is_batch = "processing_status" in whole
    said = {
        "gen_ai.response.id": "<id>" if whole.get("id") and not is_batch else None,
        "gen_ai.response.status": whole["processing_status"] if is_batch else None,
        "gen_ai.response.model": whole.get("model") or whole.get("modelVersion"),
        "gen_ai.usage.input_tokens": number(pieces, "prompt_tokens", "input_tokens", "promptTokenCount"),
        "gen_ai.usage.output_tokens": number(pieces, "completion_tokens", "output_tokens", "candidatesTokenCount"),
    }
    return {key: value for key, value in said.items() if value is not None}


def documents(answer: bytes) -> Iterator[Any]:
    """Every JSON object of an answer, or of the events of a stream."""
    lines = answer.decode().splitlines()
    events = [line.removeprefix("data:").strip() for line in lines if line.startswith("data:")]
    for one in events or [answer.decode()]:
        if one.startswith("{"):
            yield json.loads(one)


def whole_of(pieces: list[Any]) -> dict[str, Any]:
    """The object that tells id and model: the answer itself, or the one that an event wraps."""
    for piece in pieces:
        for wrapped in (piece.get("response"), piece.get("message"), piece):
            if isinstance(wrapped, dict) and "model" in wrapped:
                return wrapped
    return pieces[0] if pieces else {}


def number(pieces: list[Any], *names: str) -> int | None:
    """The last figure of this name in a `usage`; a stream corrects its first ones."""
    found = [usage[name] for usage in _usages(pieces) for name in names if usage.get(name) is not None]
    return found[-1] if found else None


def _usages(value: Any) -> Iterator[dict[str, Any]]:
    """Wherever they stand.  Cohere's has what was billed and what there was: the latter is meant."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        if key in ("usage", "usageMetadata") and isinstance(item, dict):
            yield item.get("tokens", item)
        elif isinstance(item, (dict, list)):
            yield from _usages(item)


def text(pieces: list[Any]) -> str:
    """What the first choice says, whichever of the wires it came by."""
    final = [piece["response"] for piece in pieces if piece.get("type") == "response.completed"] or pieces
    return "".join(_texts(final))


def _texts(pieces: list[Any]) -> Iterator[str]:
    for piece in pieces:
        for choice in piece.get("choices") or ():
            if not choice["index"]:
                yield choice.get("text") or (choice.get("message") or choice.get("delta") or {}).get("content") or ""
        if piece.get("type") in ("content_block_delta", "content-delta"):
            yield from _within(piece["delta"])
        yield from (picture.get("revised_prompt", "") for picture in piece.get("data") or ())
        parts = [candidate["content"]["parts"] for candidate in piece.get("candidates") or ()]
        holders = [piece, piece.get("message") or {}, *(piece.get("output") or ())]
        contents = [one["content"] for one in holders if isinstance(one.get("content"), list)]
        yield from (part.get("text", "") for content in (*contents, *parts) for part in content)


def _within(delta: dict[str, Any]) -> Iterator[str]:
    """A piece of text, in Anthropic's wrapping or in Cohere's."""
    yield delta.get("text") or delta.get("message", {}).get("content", {}).get("text", "")


def calls(pieces: list[Any]) -> list[str]:
    """The names of the tools that are called, in order."""
    named = [*_calls(pieces)]
    return list(dict(named).values()) if all(key for key, _ in named) else [name for _, name in named]


def _calls(value: Any) -> Iterator[tuple[str, str]]:
    """(id, name) of everything shaped like a call, as often as the stream tells it."""
    if isinstance(value, dict):
        named = value["function"] if isinstance(value.get("function"), dict) else value
        if value.get("type") in ("tool_use", "function_call", "function") and value.get("id") and named.get("name"):
            yield value["id"], named["name"]
        if "functionCall" in value:
            yield "", value["functionCall"]["name"]
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _calls(item)


def _said(told: dict[str, Any], kind: str, key: str) -> list[str]:
    first = (told.get("gen_ai.output.messages") or [{"parts": []}])[0]
    return [part[key] for part in first["parts"] if part["type"] == kind]


def spoken(told: dict[str, Any]) -> str:
    return "".join(_said(told, "text", "content"))


def called(told: dict[str, Any]) -> list[str]:
    return _said(told, "tool_call", "name")
