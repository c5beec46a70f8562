"""OpenAI legacy completions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limelight.testing.fake import improvise
from limelight.testing.fake.bodies import BadRequestError
from limelight.testing.fake.exchange import Event, Json, Reply
from limelight.testing.fake.openai_chat import FINISH, stops
from limelight.testing.fake.prompt import Prompt
from limelight.testing.fake.script import Refusal, Text
from limelight.testing.fake.tokens import pieces, weigh
from limelight.testing.fake.vendor import EPOCH_S, Take

if TYPE_CHECKING:
    from collections.abc import Iterator

USUAL_TOKENS = 16
"""What `max_tokens` is when nobody says."""


def read(body: Json) -> Prompt:
    if not body.get("model"):
        raise BadRequestError("you must provide a model parameter")
    prompts = _prompts(body)
    return Prompt(
        operation="completion",
        model=body["model"],
        text=prompts[-1] if isinstance(prompts[-1], str) else "",
        input_tokens=sum(weigh(prompt) for prompt in prompts),
        max_tokens=body.get("max_tokens") or USUAL_TOKENS,
        stop=stops(body.get("stop")),
        choices=(body.get("n") or 1) * len(prompts),
        stream=bool(body.get("stream")),
        body=body,
    )


def _prompts(body: Json) -> list[Any]:
    """One or several texts, or one or several lists of token numbers."""
    given = body.get("prompt", "")
    if isinstance(given, list) and given and not isinstance(given[0], int):
        return given
    return [given]


def reply(take: Take) -> Reply:
    envelope = {
        "id": take.ids("cmpl-", 29),
        "object": "text_completion",
        "created": EPOCH_S,
        "model": take.prompt.model,
    }
    tally, choices = take.tally, take.prompt.choices
    written = tally.output * choices
    usage = {
        "prompt_tokens": tally.input,
        "completion_tokens": written,
        "total_tokens": tally.input + written,
    }
    texts = ["".join(_texts(take, index)) for index in range(choices)]
    if take.prompt.stream:
        return Reply(events=(*_chunks(take, envelope, texts, usage), Event("[DONE]")))
    finish = FINISH[take.answer.ending()]
    body = {**envelope, "choices": [_choice(index, text, finish) for index, text in enumerate(texts)]}
    return Reply({**body, "usage": usage} if take.answer.says_usage else body)


def _texts(take: Take, index: int) -> Iterator[str]:
    if take.body.get("echo"):
        yield str(take.prompt.text)
    for part in improvise.choice(take.answer.parts, index):
        if isinstance(part, (Text, Refusal)):
            yield part.text


def _choice(index: int, text: str, finish: str | None) -> Json:
    return {"text": text, "index": index, "logprobs": None, "finish_reason": finish}


def _chunks(take: Take, envelope: Json, texts: list[str], usage: Json) -> Iterator[Event]:
    for index, text in enumerate(texts):
        for piece in pieces(text):
            yield Event({**envelope, "choices": [_choice(index, piece, None)]})
        yield Event({**envelope, "choices": [_choice(index, "", FINISH[take.answer.ending()])]})
    if (take.body.get("stream_options") or {}).get("include_usage") and take.answer.says_usage:
        yield Event({**envelope, "choices": [], "usage": usage})
