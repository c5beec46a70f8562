"""The layer contract catches what it is there to catch, and forgets no part of the package."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

# Parts that stand above the layers: they tie them together or hand them to the user.
ABOVE = {
    "__init__",
    "__main__",
    "anthropic",
    "cli",
    "demo",
    "exporters",
    "instrumentors",
    "launch",
    "middleware",
    "nlp",
    "openai",
    "pytest_plugin",
    "testing",
    "version",
}

CONFIG = """\
[tool.importlinter]
root_package = "sample"
include_external_packages = true
contract_types = ["only: tools.layers.OnlyContract"]

[[tool.importlinter.contracts]]
name = "inner"
type = "only"
layers = ["sample.inner"]
may_import = ["stdlib", "opentelemetry"]
but_not = ["threading", "opentelemetry.sdk"]
"""


def lint(folder: Path, root: Path, statement: str) -> subprocess.CompletedProcess[str]:
    """Check a two-module package whose inner module makes one import."""
    package = folder / "sample"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "outer.py").touch()
    (package / "inner.py").write_text(statement + "\n")
    (folder / "pyproject.toml").write_text(CONFIG)
    (folder / "tools").symlink_to(root / "tools")
    command = [Path(sys.executable).parent / "lint-imports", "--config", "pyproject.toml", "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.mark.parametrize("statement", ["import json", "from opentelemetry import trace", "from sample import inner"])
def test_a_layer_may_import_what_its_contract_lists(statement: str, tmp_path: Path, root: Path) -> None:
    found = lint(tmp_path, root, statement)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize(
    "statement",
    [
        "import sample.outer",
        "import threading",
        "import openai",
        "import opentelemetry.sdk.trace",
        "from opentelemetry.sdk.trace import TracerProvider",
        "from opentelemetry import sdk",
        "def late():\n    import threading",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import openai",
    ],
)
def test_a_layer_may_import_nothing_else(statement: str, tmp_path: Path, root: Path) -> None:
    found = lint(tmp_path, root, statement)
    assert found.returncode == 1
    assert "sample.inner:" in found.stdout, found.stdout + found.stderr


def test_every_part_of_the_package_has_a_layer_or_stands_above_them(root: Path) -> None:
    contracts = (root / "pyproject.toml").read_text()
    layers = set(re.findall(r'"limelight\.(\w+)"', "".join(re.findall(r"^layers = .*$", contracts, re.MULTILINE))))
    package = root / "src" / "limelight"
    parts = {path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert parts - layers - ABOVE == set()
