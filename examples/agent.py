"""An agent in thirty lines: its steps and tools become a tree, with the model calls where they belong."""

from __future__ import annotations

import json
from typing import Any

from openai import OpenAI

import limelight

limelight.init(service_name="agent-example")
client = OpenAI()


@limelight.trace(kind="tool")
def get_weather(city: str) -> str:
    return f"drizzle and 11 °C in {city}"


WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Current weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def run(question: str) -> str:
    messages: list[Any] = [{"role": "user", "content": question}]
    with limelight.span("weather agent", kind="agent") as agent:
        agent.record_input(question)
        while True:
            message = (
                client.chat.completions.create(model="gpt-4o-mini", messages=messages, tools=[WEATHER])
                .choices[0]
                .message
            )
            if not message.tool_calls:
                agent.record_output(message.content)
                return message.content or ""
            messages.append(message.model_dump(exclude_none=True))
            for call in message.tool_calls:
                if call.type != "function":
                    continue
                result = get_weather(**json.loads(call.function.arguments))
                messages.append({"role": "tool", "tool_call_id": call.id, "content": result})


with limelight.context(user_id="ada", session_id="example-session"):
    print(run("What is the weather in Paris?"))
