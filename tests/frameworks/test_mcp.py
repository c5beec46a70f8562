"""The Model Context Protocol: a call of a tool is told once, and what the server does for it is beneath."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import inspect
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import wrapt
from opentelemetry.context import get_current

import limelight
from limelight.engine import guard
from limelight.engine.observer import Told
from limelight.engine.span import enter, leave
from tests.frameworks.tree import tree

pytest.importorskip("mcp")

from mcp import ClientSession
from mcp.client.stdio import StdioServerParameters, stdio_client

from tests.frameworks.parlour import IS_FIRST, parlour

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from limelight.testing import Capture

pytestmark = pytest.mark.filterwarnings("ignore")
"""What the library warns of among its own packages, and of its own methods, is not ours to mend."""

PARLOUR = str(Path(__file__).with_name("parlour.py"))
SURROUNDINGS = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


@contextlib.asynccontextmanager
async def in_memory(spans: Capture, **settings: Any) -> AsyncIterator[Any]:
    """A client of a server in the same process, by streams."""
    server = parlour(spans.span)
    if IS_FIRST:
        from mcp.shared.memory import create_connected_server_and_client_session

        async with create_connected_server_and_client_session(server._mcp_server, **settings) as session:
            yield session
    else:
        from mcp.client.client import Client

        async with Client(server, mode="legacy", **settings) as client:
            yield client


@contextlib.asynccontextmanager
async def by_stdio() -> AsyncIterator[Any]:
    told = StdioServerParameters(command=sys.executable, args=[PARLOUR, "serve"], env=SURROUNDINGS)
    async with stdio_client(told) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        yield session


@pytest.fixture
def address(spans: Capture) -> Iterator[str]:
    """A server of its own, by HTTP."""
    import uvicorn

    with socket.create_server(("127.0.0.1", 0)) as listening:
        app = parlour(spans.span).streamable_http_app()
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
        server.should_exit = True
        thread.join()


@contextlib.asynccontextmanager
async def by_http(address: str) -> AsyncIterator[Any]:
    from mcp.client import streamable_http

    connect = getattr(streamable_http, "streamable_http_client", None) or streamable_http.streamablehttp_client
    async with connect(address) as (read, write, *_), ClientSession(read, write) as session:
        await session.initialize()
        yield session


CALL = ["request [chain]", "  tools/call add [tool]", "    tools/call add [task]", "      reckon [chain]"]


def within(lines: list[str]) -> list[str]:
    """Without what a client does to get acquainted."""
    return [line for line in lines if line.strip().split()[0] not in ("initialize", "tools/list", "server/discover")]


async def test_a_call_of_a_tool_is_told_by_who_calls_it(spans: Capture) -> None:
    async with in_memory(spans) as client:
        with spans.span("request"):
            result = await client.call_tool("add", {"a": 1, "b": 2})
    assert result.content[0].text == "3"
    assert within(tree(spans)) == CALL
    called = next(span for span in spans.all() if span.attributes["limelight.kind"] == "tool")
    said = called.attributes
    assert (said["mcp.method.name"], said["gen_ai.tool.name"]) == ("tools/call", "add")
    assert said["gen_ai.operation.name"] == "execute_tool"
    assert called.json("gen_ai.tool.call.arguments") == {"a": 1, "b": 2}
    assert called.json("gen_ai.tool.call.result") in ({"result": 3}, "3")
    served = next(span for span in spans.all() if span.is_child_of(called))
    assert "gen_ai.operation.name" not in served.attributes
    assert served.attributes["jsonrpc.request.id"] == said["jsonrpc.request.id"]


@pytest.mark.skipif(IS_FIRST, reason="came with mcp 2")
async def test_a_server_may_be_called_without_any_transport(spans: Capture) -> None:
    from mcp.client.client import Client

    async with Client(parlour(spans.span)) as client:
        with spans.span("request"):
            await client.call_tool("add", {"a": 1, "b": 2})
    assert within(tree(spans)) == CALL


async def test_what_else_is_asked_is_told_too(spans: Capture) -> None:
    async with in_memory(spans) as client:
        with spans.span("request"):
            await client.list_tools()
            await client.get_prompt("greeting", {"name": "Ann"})
            await client.read_resource("parlour://menu")
            await client.send_ping()
    assert tree(spans)[-6:] == [
        "request [chain]",
        "  tools/list [task]",
        "  prompts/get greeting [task]",
        "    prompts/get greeting [task]",
        "  resources/read [task]",
        "    resources/read [task]",
    ]
    found = {span.name: span for span in spans.all()}
    assert found["tools/list"].json("limelight.output") == ["add", "where", "broken", "slow", "ask"]
    assert found["prompts/get greeting"].attributes["gen_ai.prompt.name"] == "greeting"
    assert found["prompts/get greeting"].json("limelight.input") == {"name": "Ann"}
    assert found["resources/read"].attributes["mcp.resource.uri"] == "parlour://menu"


async def test_a_server_is_asked_for_what_its_client_says(spans: Capture) -> None:
    """By a process of its own: the trace and the user go with the request."""
    async with by_stdio() as session:
        with spans.span("request") as request, limelight.context(user_id="ann"):
            result = await session.call_tool("where", {})
    assert result.content[0].text == f"{request.trace_id:032x} ann"


async def test_by_http_too(spans: Capture, address: str) -> None:
    async with by_http(address) as session:
        with spans.span("request"), limelight.context(user_id="ann"):
            await session.call_tool("add", {"a": 1, "b": 2})
    assert within(tree(spans)) == CALL
    assert {span.attributes.get("user.id") for span in spans.all() if span.name != "initialize"} >= {"ann"}
    assert next(span for span in spans.all() if span.name == "reckon").attributes["user.id"] == "ann"


async def test_two_requests_at_once_are_two_trees(spans: Capture, address: str) -> None:
    async with by_http(address) as session:

        async def ask(word: str) -> None:
            with spans.span(word), limelight.context(user_id=word):
                await session.call_tool("add", {"a": 1, "b": 2})

        await asyncio.gather(ask("x"), ask("y"))
    found = within(tree(spans))
    assert sorted((found[:4], found[4:])) == [["x [chain]", *CALL[1:]], ["y [chain]", *CALL[1:]]]
    users = {span.span.context.trace_id: set() for span in spans.all()}  # type: ignore[var-annotated]
    for span in spans.all():
        if span.name == "reckon":
            users[span.span.context.trace_id].add(span.attributes["user.id"])
    assert sorted(map(tuple, filter(None, users.values()))) == [("x",), ("y",)]


def test_a_server_whose_client_says_nothing_tells_of_the_tool_itself(spans: Capture, address: str) -> None:
    ran = subprocess.run([sys.executable, PARLOUR, "call", address], env={**os.environ, **SURROUNDINGS}, timeout=50)
    assert ran.returncode == 0
    inside = ["tools/call add [tool]", "  reckon [chain]"]
    # The first generation works in the context in which the server was started.
    assert tree(spans) == (inside if IS_FIRST else ["POST /mcp [http]", *(f"  {line}" for line in inside)])


@contextlib.contextmanager
def told_by_a_framework(spans: Capture, name: str) -> Iterator[Told]:
    told = Told(spans.span("").sink, get_current(), f"execute_tool {name}", kind="tool", subject=name)
    before, entered = get_current(), enter(told)
    yield told
    leave(entered, before)
    told.finish("3")


@pytest.mark.case(28)
@pytest.mark.parametrize("name", ["add", "parlour_add", "parlour.add"])
async def test_a_call_that_a_framework_tells_of_is_no_second_tool(spans: Capture, name: str) -> None:
    """Case 28."""
    async with in_memory(spans) as client:
        with spans.span("request"), told_by_a_framework(spans, name):
            await client.call_tool("add", {"a": 1, "b": 2})
    assert within(tree(spans)) == [
        "request [chain]",
        f"  execute_tool {name} [tool]",
        "    tools/call add [task]",
        "      reckon [chain]",
    ]
    told = next(span for span in spans.all() if span.attributes["limelight.kind"] == "tool")
    assert told.attributes["mcp.method.name"] == "tools/call"


async def test_what_a_tool_calls_beside_is_a_tool_of_its_own(spans: Capture) -> None:
    async with in_memory(spans) as client:
        with told_by_a_framework(spans, "plan"):
            await client.call_tool("add", {"a": 1, "b": 2})
    assert within(tree(spans))[:2] == ["execute_tool plan [tool]", "  tools/call add [tool]"]


async def test_a_second_call_of_the_same_tool_is_told_beneath_the_first(spans: Capture) -> None:
    async with in_memory(spans) as client:
        with told_by_a_framework(spans, "add"):
            await client.call_tool("add", {"a": 1, "b": 2})
            await client.call_tool("add", {"a": 1, "b": 2})
    kinds = [span.attributes["limelight.kind"] for span in spans.all() if span.name == "tools/call add"]
    assert sorted(kinds) == ["task", "task", "tool"]


async def test_a_tool_that_says_it_failed_has_failed(spans: Capture) -> None:
    async with in_memory(spans) as client:
        await client.call_tool("broken", {})
    assert within(tree(spans)) == ["tools/call broken [tool] tool_error", "  tools/call broken [task] tool_error"]
    called = next(span for span in spans.all() if span.attributes["limelight.kind"] == "tool")
    assert "Error executing tool broken" in called.json("gen_ai.tool.call.result")


async def test_an_error_of_the_protocol_is_told_by_its_code(spans: Capture) -> None:
    async with in_memory(spans) as client:
        with pytest.raises(Exception, match=r"nothing|Internal") as raised:
            await client.get_prompt("nothing", {})
    assert type(raised.value).__name__.lower() == "mcperror"
    code = raised.value.error.code  # type: ignore[attr-defined]
    seen_by_the_server = str(code) if IS_FIRST else "ValueError"
    assert tree(spans)[-2:] == [
        f"prompts/get nothing [task] {code}",
        f"  prompts/get nothing [task] {seen_by_the_server}",
    ]
    assert str(code) in [span.attributes.get("rpc.response.status_code") for span in spans.all()]


async def test_a_client_that_loses_patience_has_failed(spans: Capture) -> None:
    limit: Any = datetime.timedelta(seconds=0.3) if IS_FIRST else 0.3
    async with in_memory(spans) as client:
        with pytest.raises(Exception, match=r"(?i)timed out"):
            await client.call_tool("slow", {}, read_timeout_seconds=limit)
    called = next(span for span in spans.all() if span.attributes["limelight.kind"] == "tool")
    assert called.attributes["limelight.outcome"] == "error"


async def test_a_call_that_is_called_off_is_no_error(spans: Capture) -> None:
    async with in_memory(spans) as client:
        task = asyncio.create_task(client.call_tool("slow", {}))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    lines = within(tree(spans))
    assert lines == ["tools/call slow [tool] cancelled", "  tools/call slow [task] cancelled"]


@pytest.mark.skipif("meta" not in inspect.signature(ClientSession.call_tool).parameters, reason="came with mcp 1.20")
async def test_what_the_sender_puts_beside_the_request_stays(spans: Capture) -> None:
    given = {"traceparent": "00-11111111111111111111111111111111-2222222222222222-01", "mine": "x"}
    async with in_memory(spans) as client:
        await client.call_tool("add", {"a": 1, "b": 2}, meta=given)
    reckoned = next(span for span in spans.all() if span.name == "reckon")
    assert f"{reckoned.span.context.trace_id:032x}" == "1" * 32
    assert given == {"traceparent": given["traceparent"], "mine": "x"}


async def test_only_the_context_is_added_to_what_is_sent(traced: Callable[..., Capture]) -> None:
    """P1: with and without us the messages are the same, but for `_meta`."""
    sent: list[list[Any]] = []
    for libraries in (["openai"], ["mcp"]):
        spans = traced(*libraries)
        async with in_memory(spans) as client:
            sent.append(noted := [])
            noting(client, noted)
            with limelight.context(user_id="ann"), spans.span("request"):
                await client.call_tool("add", {"a": 1, "b": 2})
                await client.list_tools()
        spans.shutdown()
    assert all("traceparent" in message["params"]["_meta"] for message in sent[1])
    before, after = ([without_context(message) for message in messages] for messages in sent)
    assert after == before


def without_context(message: Any) -> Any:
    """The second generation sends it along by itself."""
    params = dict(message.pop("params", None) or {})
    meta = {key: value for key, value in params.pop("_meta", {}).items() if key not in ("traceparent", "baggage")}
    return {**message, "params": {**params, **({"_meta": meta} if meta else {})}}


def noting(client: Any, into: list[Any]) -> None:
    """Keep what the client writes into its transport."""
    owner = client if IS_FIRST else client.session._dispatcher
    owner._write_stream = Noting(owner._write_stream, into)


class Noting(wrapt.ObjectProxy):
    def __init__(self, stream: Any, into: list[Any]) -> None:
        super().__init__(stream)
        self._self_into = into

    async def send(self, message: Any) -> None:
        written = getattr(message.message, "root", message.message).model_dump(by_alias=True, exclude_none=True)
        if "method" in written and "id" in written:
            self._self_into.append(written)
        await self.__wrapped__.send(message)


async def test_content_is_left_out_where_it_is_not_wanted(traced: Callable[..., Capture]) -> None:
    spans = traced(capture_content=False)
    async with in_memory(spans) as client:
        await client.call_tool("add", {"a": 171, "b": 2})
        await client.call_tool("broken", {})
    assert "171" not in str([dict(span.attributes) for span in spans.all()])
    assert "no such thing" not in str([span.span for span in spans.all()])


@pytest.mark.case(57)
async def test_content_is_masked_like_all_else(traced: Callable[..., Capture]) -> None:
    """Case 57."""
    spans = traced(mask="secrets")
    async with in_memory(spans) as client:
        await client.get_prompt("greeting", {"name": KEY})
        with contextlib.suppress(Exception):
            await client.get_prompt(KEY, {})
    assert KEY not in str([span.span for span in spans.all()])


KEY = "sk-proj-" + "a1B2c3D4" * 6


async def test_what_a_server_asks_its_client_is_part_of_the_request(spans: Capture) -> None:
    from mcp import types

    async def answered(*_: Any) -> Any:
        with spans.span("model"):
            return types.CreateMessageResult(
                role="assistant", content=types.TextContent(type="text", text="hm"), model="m"
            )

    async with in_memory(spans, sampling_callback=answered) as client:
        with spans.span("request"):
            await client.call_tool("ask", {})
    assert within(tree(spans)) == [
        "request [chain]",
        "  tools/call ask [tool]",
        "    tools/call ask [task]",
        "      sampling/createMessage [task]",
        "        sampling/createMessage [task]",
        "          model [chain]",
    ]


async def test_left_alone_it_is_as_it_was(traced: Callable[..., Capture]) -> None:
    spans = traced("openai")
    async with in_memory(spans) as client:
        await client.call_tool("add", {"a": 1, "b": 2})
    assert within(tree(spans)) == ["reckon [chain]"]


async def test_our_own_mistake_is_not_the_callers(spans: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise RuntimeError("ours")

    before = dict(guard.errors)
    monkeypatch.setattr("limelight.frameworks.mcp.Message.__init__", fails)
    monkeypatch.setattr("limelight.frameworks.mcp._ours", guard.unfailing("looking for the MCP request around")(fails))
    async with in_memory(spans) as client:
        result = await client.call_tool("add", {"a": 1, "b": 2})
    assert result.content[0].text == "3"
    assert guard.errors["starting an MCP request"] > before.get("starting an MCP request", 0)
    guard.errors.clear()
    guard.errors.update(before)
