"""Pydantic AI: one tree a run, each model call in it once, also beside its own instrumentation."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.frameworks.loops import without_loop
from tests.frameworks.tree import tree

pytest.importorskip("pydantic_ai")

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import BaseModel
from pydantic_ai import Agent, ModelRetry, RunContext
from pydantic_ai.messages import ModelResponse, TextPart
from pydantic_ai.models.function import FunctionModel
from pydantic_ai.models.instrumented import InstrumentationSettings
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.models.test import TestModel
from pydantic_ai.providers.openai import OpenAIProvider

import limelight
from limelight.sdk import doctor
from limelight.sdk.switches import switch
from limelight.testing.fake import fail, say, slow, tool_call

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from limelight.testing import Capture, FakeProvider
    from limelight.testing.capture import Captured

pytestmark = pytest.mark.filterwarnings("ignore")
"""What the framework warns of among its own packages is not ours to mend."""


@pytest.fixture
async def openai(fake: FakeProvider) -> AsyncIterator[OpenAIProvider]:
    given = OpenAIProvider(base_url=fake.openai_url, api_key="x")
    yield given
    await given.client.close()


@pytest.fixture
def model(openai: OpenAIProvider) -> OpenAIChatModel:
    return OpenAIChatModel("gpt-4o-mini", provider=openai)


def helper(model: Any, **options: Any) -> Agent[None, Any]:
    agent: Agent[None, Any] = Agent(model, name="helper", instructions="Be kind", **options)

    @agent.tool_plain
    def weather(city: str) -> str:
        """Tell the weather of a city."""
        return f"sunny in {city}"

    return agent


async def run(how: str, agent: Any, given: str, **options: Any) -> Any:
    match how:
        case "run":
            return (await agent.run(given, **options)).output
        case "run_sync":
            return (await without_loop(lambda: agent.run_sync(given, **options), agent.model.client.close)).output
        case "run_stream":
            async with agent.run_stream(given, **options) as result:
                return [piece async for piece in result.stream_text()][-1]
    async with agent.iter(given, **options) as result:
        async for _ in result:
            pass
    return result.result.output


async def until(true: Callable[[], bool]) -> None:
    """Older versions call off a tool without waiting for its end."""
    for _ in range(200):
        if true():
            return
        await asyncio.sleep(0.01)


def named(spans: Capture) -> dict[str, Captured]:
    return {span.name: span for span in spans.all()}


HELPER = ["helper [agent]", "  chat {0} [llm]", "  execute_tool weather [tool]", "  chat {0} [llm]"]
GPT = [line.format("gpt-4o-mini") for line in HELPER]
CALL = tool_call("weather", {"city": "Oslo"})


@pytest.mark.parametrize("how", ["run", "run_sync", "run_stream", "iter"])
@pytest.mark.parametrize("kind", [OpenAIChatModel, OpenAIResponsesModel])
async def test_a_run_is_a_tree_however_it_is_made(
    fake: FakeProvider, openai: OpenAIProvider, spans: Capture, kind: Callable[..., Any], how: str
) -> None:
    fake.script(CALL, say("It is sunny"))
    agent = helper(kind("gpt-4o-mini", provider=openai))
    assert await run(how, agent, "Weather in Oslo?") == "It is sunny"
    assert tree(spans) == GPT
    found = named(spans)
    tool, ran = found["execute_tool weather"], found["helper"]
    assert tool.json("gen_ai.tool.call.arguments") == {"city": "Oslo"}
    assert tool.json("gen_ai.tool.call.result") == "sunny in Oslo"
    asked = next(span for span in spans.all() if "chat" in span.name).json("gen_ai.output.messages")[0]["parts"][0]
    assert tool.attributes["gen_ai.tool.call.id"] == asked["id"]
    assert ran.attributes["gen_ai.agent.name"] == "helper"
    assert (ran.json("limelight.input"), ran.json("limelight.output")) == ("Weather in Oslo?", "It is sunny")
    with spans.span("after"):
        pass
    assert tree(spans)[-1] == "after [chain]"


async def test_a_conversation_goes_on_under_its_id(fake: FakeProvider, model: OpenAIChatModel, spans: Capture) -> None:
    agent = helper(model)
    fake.script(CALL, say("Sunny"), say("Still sunny"))
    first = await agent.run("Weather in Oslo?", conversation_id="c1")
    await agent.run("And now?", message_history=first.all_messages())
    assert {span.attributes["gen_ai.conversation.id"] for span in spans.all()} == {"c1"}
    assert len(spans.all()) == 6
    spans.clear()
    with limelight.context(session_id="s1"):  # said by the program: an id made for one run alone counts less
        await agent.run("Hello")
    assert {span.attributes["session.id"] for span in spans.all()} == {"s1"}


async def test_an_agent_that_a_tool_runs_is_a_branch(
    fake: FakeProvider, model: OpenAIChatModel, spans: Capture
) -> None:
    poet: Agent[None, str] = Agent(model, name="poet")
    boss: Agent[None, str] = Agent(model, name="boss")

    @boss.tool
    async def write(context: RunContext[None], about: str) -> str:
        """Write a poem."""
        with spans.span("think"):
            return (await poet.run(about, usage=context.usage)).output

    fake.script(tool_call("write", {"about": "rain"}), say("Drip"), say("Here: Drip"))
    await boss.run("A poem", conversation_id="c1")
    assert tree(spans) == [
        "boss [agent]",
        "  chat gpt-4o-mini [llm]",
        "  execute_tool write [tool]",
        "    think [chain]",
        "      poet [agent]",
        "        chat gpt-4o-mini [llm]",
        "  chat gpt-4o-mini [llm]",
    ]


async def test_a_retry_is_an_error_of_the_tool_and_one_more_call(
    fake: FakeProvider, model: OpenAIChatModel, spans: Capture
) -> None:
    agent: Agent[None, str] = Agent(model, name="helper")

    @agent.tool(retries=2)
    def weather(context: RunContext[None], city: str) -> str:
        """Tell the weather of a city."""
        if context.retry == 0:
            raise ModelRetry("which Oslo?")
        return "sunny"

    fake.script(CALL, tool_call("weather", {"town": "Oslo"}), CALL, say("Sunny"))
    await agent.run("Weather?")
    assert tree(spans) == [
        "helper [agent]",
        "  chat gpt-4o-mini [llm]",
        "  execute_tool weather [tool] pydantic_ai.ModelRetry",
        "  chat gpt-4o-mini [llm]",
        "  execute_tool weather [tool] pydantic_ai.ToolRetryError",
        "  chat gpt-4o-mini [llm]",
        "  execute_tool weather [tool]",
        "  chat gpt-4o-mini [llm]",
    ]
    assert next(span for span in spans.all() if "tool" in span.name).error == "which Oslo?"


class City(BaseModel):
    name: str


async def test_an_output_that_is_refused_is_asked_for_again(
    fake: FakeProvider, model: OpenAIChatModel, spans: Capture
) -> None:
    agent: Agent[None, City] = Agent(model, name="helper", output_type=City)

    @agent.output_validator
    def real(found: City) -> City:
        if found.name != "Oslo":
            raise ModelRetry("no such city")
        return found

    fake.script(tool_call("final_result", {"name": "Osla"}), tool_call("final_result", {"name": "Oslo"}))
    assert (await agent.run("Which city?")).output == City(name="Oslo")
    assert tree(spans) == ["helper [agent]", "  chat gpt-4o-mini [llm]", "  chat gpt-4o-mini [llm]"]
    assert named(spans)["helper"].json("limelight.output") == {"name": "Oslo"}


async def test_a_tool_that_fails_fails_the_run(fake: FakeProvider, model: OpenAIChatModel, spans: Capture) -> None:
    agent: Agent[None, str] = Agent(model, name="helper")
    error = LookupError("no such city")

    @agent.tool_plain
    def weather(city: str) -> str:
        """Fail."""
        raise error

    fake.script(CALL)
    with pytest.raises(LookupError) as caught:
        await agent.run("Weather?")
    assert caught.value is error
    assert tree(spans) == [
        "helper [agent] LookupError",
        "  chat gpt-4o-mini [llm]",
        "  execute_tool weather [tool] LookupError",
    ]


async def test_a_refused_model_call_is_told_by_the_client_alone(
    fake: FakeProvider, model: OpenAIChatModel, spans: Capture
) -> None:
    fake.script(fail(401))
    with pytest.raises(Exception, match="401") as caught:
        await helper(model).run("Hello")
    assert tree(spans) == [
        f"helper [agent] pydantic_ai.{type(caught.value).__name__}",
        "  chat gpt-4o-mini [llm] openai.AuthenticationError",
    ]


async def test_a_run_that_is_called_off_is_no_error(fake: FakeProvider, model: OpenAIChatModel, spans: Capture) -> None:
    begun = asyncio.Event()
    agent: Agent[None, str] = Agent(model, name="helper")

    @agent.tool_plain
    async def wait() -> str:
        """Wait."""
        begun.set()
        await asyncio.sleep(30)
        return "done"

    fake.script(tool_call("wait", {}))
    task = asyncio.create_task(agent.run("Wait"))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: len(spans.all()) == 3)
    assert tree(spans) == [
        "helper [agent] cancelled",
        "  chat gpt-4o-mini [llm]",
        "  execute_tool wait [tool] cancelled",
    ]


async def test_a_stream_that_is_left_is_one_call(fake: FakeProvider, model: OpenAIChatModel, spans: Capture) -> None:
    fake.script(say("one two three four five six") + slow(gap_s=0.02))
    async with helper(model).run_stream("Count") as result:
        async for _ in result.stream_text(debounce_by=None):
            break
    assert sorted(span.name for span in spans.all()) == ["chat gpt-4o-mini", "helper"]


async def test_runs_at_the_same_time_keep_to_themselves(
    fake: FakeProvider, model: OpenAIChatModel, spans: Capture
) -> None:
    both: list[Agent[None, str]] = [Agent(model, name=name) for name in ("one", "two")]
    with spans.span("request"):
        await asyncio.gather(*(agent.run(agent.name or "") for agent in both))
    found = tree(spans)
    assert found[0] == "request [chain]"
    assert len(found) == 5
    for agent in both:
        assert found[found.index(f"  {agent.name} [agent]") + 1] == "    chat gpt-4o-mini [llm]"


@pytest.mark.parametrize("how", ["run", "run_stream", "iter"])
async def test_a_model_that_no_client_is_seen_calling_is_told_by_the_framework(spans: Capture, how: str) -> None:
    await run(how, helper(TestModel(custom_output_text="Hi")), "Weather?", model_settings={"temperature": 0.5})
    assert tree(spans) == [line.format("test") for line in HELPER]
    first = next(span for span in spans.all() if "chat" in span.name)
    assert first.attributes["gen_ai.usage.input_tokens"] > 0
    assert first.attributes["gen_ai.request.temperature"] == 0.5
    assert first.json("gen_ai.system_instructions") == [{"type": "text", "content": "Be kind"}]
    assert first.json("gen_ai.input.messages") == [{"role": "user", "parts": [{"type": "text", "content": "Weather?"}]}]
    assert first.json("gen_ai.output.messages")[0]["parts"][0]["name"] == "weather"
    assert first.json("gen_ai.tool.definitions")[0]["name"] == "weather"


async def test_a_function_as_a_model_may_call_a_client(
    fake: FakeProvider, openai: OpenAIProvider, spans: Capture
) -> None:
    async def think(messages: Any, info: Any) -> ModelResponse:
        answer = await openai.client.chat.completions.create(
            model="gpt-4o-mini", messages=[{"role": "user", "content": "Hello"}]
        )
        return ModelResponse(parts=[TextPart(answer.choices[0].message.content or "")])

    await Agent(FunctionModel(think), name="helper").run("Hello")
    assert tree(spans) == ["helper [agent]", "  chat gpt-4o-mini [llm]"]


async def test_without_our_openai_the_framework_tells_of_its_calls(
    fake: FakeProvider, model: OpenAIChatModel, traced: Callable[..., Capture]
) -> None:
    spans = traced("pydantic_ai")
    fake.script(CALL, say("It is sunny"))
    await helper(model).run("Weather in Oslo?")
    assert tree(spans) == GPT
    last = [span for span in spans.all() if "chat" in span.name][-1]
    assert last.attributes["gen_ai.response.id"]
    assert last.attributes["gen_ai.provider.name"] == "openai"
    assert [each["role"] for each in last.json("gen_ai.input.messages")] == ["user", "assistant", "tool"]


@pytest.fixture
def theirs() -> Iterator[InMemorySpanExporter]:
    """Their own instrumentation, for all agents."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    Agent.instrument_all(InstrumentationSettings(tracer_provider=provider))
    yield exporter
    Agent.instrument_all(False)


