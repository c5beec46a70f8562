"""A guess at the tokens that nobody counted.

No tokenizer: one takes 80 MB and a third of a second in the user's process, knows one maker's models, and most have
none to take.  Words, numbers, signs and letters of other scripts are counted instead, and each is worth as many
tokens as it is on average; `python -m bench.estimates` says how far off that is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from limelight.core.model import Media, Other, Reasoning, Text, ToolCall, ToolResult
from limelight.core.plain import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from limelight.core.model import Part, Record, Request, Tool

SAMPLED_CHARS = 100_000
"""A longer text is judged by slices of it, of so many characters in all."""
SLICES = 10
REMEMBERED = (200, 8_000)
"""Texts between these sizes are counted once, as long as they keep coming back."""


@dataclass(frozen=True, slots=True)
class Family:
    """What one maker's models count, in tokens; a text is first counted as OpenAI's newest would, about."""

    text: float = 1.0
    """Theirs, for one of those."""
    call: float = 3.0
    """What every request costs beside its texts, such as instructions the maker puts before them."""
    message: float = 4.0
    tools: float = 12.0
    """What offering tools costs at all: the maker's instructions for using them."""
    tool: float = 0.0
    schema: float = 0.56
    """A tool's description, which no model is shown as the JSON that we count."""
    form: float = 0.6
    """The same for the JSON schema of an answer, and what asking for one costs at all."""
    forms: float = 0.0
    past_call: float = 8.0
    """What a tool call of the history costs beside its name and arguments; and one of the answer."""
    tool_call: float = 8.0
    answer: float = 1.5


PLAIN = Family()
_CLAUDE = Family(1.12, 4, 4, 330, 17, 1.3, 1.4, 115, 50, 30, 3)
_CLAUDE_45 = replace(_CLAUDE, tools=490)
_COMMAND = Family(1.0, 65, 8, 850, 0, 1.1)
_LLAMA = Family(0.98, 31, 5, 100, 0, 1.0)
FAMILIES = (
    ("claude-sonnet-4-5", _CLAUDE_45),
    ("claude-sonnet-4-6", _CLAUDE_45),
    ("claude-haiku-4-5", _CLAUDE_45),
    ("claude-opus-4-5", _CLAUDE_45),
    ("claude", _CLAUDE),
    ("gemini", Family(1.03, 0, 1, 10, 4, 0.55, 0, 0, 15, 6, 0)),
    ("gpt-oss", Family(1.0, 64, 3, 10, 0, 0.9)),
    ("command-a", replace(_COMMAND, call=490)),
    ("command-r-", replace(_COMMAND, call=195)),
    ("command", _COMMAND),
    ("llama3-8b", replace(_LLAMA, call=6)),
    ("llama3-70b", replace(_LLAMA, call=6)),
    ("llama", _LLAMA),
    *(
        (word, Family(1.3, 0, 2, 18, 0, 1.25, 0, 0, 5, 2, 0))
        for word in ("mistral", "ministral", "magistral", "devstral", "pixtral")
    ),
    ("qwen", Family(1.0, 4, 4, 120, 0, 1.0)),
    ("grok", Family(1.02, 0, 2)),
    ("deepseek", Family(1.0, 4, 1)),
    ("nova-2", Family(1.03, 45, 1, 840)),
    ("nova-", Family(1.1, 0, 0, 360)),
)
"""Word in a model's name -> its family, told from recorded calls that were counted (`bench/estimates.py`)."""


def estimated(record: Record) -> Record:
    """Put a guess in the place of counts that are missing, and name them in `Usage.estimated`.

    Only for what was answered at least in part: a refused call costs nothing.  What cannot be known stays unknown:
    a picture's share of the input, a history that lies with the provider.
    """
    usage, request, response = record.response.usage, record.request, record.response
    if usage.input is not None and usage.output is not None:
        return record
    if record.operation not in _COUNTED or not (response.messages or response.embeddings or response.id):
        return record
    family = family_of(response.model or request.model or "")
    if record.operation in _BARE:
        family = replace(family, call=0, message=0, answer=0)
    guesses: dict[str, int] = {}
    if usage.input is None and _is_all_here(request):
        guesses["input"] = round(of_request(request, family))
    if usage.output is None and any(message.parts for message in response.messages):
        guesses["output"] = max(round(sum(of_answer(message.parts, family) for message in response.messages)), 1)
    if not guesses:
        return record
    filled = replace(usage, **guesses, estimated=usage.estimated | guesses.keys())
    return replace(record, response=replace(response, usage=filled))


_BARE = frozenset({"text_completion", "embeddings"})
"""Operations on texts as they are, with nothing about who says them."""
_COUNTED = frozenset({"chat", "generate_content"}) | _BARE
_ELSEWHERE = frozenset({
    *("cached_content", "conversation", "conversation_id", "mcp_servers", "previous_interaction_id"),
    *("previous_response_id", "prompt"),
})  # fmt: skip
"""Settings by which the model is shown what is not in the request."""


def _is_all_here(request: Request) -> bool:
    """Is all that the model was shown in the request itself, and in words?"""
    if not (request.messages or request.system) or not _ELSEWHERE.isdisjoint(request.params):
        return False
    if any(tool.type not in ("function", "custom") for tool in request.tools):
        return False  # the maker's own tools show the model what they find
    parts = [part for message in request.messages for part in message.parts]
    return not any(isinstance(part, Media) for part in (*request.system, *parts))


