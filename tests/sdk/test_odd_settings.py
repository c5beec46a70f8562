"""Whatever a setting is given, `init()` takes it or names it: nothing else is raised, and nothing later."""

from __future__ import annotations

import contextlib
import pathlib
from dataclasses import fields
from typing import Any

import pytest

from limelight import Config, ConfigError, Limelight

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 0.5, float("nan"), "", "x", "two\nlines", "\0", "é" * 300, "日本", b"x", [], ["x"], ("x",), [None],
    {}, {"a": 1}, {"a": "two\nlines"}, {1: 2}, {"a": "1"}, object(), pathlib.Path("x"), str, "http://[::1", "http://u:p@h:1/x?y#z",
)  # fmt: skip


@pytest.mark.parametrize("name", [each.name for each in fields(Config) if each.name != "given"])
def test_an_odd_value_is_taken_or_named(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    monkeypatch.chdir(tmp_path)
    for value in ODD:
        settings = {"spool": "off", "sample_rate": 0.0, name: value}
        with contextlib.suppress(ConfigError), Limelight(**settings) as one:
            with one.span("a step"):
                pass
            one.stats()


@pytest.mark.parametrize("name", ["api_key", "headers"])
def test_a_key_that_fits_in_no_header_is_told_of_but_not_shown(name: str) -> None:
    with pytest.raises(ConfigError, match="one line of printable characters") as caught:
        Config.load(**{name: "sk-secret\n" if name == "api_key" else {"x-key": "sk-secret\n"}})
    assert "sk-secret" not in str(caught.value)


def test_a_spool_is_a_path_of_any_kind(tmp_path: pathlib.Path) -> None:
    assert Config.load(spool=tmp_path).spool_folder == tmp_path
    assert Config.load(spool=False).spool_folder is None


def test_a_user_without_a_home_has_no_spool(monkeypatch: pytest.MonkeyPatch) -> None:
    pwd = pytest.importorskip("pwd")

    def nobody(uid: int) -> Any:
        raise KeyError(uid)

    for name in ("HOME", "XDG_STATE_HOME", "LIMELIGHT_SPOOL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert Config.load().spool_folder is None
    with Limelight() as one:
        assert one.stats().waiting_on_disk == 0
