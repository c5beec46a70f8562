"""Claude with thinking, tools and a stream, through Anthropic's own stream helper."""

from __future__ import annotations

from typing import Any

from anthropic import Anthropic

import limelight

limelight.init(service_name="anthropic-example")
client = Anthropic()

MODEL = "claude-sonnet-4-6"
WEATHER: Any = {
    "name": "get_weather",
    "description": "Current weather of a city",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


@limelight.trace(kind="tool")
def get_weather(city: str) -> str:
    return f"drizzle and 11 °C in {city}"


messages: list[Any] = [
    {"role": "user", "content": "Do I need an umbrella today? I am in Paris, where the weather changes."}
]

with limelight.span("umbrella question", kind="workflow"):
    while True:
        with client.messages.stream(
            model=MODEL,
            max_tokens=2048,
            thinking={"type": "enabled", "budget_tokens": 1024},
            tools=[WEATHER],
            messages=messages,
        ) as stream:
            for text in stream.text_stream:
                print(text, end="", flush=True)
            turn = stream.get_final_message()
        calls = [block for block in turn.content if block.type == "tool_use"]
        if not calls:
            break
        messages.append({"role": "assistant", "content": turn.content})
        results = [
            {"type": "tool_result", "tool_use_id": call.id, "content": get_weather(str(call.input["city"]))}
            for call in calls
        ]
        messages.append({"role": "user", "content": results})
print()
