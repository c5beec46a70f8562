"""What `import limelight` brings along, asked of a fresh interpreter."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROBE = """
import json, sys
before = set(sys.modules)
{statement}
print(json.dumps(sorted(set(sys.modules) - before)))
"""
FOREIGN = {"anthropic", "httpx", "httpx2", "openai", "opentelemetry", "pydantic", "requests", "starlette", "uvicorn"}
CLIENTS = {"anthropic", "httpx", "httpx2", "openai", "pydantic", "requests", "starlette", "uvicorn"}


def imported(statement: str) -> list[str]:
    """The modules that a statement adds to an interpreter that has just started."""
    run = subprocess.run(
        [sys.executable, "-I", "-c", PROBE.format(statement=statement)], check=True, stdout=subprocess.PIPE, text=True
    )
    modules: list[str] = json.loads(run.stdout.splitlines()[-1])
    return modules


def roots(modules: list[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}


def test_import_brings_nothing_foreign() -> None:
    modules = imported("import limelight")
    assert roots(modules) & FOREIGN == set()
    assert "limelight" in modules


def test_import_stays_small() -> None:
    """A handful of modules: everything else loads when its name is first used."""
    assert len(imported("import limelight")) <= 10


@pytest.mark.parametrize(
    "statement",
    [
        "import limelight; limelight.Config",
        "import limelight; limelight.init(endpoint='http://127.0.0.1:9'); limelight.shutdown()",
    ],
)
def test_switching_on_loads_no_client_library_and_no_server(statement: str) -> None:
    modules = imported(statement)
    assert roots(modules) & CLIENTS == set()
    assert [module for module in modules if module.startswith("limelight.server")] == []


def test_the_command_answers_without_the_server() -> None:
    assert roots(imported("import limelight.cli")) & FOREIGN == set()
