"""What the type checkers hold true is true: the program that they check in `make check` runs, and is traced."""

from __future__ import annotations

import importlib.resources
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "public.py"


def test_the_package_says_that_it_is_typed() -> None:
    assert importlib.resources.files("limelight").joinpath("py.typed").is_file()


@pytest.mark.case(55)
def test_the_typed_program_runs() -> None:
    for module in ("openai", "anthropic"):
        pytest.importorskip(module)
    ran = subprocess.run([sys.executable, "-W", "error", PROGRAM], capture_output=True, text=True, timeout=50)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert int(ran.stdout) == 4
