"""Groq: OpenAI's formats with the time each part took, and a stream's tokens beside the last choice, unasked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from limelight.testing.fake import openai_chat, openai_like
from limelight.testing.fake.exchange import Event, Json, Reply

if TYPE_CHECKING:
    from limelight.testing.fake.vendor import Take


def dress(take: Take, reply: Reply) -> Reply:
    if take.prompt.operation != "chat" or reply.status != 200:
        return reply
    mark = {"id": take.ids("req_", 26).lower()}
    edited = openai_like.each(reply, lambda body: _answer(take, body, mark))
    return edited if edited.events is None else replace(edited, events=_marked(take, edited.events, mark))


def _answer(take: Take, body: Json, mark: Json) -> Json:
    choices = [openai_like.thinking_as("reasoning", choice) for choice in body["choices"]]
    kept = {key: value for key, value in body.items() if key not in ("obfuscation", "service_tier")}
    if body["object"] == "chat.completion":
        counted = {"usage": usage(take)} if take.answer.says_usage else {}
        kept |= {**counted, "x_groq": mark, "service_tier": "on_demand"}
    return {**kept, "choices": choices}


def _marked(take: Take, events: tuple[Event, ...], mark: Json) -> tuple[Event, ...]:
    """The first chunk names the request, the one that ends the choice counts its tokens."""
    *chunks, done = events
    ending = max(at for at, event in enumerate(chunks) if _choices(event))
    marks = {0: mark, ending: {**mark, **({"usage": usage(take)} if take.answer.says_usage else {})}}
    told = (
        Event({**event.data, "x_groq": marks[at]}) if at in marks and isinstance(event.data, dict) else event
        for at, event in enumerate(chunks)
    )
    return (*told, done)


def _choices(event: Event) -> bool:
    return isinstance(event.data, dict) and bool(event.data.get("choices"))


def usage(take: Take) -> Json:
    tally = take.tally
    counts = {key: value for key, value in openai_chat.usage(tally).items() if key.endswith("_tokens")}
    spent = {"queue_time": 0.05, "prompt_time": tally.input / 10_000, "completion_time": tally.output / 1_000}
    thought = {"completion_tokens_details": {"reasoning_tokens": tally.reasoning}} if tally.reasoning else {}
    return {**counts, **thought, **spent, "total_time": spent["prompt_time"] + spent["completion_time"]}


GROQ = openai_like.vendor("groq", "groq", "/openai/v1", dress)
