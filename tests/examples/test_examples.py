"""Every example runs as its reader would run it, and leaves a trace."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.examples.received import attributes, tree

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path.name for path in (ROOT / "examples").glob("*.py"))
SAID = {
    "agent.py": "drizzle and 11 °C in Paris",
    "anthropic_tools.py": "drizzle and 11 °C in Paris",
    "crewai_crew.py": "drizzle and 11 °C in",
    "django_app.py": "you asked “Tell me of trains”",
    "flask_app.py": "you asked “Tell me of trains”",
    "langgraph_agent.py": "drizzle and 11 °C in Paris",
    "llamaindex_agent.py": "drizzle and 11 °C in Paris",
    "mcp_tools.py": "drizzle and 11 °C in Paris",
    "metrics.py": "limelight.client.attempts: 2 {attempt}",
    "openai_agents_sdk.py": "drizzle and 11 °C in Paris",
    "pydantic_agent.py": "drizzle and 11 °C in Paris",
    "quickstart.py": "Why is the sky blue?",
    "streaming.py": "afraid of the dark",
}
LOUD = {"crewai_crew.py"}
"""Where the framework says something by itself."""
QUIET = {"CREWAI_DISABLE_TELEMETRY": "true", "CREWAI_TRACING_ENABLED": "false"}
NEEDS = {
    "crewai_crew.py": "crewai",
    "llamaindex_agent.py": "llama_index.llms.openai",
    "mcp_tools.py": "mcp.server.mcpserver",
}
"""Modules that not every environment has: `make test-frameworks` is where they are."""
TREES = {
    "django_app.py": ["GET /tell/<str:subject> [http]", "  chat gpt-4o-mini [llm]"],
    "flask_app.py": ["GET /tell/<subject> [http]", "  chat gpt-4o-mini [llm]"],
    "langgraph_agent.py": [
        "forecaster [agent]",
        "  model [chain]",
        "    chat gpt-4o-mini [llm]",
        "  tools [chain]",
        "    execute_tool get_weather [tool]",
        "  model [chain]",
        "    chat gpt-4o-mini [llm]",
    ],
    "crewai_crew.py": [
        "weather desk [workflow]",
        "  task look [task]",
        "    forecaster [agent]",
        "      chat gpt-4o-mini [llm]",
        "      execute_tool get_weather [tool]",
        "      chat gpt-4o-mini [llm]",
        "  task write [task]",
        "    writer [agent]",
        "      chat gpt-4o-mini [llm]",
    ],
    "llamaindex_agent.py": [
        "embeddings text-embedding-ada-002 [embedding]",
        "traveller [agent]",
        "  init_run [chain]",
        "  setup_agent [chain]",
        "  run_agent_step [chain]",
        "    chat gpt-4o-mini [llm]",
        "  parse_agent_output [chain]",
        "  call_tool [chain]",
        "    execute_tool get_weather [tool]",
        "  aggregate_tool_results [chain]",
        "  setup_agent [chain]",
        "  run_agent_step [chain]",
        "    chat gpt-4o-mini [llm]",
        "  parse_agent_output [chain]",
        "RetrieverQueryEngine.aquery [chain]",
        "  retrieval VectorIndexRetriever [retrieval]",
        "    embeddings text-embedding-ada-002 [embedding]",
        "  CompactAndRefine.asynthesize [chain]",
        "    chat gpt-4o-mini [llm]",
    ],
    "mcp_tools.py": [
        "initialize [task]",
        "weather agent [agent]",
        "  tools/list [task]",
        "  chat gpt-4o-mini [llm]",
        "  tools/call get_weather [tool]",
        "    tools/call get_weather [task]",
        "      look_up [chain]",
        "  chat gpt-4o-mini [llm]",
    ],
    "openai_agents_sdk.py": [
        "weather desk [workflow]",
        "  desk [agent]",
        "    chat gpt-4o-mini [llm]",
        "    execute_tool ask_forecaster [tool]",
        "      forecaster [agent]",
        "        chat gpt-4o-mini [llm]",
        "        execute_tool get_weather [tool]",
        "        chat gpt-4o-mini [llm]",
        "    chat gpt-4o-mini [llm]",
    ],
    "pydantic_agent.py": [
        "desk [agent]",
        "  chat gpt-4o-mini [llm]",
        "  execute_tool ask_forecaster [tool]",
        "    forecaster [agent]",
        "      chat gpt-4o-mini [llm]",
        "      execute_tool get_weather [tool]",
        "      chat gpt-4o-mini [llm]",
        "  chat gpt-4o-mini [llm]",
    ],
}
"""What is received of an example, where a framework takes part in it."""

_WEATHER = {
    "gen_ai.conversation.id": "example-session",
    "gen_ai.tool.call.arguments": '{"city":"Paris"}',
    "gen_ai.tool.call.result": '"drizzle and 11 °C in Paris"',
    "gen_ai.tool.name": "get_weather",
}
_MESSAGE = {**_WEATHER, "gen_ai.tool.call.result": '{"role":"tool","content":"drizzle and 11 °C in Paris"}'}
_DESK = {"gen_ai.agent.name": "desk", "limelight.input": '"What is the weather in Paris?"'}
_CALL = {"gen_ai.conversation.id": "example-session", "gen_ai.provider.name": "openai"}
SAYING = {
    name: {"execute_tool get_weather": _WEATHER, "desk": _DESK, "chat gpt-4o-mini": _CALL}
    for name in ("openai_agents_sdk.py", "pydantic_agent.py")
} | {"langgraph_agent.py": {"execute_tool get_weather": _MESSAGE, "chat gpt-4o-mini": _CALL}}
"""What some of these spans say."""


class Receiver(BaseHTTPRequestHandler):
    received: list[bytes]

    def do_POST(self) -> None:
        self.received.append(self.rfile.read(int(self.headers["content-length"])))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def endpoint() -> Iterator[str]:
    Receiver.received = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def test_every_example_is_known() -> None:
    assert set(EXAMPLES) == set(SAID)
    listed = re.findall(r"^\| `(\w+\.py)` ", (ROOT / "examples" / "README.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(listed) == EXAMPLES


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_runs_and_is_traced(name: str, endpoint: str) -> None:
    if name in NEEDS and not is_there(NEEDS[name]):
        pytest.skip(f"{NEEDS[name]} is not installed")
    command = [sys.executable, "-m", "limelight.testing.fake", sys.executable, f"examples/{name}"]
    surroundings = {**os.environ, **QUIET, "LIMELIGHT_ENDPOINT": endpoint, "PYTHONIOENCODING": "utf-8"}
    ran = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, encoding="utf-8", timeout=50)
    assert ran.returncode == 0, ran.stderr
    assert SAID[name] in ran.stdout
    assert ran.stderr == "" or name in LOUD
    assert Receiver.received
    if name in TREES:
        assert tree(Receiver.received) == TREES[name]
    said = attributes(Receiver.received)
    for span, about in SAYING.get(name, {}).items():
        assert {key: said[span].get(key) for key in about} == about
