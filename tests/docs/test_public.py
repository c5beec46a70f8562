"""Every public name says what it is, and stands in a block of the documentation that is run."""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from pathlib import Path

import pytest

from tests.docs.blocks import program
from tools.reference import _VALUES, PUBLIC

DOCS = Path(__file__).parents[2] / "docs"
MODULES = sorted(module for modules in PUBLIC.values() for module in modules)


def used() -> set[str]:
    """Every name in the code that `test_blocks.py` runs."""
    found: set[str] = set()
    for page in DOCS.rglob("*.md"):
        for node in ast.walk(ast.parse(program(page))):
            match node:
                case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                    found.add(name)
    return found


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_is_explained_and_shown(name: str) -> None:
    pytest.importorskip("openai")
    pytest.importorskip("anthropic")
    module, shown = import_module(name), used()
    assert module.__all__
    unexplained = [
        each for each in module.__all__ if each not in _VALUES and not (inspect.getdoc(getattr(module, each)) or "")
    ]
    assert (unexplained, [each for each in module.__all__ if each not in shown]) == ([], [])


def test_every_module_for_users_is_listed() -> None:
    package = Path(import_module("limelight").__file__ or "").parent
    own = {"cli", "demo", "launch", "pytest_plugin", "version"}
    """Commands and plugins: nobody imports from them."""
    offered = {f"limelight.{path.stem}" for path in package.glob("*.py") if path.stem not in {"__init__", *own}}
    assert offered - set(MODULES) == set()
