"""What the package imports is what pyproject.toml declares, in the place where a user gets it."""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from importlib.metadata import packages_distributions, requires
from pathlib import Path

# The standard library of a newer Python than the one that runs this.
LATER = {"compression"}

UNNAMED = {"httptools", "uvloop"}  # uvicorn picks them up by itself

PROVIDES = {
    "backports-zstd": "backports.zstd",
    "opentelemetry-api": "opentelemetry.trace",
    "opentelemetry-proto": "opentelemetry.proto",
    "opentelemetry-sdk": "opentelemetry.sdk",
    "protobuf": "google.protobuf",
}

SERVER = ("server/", "demo")
VENDORS = {"openai.py": "openai", "anthropic.py": "anthropic"}
HOSTS = {
    "frameworks/_langchain_handler.py": {"langchain-core"},
    "pytest_plugin.py": {"pytest"},
    "sdk/console_view.py": {"rich"},
}
"""Who loads these files has these distributions: it is they who ask for it."""


def imported(path: Path) -> Iterator[str]:
    """The full names that a file imports when it runs, wherever in it."""
    return names(ast.parse(path.read_text(encoding="utf-8")))


def names(tree: ast.AST) -> Iterator[str]:
    """Below a node; what only a type checker sees is left out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for other in node.orelse:
                yield from names(other)
        else:
            yield from names(node)


def foreign(path: Path) -> set[str]:
    roots = {name.partition(".")[0] for name in imported(path)}
    return {root for root in roots if root not in sys.stdlib_module_names} - {"limelight"} - LATER


def declared() -> dict[str, set[str]]:
    """extra -> distributions; the empty extra is what everybody gets."""
    found: dict[str, set[str]] = defaultdict(set)
    for requirement in requires("limelight") or ():
        name = re.split(r"[^A-Za-z0-9._-]", requirement)[0]
        extra = re.search(r"extra == ['\"](\w+)", requirement)
        found[extra[1] if extra else ""].add(normal(name))
    return found


def available(part: str) -> set[str]:
    """What is there for certain when this file of the package is imported."""
    wanted = declared()
    extra = "server" if part.startswith(SERVER) else VENDORS.get(part, "")
    clients = {"openai", "anthropic", "pydantic"} if part.startswith("demo") else set()  # they bring pydantic
    return wanted[""] | wanted[extra] | clients | HOSTS.get(part, set())


def test_every_import_is_declared(sources: list[Path], root: Path) -> None:
    distributions = packages_distributions()
    undeclared = {}
    for path in sources:
        part = path.relative_to(root / "src" / "limelight").as_posix()
        for name in foreign(path):
            # `google` and `opentelemetry` are shared by many distributions: one declared is enough here.
            if not {normal(found) for found in distributions.get(name, [])} & available(part):
                undeclared[part] = name
    assert undeclared == {}


def test_everything_declared_is_used(sources: list[Path]) -> None:
    modules = {name for path in sources for name in imported(path)}
    wanted = (declared()[""] | declared()["server"]) - UNNAMED
    unused = {name for name in wanted if not any(begins(module, PROVIDES.get(name, name)) for module in modules)}
    assert unused == set()


def begins(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def normal(name: str) -> str:
    """A distribution's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()
