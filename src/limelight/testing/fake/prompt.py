"""A request as every vendor could have sent it: what the model is asked, not how it is spelled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]

OTHER = "other"
"""The operation of requests that ask a model nothing: lists, files, batches."""


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    description: str = ""
    schema: Json = field(default_factory=dict)
    hosted: bool = False
    """Run by the provider itself (web search)."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is asked.  Handed to rules given to `FakeProvider.script(when=…)`."""

    operation: str
    """"chat", "completion", "response", "message", "embedding", "image", "speech", "transcription",
    "translation", "moderation", or "other"."""
    model: str
    text: str = ""
    """The user's last words."""
    system: str = ""
    turns: int = 1
    """How often the user has spoken."""
    tools: tuple[Tool, ...] = ()
    tool_choice: Literal["auto", "none", "required"] | Tool = "auto"
    tool_results: tuple[str, ...] = ()
    """What the tools called since the user's last words have returned."""
    schema: Json | None = None
    """The answer must be JSON of this shape."""
    json_mode: bool = False
    reasons: bool = False
    """The model was told to think first."""
    input_tokens: int = 0
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    choices: int = 1
    stream: bool = False
    steering: str = ""
    """Words of the request's `x-limelight-steer` header."""
    attempt: int = 0
    """How many equal requests came before."""
    body: Json = field(default_factory=dict)
