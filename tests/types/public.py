"""The public names as a strict program uses them: mypy and pyright check it, and it runs.

`assert_type` holds each checker to the type that the undecorated thing has.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import anthropic
import openai
from typing_extensions import assert_type

import limelight
from limelight import LLMCall, Step, ToolCall
from limelight.openai import OpenAI
from limelight.testing import Capture, Captured, FakeProvider, capture


@limelight.trace
def function(count: int, *, name: str = "x") -> list[str]:
    return [name] * count


@limelight.trace(name="other", kind="tool", tags=["a"], metadata={"b": 1})
async def coroutine(count: int) -> int:
    return count


@limelight.trace()
def generator(count: int) -> Iterator[int]:
    yield from range(count)


@limelight.trace
async def async_generator(count: int) -> AsyncIterator[int]:
    for each in range(count):
        yield each


class Desk:
    @limelight.trace
    def method(self, question: str) -> str:
        return question

    @classmethod
    @limelight.trace(kind="plan")
    def of_class(cls, question: str) -> type[Desk]:
        return cls

    @staticmethod
    @limelight.trace
    def static(question: str) -> bytes:
        return question.encode()

    @limelight.event(workflow="support", event_id=lambda question: question)
    async def solve(self, question: str) -> float:
        limelight.outcome("solved", 1)
        return 1.0

    @limelight.llm_instrumented(provider="parlour")
    def ask(self, model: str, prompt: str) -> dict[str, Any]:
        return {"choices": [], "model": model, "asked": prompt}


def decorated() -> None:
    assert_type(function(2, name="y"), list[str])
    assert_type(list(generator(2)), list[int])
    desk = Desk()
    assert_type(desk.method("?"), str)
    assert_type(Desk.of_class("?"), type[Desk])
    assert_type(Desk.static("?"), bytes)
    assert_type(desk.ask("m", prompt="?"), dict[str, Any])
    bound: Callable[[str], str] = desk.method
    assert_type(bound("?"), str)


async def awaited() -> None:
    assert_type(await coroutine(2), int)
    assert_type([each async for each in async_generator(2)], list[int])
    assert_type(await Desk().solve("?"), float)


def wrapped(fake: FakeProvider) -> None:
    client = limelight.wrap(openai.OpenAI(base_url=fake.openai_url, api_key="any"), capture_input=False, tags=["own"])
    assert_type(client, openai.OpenAI)
    answer = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}])
    assert_type(answer.choices[0].message.content, str | None)
    assert_type(limelight.wrap_anthropic(anthropic.AsyncAnthropic(api_key="any")), anthropic.AsyncAnthropic)
    drop_in = OpenAI(base_url=fake.openai_url, api_key="any", max_retries=1)
    same: openai.OpenAI = drop_in
    same.close()
    client.close()


def by_hand(ours: limelight.Limelight) -> None:
    with limelight.span("a", kind="plan") as span:
        assert_type(span, Step)
        assert_type(span.score("good", 0.5), Step)
        assert_type(span.span("inner"), Step)
    with limelight.llm_call(provider="parlour", model="m") as call:
        assert_type(call.set_tokens(input=1).set_attempt(2), LLMCall)
    with limelight.tool_call("search") as tool:
        assert_type(tool.set_result(success=True), ToolCall)
    with limelight.context(user_id="ann"), limelight.agent("b") as agent:
        assert_type(agent.update(output=1), Step)
    assert_type(ours.flush(1.0), bool)


def own_decorators(ours: limelight.Limelight) -> None:
    @ours.trace
    def plainly(count: int) -> str:
        return str(count)

    @ours.trace(kind="tool")
    def with_options(count: int) -> str:
        return str(count)

    @ours.llm_instrumented(provider="parlour")
    def asked(model: str) -> str:
        return model

    assert_type(plainly(1) + with_options(2) + asked("m"), str)


def main() -> list[Captured]:
    with FakeProvider() as fake, capture(instrument=False, spool="off") as spans:
        assert_type(spans, Capture)
        limelight.init(spool="off", enabled=False, instrument=False)
        decorated()
        asyncio.run(awaited())
        wrapped(fake)
        by_hand(spans)
        own_decorators(spans)
        limelight.shutdown()
        limelight.uninstrument()
        return spans.all()


if __name__ == "__main__":
    print(len(main()))
