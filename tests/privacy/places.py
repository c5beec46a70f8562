"""The table of places: each puts a text where programs put texts, through the real client libraries."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.context import attach, detach
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanContext, Status, StatusCode, TraceFlags, TraceState

from limelight.testing.fake import fail, say, tool_call

if TYPE_CHECKING:
    from collections.abc import Callable

    from anthropic import Anthropic
    from openai import OpenAI

    from limelight import Limelight
    from limelight.testing import FakeProvider

    Place = Callable[["Scene", str], object]

MODEL = "gpt-4o-mini"


class Scene:
    """What a place needs: the instance that is tested, clients of two vendors, and the vendors."""

    def __init__(self, limelight: Limelight, fake: FakeProvider, openai: OpenAI, anthropic: Anthropic) -> None:
        self.limelight, self.fake, self.openai, self.anthropic = limelight, fake, openai, anthropic

    def chat(self, *messages: Any, **more: Any) -> Any:
        given = messages or ({"role": "user", "content": "Hello"},)
        return self.openai.chat.completions.create(model=MODEL, messages=list(given), **more)

    def answered(self, answer: Any, **more: Any) -> Any:
        self.fake.script(answer)
        return self.chat(**more)


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def prompt(scene: Scene, text: str) -> None:
    scene.chat(user(text))


def parts(scene: Scene, text: str) -> None:
    scene.chat(user([{"type": "text", "text": text}]))


def system(scene: Scene, text: str) -> None:
    scene.chat({"role": "system", "content": text}, user("Hello"))


def anthropic_system(scene: Scene, text: str) -> None:
    scene.anthropic.messages.create(model="claude-sonnet-5-5", max_tokens=9, system=text, messages=[user("Hello")])


def instructions(scene: Scene, text: str) -> None:
    scene.openai.responses.create(model=MODEL, instructions=text, input=[user(text)])


def history(scene: Scene, text: str) -> None:
    """Arguments of a tool call and its result, on their way back to the model."""
    arguments = json.dumps({"query": text}, ensure_ascii=False)
    call = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": arguments}}
    scene.chat(
        user("Hello"),
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": text},
    )


def anthropic_history(scene: Scene, text: str) -> None:
    call = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"deep": [{"query": text}]}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": text}]}
    messages = [user("Hello"), {"role": "assistant", "content": [call]}, user([result])]
    scene.anthropic.messages.create(model="claude-sonnet-5-5", max_tokens=9, messages=messages)  # type: ignore[arg-type]


def tools(scene: Scene, text: str) -> None:
    schema = {"type": "object", "properties": {"q": {"type": "string", "description": text}}}
    scene.chat(tools=[{"type": "function", "function": {"name": "look", "description": text, "parameters": schema}}])


def answer(scene: Scene, text: str) -> None:
    scene.answered(say(text))


def streamed(scene: Scene, text: str) -> None:
    list(scene.answered(say(text), stream=True))


def called(scene: Scene, text: str) -> None:
    scene.answered(tool_call("look", {"query": text}))


def embedded(scene: Scene, text: str) -> None:
    scene.openai.embeddings.create(model="text-embedding-3-small", input=[text, "b"])


def header(scene: Scene, text: str) -> None:
    """Headers are bytes without line ends."""
    scene.chat(extra_headers={"x-note": text.encode("ascii", "replace").decode().replace("\n", " ")})


def query(scene: Scene, text: str) -> None:
    scene.chat(extra_query={"note": text})


def address(scene: Scene, text: str) -> None:
    """In the base URL, where gateways want keys."""
    base = str(scene.openai.base_url).replace("://", "://user:pass-word-77@")
    client = scene.openai.with_options(base_url=base, default_query={"k": text})
    client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hello"}])


def caller(scene: Scene, text: str) -> None:
    scene.chat(user=text, metadata={"note": text}, stop=[text])


def context(scene: Scene, text: str) -> None:
    import limelight

    with limelight.context(user_id=text, session_id=text, tags=[text], metadata={"note": text, "deep": {"er": [text]}}):
        scene.chat()


def refused(scene: Scene, text: str) -> None:
    """The vendor repeats in his error what he was sent."""
    with contextlib.suppress(Exception):
        scene.answered(fail(400, text))


def raised(scene: Scene, text: str) -> None:
    def broken(argument: str) -> None:
        raise ValueError(f"cannot read {argument}") from RuntimeError(argument)

    with contextlib.suppress(ValueError), scene.limelight.span("step"):
        broken(text)


def described(scene: Scene, text: str) -> None:
    with scene.limelight.span("step") as span:
        span.set_status(Status(StatusCode.ERROR, text))


def named(scene: Scene, text: str) -> None:
    with scene.limelight.span(text, kind="tool") as span:
        span.update_name(f"{text} again")


def attributes(scene: Scene, text: str) -> None:
    with scene.limelight.span("step") as span:
        span.set_attribute("note", text)
        span.set_attributes({f"k.{text}": 1, "list": [text, "b"]})


def noted(scene: Scene, text: str) -> None:
    with scene.limelight.span("step") as span:
        span.add_event(text, {"note": text})
        span.record_exception(ValueError(text), {"more": text})


def linked(scene: Scene, text: str) -> None:
    other = SpanContext(1, 2, True, TraceFlags(1), _state(text))
    with scene.limelight.span("step") as span:
        span.add_link(other, {"note": text})


def stated(scene: Scene, text: str) -> None:
    """In the trace state of whoever called this service."""
    around = trace.set_span_in_context(trace.NonRecordingSpan(SpanContext(77, 2, True, TraceFlags(1), _state(text))))
    token = attach(around)
    with scene.limelight.span("step"):
        pass
    detach(token)


def _state(text: str) -> TraceState:
    """With as much of the text as its rules allow."""
    is_allowed = len(text) <= 256 and all(" " <= sign <= "~" and sign not in ",=" for sign in text)
    return TraceState([("a", text if is_allowed else text.split()[0])])


def traced(scene: Scene, text: str) -> None:
    @scene.limelight.trace(metadata={"note": text}, tags=[text])
    def work(argument: object, raw: bytes) -> dict[str, object]:
        return {"result": [argument], text: raw}

    work({"a": text}, text.encode())


def told(scene: Scene, text: str) -> None:
    with scene.limelight.span("step") as span:
        span.set(note=text, deep={"er": (text,)})
        span.record_input(text).record_output([text])
        span.score("quality", text, comment=text)


def business(scene: Scene, text: str) -> None:
    with scene.limelight.event(text, event_id=text, customer_id=text) as event:
        event.outcome(text, 1, note=text)
        scene.chat()


def by_hand(scene: Scene, text: str) -> None:
    with scene.limelight.llm_call(provider="own", model="m") as call:
        call.set_input_content(text)
        call.set_output_content(text)
        call.add_metadata(note=text)
        call.set_request_id(text, text)
    with scene.limelight.tool_call("look", text) as tool:
        tool.add_metadata(note=text)


def another_library(scene: Scene, text: str) -> None:
    """Notes it on our span, which is current; and makes one of its own in the program's provider, around a call of ours."""
    with scene.limelight.span("step"):
        current = trace.get_current_span()
        current.set_attribute("note", text)
        current.add_event(text, {"note": text})
        with TracerProvider().get_tracer("another").start_as_current_span(text, attributes={"note": text}) as span:
            span.add_event(text)
            scene.chat()


PLACES: dict[str, Place] = {
    place.__name__: place
    for place in (
        prompt, parts, system, anthropic_system, instructions, history, anthropic_history, tools, answer, streamed, called,
        embedded, header, query, address, caller, context, refused, raised, described, named, attributes, noted, linked,
        stated, traced, told, business, by_hand, another_library,
    )
}  # fmt: skip
UNSEEN = frozenset({"header", "query", "address"})
"""Places that we do not record at all: what was asked for beside the call itself."""
