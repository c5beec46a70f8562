"""The user's own price list as a setting: a mapping, a path, or a variable; a mistake is told at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from limelight import ConfigError
from limelight.testing import Capture

if TYPE_CHECKING:
    from pathlib import Path

    from limelight.core.pricing import PriceList

OWN = {"prices": {"openai": {"gpt-4o": {"input": 1, "output": 2}}}, "name": "our contract"}


def prices(**settings: Any) -> PriceList:
    with Capture(**settings) as capture:
        found = capture.pipeline.policy.prices
        assert found is not None
        return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "prices.json"
    path.write_text(json.dumps(OWN))
    return path


def test_a_mapping_a_path_and_its_name_are_the_same_list(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMELIGHT_PRICES", str(file))
    for found in (prices(), prices(prices=OWN), prices(prices=file), prices(prices=str(file))):
        assert found.find("openai", "gpt-4o") is not None
        assert found.source == "our contract"


def test_a_list_that_cannot_be_read_is_a_mistake_of_the_settings(file: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"`prices` cannot be used: .*nowhere\.json"):
        Capture(prices=str(tmp_path / "nowhere.json"))
    file.write_text('{"prices": 3}')
    with pytest.raises(ConfigError, match="`prices` must be an object of providers, got 3"):
        Capture(prices=str(file))
