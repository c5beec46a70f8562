"""Count lines, and let pylint look for copies."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "limelight"
PROVIDERS, CODECS = PACKAGE / "providers", PACKAGE / "core" / "wire"
SIMILAR_LINES = 6
BUDGET_LINES = 150


@dataclass(frozen=True, slots=True)
class Size:
    """One file of `providers/`."""

    name: str
    lines: int
    libraries: tuple[str, ...]
    """Requirements of the integrations it declares; none for what several providers share."""
    operations: int
    methods: int
    codecs: tuple[str, ...]
    """Modules of `core/wire` that it names."""
    codec_lines: int


@dataclass(frozen=True, slots=True)
class Found:
    sizes: tuple[Size, ...]
    copies: tuple[str, ...]
    """What pylint says of each piece of code that stands twice."""


def run() -> Found:
    return Found(tuple(sizes()), tuple(copies(PROVIDERS, CODECS)))


def sizes() -> Iterator[Size]:
    from limelight.providers import integrations

    known = list(integrations())
    for path in sorted(PROVIDERS.glob("*.py")):
        if path.name == "__init__.py":
            continue
        own = [one for one in known if _declared_in(path, one.name)]
        codecs = tuple(sorted(set(_codecs(path))))
        yield Size(
            path.stem,
            _lines(path),
            tuple(one.package for one in own),
            sum(len(one.operations) for one in own),
            sum(len(operation.targets) for one in own for operation in one.operations),
            codecs,
            sum(_lines(CODECS / f"{name}.py") for name in codecs),
        )


def copies(*folders: Path) -> Iterator[str]:
    """Each piece of at least six lines that stands in two files."""
    options = [f"--min-similarity-lines={SIMILAR_LINES}", "--ignore-imports=y"]
    command = [sys.executable, "-m", "pylint", "--disable=all", "--enable=duplicate-code", *options]
    told = subprocess.run(
        [*command, "--output-format=json", *map(str, folders)], cwd=ROOT, capture_output=True, text=True
    )
    if told.returncode & 32:  # pylint's own word for «I was called wrongly»
        raise RuntimeError(told.stderr)
    for message in json.loads(told.stdout):
        yield str(message["message"])


def _declared_in(path: Path, name: str) -> bool:
    """Does this file hold the `Integration` of that name?"""
    calls = [node for node in ast.walk(_parsed(path)) if isinstance(node, ast.Call)]
    return any(
        isinstance(call.func, ast.Name)
        and call.func.id == "Integration"
        and any(
            one.arg == "name" and isinstance(one.value, ast.Constant) and one.value.value == name
            for one in call.keywords
        )
        for call in calls
    )


def _codecs(path: Path) -> Iterator[str]:
    """By name, those of the modules that it shares with other providers among them."""
    for node in ast.walk(_parsed(path)):
        if isinstance(node, ast.ImportFrom) and node.module == "limelight.core.wire":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "limelight.providers":
            for alias in node.names:
                yield from _codecs(PROVIDERS / f"{alias.name}.py")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("limelight.core.wire."):
            yield str(node.module).rpartition(".")[2]


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def too_long(found: Sequence[Size]) -> dict[str, int]:
    return {size.name: size.lines for size in found if size.lines > BUDGET_LINES}
