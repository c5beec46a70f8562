"""Nightjar's agents: a model, some tools, and a loop until the model has nothing left to ask."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import limelight
from limelight.demo import handbook, tools
from limelight.demo.desk import LARGE, MEDIUM, SMALL

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from limelight.demo.desk import Desk

MOST_STEPS = 6


def book(desk: Desk) -> str:
    """A sleeper for two: think, search, hold, answer."""
    request = f"A sleeper to {desk.guest.city} for two on Friday, please. Nothing above 250 euros."
    with limelight.span("booking agent", kind="agent") as agent:
        agent.record_input(request)
        answer = run_claude(desk, handbook.AGENT, request, [tools.SEARCH, tools.HOLD])
        agent.record_output(answer)
    return answer


def find_luggage(desk: Desk) -> str:
    """A tool fails, the agent notices and asks somewhere else."""
    request = f"Where is my suitcase? The tag says NJ-5501, and I am in {desk.guest.city} without socks."
    with limelight.span("luggage agent", kind="agent") as agent:
        agent.record_input(request)
        answer = run_claude(desk, handbook.CONCIERGE, request, [tools.LUGGAGE, tools.DEPOT])
        agent.record_output(answer)
    return answer


def run_claude(desk: Desk, system: str, request: str, offered: list[Any]) -> str:
    messages: list[Any] = [{"role": "user", "content": request}]
    thinking: Any = {"type": "enabled", "budget_tokens": 1024}
    for _ in range(MOST_STEPS):
        turn = desk.anthropic.messages.create(
            model=LARGE, max_tokens=2048, system=system, messages=messages, tools=offered, thinking=thinking
        )
        calls = [block for block in turn.content if block.type == "tool_use"]
        if not calls:
            break
        messages.append({"role": "assistant", "content": turn.content})
        messages.append({"role": "user", "content": [_result(call) for call in calls]})
    return "".join(block.text for block in turn.content if block.type == "text")


def _result(call: Any) -> dict[str, Any]:
    """What a tool says; its failure is news for the model, not the end of the conversation."""
    try:
        said, failed = json.dumps(tools.TOOLS[call.name](**call.input)), False
    except tools.ScannerError as error:
        said, failed = str(error), True
    return {"type": "tool_result", "tool_use_id": call.id, "content": said, "is_error": failed}


def umbrella(desk: Desk) -> str:
    """A question, a tool, an answer."""
    request = f"Do I need an umbrella in {desk.guest.city} on Friday?"
    with limelight.span("answer with tools", kind="workflow") as workflow:
        workflow.record_input(request)
        answer = run_gpt(desk, MEDIUM, handbook.CONCIERGE, request, [tools.WEATHER])
        workflow.record_output(answer)
    return answer


def refund(desk: Desk) -> str:
    """The provider breaks down in the middle: the client library gives up, and the agent with it."""
    request = "I would like a refund for booking OWL-2048, my dog is ill."
    with limelight.span("refund agent", kind="agent") as agent:
        agent.record_input(request)
        answer = run_gpt(desk, SMALL, handbook.REFUNDS, request, [tools.BOOKING])
        agent.record_output(answer)
    return answer


def run_gpt(desk: Desk, model: str, system: str, request: str, offered: list[dict[str, Any]]) -> str:
    messages: list[Any] = [{"role": "system", "content": system}, {"role": "user", "content": request}]
    functions: list[Any] = [tools.as_function(tool) for tool in offered]
    for _ in range(MOST_STEPS):
        turn = desk.openai.chat.completions.create(model=model, messages=messages, tools=functions)
        message = turn.choices[0].message
        if not message.tool_calls:
            break
        messages.append(message.model_dump(exclude_none=True))
        messages += [_function_result(call) for call in message.tool_calls]
    return message.content or ""


def _function_result(call: Any) -> dict[str, Any]:
    said = tools.TOOLS[call.function.name](**json.loads(call.function.arguments))
    return {"role": "tool", "tool_call_id": call.id, "content": json.dumps(said)}


def evening(desk: Desk) -> str:
    """Three specialists at once, then an editor."""
    return asyncio.run(_evening(desk))


async def _evening(desk: Desk) -> str:
    from openai import AsyncOpenAI

    question = f"How should I spend one evening in {desk.guest.city}?"
    experts = {"cook": handbook.FOOD, "museum guard": handbook.CULTURE, "flâneur": handbook.WALKS}
    async with AsyncOpenAI(base_url=desk.openai.base_url, api_key=desk.openai.api_key) as openai:
        with limelight.span("evening panel", kind="workflow") as panel:
            panel.record_input(question)
            ideas = await asyncio.gather(*(_expert(openai, name, role, question) for name, role in experts.items()))
            merging = "Merge these into one sentence:\n" + "\n".join(ideas)
            merged = await _ask(openai, MEDIUM, handbook.CONCIERGE, merging)
            panel.record_output(merged)
    return merged


async def _expert(openai: AsyncOpenAI, name: str, role: str, question: str) -> str:
    with limelight.span(name, kind="agent") as expert:
        expert.record_input(question)
        idea = await _ask(openai, SMALL, role, question)
        expert.record_output(idea)
    return idea


async def _ask(openai: AsyncOpenAI, model: str, system: str, question: str) -> str:
    messages: list[Any] = [{"role": "system", "content": system}, {"role": "user", "content": question}]
    turn = await openai.chat.completions.create(model=model, messages=messages)
    return turn.choices[0].message.content or ""
