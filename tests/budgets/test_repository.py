"""Rules about the repository as a whole: what is committed, pinned and promised."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

# Spelled in halves, so that this file does not break its own rule.
REGISTRIES = re.compile(
    "|".join(("pypi" + r"\.org", "python" + "hosted", "npm" + r"js\.", "deb" + r"\.debian", "crates" + r"\.io"))
)
PIN = re.compile(
    r"[a-z0-9._-]+==[0-9][0-9a-z.+!]*( ; python_version (>=|<) '3\.\d+'( and python_version < '3\.\d+')?)?"
)
FRAGMENT = re.compile(r"(\d+|\+[\w.-]+)\.(added|changed|dialect|deprecated|fixed|security)(\.\d+)?\.md")


def text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "ignore")


def test_no_committed_file_names_a_package_registry(committed: list[Path], root: Path) -> None:
    assert [str(path.relative_to(root)) for path in committed if REGISTRIES.search(text(path))] == []


def test_no_committed_file_is_large(committed: list[Path], root: Path) -> None:
    assert {str(path.relative_to(root)) for path in committed if path.stat().st_size > 2_000_000} == set()


def test_constraints_hold_versions_and_nothing_else(root: Path) -> None:
    rows = [row for row in text(root / "constraints.txt").splitlines() if not row.startswith("#")]
    assert rows
    assert [row for row in rows if not PIN.fullmatch(row)] == []


def test_constraints_pin_everything_pyproject_asks_for(root: Path) -> None:
    pinned = {row.partition("==")[0].replace("_", "-") for row in text(root / "constraints.txt").splitlines()}
    asked = set(
        re.findall(
            r'^ *"?([a-z][a-z0-9.-]+)>=[\d.]+', text(root / "pyproject.toml").replace('= ["', '\n"'), re.MULTILINE
        )
    )
    assert asked >= {"openai", "wrapt", "pytest"}
    assert asked - pinned - {"hatchling"} == set()


def test_the_oldest_clients_are_the_lower_bounds(root: Path) -> None:
    """What `make test-oldest` installs is what pyproject promises, for everything both name."""
    bounds = dict(re.findall(r'"([a-z][a-z0-9-]+)>=([\d.]+)', text(root / "pyproject.toml")))
    oldest = dict(re.findall(r"^([a-z0-9-]+)==([\d.]+)", text(root / "tests/clients/oldest.txt"), re.MULTILINE))
    shared = bounds.keys() & oldest.keys()
    assert shared >= {"openai", "anthropic", "opentelemetry-api", "opentelemetry-sdk", "wrapt"}
    assert {name: oldest[name] for name in shared if not (oldest[name] + ".").startswith(bounds[name] + ".")} == {}


def test_changelog_fragments_are_named_after_issue_and_kind(root: Path) -> None:
    names = [path.name for path in (root / "changelog.d").iterdir() if path.name != ".gitignore"]
    assert [name for name in names if not FRAGMENT.fullmatch(name)] == []


def test_make_explains_every_target(root: Path) -> None:
    phony = set(re.findall(r"^\.PHONY: (\S+)", text(root / "Makefile"), re.MULTILINE))
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=root, check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    assert set(re.findall(r"^ *make (\S+)", shown, re.MULTILINE)) == phony


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs"])
def test_every_make_target_that_a_page_names_exists(page: str, root: Path) -> None:
    phony = set(re.findall(r"^\.PHONY: (\S+)", text(root / "Makefile"), re.MULTILINE))
    pages = sorted((root / page).rglob("*.md")) if (root / page).is_dir() else [root / page]
    named = {name for path in pages for name in re.findall(r"(?:`|^)make ([a-z0-9-]+)", text(path), re.MULTILINE)}
    assert named
    assert named - phony == set()


def test_every_relative_link_of_a_page_leads_somewhere(committed: list[Path], root: Path) -> None:
    broken = [
        f"{path.relative_to(root)}: {target}"
        for path in committed
        if path.suffix == ".md"
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text(path))
        if not (path.parent / target).exists()
    ]
    assert broken == []
