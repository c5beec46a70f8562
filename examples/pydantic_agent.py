"""An agent of Pydantic AI whose tool asks another agent: one tree, with both agents' calls where they belong."""

from __future__ import annotations

from pydantic_ai import Agent, RunContext

import limelight

limelight.init(service_name="pydantic-ai-example")

forecaster = Agent("openai-chat:gpt-4o-mini", name="forecaster", instructions="Say what the tool says.")
desk = Agent("openai-chat:gpt-4o-mini", name="desk", instructions="Ask the forecaster.")


@forecaster.tool_plain
def get_weather(city: str) -> str:
    """Current weather of a city"""
    return f"drizzle and 11 °C in {city}"


@desk.tool
async def ask_forecaster(context: RunContext[object], city: str) -> str:
    """The weather of a city, in a sentence"""
    return (await forecaster.run(f"What is the weather in {city}?", usage=context.usage)).output


with limelight.context(session_id="example-session"):
    print(desk.run_sync("What is the weather in Paris?").output)
