"""An agent of LangGraph with a tool: its nodes are steps, and each model call stands in the node that made it."""

from __future__ import annotations

from langchain.agents import create_agent
from langchain_openai import ChatOpenAI

import limelight

limelight.init(service_name="langgraph-example")


def get_weather(city: str) -> str:
    """Current weather of a city"""
    return f"drizzle and 11 °C in {city}"


agent = create_agent(ChatOpenAI(model="gpt-4o-mini"), [get_weather], name="forecaster")
found = agent.invoke(
    {"messages": [{"role": "user", "content": "What is the weather in Paris?"}]},
    {"configurable": {"thread_id": "example-session"}},
)
print(found["messages"][-1].content)
