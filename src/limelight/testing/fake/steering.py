"""Words in a request that steer the answer, so that a test needs nothing but the request.

They stand in the model name, joined by `+` (`model="tools+slow"`), or, which leaves the model name real, in double
brackets in the user's last message (`"[[refusal]] Tell me …"`) or in an `x-limelight-steer` header.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from limelight.testing.fake.script import Answer, Failure, Fault, Finish, Pace

if TYPE_CHECKING:
    from limelight.testing.fake.prompt import Prompt

RETRY_AFTER_S = 0.02
EARLY = 2
"""Events that still arrive before a stream breaks."""
STALL_S = 30.0

FAULTS: dict[str, Fault] = {
    "truncated": Fault("cut", EARLY),
    "disconnect": Fault("disconnect", EARLY),
    "malformed": Fault("malformed", EARLY),
    "error-event": Fault("error event", EARLY),
    "stall": Fault("stall", EARLY, STALL_S),
}
PACES: dict[str, Pace] = {
    "slow": Pace(first_byte_s=0.2, gap_s=0.01),
    "slow-first-byte": Pace(first_byte_s=0.3),
    "slow-stream": Pace(gap_s=0.03),
}
ENDINGS: dict[str, Finish] = {"length": "length", "filter": "filter"}
CONTENTS = frozenset(
    {
        "refusal",
        "reasoning",
        "tools",
        "tools-twice",
        "search",
        "citations",
        "long",
        "empty",
        "echo",
        "reasoning-content",
    }
)
USAGES = frozenset({"no-usage", "cached", "cache-write"})

_BRACKETS = re.compile(r"\[\[([\w\s+-]+)\]\]")
_FAIL = re.compile(r"fail-(\d{3})(?:x(\d+)|(-then-ok))?")


def words(prompt: Prompt) -> frozenset[str]:
    """The steering words of a request: of its model name, its last user message and its header."""
    bracketed = " ".join(_BRACKETS.findall(prompt.text))
    return frozenset(re.split(r"[+\s]+", f"{prompt.model} {bracketed} {prompt.steering}".strip()))


def plain(text: str) -> str:
    """The text without steering words."""
    return _BRACKETS.sub("", text).strip()


def failure(prompt: Prompt, said: frozenset[str]) -> Failure | None:
    """`fail-500` for ever, `fail-500x2` twice, `fail-429-then-ok` once; `no-such-…` models do not exist."""
    if prompt.model.startswith("no-such-"):
        return Failure(404)
    for word in said:
        if match := _FAIL.fullmatch(word):
            status, times = int(match[1]), 1 if match[3] else match[2]
            if times is None or prompt.attempt < int(times):
                return Failure(status, retry_after=RETRY_AFTER_S if status in (429, 503, 529) else None)
    return None


def steer(answer: Answer, said: frozenset[str]) -> Answer:
    """Apply the words that are about the manner of an answer, not its content."""
    for word in sorted(said):
        if word in FAULTS:
            answer = replace(answer, fault=FAULTS[word])
        elif word in PACES:
            answer = replace(answer, pace=PACES[word])
        elif word in ENDINGS:
            answer = replace(answer, finish=ENDINGS[word])
        elif word == "no-usage":
            answer = answer.no_usage()
    return answer
