"""Together: OpenAI's formats; a stream's tokens come with its last choice, unasked; and ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limelight.testing.fake import openai_chat, openai_like, rerank
from limelight.testing.fake.vendor import Route

if TYPE_CHECKING:
    from limelight.testing.fake.exchange import Json, Reply
    from limelight.testing.fake.vendor import Take


def dress(take: Take, reply: Reply) -> Reply:
    if take.prompt.operation not in ("chat", "completion") or reply.status != 200:
        return reply
    return openai_like.each(reply, lambda body: _answer(take, body))


def _answer(take: Take, body: Json) -> Json:
    choices = [_choice(choice) for choice in body["choices"]]
    ends = any(choice.get("finish_reason") for choice in choices)
    kept = {key: body[key] for key in ("id", "object", "created", "model")}
    counts = {key: value for key, value in openai_chat.usage(take.tally).items() if key.endswith("_tokens")}
    told = {**counts, "cached_tokens": take.tally.cache_read} if ends and take.answer.says_usage else None
    return {**kept, "prompt": [], "choices": choices, "usage": told}


def _choice(choice: Json) -> Json:
    """A delta's text stands beside it once more, as in the older API."""
    own = openai_like.thinking_as("reasoning", choice) if "message" in choice or "delta" in choice else choice
    delta = own.get("delta")
    return {**own, "seed": 7} if delta is None else {**own, "text": delta.get("content") or "", "seed": None}


TOGETHER = openai_like.vendor(
    "together", "together", "/v1", dress, [Route("POST", "/v1/rerank", rerank.reply, rerank.read)]
)
