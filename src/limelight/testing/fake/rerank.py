"""Ranking documents by how many words they share with a query."""

from __future__ import annotations

import re

from limelight.testing.fake.bodies import BadRequestError
from limelight.testing.fake.exchange import Json, Reply
from limelight.testing.fake.prompt import Prompt
from limelight.testing.fake.tokens import weigh
from limelight.testing.fake.vendor import Take

WORD = re.compile(r"\w{3,}")


def read(body: Json) -> Prompt:
    if not isinstance(body.get("query"), str) or not isinstance(body.get("documents"), list):
        raise BadRequestError("`query` and `documents` are required")
    return Prompt(
        "rerank", str(body.get("model") or ""), body["query"], input_tokens=weigh(body["documents"]), body=body
    )


def ranking(body: Json) -> list[Json]:
    """Positions and scores, the best first."""
    asked = set(WORD.findall(body["query"].lower()))
    scores = [
        round(len(asked & set(WORD.findall(str(each).lower()))) / (len(asked) or 1), 3) for each in body["documents"]
    ]
    order = sorted(range(len(scores)), key=lambda at: (-scores[at], at))
    return [{"index": at, "relevance_score": scores[at]} for at in order[: body.get("top_n") or len(order)]]


def reply(take: Take) -> Reply:
    """As Together has it: with the tokens, as OpenAI counts them."""
    counts = {"prompt_tokens": take.tally.input, "completion_tokens": 0, "total_tokens": take.tally.input}
    return Reply(
        {
            "object": "rerank",
            "id": take.ids("", 14),
            "model": take.prompt.model,
            "results": ranking(take.body),
            "usage": counts,
        }
    )
