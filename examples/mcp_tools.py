"""An agent whose tools live in another process: its own calls and what the MCP server does for them are one trace."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from mcp import ClientSession, StdioServerParameters, Tool
from mcp.client.stdio import stdio_client
from mcp.server.mcpserver import MCPServer  # `from mcp.server.fastmcp import FastMCP` in mcp 1
from openai import AsyncOpenAI

import limelight

limelight.init(service_name="mcp-example")


@limelight.trace
def look_up(city: str) -> str:
    return f"drizzle and 11 °C in {city}"


def serve() -> None:
    server = MCPServer("weather")

    @server.tool()
    def get_weather(city: str) -> str:
        """Current weather of a city"""
        return look_up(city)

    server.run()


def offered(tool: Tool) -> Any:
    about = {"name": tool.name, "description": tool.description, "parameters": tool.input_schema}
    return {"type": "function", "function": about}


@limelight.trace(name="weather agent", kind="agent")
async def run(question: str, session: ClientSession) -> str:
    client = AsyncOpenAI()
    tools = [offered(tool) for tool in (await session.list_tools()).tools]
    messages: list[Any] = [{"role": "user", "content": question}]
    while True:
        answer = await client.chat.completions.create(model="gpt-4o-mini", messages=messages, tools=tools)
        message = answer.choices[0].message
        if not message.tool_calls:
            return message.content or ""
        messages.append(message.model_dump(exclude_none=True))
        for call in message.tool_calls:
            if call.type != "function":
                continue
            result = await session.call_tool(call.function.name, json.loads(call.function.arguments))
            content: Any = result.content[0]
            messages.append({"role": "tool", "tool_call_id": call.id, "content": content.text})


async def main() -> None:
    server = StdioServerParameters(command=sys.executable, args=[__file__, "serve"], env=limelight_settings())
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        with limelight.context(user_id="ada", session_id="example-session"):
            print(await run("What is the weather in Paris?", session))


def limelight_settings() -> dict[str, str]:
    """An MCP server is started with few variables: hand on where spans go."""
    return {name: value for name, value in os.environ.items() if name.startswith(("LIMELIGHT_", "PYTHON"))}


if __name__ == "__main__":
    serve() if sys.argv[1:] == ["serve"] else asyncio.run(main())
