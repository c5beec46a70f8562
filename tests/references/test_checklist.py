"""The checklist is whole: no row is empty, and each names tests that there are."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tools.checklist import NOT_YET, OPEN, Row, _read, rows

ROOT = Path(__file__).parents[2]
PRODUCTS = {"Botanu", "Brokle", "llm-tracekit", "TraceLLM", "Tracium"}


def wrong(row: Row) -> bool:
    """Empty, or neither held by a test nor said to be open."""
    return not row.theirs or not row.ours or (not row.tests and not row.is_open)


def test_every_product_has_rows_and_none_of_them_is_empty() -> None:
    found = rows()
    assert {row.section.partition(":")[0] for row in found} == PRODUCTS
    assert len(found) > 150
    assert [row for row in found if wrong(row)] == []


def test_nothing_is_said_twice() -> None:
    said = [(row.section, row.theirs) for row in rows()]
    assert sorted(said) == sorted(set(said))


def test_only_javascript_is_open_until_there_is_some() -> None:
    assert [row for row in rows() if row.ours.startswith(OPEN) and "JavaScript" not in row.theirs] == []


def test_an_empty_row_would_be_found() -> None:
    empty, open_, held = _read(f"# A: b\nx | y | -\nx | {NOT_YET} | -\nx | y | a.py::test_b\n")
    assert (wrong(empty), wrong(open_), wrong(held)) == (True, False, False)


def named() -> list[str]:
    return sorted({f"tests/{test}" for row in rows() for test in row.tests})


def test_every_test_that_is_named_exists() -> None:
    missing = []
    for test in named():
        file, _, function = test.partition("::")
        found = ast.parse((ROOT / file).read_text(encoding="utf-8")).body if (ROOT / file).is_file() else []
        if not any(
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == function for node in found
        ):
            missing.append(test)
    assert missing == []


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_test_that_is_named_is_collected() -> None:
    files = sorted({test.partition("::")[0] for test in named()})
    listed = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", "", "-p", "no:cacheprovider", *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert listed.returncode == 0, listed.stdout[-3000:]
    collected = {line.partition("[")[0] for line in listed.stdout.splitlines()}
    assert [test for test in named() if test not in collected] == []


@pytest.mark.parametrize("name", sorted(PRODUCTS))
def test_every_product_is_on_the_page(name: str) -> None:
    assert f"## From {name}" in (ROOT / "docs/coming-from.md").read_text(encoding="utf-8")
