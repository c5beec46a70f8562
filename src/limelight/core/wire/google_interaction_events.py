"""A streamed interaction, put together into the one it would have been."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limelight.core.wire.camel import each, inner, spelled
from limelight.core.wire.read import EMPTY, Table, listed, number, text

if TYPE_CHECKING:
    from collections.abc import Sequence

_MEDIA = frozenset({"image", "audio", "video", "document"})
_SILENT = frozenset({"thought_signature"})


def fold(events: Sequence[Table]) -> Table:
    """One interaction; of several hops, which follow upon each other when one was too long, all steps and all tokens."""
    whole: dict[str, Any] = {}
    steps: dict[tuple[int, int], _Step] = {}
    used: list[Table] = []
    hop = 0
    for event in events:
        body = spelled(event) or EMPTY
        kind = text(body, "event_type") or text(body, "type")
        if kind in ("interaction.created", "interaction.start"):
            hop += 1
            used.append(EMPTY)
        if known := inner(body, "interaction"):
            whole.update((key, value) for key, value in known.items() if value is not None)
        if (error := body.get("error")) is not None:
            whole["error"] = error
        if spent := inner(known, "usage") or inner(inner(body, "metadata"), "usage"):
            used[-1:] = [spent]
        if (at := number(body, "index")) is not None:
            _step(steps, (hop, at)).add(body)
    return {**whole, "usage": _total(used), "steps": [*listed(whole.get("steps")), *_whole(steps)]}


def is_content(event: Table) -> bool:
    """Does it bring a piece of the answer, thoughts included?"""
    delta = inner(spelled(event) or EMPTY, "delta")
    return bool(delta) and text(delta, "type") not in _SILENT


def _step(steps: dict[tuple[int, int], _Step], at: tuple[int, int]) -> _Step:
    if at not in steps:
        steps[at] = _Step()
    return steps[at]


def _whole(steps: dict[tuple[int, int], _Step]) -> list[Table]:
    return [steps[at].whole() for at in sorted(steps)]


def _total(used: Sequence[Table]) -> Table:
    """Each hop tells its own tokens, and as of its last event all of them."""
    found: dict[str, Any] = {}
    for body in used:
        for key, value in body.items():
            known = found.get(key)
            if type(value) is int and type(known) is int:
                found[key] = known + value
            elif value is not None:
                found[key] = [*listed(known), *listed(value)] if isinstance(value, (list, tuple)) else value
    return found


class _Step:
    """One step, growing: its deltas are pieces of texts, of thoughts, of arguments, or whole pictures."""

    __slots__ = ("_arguments", "_content", "_fields", "_texts", "_thoughts")

    def __init__(self) -> None:
        self._fields: dict[str, Any] = {}
        self._content: list[Any] = []
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._arguments: list[str] = []

    def add(self, body: Table) -> None:
        if begun := inner(body, "step") or inner(body, "content"):
            self._begin(begun)
        delta = inner(body, "delta")
        match kind := text(delta, "type"):
            case "" | "thought_signature":
                pass
            case "text":
                self._say(text(delta, "text"))
            case "thought_summary":
                self._thoughts.append(text(inner(delta, "content"), "text"))
            case "arguments_delta":
                self._arguments.append(text(delta, "arguments"))
            case "text_annotation" | "text_annotation_delta":
                self._annotate(delta)
            case kind if kind in _MEDIA:
                self._texts = []
                self._content.append(delta)
            case _:
                self._fields.update((key, value) for key, value in delta.items() if value is not None)

    def _begin(self, body: Table) -> None:
        self._fields.update((key, value) for key, value in body.items() if value is not None)
        self._content += listed(self._fields.pop("content", None))
        self._thoughts += [text(one, "text") for one in each(self._fields, "summary")]
        if text(self._fields, "type") == "text" or text(self._fields, "type") in _MEDIA:
            if words := text(self._fields, "text"):
                self._say(words)
            self._fields["type"] = "model_output"  # as it is called now

    def _say(self, words: str) -> None:
        if not self._texts:
            self._content.append({"type": "text", "text": (pieces := list[str]())})
            self._texts = pieces
        self._texts.append(words)

    def _annotate(self, delta: Table) -> None:
        if not self._texts:
            self._say("")
        self._content[-1].setdefault("annotations", []).extend(listed(delta.get("annotations")))

    def whole(self) -> Table:
        found = {"type": "model_output", **self._fields}
        if self._content:
            found["content"] = [_joined(one) for one in self._content]
        if self._thoughts:
            found["summary"] = [{"type": "text", "text": "".join(self._thoughts)}]
        if self._arguments:
            found["arguments"] = "".join(self._arguments)
        return found


def _joined(content: Any) -> Any:
    pieces = content.get("text") if isinstance(content, dict) else None
    return {**content, "text": "".join(pieces)} if isinstance(pieces, list) else content
