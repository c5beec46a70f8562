"""What is shipped is whole: a release without the dashboard cannot be made."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PAGE = "limelight/server/static/index.html"


@pytest.fixture
def tree(tmp_path: Path, root: Path) -> Path:
    """What a build needs of the repository, without the dashboard."""
    copy = tmp_path / "tree"
    unbuilt = shutil.ignore_patterns("__pycache__", "static")
    for name in ("src", "tools"):
        shutil.copytree(root / name, copy / name, ignore=unbuilt)
    for name in ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"):
        shutil.copy(root / name, copy)
    return copy


def build(tree: Path, kind: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "build", "--no-isolation", f"--{kind}", "--outdir", "dist", "."]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True)


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_a_build_without_the_dashboard_says_what_is_missing(kind: str, tree: Path) -> None:
    built = build(tree, kind)
    assert built.returncode != 0
    assert "run `make ui` first" in built.stdout + built.stderr


def test_a_wheel_holds_the_dashboard_and_the_data_of_the_package(tree: Path, root: Path) -> None:
    page = tree / "src" / PAGE
    page.parent.mkdir(parents=True)
    page.write_text("<!doctype html>")
    built = build(tree, "wheel")
    assert built.returncode == 0, built.stdout + built.stderr
    names = set(zipfile.ZipFile(next((tree / "dist").glob("*.whl"))).namelist())
    shipped = {
        path.relative_to(tree / "src").as_posix()
        for path in (tree / "src" / "limelight").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert PAGE in shipped
    assert shipped - names == set()
