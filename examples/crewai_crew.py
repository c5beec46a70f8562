"""CrewAI: a crew of two, where one looks at the sky and the other writes of it."""

from __future__ import annotations

from crewai import Agent, Crew, Task
from crewai.tools import tool

import limelight

limelight.init(service_name="crewai-example")


@tool("get_weather")
def get_weather(city: str) -> str:
    """Current weather of a city"""
    return f"drizzle and 11 °C in {city}"


forecaster = Agent(
    role="forecaster",
    goal="Tell the weather",
    backstory="Knows the sky.",
    tools=[get_weather],
    llm="openai/gpt-4o-mini",
)
writer = Agent(role="writer", goal="Write well", backstory="Knows words.", llm="openai/gpt-4o-mini")
look = Task(name="look", description="What is the weather in Paris?", expected_output="a sentence", agent=forecaster)
write = Task(name="write", description="Write a line about it", expected_output="a line", agent=writer, context=[look])

with limelight.context(user_id="ada", session_id="example-session"):
    crew = Crew(name="weather desk", agents=[forecaster, writer], tasks=[look, write])
    crew.kickoff()
    print(look.output)
