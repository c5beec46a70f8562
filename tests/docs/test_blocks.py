"""What the documentation shows works as shown."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from limelight import cli
from tests.docs.blocks import blocks, program

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
WITH_PYTHON = [page for page in PAGES if any(block.language == "python" for block in blocks(page))]

RUN = "import sys; exec(compile(sys.stdin.read(), sys.argv[1], 'exec'), {'__name__': '__main__'})"


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", WITH_PYTHON, ids=name)
def test_the_python_of_a_page_runs(page: Path, surroundings: dict[str, str], tmp_path: Path) -> None:
    """All blocks of a page, one after the other, as a reader would paste them."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN, name(page)],
        input=program(page),
        env=surroundings,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_block_that_is_not_run_says_why(page: Path) -> None:
    unsaid = [
        block.line
        for block in blocks(page)
        if block.language == "python" and block.flags and not re.fullmatch(r"no-run: .{10,}", block.flags)
    ]
    assert unsaid == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_fence_names_its_language(page: Path) -> None:
    assert [block.line for block in blocks(page) if not block.language] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_of_ours_parses(page: Path) -> None:
    """`limelight …` in a shell block is a command that exists, with options that exist."""
    refused = [shlex.join(line) for line in commands(page) if not parses(line[1:])]
    assert refused == []


def parses(words: list[str]) -> bool:
    try:
        cli.parser().parse_args(words)
    except SystemExit as end:
        return end.code == 0
    return True


def commands(page: Path) -> list[list[str]]:
    lines = [shlex.split(row, comments=True) for b in blocks(page) if b.language == "sh" for row in b.text.splitlines()]
    return [line for line in lines if line and line[0] == "limelight"]
