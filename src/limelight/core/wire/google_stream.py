"""A stream of Gemini's `streamGenerateContent`, put together into the answer it would have been."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

from limelight.core.wire.camel import each, inner, several, spelled
from limelight.core.wire.google_parts import pruned
from limelight.core.wire.read import JSON, Table, first, number, said, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_HEAD = ("response_id", "model_version", "prompt_feedback", "error", "sdk_http_response")
"""Fields of a chunk that are about the whole answer; the last one said counts."""
_SAID = frozenset({"text", "thought", "thought_signature"})
_LATEST = ("finish_reason", "finish_message", "index", "token_count")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(?:'([^']*)'|\"([^\"]*)\"|(\d+))\]")
"""One step of a JSON path: `.name`, `['name']` or `[0]`."""
_VALUES = ("string_value", "number_value", "bool_value")
_MAX_GAP = 1000


def fold(chunks: Sequence[Table]) -> Table:
    """The usage of a chunk is of all that was said until then: the last figure of each kind is the sum."""
    head: dict[str, Any] = {}
    used: dict[str, Any] = {}
    candidates: dict[int, _Candidate] = {}
    for chunk in chunks:
        body = spelled(chunk) or {}
        head.update((key, body[key]) for key in _HEAD if body.get(key) is not None)
        used.update((key, value) for key, value in inner(body, "usage_metadata").items() if value is not None)
        for found in each(body, "candidates"):
            at = number(found, "index") or 0
            if (candidate := candidates.get(at)) is None:
                candidate = candidates[at] = _Candidate()
            candidate.add(found)
    return {**head, "usage_metadata": used, "candidates": [candidates[at].whole() for at in sorted(candidates)]}


class _Candidate:
    """One candidate, growing."""

    __slots__ = ("_call", "_grounding", "_head", "_parts")

    def __init__(self) -> None:
        self._head: dict[str, Any] = {}
        self._grounding: list[tuple[str, Table]] = []
        self._parts: list[Any] = []
        self._call: _Call | None = None

    def add(self, body: Table) -> None:
        self._head.update((key, body[key]) for key in _LATEST if body.get(key) is not None)
        for key in ("grounding_metadata", "citation_metadata"):
            if found := inner(body, key):
                self._grounding.append((key, found))
        for item in several(inner(body, "content").get("parts")):
            self._part(spelled(item) or {})

    def _part(self, body: Table) -> None:
        if words := text(body, "text"):
            self._say(words, body.get("thought") is True)
        if call := inner(body, "function_call"):
            self._piece(call)
        elif rest := {key: value for key, value in body.items() if value is not None and key not in _SAID}:
            self._parts.append(rest)

    def _say(self, words: str, is_thought: bool) -> None:
        """Pieces of one text stand in one part, as they do in an answer that is not streamed."""
        last = self._parts[-1] if self._parts else None
        if not isinstance(last, _Saying) or last.is_thought is not is_thought:
            self._parts.append(last := _Saying(is_thought))
        last.words.append(words)

    def _piece(self, body: Table) -> None:
        """A call in one piece, or one whose arguments come bit by bit; only the first bit says its name."""
        if self._call is None or said(body, "name"):
            self._call = _Call()
            self._parts.append(self._call)
        self._call.add(body)
        if body.get("will_continue") is not True:
            self._call = None

    def whole(self) -> Table:
        return {
            **self._head,
            **_merged(self._grounding),
            "content": {"parts": [_finished(part) for part in self._parts]},
        }


def _finished(part: Any) -> Table:
    return part.whole() if isinstance(part, (_Call, _Saying)) else part


class _Saying:
    """A text or a thought, growing."""

    __slots__ = ("is_thought", "words")

    def __init__(self, is_thought: bool) -> None:
        self.is_thought = is_thought
        self.words: list[str] = []

    def whole(self) -> Table:
        return {"text": "".join(self.words), "thought": self.is_thought}


def _merged(found: Sequence[tuple[str, Table]]) -> dict[str, Table]:
    """Sources and queries of all chunks, each once."""
    whole: dict[str, dict[str, Any]] = {}
    for key, body in found:
        grown = whole.setdefault(key, {})
        for name, value in body.items():
            if isinstance(value, (list, tuple)):
                known = grown.setdefault(name, [])
                known += [item for one in value if (item := pruned(one)) not in known]
    return dict(whole)


class _Call:
    """One function call, growing."""

    __slots__ = ("_arguments", "_head")

    def __init__(self) -> None:
        self._head: dict[str, Any] = {}
        self._arguments: dict[str, Any] = {}

    def add(self, body: Table) -> None:
        self._head.update((key, body[key]) for key in ("id", "name") if body.get(key) is not None)
        self._arguments.update(_as_said(body, "args"))
        for piece in each(body, "partial_args"):
            _place(self._arguments, text(piece, "json_path"), first(piece, *_VALUES))

    def whole(self) -> Table:
        return {"function_call": {**self._head, "args": self._arguments}}


def _as_said(body: Table, key: str) -> dict[str, JSON]:
    """A table whose keys are the user's own: in nobody's spelling but his."""
    found = body.get(key)
    return dict(found) if isinstance(found, dict) else {}


def _place(whole: dict[str, Any], path: str, value: JSON) -> None:
    """Put a piece where its path says; a text at a place that has one already goes on with it."""
    steps = list(_steps(path)) or [""]
    place: Any = whole
    for step, following in itertools.pairwise(steps):
        place = _opened(place, step, [] if isinstance(following, int) else {})
    _put(place, steps[-1], value)


def _steps(path: str) -> Iterator[str | int]:
    for name, quoted, other, at in _STEP.findall(path):
        yield int(at) if at else name or quoted or other


def _opened(place: Any, step: str | int, empty: Any) -> Any:
    known = _at(place, step)
    return known if isinstance(known, (dict, list)) else _put(place, step, empty)


def _at(place: Any, step: str | int) -> Any:
    if isinstance(place, dict):
        return place.get(step)
    return place[step] if isinstance(place, list) and isinstance(step, int) and step < len(place) else None


def _put(place: Any, step: str | int, value: Any) -> Any:
    known = _at(place, step)
    value = known + value if isinstance(known, str) and isinstance(value, str) else value
    if isinstance(place, dict):
        place[step] = value
    elif isinstance(place, list) and isinstance(step, int) and step - len(place) < _MAX_GAP:
        place += [None] * (step + 1 - len(place))
        place[step] = value
    return value
