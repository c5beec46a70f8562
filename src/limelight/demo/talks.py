"""Conversations with Nightjar that take one model call, or a few in a row."""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

import limelight
from limelight.demo import handbook
from limelight.demo.desk import EMBEDDER, HOMEMADE, LISTENER, MEDIUM, QUICK, SMALL, THINKER
from limelight.testing.fake import media

if TYPE_CHECKING:
    from collections.abc import Sequence

    from limelight.demo.desk import Desk


def ask(desk: Desk, question: str, model: str = SMALL, **more: Any) -> str:
    messages: list[Any] = [{"role": "system", "content": handbook.CONCIERGE}, {"role": "user", "content": question}]
    turn = desk.openai.chat.completions.create(model=model, messages=messages, **more)
    return turn.choices[0].message.content or turn.choices[0].message.refusal or ""


def bicycle(desk: Desk) -> str:
    return ask(desk, f"Can I take my bicycle to {desk.guest.city}?", temperature=0.3)


def blanket(desk: Desk) -> str:
    """Too many requests; the client library waits and asks again."""
    return ask(desk, "It is cold in here. Is there another blanket?")


def timetable(desk: Desk) -> str:
    """More than the model can read."""
    return ask(desk, "Summarise the whole timetable of every station in Europe since 1872.", model=MEDIUM)


def forgery(desk: Desk) -> str:
    """The model refuses, and a guardrail has seen it coming."""
    question = "Help me forge a first class ticket, it is for art."
    with limelight.span("checked answer", kind="workflow") as workflow:
        workflow.record_input(question)
        with limelight.span("moderate", kind="guardrail") as guardrail:
            checked = desk.openai.moderations.create(model="omni-moderation-latest", input=question)
            guardrail.record_output({"flagged": checked.results[0].flagged})
        answer = ask(desk, question)
        workflow.record_output(answer)
    return answer


def rhyme(desk: Desk) -> str:
    """A model that no price list knows: its cost stays unknown."""
    return ask(desk, f"A rhyme for {desk.guest.city}, please.", model=HOMEMADE, temperature=1.1)


def poem(desk: Desk) -> str:
    """A stream, read to its end."""
    question = f"Two lines for the departure board, about {desk.guest.city}."
    messages: list[Any] = [{"role": "user", "content": question}]
    stream = desk.openai.chat.completions.create(
        model=SMALL, messages=messages, stream=True, stream_options={"include_usage": True}
    )
    return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)


def bedtime_story(desk: Desk) -> str:
    """A stream that nobody hears to the end: the guest falls asleep."""
    messages: list[Any] = [{"role": "user", "content": "Tell me the history of sleeping cars, slowly."}]
    heard: list[str] = []
    with desk.anthropic.messages.stream(model=QUICK, max_tokens=1024, messages=messages) as stream:
        for text in stream.text_stream:
            heard.append(text)
            if len(heard) == 12:
                break
    return "".join(heard)


def fares(desk: Desk) -> str:
    """A model that reasons before it answers, over the responses API."""
    question = f"There are five of us going to {desk.guest.city}. Singles cost 79 each, a six-berth couchette 240. What is cheapest?"
    response = desk.openai.responses.create(
        model=THINKER,
        instructions=handbook.CONCIERGE,
        input=question,
        reasoning={"effort": "medium", "summary": "auto"},
        max_output_tokens=2000,
    )
    return response.output_text


def delays(desk: Desk) -> str:
    """The same long rules twice: written to the prompt cache, then read from it."""
    rules: Any = [
        {
            "type": "text",
            "text": "Answer by these rules, and name the paragraph.\n\n" + handbook.TICKET_RULES,
            "cache_control": {"type": "ephemeral"},
        }
    ]
    answers = []
    with limelight.span("delay desk", kind="workflow") as workflow:
        for minutes in (75, 130):
            question: list[Any] = [{"role": "user", "content": f"My train is {minutes} minutes late. What now?"}]
            turn = desk.anthropic.messages.create(model=QUICK, max_tokens=512, system=rules, messages=question)
            answers += [block.text for block in turn.content if block.type == "text"]
        workflow.record_output(answers)
    return " ".join(answers)


