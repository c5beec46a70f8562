"""Requests to models as a program may put them together by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from limelight.testing import FakeProvider

QUESTION = "What is the weather in Oslo?"
TALK = [{"role": "user", "content": QUESTION}]
TURN = {"role": "user", "parts": [{"text": QUESTION}]}
BLOCKS = [{"role": "user", "content": [{"text": QUESTION}]}]
CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"


@dataclass(frozen=True)
class Place:
    """An endpoint of the fake provider, and a body for it."""

    base: str
    path: str
    body: Mapping[str, Any]
    operation: str
    model: str
    streamed: Mapping[str, Any] | None = None
    """What to add for a stream; None where there is none."""
    stream_path: str | None = None
    said: Mapping[str, Any] = field(default_factory=dict)
    provider: str = "openai"

    def url(self, fake: FakeProvider, *, is_stream: bool = False, model: str | None = None) -> str:
        path = self.stream_path if is_stream and self.stream_path else self.path
        return f"{getattr(fake, self.base)}{path}".replace(self.model, model or self.model)

    def asked(self, *, is_stream: bool = False, model: str | None = None) -> dict[str, Any]:
        body = {**self.body, **(self.streamed or {} if is_stream else {})}
        return {**body, "model": model} if model and "model" in body else body

    def __str__(self) -> str:
        return f"{self.provider}-{self.operation}"


CHAT = Place(
    "openai_url", "/chat/completions", {"model": "gpt-4o", "messages": TALK}, "chat", "gpt-4o", {"stream": True}
)
PLACES = (
    CHAT,
    Place(
        "openai_url", "/responses", {"model": "gpt-4o", "input": QUESTION}, "chat", "gpt-4o", {"stream": True}
    ),
    Place("openai_url", "/embeddings", {"model": "text-embedding-3-small", "input": QUESTION}, "embeddings", "text-embedding-3-small"),
    Place(
        "anthropic_url", "/v1/messages",
        {"model": "claude-sonnet-4-5", "max_tokens": 64, "messages": TALK},
        "chat", "claude-sonnet-4-5", {"stream": True}, provider="anthropic",
    ),
    Place(
        "google_url", "/v1beta/models/gemini-2.5-flash:generateContent",
        {"contents": [TURN]}, "generate_content", "gemini-2.5-flash", {},
        "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", provider="gcp.gemini",
    ),
    Place("cohere_url", "/v2/chat", {"model": "command-a", "messages": TALK}, "chat", "command-a", {"stream": True}, provider="cohere"),
    Place("ollama_url", "/api/chat", {"model": "llama3.2", "messages": TALK, "stream": False}, "chat", "llama3.2", {"stream": True}, provider="ollama"),
    Place(
        "bedrock_url", f"/model/{CLAUDE}/converse", {"messages": BLOCKS}, "chat", CLAUDE, {},
        f"/model/{CLAUDE}/converse-stream", provider="aws.bedrock",
    ),
)  # fmt: skip
STREAMED = tuple(place for place in PLACES if place.streamed is not None)
