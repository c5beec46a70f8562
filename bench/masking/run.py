"""How many megabytes a second are searched for secrets and personal data, on one core."""

from __future__ import annotations

import inspect
import json
import random
import time
from dataclasses import dataclass
from email import message, policy
from http import client, cookies
from types import ModuleType

from limelight.core.masking import Level, Masker

LEVELS: tuple[Level, ...] = ("secrets", "pii")
MODULES: tuple[ModuleType, ...] = (message, policy, client, cookies, json, random)
TEXTS = 400
ROUNDS = 5
HOSTILE = ("://a:", "token=token=", "sk-", "DE89 ", "@", "-eyJ", "(", "AKIAABCDEFGHIJKLMNOP ", "::", "password=\\")
"""What the table of hostile pieces in the tests shows to cost most."""
HOSTILE_CHARS = 1_000_000


@dataclass(frozen=True, slots=True)
class Found:
    clean: dict[str, dict[Level, float]]
    """Megabytes a second: kind of text, then level."""
    hostile: dict[str, tuple[float, float]]
    """Seconds at level `pii` for half a megabyte and for a whole one."""


def run() -> Found:
    clean = {kind: {level: _speed(level, texts) for level in LEVELS} for kind, texts in _clean().items()}
    hostile = {piece: (_seconds(piece, HOSTILE_CHARS // 2), _seconds(piece, HOSTILE_CHARS)) for piece in HOSTILE}
    return Found(clean, hostile)


def _clean() -> dict[str, list[str]]:
    """Texts of the three kinds of which traffic with models consists, without a secret in them; always the same."""
    dice = random.Random(8)
    words = [word for module in MODULES for word in inspect.getsource(module).split() if word.isalpha()]

    def prose() -> str:
        return " ".join(dice.choices(words, k=400)).capitalize() + "."

    def exchange() -> str:
        call = {"id": f"call_{dice.getrandbits(96):x}", "function": {"name": "look", "arguments": json.dumps({"q": 7})}}
        usage = {
            "prompt_tokens": 1 + dice.randrange(999),
            "completion_tokens": 9,
            "prompt_tokens_details": {"cached_tokens": 0},
        }
        scores = [{"token": word, "logprob": -dice.random()} for word in dice.choices(words, k=12)]
        said = {"role": "assistant", "content": prose(), "tool_calls": [call]}
        body = {
            "id": f"chatcmpl-{dice.getrandbits(120):x}",
            "created": 1_770_741_628,
            "choices": [{"index": 0, "message": said, "logprobs": scores}],
        }
        return json.dumps({**body, "usage": usage})  # fmt: skip

    code = [piece for module in MODULES for piece in inspect.getsource(module).split("\n\n\n") if len(piece) > 200]
    return {
        "prose": [prose() for _ in range(TEXTS)],
        "JSON of a provider": [exchange() for _ in range(TEXTS)],
        "source code": [f"{piece}\n# {turn}" for turn in range(8) for piece in code],
    }


def _speed(level: Level, texts: list[str]) -> float:
    def seconds() -> float:
        masker = Masker(level)  # a new one, which remembers nothing
        began = time.thread_time()
        for text in texts:
            masker.text(text)
        return time.thread_time() - began

    return sum(len(text.encode()) for text in texts) / min(seconds() for _ in range(ROUNDS)) / 1e6


def _seconds(piece: str, chars: int) -> float:
    text, masker = piece * (chars // len(piece)), Masker("pii")
    began = time.thread_time()
    masker.text(text)
    return time.thread_time() - began
