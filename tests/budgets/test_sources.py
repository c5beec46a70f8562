"""Rules about the package's text that no linter knows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.providers.run import BUDGET_LINES, CODECS, PROVIDERS, copies

FILE_LINES = 400
FUNCTION_LINES = 40
EVASIVE = {"utils", "util", "helpers", "helper", "common", "base", "manager", "handler", "processor", "misc"}


def relative(path: Path, root: Path) -> str:
    return path.relative_to(root / "src" / "limelight").as_posix()


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def test_files_stay_short(sources: list[Path], root: Path) -> None:
    assert {relative(path, root): lines(path) for path in sources if lines(path) > FILE_LINES} == {}


def test_a_provider_is_a_short_file(sources: list[Path], root: Path) -> None:
    providers = [path for path in sources if path.parent.name == "providers"]
    assert providers
    assert {path.name: lines(path) for path in providers if lines(path) > BUDGET_LINES} == {}


def test_functions_fit_on_a_screen(sources: list[Path], root: Path) -> None:
    long = {
        f"{relative(path, root)}:{node.name}": length
        for path in sources
        for node in functions(path)
        if (length := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES
    }
    assert long == {}


def test_no_module_has_an_evasive_name(sources: list[Path], root: Path) -> None:
    assert [relative(path, root) for path in sources if path.stem.strip("_") in EVASIVE] == []


def test_attribute_keys_are_written_in_the_dialects_only(sources: list[Path], root: Path) -> None:
    astray = [
        f"{relative(path, root)}:{node.lineno} {node.value}"
        for path in sources
        if not relative(path, root).startswith("core/dialects/")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("gen_ai.")
    ]
    assert astray == []


def test_providers_hold_no_machinery(sources: list[Path], root: Path) -> None:
    """A provider is data and pure functions: no `try`, no `async`, no `hasattr`."""
    found = [
        f"{path.name}:{node.lineno} {type(node).__name__}"
        for path in sources
        if path.parent.name == "providers" and path.name != "__init__.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.Try, ast.AsyncFunctionDef, ast.Await))
        or (isinstance(node, ast.Name) and node.id in {"hasattr", "setattr"})
    ]
    assert found == []


@pytest.mark.timeout(120)
def test_providers_do_not_repeat_each_other() -> None:
    """Nor do their codecs: what two of them need has a name of its own."""
    assert list(copies(PROVIDERS, CODECS)) == []
