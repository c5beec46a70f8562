"""The OpenAI Agents SDK: one tree a run, each model call in it once, and nothing of theirs replaced."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.frameworks.loops import without_loop
from tests.frameworks.tree import tree

pytest.importorskip("agents")

import agents
from agents import Agent, OpenAIChatCompletionsModel, OpenAIResponsesModel, RunConfig, Runner, function_tool
from agents.tracing import TracingProcessor, custom_span, generation_span, get_trace_provider
from openai import AsyncOpenAI

from limelight.sdk import doctor
from limelight.sdk.switches import switch
from limelight.testing.fake import fail, say, slow, tool_call

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from limelight.testing import Capture, FakeProvider
    from limelight.testing.capture import Captured

pytestmark = pytest.mark.filterwarnings("ignore")
"""What the SDK warns of among its own packages is not ours to mend."""


@pytest.fixture(autouse=True)
def no_upload() -> None:
    agents.set_trace_processors([])


@pytest.fixture
async def client(fake: FakeProvider) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=fake.openai_url, api_key="x", max_retries=0) as client:
        yield client


@pytest.fixture
def model(client: AsyncOpenAI) -> OpenAIResponsesModel:
    return OpenAIResponsesModel("gpt-4o-mini", client)


@function_tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"sunny in {city}"


async def run(how: str, agent: Any, given: str, **options: Any) -> Any:
    if how == "run":
        return (await Runner.run(agent, given, **options)).final_output
    if how == "run_sync":
        return (
            await without_loop(lambda: Runner.run_sync(agent, given, **options), agent.model._client.close)
        ).final_output
    result = Runner.run_streamed(agent, given, **options)
    async for _ in result.stream_events():
        pass
    return result.final_output


def named(spans: Capture) -> dict[str, Captured]:
    return {span.name: span for span in spans.all()}


HELPER = [
    "flow [workflow]",
    "  helper [agent]",
    "    chat gpt-4o-mini [llm]",
    "    execute_tool weather [tool]",
    "    chat gpt-4o-mini [llm]",
]


@pytest.mark.parametrize("how", ["run", "run_sync", "run_streamed"])
@pytest.mark.parametrize("kind", [OpenAIResponsesModel, OpenAIChatCompletionsModel])
async def test_a_run_is_a_tree_however_it_is_made(
    fake: FakeProvider, client: AsyncOpenAI, spans: Capture, kind: Callable[..., Any], how: str
) -> None:
    agent = Agent("helper", instructions="Be kind", tools=[weather], model=kind("gpt-4o-mini", client))
    fake.script(tool_call("weather", {"city": "Oslo"}), say("It is sunny"))
    config = RunConfig(workflow_name="flow", group_id="g1", trace_metadata={"plan": "pro"})
    assert await run(how, agent, "Weather in Oslo?", run_config=config) == "It is sunny"
    assert tree(spans) == HELPER
    assert {span.attributes["gen_ai.conversation.id"] for span in spans.all()} == {"g1"}
    found = named(spans)
    tool, helper, flow = found["execute_tool weather"], found["helper"], found["flow"]
    assert tool.attributes["gen_ai.tool.name"] == "weather"
    assert tool.json("gen_ai.tool.call.arguments") == {"city": "Oslo"}
    assert tool.json("gen_ai.tool.call.result") == "sunny in Oslo"
    asked = next(span for span in spans.all() if "chat" in span.name).json("gen_ai.output.messages")[0]["parts"][0]
    assert tool.attributes["gen_ai.tool.call.id"] == asked["id"]
    assert helper.attributes["gen_ai.agent.name"] == "helper"
    assert helper.json("limelight.metadata") == {"tools": ["weather"], "output_type": "str"}
    assert flow.json("limelight.metadata") == {"plan": "pro"}
    for span in (helper, flow):
        assert (span.json("limelight.input"), span.json("limelight.output")) == ("Weather in Oslo?", "It is sunny")


@pytest.mark.parametrize("how", ["run", "run_streamed"])
async def test_a_handoff_leads_to_the_next_agent(
    fake: FakeProvider, model: OpenAIResponsesModel, spans: Capture, how: str
) -> None:
    billing: Any = Agent("billing", model=model)
    triage: Any = Agent("triage", handoffs=[billing], model=model)
    fake.script(tool_call("transfer_to_billing", {}), say("Paid"))
    assert await run(how, triage, "My bill?") == "Paid"
    assert tree(spans) == [
        "Agent workflow [workflow]",
        "  triage [agent]",
        "    chat gpt-4o-mini [llm]",
        "    handoff to billing [chain]",
        "  billing [agent]",
        "    chat gpt-4o-mini [llm]",
    ]
    found = named(spans)
    assert found["handoff to billing"].json("limelight.input") == {"from": "triage", "to": "billing"}
    assert found["triage"].json("limelight.metadata")["handoffs"] == ["billing"]
    assert found["Agent workflow"].json("limelight.output") == "Paid"


async def test_a_tripwire_fails_the_run_and_not_the_guardrail(
    fake: FakeProvider, model: OpenAIResponsesModel, spans: Capture
) -> None:
    @agents.input_guardrail(run_in_parallel=False)
    async def polite(context: Any, agent: Any, given: Any) -> agents.GuardrailFunctionOutput:
        with spans.span("look"):
            return agents.GuardrailFunctionOutput(output_info=None, tripwire_triggered="rude" in given)

    agent: Any = Agent("helper", input_guardrails=[polite], model=model)
    with pytest.raises(agents.InputGuardrailTripwireTriggered):
        await Runner.run(agent, "something rude")
    assert tree(spans) == [
        "Agent workflow [workflow] agents.InputGuardrailTripwireTriggered",
        "  helper [agent] agents.InputGuardrailTripwireTriggered",
        "    polite [guardrail]",
        "      look [chain]",
    ]
    assert named(spans)["polite"].json("limelight.output") == {"triggered": True}


async def test_a_tool_that_fails_is_an_error_of_the_tool(
    fake: FakeProvider, model: OpenAIResponsesModel, spans: Capture
) -> None:
    """The SDK tells the model, and goes on."""

    @function_tool
    def broken(city: str) -> str:
        """Fail."""
        raise LookupError("no such city")

    fake.script(tool_call("broken", {"city": "Oslo"}), say("Sorry"))
    agent: Any = Agent("helper", tools=[broken], model=model)
    await Runner.run(agent, "Weather?")
    assert tree(spans) == [
        "Agent workflow [workflow]",
        "  helper [agent]",
        "    chat gpt-4o-mini [llm]",
        "    execute_tool broken [tool] agents.SpanError",
        "    chat gpt-4o-mini [llm]",
    ]
    assert (named(spans)["execute_tool broken"].error or "").startswith("Error running tool")


@pytest.mark.parametrize("how", ["run", "run_streamed"])
async def test_a_run_that_takes_too_many_turns_has_failed(
    fake: FakeProvider, model: OpenAIResponsesModel, spans: Capture, how: str
) -> None:
    fake.script(tool_call("weather", {"city": "Oslo"}))
    with pytest.raises(agents.MaxTurnsExceeded):
        await run(how, Agent("helper", tools=[weather], model=model), "Weather?", max_turns=1)
    assert tree(spans) == [
        "Agent workflow [workflow] agents.MaxTurnsExceeded",
        "  helper [agent] agents.MaxTurnsExceeded",
        "    chat gpt-4o-mini [llm]",
        "    execute_tool weather [tool]",
    ]


@pytest.mark.parametrize("how", ["run", "run_streamed"])
async def test_a_run_that_a_handler_answers_for_has_not_failed(
    fake: FakeProvider, model: OpenAIResponsesModel, spans: Capture, how: str
) -> None:
    fake.script(tool_call("weather", {"city": "Oslo"}))
    handlers = {"max_turns": lambda about: "I give up"}
    agent = Agent("helper", tools=[weather], model=model)
    assert await run(how, agent, "Weather?", max_turns=1, error_handlers=handlers) == "I give up"
    assert tree(spans)[:2] == ["Agent workflow [workflow]", "  helper [agent] agents.MaxTurnsExceeded"]


async def test_a_refused_model_call_is_an_error_where_it_happened(
    fake: FakeProvider, model: OpenAIResponsesModel, spans: Capture
) -> None:
    fake.script(fail(401))
    with pytest.raises(Exception, match="401") as caught:
        await Runner.run(Agent("helper", model=model), "Hello")
    name = f"openai.{type(caught.value).__name__}"
    assert tree(spans) == [
        f"Agent workflow [workflow] {name}",
        f"  helper [agent] {name}",
        f"    chat gpt-4o-mini [llm] {name}",
    ]


async def test_a_run_that_is_called_off_is_no_error(
    fake: FakeProvider, model: OpenAIResponsesModel, spans: Capture
) -> None:
    begun = asyncio.Event()

    @function_tool
    async def wait() -> str:
        """Wait."""
        begun.set()
        await asyncio.sleep(30)
        return "done"

    fake.script(tool_call("wait", {}))
    agent: Any = Agent("helper", tools=[wait], model=model)
    task = asyncio.create_task(Runner.run(agent, "Wait"))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert tree(spans) == [
        "Agent workflow [workflow] cancelled",
        "  helper [agent] cancelled",
        "    chat gpt-4o-mini [llm]",
        "    execute_tool wait [tool] cancelled",
    ]


async def test_a_stream_that_is_left_ends_its_spans(
    fake: FakeProvider, model: OpenAIResponsesModel, spans: Capture
) -> None:
    fake.script(say("one two three four five six") + slow(gap_s=0.05))
    agent: Any = Agent("helper", model=model)
    result = Runner.run_streamed(agent, "Count")
    async for event in result.stream_events():
        if event.type == "raw_response_event":
            result.cancel()
    for _ in range(200):  # older versions call off the run without waiting for its end
        if len(spans.all()) == 3:
            break
        await asyncio.sleep(0.01)
    with spans.span("after"):
        pass
    assert sorted(span.name for span in spans.all()) == ["Agent workflow", "after", "chat gpt-4o-mini", "helper"]
    assert tree(spans)[-1] == "after [chain]"


async def test_runs_at_the_same_time_keep_to_themselves(
    fake: FakeProvider, model: OpenAIResponsesModel, spans: Capture
) -> None:
    both = [Agent("one", model=model), Agent("two", model=model)]
    with spans.span("request"):
        await asyncio.gather(*(Runner.run(agent, agent.name) for agent in both))
    found = tree(spans)
    assert found[0] == "request [chain]"
    assert len(found) == 7
    for agent in both:
        at = found.index(f"    {agent.name} [agent]")
        assert (found[at - 1], found[at + 1]) == ("  Agent workflow [workflow]", "      chat gpt-4o-mini [llm]")
        assert named(spans)[agent.name].json("limelight.input") == agent.name


async def test_an_agent_as_a_tool_is_a_branch_and_a_trace_of_the_users_holds_all_runs(
    fake: FakeProvider, model: OpenAIResponsesModel, spans: Capture
) -> None:
    poet: Any = Agent("poet", model=model)
    boss: Any = Agent("boss", tools=[poet.as_tool("write", "Write a poem")], model=model)
    fake.script(tool_call("write", {"input": "rain"}), say("Drip"), say("Here: Drip"))
    with agents.trace("day", group_id="g2"):
        with custom_span("breakfast", {"eggs": 2}), spans.span("mine"):
            pass
        await Runner.run(boss, "A poem")
        await Runner.run(poet, "Another")
    assert tree(spans) == [
        "day [workflow]",
        "  breakfast [chain]",
        "    mine [chain]",
        "  boss [agent]",
        "    chat gpt-4o-mini [llm]",
        "    execute_tool write [tool]",
        "      poet [agent]",
        "        chat gpt-4o-mini [llm]",
        "    chat gpt-4o-mini [llm]",
        "  poet [agent]",
        "    chat gpt-4o-mini [llm]",
    ]
    assert named(spans)["breakfast"].json("limelight.input") == {"eggs": 2}


async def test_tools_that_a_server_lists(fake: FakeProvider, model: OpenAIResponsesModel, spans: Capture) -> None:
    from mcp import types

    class Server(agents.mcp.MCPServer):
        name = "shop"

        async def connect(self) -> None:
            """Nothing to connect."""

        async def cleanup(self) -> None:
            """Nothing to clean up."""

        async def list_tools(self, *_: Any, **__: Any) -> Any:
            return [types.Tool.model_validate({"name": "price", "inputSchema": {"type": "object", "properties": {}}})]

        async def call_tool(self, *_: Any, **__: Any) -> Any:
            return types.CallToolResult(content=[types.TextContent(type="text", text="7 €")])

        async def list_prompts(self) -> Any:
            return types.ListPromptsResult(prompts=[])

        async def get_prompt(self, *_: Any, **__: Any) -> Any:
            raise NotImplementedError

    fake.script(tool_call("price", {}), say("It costs 7 €"))
    agent: Any = Agent("helper", mcp_servers=[Server()], model=model)
    await Runner.run(agent, "How much?")
    found = named(spans)
    assert found["list_tools shop"].json("limelight.output") == ["price"]
    assert "7 €" in str(found["execute_tool price"].json("gen_ai.tool.call.result"))


class Own(agents.Model):
    """A model whose calls no client of ours makes."""

    async def get_response(self, *args: Any, **kwargs: Any) -> agents.ModelResponse:
        from openai.types.responses import ResponseOutputMessage, ResponseOutputText

        with generation_span(model="own-1", model_config={"temperature": 0.5}) as span:
            span.span_data.input = [{"role": "user", "content": "Hello"}]
            span.span_data.output = [{"role": "assistant", "content": "Hi"}]
            span.span_data.usage = {"input_tokens": 9, "output_tokens": 4, "input_tokens_details": {"cached_tokens": 5}}
        words = ResponseOutputText(type="output_text", text="Hi", annotations=[])
        message = ResponseOutputMessage(id="m1", type="message", role="assistant", status="completed", content=[words])
        return agents.ModelResponse(output=[message], usage=agents.Usage(), response_id=None)

    def stream_response(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError


async def test_a_model_that_no_client_is_seen_calling_is_told_by_the_sdk(spans: Capture) -> None:
    await Runner.run(Agent("helper", model=Own()), "Hello")
    assert tree(spans) == ["Agent workflow [workflow]", "  helper [agent]", "    chat own-1 [llm]"]
    said = named(spans)["chat own-1"]
    assert said.attributes["gen_ai.usage.input_tokens"] == 9
    assert said.attributes["gen_ai.usage.cache_read.input_tokens"] == 5
    assert said.attributes["gen_ai.request.temperature"] == 0.5
    assert said.json("gen_ai.input.messages") == [{"role": "user", "parts": [{"type": "text", "content": "Hello"}]}]
    assert said.json("gen_ai.output.messages")[0]["parts"] == [{"type": "text", "content": "Hi"}]


@pytest.mark.parametrize("kind", [OpenAIResponsesModel, OpenAIChatCompletionsModel])
async def test_without_our_openai_the_sdk_tells_of_its_calls(
    fake: FakeProvider, client: AsyncOpenAI, traced: Callable[..., Capture], kind: Callable[..., Any]
) -> None:
    spans = traced("openai_agents")
    fake.script(say("It is sunny"))
    await Runner.run(Agent("helper", instructions="Be kind", model=kind("gpt-4o-mini", client)), "Weather?")
    call = next(span for span in spans.all() if span.attributes["limelight.kind"] == "llm")
    assert call.json("gen_ai.output.messages")[0]["parts"] == [{"type": "text", "content": "It is sunny"}]
    assert call.attributes["gen_ai.usage.input_tokens"] > 0
    assert "Weather?" in str(call.json("gen_ai.input.messages"))
    assert call.attributes["gen_ai.request.model"].startswith("gpt-4o-mini")


async def test_where_their_tracing_is_off_the_model_calls_are_there(
    fake: FakeProvider, model: OpenAIResponsesModel, spans: Capture
) -> None:
    agent: Any = Agent("helper", model=model)
    await Runner.run(agent, "Hello", run_config=RunConfig(tracing_disabled=True))
    agents.set_tracing_disabled(True)
    try:
        await Runner.run(agent, "Hello")
    finally:
        agents.set_tracing_disabled(False)
    assert tree(spans) == ["chat gpt-4o-mini [llm]"] * 2


class Theirs(TracingProcessor):
    def __init__(self) -> None:
        self.seen: list[str] = []

    def on_trace_start(self, trace: Any) -> None:
        self.seen.append(trace.name)

    def on_trace_end(self, trace: Any) -> None:
        """Seen."""

    def on_span_start(self, span: Any) -> None:
        """Seen."""

    def on_span_end(self, span: Any) -> None:
        self.seen.append(span.span_data.type)

    def shutdown(self) -> None:
        """Nothing to do."""

    def force_flush(self) -> None:
        """Nothing to do."""


async def test_processors_of_the_program_stay_whoever_comes_first(
    fake: FakeProvider, model: OpenAIResponsesModel, traced: Callable[..., Capture]
) -> None:
    before, after = Theirs(), Theirs()
    agents.set_trace_processors([before])
    spans = traced()
    agents.add_trace_processor(after)
    agent: Any = Agent("helper", model=model)
    await Runner.run(agent, "Hello")
    assert {"Agent workflow", "agent", "response"} <= set(before.seen)
    assert after.seen == before.seen
    agents.set_trace_processors([after])  # replaces what the program has put there, not us
    spans.clear()
    before.seen.clear()
    await Runner.run(agent, "Hello")
    assert tree(spans) == ["Agent workflow [workflow]", "  helper [agent]", "    chat gpt-4o-mini [llm]"]
    assert before.seen == []
    provider: Any = get_trace_provider()
    spans.uninstrument()
    assert provider._multi_processor._processors == (after,)
    assert "limelight" not in agents.tracing.get_trace_provider.__code__.co_filename
    spans.clear()
    await Runner.run(agent, "Hello")
    assert spans.all() == []


async def test_left_out_it_is_left_alone(
    fake: FakeProvider, model: OpenAIResponsesModel, traced: Callable[..., Capture]
) -> None:
    spans = traced(exclude=["openai_agents"])
    provider: Any = get_trace_provider()
    await Runner.run(Agent("helper", model=model), "Hello")
    assert provider._multi_processor._processors == ()
    assert tree(spans) == ["chat gpt-4o-mini [llm]"]


def test_an_sdk_that_has_changed_is_left_alone_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "switches", lambda: [switch("openai_agents")])
    monkeypatch.delattr("agents.tracing.setup.get_trace_provider")
    monkeypatch.delattr("agents.tracing.provider.DefaultTraceProvider.set_processors")
    (found,) = doctor.libraries()
    assert found.state == "bad"
    assert "agents.tracing.setup:get_trace_provider" in found.text


PROGRAM = """
import asyncio
{imports}

