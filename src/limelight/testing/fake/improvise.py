"""Answers for requests that no script covers: derived from the request alone, so always the same."""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import replace

from limelight.testing.fake import steering
from limelight.testing.fake.prompt import Prompt, Tool
from limelight.testing.fake.script import Answer, Part, Refusal, Search, Tally, Text, Thought, ToolCall
from limelight.testing.fake.specimen import specimen
from limelight.testing.fake.tokens import count, pieces

OPENINGS = ("Certainly", "Good question", "Gladly", "Let me see", "Here is what I know", "Voilà")
CLOSINGS = (
    "In short: yes, and it is simpler than it looks — naïvely speaking.",
    "Take it with a grain of salt: this answer was made up on your own machine 🎭.",
    "That is all there is to it, as they say in Kraków and in Málaga.",
    "If you need more detail, ask again and I shall say exactly the same thing.",
)
RECORDING = "Good evening. This recording says very little — but it says it clearly."
LONG_PARAGRAPHS = 40
QUOTED = 160
SOURCE = "https://example.com/limelight"
WORD = re.compile(r"\w{3,}")


def answer(prompt: Prompt) -> Answer:
    """What to say when nobody has said what to say."""
    said = steering.words(prompt)
    if failure := steering.failure(prompt, said):
        return Answer(failure=failure)
    return steering.steer(Answer(content(prompt)), said)


def content(prompt: Prompt) -> tuple[Part, ...]:
    """The parts of an answer: thoughts first, then tool calls or text."""
    said = steering.words(prompt)
    thoughts = (Thought(_thought(prompt)),) if prompt.reasons or "reasoning" in said else ()
    if "refusal" in said:
        return (Refusal("I'm sorry, but I can't help with that."),)
    if tools := _tools_to_call(prompt, said):
        return (
            *thoughts,
            *(ToolCall(tool.name, specimen(tool.schema, steering.plain(prompt.text))) for tool in tools),
        )
    return (*thoughts, *_search(prompt, said), _text(prompt, said))


def choice(parts: tuple[Part, ...], index: int) -> tuple[Part, ...]:
    """The same answer, told apart from the other `n`."""
    if not index:
        return parts
    return tuple(
        replace(part, text=f"{part.text} (choice {index + 1})") if isinstance(part, Text) else part for part in parts
    )


def fitted(given: Answer, prompt: Prompt) -> Answer:
    """Stop where the request says to stop: at a stop sequence or after so many tokens."""
    parts = list(given.parts)
    for at, part in enumerate(parts):
        if not isinstance(part, Text):
            continue
        stop = min((word for word in prompt.stop if word in part.text), key=part.text.index, default=None)
        if stop is not None:
            parts[at] = replace(part, text=part.text[: part.text.index(stop)])
            given = replace(given, finish="stop", stop_sequence=stop)
        elif prompt.max_tokens is not None and count(part.text) > prompt.max_tokens:
            parts[at] = replace(part, text="".join(pieces(part.text)[: prompt.max_tokens]))
            given = replace(given, finish="length")
    return replace(given, parts=tuple(parts))


def tally(given: Answer, prompt: Prompt, cached: tuple[int, int]) -> Tally:
    """Count the tokens of request and answer; `cached` is what was read from and written to a cache."""
    if given.tally is not None:
        return given.tally
    thought = sum(count(part.text) for part in given.parts if isinstance(part, Thought))
    spoken = sum(_size(part) for part in given.parts if not isinstance(part, Thought))
    said = steering.words(prompt)
    read, written = cached
    if "cached" in said:
        read = max(read, prompt.input_tokens // 2)
    if "cache-write" in said:
        written = max(written, prompt.input_tokens // 4)
    return Tally(prompt.input_tokens, max(1, spoken + thought), read, written, thought)


def _size(part: Part) -> int:
    match part:
        case ToolCall(name, arguments):
            return count(name) + count(arguments if isinstance(arguments, str) else json.dumps(arguments))
        case Search(query):
            return count(query)
        case _:
            return count(part.text)


def _tools_to_call(prompt: Prompt, said: frozenset[str]) -> tuple[Tool, ...]:
    """The tool that fits best, unless its result is already here."""
    if isinstance(prompt.tool_choice, Tool):
        return (prompt.tool_choice,)
    offered = [tool for tool in prompt.tools if not tool.hosted]
    if not offered or prompt.tool_choice == "none" or prompt.tool_results:
        return ()
    if "tools-twice" in said:
        return (offered[0], offered[-1])
    asked = {word.lower() for word in WORD.findall(prompt.text)}
    fit = [
        len(asked & {word.lower() for word in WORD.findall(tool.name.replace("_", " ") + " " + tool.description)})
        for tool in offered
    ]
    if "tools" in said:
        return (offered[0],)
    return (offered[fit.index(max(fit))],) if any(fit) or prompt.tool_choice == "required" else ()


def _search(prompt: Prompt, said: frozenset[str]) -> tuple[Search, ...]:
    if "search" not in said and not any(tool.hosted for tool in prompt.tools):
        return ()
    return (Search(steering.plain(prompt.text)[:60], (("Limelight, explained", SOURCE),)),)


def _text(prompt: Prompt, said: frozenset[str]) -> Text:
    asked = steering.plain(prompt.text)
    if prompt.schema is not None:
        return Text(json.dumps(specimen(prompt.schema, asked), ensure_ascii=False))
    if prompt.json_mode:
        return Text(json.dumps({"answer": asked[:QUOTED]}, ensure_ascii=False))
    if "empty" in said:
        return Text("")
    if prompt.operation in ("transcription", "translation"):
        return Text(RECORDING)
    if "echo" in said:
        return Text(asked)
    cites = (SOURCE,) if {"citations", "search"} & said or any(tool.hosted for tool in prompt.tools) else ()
    return Text(_prose(prompt, asked, LONG_PARAGRAPHS if "long" in said else 1), cites)


def _prose(prompt: Prompt, asked: str, paragraphs: int) -> str:
    seed = zlib.crc32(f"{prompt.system}\n{asked}".encode())
    opening, closing = OPENINGS[seed % len(OPENINGS)], CLOSINGS[seed // 7 % len(CLOSINGS)]
    if prompt.tool_results:
        middle = f"the tool says “{prompt.tool_results[-1][:QUOTED]}”."
    else:
        middle = f"you asked “{asked[:QUOTED]}”."
    return "\n\n".join([f"{opening}: {middle} {closing}"] * paragraphs)


def _thought(prompt: Prompt) -> str:
    asked = steering.plain(prompt.text)[:80]
    return f"The user wants to know “{asked}”. I weigh two ways to put it, and choose the shorter one."