def parents(exporter: InMemorySpanExporter) -> dict[str, str | None]:
    spans = exporter.get_finished_spans()
    known = {span.context.span_id: span.name for span in spans}
    return {span.name: known.get(span.parent.span_id) if span.parent else None for span in spans}


@pytest.mark.case(25)
@pytest.mark.parametrize("how", ["run", "run_stream", "iter"])
async def test_beside_their_own_instrumentation_each_side_tells_of_a_call_once(
    fake: FakeProvider, model: OpenAIChatModel, theirs: InMemorySpanExporter, traced: Callable[..., Capture], how: str
) -> None:
    fake.script(CALL, say("It is sunny"))
    await run(how, helper(model), "Weather in Oslo?")
    alone = parents(theirs)
    theirs.clear()
    spans = traced()
    fake.script(CALL, say("It is sunny"))
    await run(how, helper(model), "Weather in Oslo?")
    assert tree(spans) == GPT
    assert parents(theirs) == alone
    assert len(alone) >= 3


async def test_switched_off_the_framework_is_as_it_was(
    fake: FakeProvider, model: OpenAIChatModel, spans: Capture
) -> None:
    assert "limelight" in Agent.iter.__code__.co_filename
    spans.uninstrument()
    assert "limelight" not in Agent.iter.__code__.co_filename
    await helper(model).run("Hello")
    assert spans.all() == []


async def test_left_out_it_is_left_alone(
    fake: FakeProvider, model: OpenAIChatModel, traced: Callable[..., Capture]
) -> None:
    spans = traced(exclude=["pydantic_ai"])
    await helper(model).run("Hello")
    assert tree(spans) == ["chat gpt-4o-mini [llm]"]


def test_a_framework_that_has_changed_is_left_alone_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "switches", lambda: [switch("pydantic_ai")])
    assert [found.state for found in doctor.libraries()] == ["good"]
    monkeypatch.delattr("pydantic_ai.agent.Agent.iter")
    monkeypatch.delattr("pydantic_ai.tool_manager.ToolManager.execute_tool_call")
    monkeypatch.delattr("pydantic_ai._agent_graph.model_request")
    monkeypatch.delattr("pydantic_ai._agent_graph.model_request_stream")
    (found,) = doctor.libraries()
    assert found.state == "bad"
    assert "pydantic_ai" in found.text