def family_of(model: str) -> Family:
    name = model.lower()
    return next((family for word, family in FAMILIES if word in name), PLAIN)


def of_request(request: Request, family: Family) -> float:
    """Tokens of everything the model is shown; earlier thoughts are not."""
    parts = [part for message in request.messages for part in message.parts if not isinstance(part, Reasoning)]
    calls = sum(isinstance(part, ToolCall) for part in parts)
    tokens = family.call + sum(map(_part, (*request.system, *parts))) * family.text + calls * family.past_call
    tokens += (len(request.messages) + bool(request.system)) * family.message
    if request.tools:
        tokens += family.tools + sum(family.tool + of_tool(tool) * family.schema for tool in request.tools)
    if schema := _value(request.params.get("response_format")):
        tokens += family.forms + schema * family.form
    return tokens


def of_answer(parts: Sequence[Part], family: Family) -> float:
    """Tokens of one choice, as far as it has come."""
    parts = [part for part in parts if not _is_found(part)]
    calls = sum(isinstance(part, ToolCall) for part in parts)
    return family.answer + sum(map(_part, parts)) * family.text + calls * family.tool_call


def _is_found(part: Part) -> bool:
    """What the maker's own tool gave back is read by the model, not written."""
    return isinstance(part, Other) and part.type.endswith("_response")


def of_tool(tool: Tool) -> float:
    return of_text(tool.name) + of_text(tool.description or "") + _value(tool.parameters)


def _part(part: Part) -> float:
    match part:
        case Text(content=content) | Reasoning(content=content):
            return of_text(content)
        case ToolCall():
            return of_text(part.name) + _value(part.arguments)
        case ToolResult():
            return _value(part.response)
        case Other():
            return _value(dict(part.fields))
        case Media():
            return 0.0


def _value(value: Any) -> float:
    if value is None:
        return 0.0
    return of_text(value if isinstance(value, str) else _dumps(value))


_dumps = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=plain).encode


def of_text(text: str) -> float:
    """Tokens of a text, about; 13 µs for a thousand characters."""
    if len(text) <= SAMPLED_CHARS:
        return _remembered(text) if REMEMBERED[0] < len(text) <= REMEMBERED[1] else _counted(text)
    step, size = len(text) // SLICES, SAMPLED_CHARS // SLICES
    return sum(_counted(text[at : at + size]) for at in range(0, step * SLICES, step)) * len(text) / SAMPLED_CHARS


@lru_cache(256)
def _remembered(text: str) -> float:
    """Agents resend their history with every call."""
    return _counted(text)


def _counted(text: str) -> float:
    """Signs are told apart by their bytes, in a few passes that run in C."""
    raw = text.encode("utf-8", "replace")
    signs = raw.translate(_SIGNS)
    count = signs.count
    words, capitals, digits = b" " + raw.translate(_LETTERS), count(b"A"), count(b"0")
    tokens = 0.04 * (count(b"a") + capitals) + 0.84 * words.count(b" a")
    if capitals:
        tokens += 1.2 * count(b"aA") + 0.08 * count(b"AA")
    if digits:
        tokens += 0.3 * digits + 1.25 * (b" " + raw.translate(_DIGITS)).count(b" 0")
    tokens += 0.77 * (count(b".") - count(b"..")) + 0.84 * (count(b"n") - count(b"nn")) + 0.53 * count(b"t")
    return tokens if text.isascii() else tokens + sum(worth * count(sign) for sign, worth in _SCRIPTS)


_SCRIPTS = ((b"l", 1.0), (b"c", 0.37), (b"i", 0.39), (b"s", 0.7), (b"j", 0.76), (b"h", 0.77), (b"e", 2.0))
"""Tokens of a letter with an accent; of one of Greek, Cyrillic, Hebrew or Arabic; of India and Thailand; of a typographic
sign; of a Chinese or Japanese character; of a Korean syllable; of a picture."""


def _classes(*spans: tuple[int, int, str], rest: str) -> bytes:
    """A table for `bytes.translate`: (first, end, name of the class), and the class of all others."""
    table = bytearray(rest.encode() * 256)
    for first, end, name in spans:
        table[first:end] = name.encode() * (end - first)
    return bytes(table)


_CAPITALS, _SMALL, _BEYOND = (0x41, 0x5B), (0x61, 0x7B), (0x80, 0x100)
_SIGNS = _classes(
    (0x09, 0x0A, "t"), (0x0A, 0x0E, "n"), (0x20, 0x21, " "), (0x30, 0x3A, "0"), (*_CAPITALS, "A"), (*_SMALL, "a"),
    (0x80, 0xC0, "x"), (0xC0, 0xCC, "l"), (0xCC, 0xE0, "c"), (0xE0, 0xE2, "i"), (0xE2, 0xE3, "s"), (0xE3, 0xEA, "j"),
    (0xEA, 0xEE, "h"), (0xEE, 0x100, "e"), rest=".",
)  # fmt: skip
"""The first byte of a character beyond ASCII stands for it, and the rest of it for nothing."""
_LETTERS = _classes((*_CAPITALS, "a"), (*_SMALL, "a"), (*_BEYOND, "x"), rest=" ")
_DIGITS = _classes((0x30, 0x3A, "0"), (*_BEYOND, "x"), rest=" ")