def strike(desk: Desk) -> str:
    """The provider searches the web by itself and cites what it found."""
    question: list[Any] = [{"role": "user", "content": f"Is there a strike tomorrow on the way to {desk.guest.city}?"}]
    tools: Any = [{"type": "web_search_20250305", "name": "web_search", "max_uses": 2}]
    turn = desk.anthropic.messages.create(model=QUICK, max_tokens=512, messages=question, tools=tools)
    return "".join(block.text for block in turn.content if block.type == "text")


class Day(BaseModel):
    day: int
    morning: str
    evening: str


class Itinerary(BaseModel):
    city: str
    days: list[Day]
    budget_eur: int


def itinerary(desk: Desk) -> str:
    """An answer in a shape that the program asked for."""
    messages: list[Any] = [
        {"role": "system", "content": handbook.CONCIERGE},
        {"role": "user", "content": f"Plan three days in {desk.guest.city} for someone who likes to sit down."},
    ]
    turn = desk.openai.chat.completions.parse(model=MEDIUM, messages=messages, response_format=Itinerary)
    plan = turn.choices[0].message.parsed
    return f"{len(plan.days)} days in {plan.city}, {plan.budget_eur} euros" if plan else ""


def ticket_photo(desk: Desk) -> str:
    """A picture and a question about it."""
    picture = base64.b64encode(media.png(desk.session, side=24)).decode()
    content: list[Any] = [
        {"type": "text", "text": "This is a photo of my ticket. Which platform, and how much time do I have?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{picture}"}},
    ]
    turn = desk.openai.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": content}])
    return turn.choices[0].message.content or ""


def voice_note(desk: Desk) -> str:
    """Sound in, text out."""
    with limelight.span("answer voice note", kind="workflow") as workflow:
        note = ("note.wav", media.sound("wav", seconds=6), "audio/wav")
        heard = desk.openai.audio.transcriptions.create(model=LISTENER, file=note)
        workflow.record_input(heard.text)
        answer = ask(desk, heard.text)
        workflow.record_output(answer)
    return answer


def cat(desk: Desk) -> str:
    """Look it up first: embed, compare, answer with what was found, and let another model judge."""
    question = f"Can I send my cat to {desk.guest.city} without me?"
    with limelight.span("answer from the handbook", kind="workflow") as workflow:
        workflow.record_input(question)
        found = look_up(desk, question)
        answer = ask(desk, f"{question}\n\nFrom the handbook:\n" + "\n".join(found), model=MEDIUM)
        judge: list[Any] = [{"role": "user", "content": f"Rate this answer from 1 to 5, as JSON: {answer}"}]
        desk.anthropic.messages.create(model=QUICK, max_tokens=200, messages=judge)
        workflow.record_output(answer)
    return answer


def look_up(desk: Desk, question: str) -> list[str]:
    """The two articles of the handbook that are nearest to a question."""
    with limelight.span("handbook", kind="retrieval") as retrieval:
        retrieval.record_input(question)
        texts = list(handbook.ARTICLES.values())
        vectors = desk.openai.embeddings.create(model=EMBEDDER, input=[question, *texts]).data
        wanted = vectors[0].embedding
        ranked = sorted(zip(texts, vectors[1:], strict=True), key=lambda pair: -_nearness(wanted, pair[1].embedding))
        found = [text for text, _ in ranked[:2]]
        retrieval.record_output(found)
    return found


def _nearness(one: Sequence[float], other: Sequence[float]) -> float:
    return math.fsum(a * b for a, b in zip(one, other, strict=True))


def first_night(desk: Desk) -> str:
    """Four turns of one conversation; each is a trace, the session holds them together."""
    messages: list[Any] = [{"role": "system", "content": handbook.CONCIERGE}]
    for said in (
        f"Hello! It is my first time on a night train, to {desk.guest.city}.",
        "What worries me is the noise.",
        "Good to know. And what should I bring?",
        f"One last thing: who will wake me before {desk.guest.city}?",
    ):
        messages.append({"role": "user", "content": said})
        with limelight.span("conversation turn", kind="chain") as turn:
            turn.record_input(said)
            answer = desk.openai.chat.completions.create(model=SMALL, messages=messages).choices[0].message
            turn.record_output(answer.content)
        messages.append({"role": "assistant", "content": answer.content})
    return str(answer.content)
