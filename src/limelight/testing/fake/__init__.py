"""A fake LLM provider on the loopback, for tests and demonstrations."""

from __future__ import annotations

from limelight.testing.fake.exchange import Exchange, Request
from limelight.testing.fake.prompt import Prompt, Tool
from limelight.testing.fake.provider import FakeProvider
from limelight.testing.fake.script import (
    Answer,
    cut,
    disconnect,
    fail,
    refuse,
    say,
    search,
    slow,
    think,
    tool_call,
)

__all__ = [
    "Answer",
    "Exchange",
    "FakeProvider",
    "Prompt",
    "Request",
    "Tool",
    "cut",
    "disconnect",
    "fail",
    "refuse",
    "say",
    "search",
    "slow",
    "think",
    "tool_call",
]
