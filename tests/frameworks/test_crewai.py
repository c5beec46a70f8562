"""CrewAI: a crew is a tree of tasks, agents and tools, and a model's call stands in it once, whoever makes it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from limelight.engine import guard
from limelight.testing.fake import fail
from tests.frameworks.tree import tree

os.environ.update(CREWAI_DISABLE_TELEMETRY="true", CREWAI_TRACING_ENABLED="false", LITELLM_LOCAL_MODEL_COST_MAP="True")
pytest.importorskip("crewai", reason="stands beside no newer client: `make test-framework-crewai`")

from crewai import LLM, Agent, BaseLLM, Crew, Task
from crewai.events.event_bus import CrewAIEventsBus
from crewai.flow.flow import Flow, listen, start
from crewai.tools import tool

if TYPE_CHECKING:
    from collections.abc import Callable

    from limelight.testing import Capture, FakeProvider

pytestmark = pytest.mark.filterwarnings("ignore")


class House(BaseLLM):
    """A model that no client of ours makes calls for."""

    def call(self, messages: Any, tools: Any = None, *args: Any, from_agent: Any = None, **rest: Any) -> str:
        from crewai.events.types.llm_events import LLMCallType

        task = rest.get("from_task")
        self._emit_call_started_event(messages=messages, tools=tools, from_task=task, from_agent=from_agent)
        self._emit_call_completed_event(
            response="Final Answer: sunny",
            call_type=LLMCallType.LLM_CALL,
            messages=messages,
            from_task=task,
            from_agent=from_agent,
            usage={"prompt_tokens": 9, "completion_tokens": 4},
        )
        return "Final Answer: sunny"


@tool("get_weather")
def get_weather(city: str) -> str:
    """Current weather of a city"""
    return f"drizzle in {city}"


@tool("get_weather")
def no_weather(city: str) -> str:
    """Current weather of a city"""
    raise LookupError("no sky")


def crew(model: Any, *tools: Any) -> Crew:
    agent = Agent(role="forecaster", goal="Tell the weather", backstory="Knows the sky.", tools=list(tools), llm=model)
    task = Task(name="look", description="What is the weather in Paris?", expected_output="a sentence", agent=agent)
    return Crew(name="desk", agents=[agent], tasks=[task])


def gpt(fake: FakeProvider, **settings: Any) -> LLM:
    return LLM(model="openai/gpt-4o-mini", base_url=fake.openai_url, api_key="x", **settings)


TREE = [
    "desk [workflow]",
    "  task look [task]",
    "    forecaster [agent]",
    "      chat gpt-4o-mini [llm]",
    "      execute_tool get_weather [tool]",
    "      chat gpt-4o-mini [llm]",
]


@pytest.mark.case(26)
@pytest.mark.parametrize("settings", [{}, {"stream": True}, {"is_litellm": True}, {"is_litellm": True, "stream": True}])
def test_a_crew_is_one_tree_with_each_call_once(fake: FakeProvider, spans: Capture, settings: Any) -> None:
    """Case 26, with LiteLLM beneath and without."""
    answer = crew(gpt(fake, **settings), get_weather).kickoff()
    assert [line.replace("openai/", "") for line in tree(spans)] == TREE  # LiteLLM is asked for a vendor's model
    found = {span.name: span for span in spans.all()}
    assert found["execute_tool get_weather"].json("gen_ai.tool.call.arguments").keys() == {"city"}
    assert "drizzle in" in found["execute_tool get_weather"].json("gen_ai.tool.call.result")
    assert found["desk"].json("limelight.output") == answer.raw
    assert found["forecaster"].attributes["gen_ai.agent.name"] == "forecaster"
    assert found["task look"].json("limelight.input") == "What is the weather in Paris?"


async def test_asynchronously_too(fake: FakeProvider, spans: Capture) -> None:
    with spans.span("request"):
        await crew(gpt(fake), get_weather).akickoff()
        with spans.span("after"):
            pass
    assert tree(spans) == ["request [chain]", *(f"  {line}" for line in TREE), "  after [chain]"]


async def test_two_crews_at_once_are_two_trees(fake: FakeProvider, spans: Capture) -> None:
    await asyncio.gather(*(crew(gpt(fake), get_weather).kickoff_async() for _ in range(2)))
    assert tree(spans) == TREE * 2


def test_a_model_that_no_client_is_seen_calling_is_told_by_crewai(spans: Capture) -> None:
    crew(House(model="house-1")).kickoff()
    assert tree(spans) == [*TREE[:3], "      chat house-1 [llm]"]
    said = next(span for span in spans.all() if span.name == "chat house-1").attributes
    assert (said["gen_ai.usage.input_tokens"], said["gen_ai.usage.output_tokens"]) == (9, 4)
    assert "sunny" in said["gen_ai.output.messages"]
    assert "Paris" in said["gen_ai.input.messages"]


class Trip(Flow):  # type: ignore[type-arg]
    fails = False

    @start()
    def plan(self) -> str:
        if self.fails:
            raise LookupError("no map")
        return "Paris"

    @listen(plan)
    def look(self, city: str) -> str:
        return get_weather.run(city=city)


async def test_a_flow_is_a_tree_of_its_methods(spans: Capture) -> None:
    answer = await Trip().kickoff_async(inputs={"who": "ann"})
    assert answer == "drizzle in Paris"
    assert [line for line in tree(spans) if "[chain]" in line or "[workflow]" in line] == [
        "Trip [workflow]",
        "  plan [chain]",
        "  look [chain]",
    ]


async def test_a_failed_flow_says_so(spans: Capture) -> None:
    trip = Trip()
    trip.fails = True
    with pytest.raises(LookupError):
        await trip.kickoff_async()
    assert "  plan [chain] LookupError" in tree(spans)


def test_a_failed_tool_says_so(fake: FakeProvider, spans: Capture) -> None:
    crew(gpt(fake), no_weather).kickoff()
    failed = [line for line in tree(spans) if "get_weather" in line]
    assert failed
    assert all("[tool] LookupError" in line for line in failed)


def test_a_failed_call_fails_what_is_around(fake: FakeProvider, spans: Capture) -> None:
    fake.script(*[fail(400)] * 4)
    with pytest.raises(Exception, match="400"):
        crew(gpt(fake), get_weather).kickoff()
    lines = tree(spans)
    assert lines[0].startswith("desk [workflow] ")
    assert any(line.startswith("      chat gpt-4o-mini [llm] openai.BadRequestError") for line in lines)
    with spans.span("after"):
        pass
    assert tree(spans)[-1] == "after [chain]"


class Slow(House):
    """A model that no client of ours is seen calling, and that answers when it is let."""

    begun: ClassVar = threading.Event()
    let: ClassVar = threading.Event()

    def call(self, messages: Any, *args: Any, from_agent: Any = None, **rest: Any) -> str:
        self._emit_call_started_event(messages=messages, from_task=rest.get("from_task"), from_agent=from_agent)
        self.begun.set()
        self.let.wait(30)
        return "Final Answer: sunny"


async def test_a_crew_that_is_called_off_ends_its_spans(spans: Capture) -> None:
    with spans.span("request"):
        running = asyncio.create_task(crew(Slow(model="house-1")).akickoff())
        assert await asyncio.to_thread(Slow.begun.wait, 10)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        with spans.span("after"):
            pass
    Slow.let.set()
    called_off = [f"  {line} cancelled" for line in [*TREE[:3], "      chat house-1 [llm]"]]
    assert tree(spans) == ["request [chain]", *called_off, "  after [chain]"]


def test_a_crew_that_is_interrupted_ends_its_spans(spans: Capture) -> None:
    class Interrupted(House):
        def call(self, messages: Any, *args: Any, **rest: Any) -> str:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        crew(Interrupted(model="house-1")).kickoff()
    assert [line.partition("]")[0] for line in tree(spans)] == [line.partition("]")[0] for line in TREE[:3]]
    with spans.span("after"):
        pass
    assert tree(spans)[-1] == "after [chain]"


def test_content_is_left_out_where_it_is_not_wanted(traced: Callable[..., Capture]) -> None:
    spans = traced(capture_content=False)
    crew(House(model="house-1")).kickoff()
    assert not any(word in str([dict(span.attributes) for span in spans.all()]) for word in ("Paris", "sunny"))


def test_left_alone_it_is_as_it_was(fake: FakeProvider, traced: Callable[..., Capture]) -> None:
    before = vars(CrewAIEventsBus).copy()
    traced("crewai").shutdown()
    assert vars(CrewAIEventsBus).copy() == before
    spans = traced("openai")
    crew(gpt(fake), get_weather).kickoff()
    assert {span.attributes["limelight.kind"] for span in spans.all()} == {"llm"}


def test_our_own_mistake_is_not_the_callers(
    fake: FakeProvider, spans: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> None:
        raise RuntimeError("ours")

    before = dict(guard.errors)
    monkeypatch.setattr("limelight.frameworks.crewai._told", fails)
    monkeypatch.setattr("limelight.frameworks.crewai._asked", fails)
    assert "drizzle" in crew(gpt(fake), get_weather).kickoff().raw
    assert guard.errors.pop("hearing an event of CrewAI") > 0
    assert dict(guard.errors) == before


def test_it_may_be_imported_later() -> None:
    program = (
        "from limelight.testing import capture\n"
        "spans = capture(mask=None)\n"
        "from tests.frameworks.test_crewai import House, crew\n"
        "crew(House(model='house-1')).kickoff()\n"
        "assert len(spans.all()) == 4, spans.all()\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=50)
