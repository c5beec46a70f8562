"""`python -m bench.estimates`: how far off our tokens and prices are, on recorded calls whose provider told them.

The recordings are not ours and not in this repository: `LIMELIGHT_CORPUS` names their folder.  Each is read by the
codecs that read a user's calls; then its usage is taken away, guessed, and compared with what was reported.
"""

from __future__ import annotations

import gzip
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.table import table
from limelight.core import tokens
from limelight.core.model import Reasoning, Record, Usage
from limelight.core.pricing import cost
from limelight.core.wire import (
    anthropic_messages,
    bedrock_converse,
    cohere_chat,
    google_generate,
    google_stream,
    ollama,
    openai_chat,
    openai_responses,
    sse,
)

ROOT = Path(__file__).parent.parent
CORPUS = Path(os.environ.get("LIMELIGHT_CORPUS") or ROOT.parent / "shared" / "corpus") / "dev.jsonl.gz"
DOCUMENT = ROOT / "docs" / "pricing.md"
FEW = 20
"""A maker with fewer counts has no line of its own."""
LARGE = 100
LAST = "<!-- end -->"

Fold = Callable[[Sequence[Any]], Any]
READERS: dict[str, tuple[Any, Any, Fold]] = {
    "chat.completions": (openai_chat.request, openai_chat.response, openai_chat.fold),
    "responses": (openai_responses.request, openai_responses.response, openai_responses.fold),
    "messages": (anthropic_messages.request, anthropic_messages.response, anthropic_messages.fold),
    "generateContent": (google_generate.request, google_generate.response, google_stream.fold),
    "converse": (bedrock_converse.request, bedrock_converse.response, bedrock_converse.fold),
    "chat.v2": (cohere_chat.request, cohere_chat.response, cohere_chat.fold),
    "chat": (ollama.chat_request, ollama.chat_response, ollama.fold),
}


@dataclass(frozen=True, slots=True)
class Compared:
    """A count that was reported, and our guess at it."""

    maker: str
    direction: str
    reported: int
    guessed: int
    us: float
    record: Record

    @property
    def off(self) -> float:
        return abs(self.guessed - self.reported) / self.reported


def main() -> int:
    tables = {"estimates": report(list(compared())), "prices": prices()}
    for name, text in tables.items():
        print(f"\n{name}\n\n{text}")
        if "--write" in sys.argv:
            first = f"<!-- measured: {name} -->\n"
            head, _, rest = DOCUMENT.read_text().partition(first)
            DOCUMENT.write_text(f"{head}{first}\n{text}\n\n{LAST}{rest.partition(LAST)[2]}")
    return 0


def prices() -> str:
    """Where the provider itself says what a call cost: what our list says."""
    found: dict[str, list[tuple[float, float | None]]] = {}
    for call in _calls():
        record = _record(call)
        if (said := record.response.cost) is not None:
            unsaid = replace(record, provider=call["provider"], response=replace(record.response, cost=None))
            found.setdefault(call["provider"], []).append((said, cost(unsaid).total))
    rows = [
        (
            provider,
            f"{len(pairs)}",
            f"{sum(ours is not None and abs(ours - said) <= said / 100 for said, ours in pairs)}",
            f"{sum(ours is None for _, ours in pairs)}",
        )
        for provider, pairs in sorted(found.items(), key=lambda item: -len(item[1]))
    ]
    return table(("", "calls", "the list agrees within 1 %", "the list has no price"), rows)


def report(found: Sequence[Compared]) -> str:
    makers = sorted({one.maker for one in found}, key=lambda maker: -sum(one.maker == maker for one in found))
    rows: list[tuple[str, ...]] = []
    for direction in ("input", "output"):
        mine = [one for one in found if one.direction == direction]
        rows.append(_row(f"{direction}, all", mine))
        rows.append(_row(f"{direction}, {LARGE} tokens and more", [one for one in mine if one.reported >= LARGE]))
        by_maker = [(maker, [one for one in mine if one.maker == maker]) for maker in makers]
        rows += [_row(f"{direction}, {maker}", some) for maker, some in by_maker if len(some) >= FEW]
    return table(("", "calls", "median off", "90th percentile", "sum off"), rows)


def _row(name: str, found: Sequence[Compared]) -> tuple[str, ...]:
    off = sorted(one.off for one in found)
    reported, guessed = sum(one.reported for one in found), sum(one.guessed for one in found)
    return (
        name,
        f"{len(found):,}",
        f"{statistics.median(off):.1%}",
        f"{off[int(len(off) * 0.9)]:.0%}",
        f"{guessed / reported - 1:+.1%}",
    )


def compared() -> Iterator[Compared]:
    for call in _calls():
        yield from _compared(_record(call))


def _calls() -> Iterator[dict[str, Any]]:
    with gzip.open(CORPUS) as lines:
        for line in lines:
            call = json.loads(line)
            if call["api"] in READERS and call["response"]["status"] < 400:
                yield call


def _compared(record: Record) -> Iterator[Compared]:
    reported = record.response.usage
    unsaid = replace(record, response=replace(record.response, usage=Usage()))
    began = time.perf_counter()
    guessed = tokens.estimated(unsaid).response.usage
    us = (time.perf_counter() - began) * 1e6
    maker = _maker(record.response.model or record.request.model or "")
    counts = {"input": reported.input, "output": _shown(record, reported)}
    for direction, count in counts.items():
        guess: int | None = getattr(guessed, direction)
        if count and guess is not None:
            yield Compared(maker, direction, count, guess, us, record)


def _shown(record: Record, reported: Usage) -> int | None:
    """Tokens of what the caller was given: thoughts that were kept from him cannot be guessed."""
    shown = any(isinstance(part, Reasoning) for message in record.response.messages for part in message.parts)
    return None if reported.output is None or shown else reported.output - (reported.reasoning or 0)


def _record(call: dict[str, Any]) -> Record:
    request, response, fold = READERS[call["api"]]
    asked = request(call["request"].get("body") or {})
    path = call["request"]["path"]
    if asked.model is None:
        asked = replace(
            asked, model=path.partition("/models/")[2].partition(":")[0] or path.partition("/model/")[2] or None
        )
    return Record(kind="llm", operation="chat", request=asked, response=response(_answer(call, fold)))


def _answer(call: dict[str, Any], fold: Fold) -> Any:
    told = call["response"]
    match call["wire"]:
        case "sse":
            return fold([event.data for event in sse.events(told.get("body", "").encode())])
        case "ndjson":
            return fold([json.loads(piece) for piece in told["body"].splitlines() if piece.strip()])
        case "plain":
            return json.loads(told["body"]) if told.get("body", "").startswith("{") else {}
        case "json-array":
            return fold(json.loads(told["body"]))
        case _:
            return {}


MAKERS = {"gpt": "OpenAI", "o1": "OpenAI", "o3": "OpenAI", "o4": "OpenAI", "claude": "Anthropic", "gemini": "Google",
          "llama": "Llama", "mistral": "Mistral", "magistral": "Mistral", "qwen": "Qwen", "deepseek": "DeepSeek", "command": "Cohere",
          "grok": "xAI", "nova": "Amazon"}  # fmt: skip


def _maker(model: str) -> str:
    name = model.lower().replace("gpt-oss", "oss")
    return next((maker for word, maker in MAKERS.items() if word in name), "others")


if __name__ == "__main__":
    sys.exit(main())
