"""Two agents of the OpenAI Agents SDK: one's tool asks the other, which looks up the weather."""

from __future__ import annotations

from agents import Agent, RunConfig, Runner, function_tool, set_trace_processors

import limelight

limelight.init(service_name="openai-agents-example")
set_trace_processors([])  # nothing goes to OpenAI's own tracing; without this line it goes there as well


@function_tool
def get_weather(city: str) -> str:
    """Current weather of a city"""
    return f"drizzle and 11 °C in {city}"


@function_tool
async def ask_forecaster(city: str) -> str:
    """The weather of a city, in a sentence"""
    return str((await Runner.run(forecaster, f"What is the weather in {city}?")).final_output)


forecaster = Agent(name="forecaster", instructions="Say what the tool says.", model="gpt-4o-mini", tools=[get_weather])
desk = Agent(name="desk", instructions="Ask the forecaster.", model="gpt-4o-mini", tools=[ask_forecaster])

about_the_run = RunConfig(workflow_name="weather desk", group_id="example-session")
print(Runner.run_sync(desk, "What is the weather in Paris?", run_config=about_the_run).final_output)
