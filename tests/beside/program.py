"""A program that is traced by somebody else, by both, or by both in the other order.

`python tests/beside/program.py TRACER ORDER` calls the fake provider with the real clients in every way, and prints what the
program got and what the other tracer recorded.  Where Limelight sends, the test looks itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

HI: Any = [{"role": "user", "content": "What is the weather in Oslo?"}]
GPT: dict[str, Any] = {"model": "gpt-4o", "messages": HI}
CLAUDE: dict[str, Any] = {"model": "claude-sonnet-5-5", "max_tokens": 64, "messages": HI}


def ours() -> None:
    import limelight

    limelight.init()


def openai_calls() -> dict[str, Callable[[], Any]]:
    import openai

    gpt = openai.OpenAI(max_retries=0)

    async def asked(**more: Any) -> Any:
        async with openai.AsyncOpenAI(max_retries=0) as client:
            answer = await client.chat.completions.create(**GPT, **more)
            return [chunk async for chunk in answer] if more else answer

    def left() -> Any:
        with gpt.chat.completions.create(**GPT, stream=True) as stream:
            return [chunk for _, chunk in zip(range(3), stream, strict=False)]

    return {
        "chat": lambda: gpt.chat.completions.create(**GPT),
        "chat, streamed": lambda: list(gpt.chat.completions.create(**GPT, stream=True)),
        "chat, left": left,
        "chat, async": lambda: asyncio.run(asked()),
        "chat, async, streamed": lambda: asyncio.run(asked(stream=True)),
        "chat, refused": lambda: gpt.chat.completions.create(**{**GPT, "model": "fail-400"}),
        "response": lambda: gpt.responses.create(model="gpt-4o", input="Hi"),
        "embedding": lambda: gpt.embeddings.create(model="text-embedding-3-small", input=["Oslo"]),
    }


def anthropic_calls() -> dict[str, Callable[[], Any]]:
    import anthropic

    claude = anthropic.Anthropic(max_retries=0)

    async def asked(**more: Any) -> Any:
        async with anthropic.AsyncAnthropic(max_retries=0) as client:
            answer = await client.messages.create(**CLAUDE, **more)
            return [event async for event in answer] if more else answer

    def helped() -> Any:
        with claude.messages.stream(**CLAUDE) as stream:
            return stream.get_final_message()

    return {
        "message": lambda: claude.messages.create(**CLAUDE),
        "message, streamed": lambda: list(claude.messages.create(**CLAUDE, stream=True)),
        "message, by the helper": helped,
        "message, async": lambda: asyncio.run(asked()),
        "message, async, streamed": lambda: asyncio.run(asked(stream=True)),
        "message, refused": lambda: claude.messages.create(**{**CLAUDE, "model": "fail-400"}),
    }


def seen(answer: Any) -> Any:
    """What the program got, down to the kind of each object."""
    if isinstance(answer, list):
        return [seen(one) for one in answer]
    return [type(answer).__name__, answer.model_dump(mode="json")]


def got(call: Callable[[], Any]) -> Any:
    try:
        return seen(call())
    except Exception as error:
        return [f"{type(error).__module__}.{type(error).__qualname__}", str(error), repr(error.__cause__)]


def main(name: str, order: str) -> None:
    tracer = loaded(name)
    steps = {"alone": [tracer.start], "before": [ours, tracer.start], "after": [tracer.start, ours], "none": []}
    for start in steps[order]:
        start()
    around = tracer.around if order != "none" else contextlib.nullcontext
    with around():
        answers = {what: got(call) for what, call in {**openai_calls(), **anthropic_calls()}.items()}
    answers["outside of everything"] = got(openai_calls()["chat"])
    theirs = tracer.told() if order != "none" else []
    json.dump({"answers": answers, "theirs": theirs, "provider": provider()}, sys.stdout)


def loaded(name: str) -> Any:
    path = Path(__file__).parent / "tracers" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"tracer_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def provider() -> str:
    """Whose the global provider is."""
    from opentelemetry import trace

    kind = type(trace.get_tracer_provider())
    return f"{kind.__module__}.{kind.__qualname__}"


if __name__ == "__main__":
    main(*sys.argv[1:])
