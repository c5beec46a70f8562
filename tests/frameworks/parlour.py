"""An MCP server, written for either generation of the library."""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import anyio
from opentelemetry.trace import get_current_span

import limelight

if TYPE_CHECKING:
    from collections.abc import Callable

IS_FIRST = version("mcp").startswith("1.")
"""Is it the generation in which the server is called `FastMCP`?"""


def parlour(span: Callable[[str], Any] = limelight.span) -> Any:
    module, kind = ("mcp.server.fastmcp", "FastMCP") if IS_FIRST else ("mcp.server.mcpserver", "MCPServer")
    server = getattr(importlib.import_module(module), kind)("parlour")

    @server.tool()
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        with span("reckon"):
            return a + b

    @server.tool()
    def where() -> str:
        """Say in which trace this runs, and for whom."""
        with span("look"):
            from opentelemetry import baggage

            return f"{get_current_span().get_span_context().trace_id:032x} {baggage.get_baggage('limelight.user_id')}"

    @server.tool()
    def broken() -> str:
        """Fail."""
        raise LookupError("no such thing")

    @server.tool()
    async def slow() -> str:
        """Never come back."""
        await anyio.sleep_forever()
        return ""

    async def ask(context):  # type: ignore[no-untyped-def]  # the library reads annotations, where it is at hand
        """Ask the client's model."""
        from mcp import types

        said = types.SamplingMessage(role="user", content=types.TextContent(type="text", text="hm?"))
        await context.session.create_message([said], max_tokens=5, related_request_id=context.request_id)

    ask.__annotations__.update(context=importlib.import_module(module).Context)
    server.tool()(ask)

    @server.prompt()
    def greeting(name: str) -> str:
        """Greet somebody."""
        return f"Say hello to {name}"

    @server.resource("parlour://menu")
    def menu() -> str:
        """What there is."""
        return "tea"

    return server


async def call(address: str) -> None:
    """Have two numbers added by a server, as a client that nobody traces."""
    from mcp import ClientSession
    from mcp.client import streamable_http

    connect = getattr(streamable_http, "streamable_http_client", None) or streamable_http.streamablehttp_client
    async with connect(address) as (read, write, *_), ClientSession(read, write) as session:
        await session.initialize()
        await session.call_tool("add", {"a": 1, "b": 2})


if __name__ == "__main__":
    if sys.argv[1] == "call":
        anyio.run(call, sys.argv[2])
    else:
        limelight.init(endpoint="http://127.0.0.1:9", spool="off")
        parlour().run()
