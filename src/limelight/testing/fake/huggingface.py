"""Hugging Face: an inference endpoint of its own text-generation and text-embeddings servers, and its router's chats."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from limelight.testing.fake import openai, openai_chat, openai_like, openai_media, sse
from limelight.testing.fake.exchange import Event, Json, Reply
from limelight.testing.fake.prompt import Prompt
from limelight.testing.fake.script import Text
from limelight.testing.fake.tokens import pieces, weigh
from limelight.testing.fake.vendor import Route

if TYPE_CHECKING:
    from limelight.testing.fake.script import Failure
    from limelight.testing.fake.vendor import Take

FINISH = {"length": "length"}
OF_VECTORS = {"normalize", "prompt_name", "truncate", "truncation_direction"}


def read(body: Json) -> Prompt:
    """Both servers take `inputs`; the one that makes vectors streams nothing and knows few `parameters`."""
    if "stream" not in body and (body.get("parameters") or {}).keys() <= OF_VECTORS:
        return Prompt("embedding", "", str(body.get("inputs") or ""), input_tokens=weigh(body.get("inputs")), body=body)
    given = body.get("parameters") or {}
    asked = {"model": "tgi", "messages": [{"role": "user", "content": body.get("inputs") or ""}]}
    limits = {"max_tokens": given.get("max_new_tokens"), "stop": given.get("stop")}
    return replace(openai_chat.read({**asked, **limits}), model="", stream=bool(body.get("stream")), body=body)


def reply(take: Take) -> Reply:
    if take.prompt.operation == "embedding":
        return _features(take)
    words = "".join(part.text for part in take.answer.parts if isinstance(part, Text))
    if take.prompt.stream:
        return Reply(events=tuple(Event(line) for line in _tokens(take, words)))
    details = {"details": {**_details(take), "prefill": [], "tokens": []}} if _is_detailed(take) else {}
    return Reply(_list([{"generated_text": words, **details}]), headers={"content-type": "application/json"})


def _list(value: Any) -> bytes:
    """This server answers with a list."""
    return sse.dump(value)


def _features(take: Take) -> Reply:
    given = take.body.get("inputs")
    texts = given if isinstance(given, list) else [given]
    return Reply(_list([openai_media.vector(str(text), 8) for text in texts]))


def _is_detailed(take: Take) -> bool:
    return bool((take.body.get("parameters") or {}).get("details"))


def _details(take: Take) -> Json:
    return {
        "finish_reason": FINISH.get(take.answer.ending(), "eos_token"),
        "generated_tokens": take.tally.output,
        "seed": None,
    }


def _tokens(take: Take, words: str) -> list[Json]:
    is_ended = take.answer.ending() != "length"
    made = [*pieces(words), *(["</s>"] if is_ended else [])]
    lines: list[Json] = [
        {"index": at, "token": {"id": at, "text": token, "logprob": -0.5, "special": False}, "generated_text": None}
        for at, token in enumerate(made, 1)
    ]
    lines[-1]["token"]["special"] = is_ended
    lines[-1] |= {"generated_text": words, "details": {**_details(take), "input_length": take.tally.input}}
    return [{"details": None, **line} for line in lines]


def error(failure: Failure, prompt: Prompt, request_id: str) -> Json:
    if prompt.operation == "chat" and prompt.model:
        return openai.error(failure, prompt, request_id)
    return {"error": failure.message or "The endpoint cannot do this now", "error_type": "overloaded"}


HUGGINGFACE = replace(
    openai_like.vendor(
        "huggingface", "huggingface", "/v1", lambda take, reply: reply, [Route("POST", "/huggingface", reply, read)]
    ),
    claims=lambda request: request.path.startswith("/huggingface"),
    path=lambda request: request.path.replace("/huggingface/v1/", "/v1/"),
    error=error,
)