async def main():
    async with openai.AsyncOpenAI(base_url="{url}", api_key="x") as client:
        agents.set_default_openai_client(client, use_for_tracing=False)
        assert agents.tracing.setup.GLOBAL_TRACE_PROVIDER is None, "the upload was made before its time"
        (uploading,) = agents.tracing.get_trace_provider()._multi_processor._processors[:1]
        assert type(uploading).__name__ == "BatchTraceProcessor", uploading
        agents.set_trace_processors([])
        await agents.Runner.run(agents.Agent("helper", model="gpt-4o-mini"), "Hello")

asyncio.run(main())
answers = [span.attributes.get("gen_ai.response.id") for span in spans.all()]
print(len(answers), len([answer for answer in answers if answer]))
"""


@pytest.mark.case(27)
@pytest.mark.parametrize(
    "imports",
    [
        "from limelight.testing import capture\nspans = capture()\nimport openai, agents",
        "import openai\nfrom limelight.testing import capture\nspans = capture()\nimport agents",
        "import agents, openai\nfrom limelight.testing import capture\nspans = capture()",
    ],
    ids=["first", "between", "last"],
)
def test_one_call_is_billed_once_in_every_order_of_import(fake: FakeProvider, imports: str) -> None:
    program = PROGRAM.format(imports=imports, url=fake.openai_url)
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "LIMELIGHT_SPOOL": "off"},
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert ran.stdout.split() == ["3", "1"], ran.stderr
