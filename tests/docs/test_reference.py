"""The tables of the documentation are what the code says."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from limelight.providers import integrations
from limelight.sdk.config import Config
from tools.reference import TABLES, renewed

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.name)
def test_tables_are_up_to_date(page: Path) -> None:
    """`make docs` renews them."""
    assert renewed(page.read_text(encoding="utf-8")) == page.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_table_has_rows_and_stands_on_some_page(name: str) -> None:
    assert TABLES[name]().count("\n") > 2
    assert any(f"<!-- generated: {name} -->" in page.read_text(encoding="utf-8") for page in DOCS.rglob("*.md"))


def test_every_setting_is_documented() -> None:
    page = (DOCS / "configuration.md").read_text(encoding="utf-8")
    assert [field.name for field in dataclasses.fields(Config) if f"| `{field.name}` |" not in page] == ["given"]


def test_every_method_that_is_traced_is_documented() -> None:
    page = (DOCS / "providers.md").read_text(encoding="utf-8")
    targets = [target for library in integrations() for each in library.operations for target in each.targets]
    assert targets
    assert [target for target in targets if target.partition(":")[2].removeprefix("Async") not in page] == []


def test_the_index_lists_every_page() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    assert [page.name for page in DOCS.glob("*.md") if page.name != "index.md" and f"({page.name})" not in index] == []
