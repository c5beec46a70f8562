from __future__ import annotations

import collections
import dataclasses
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel

from limelight.core.wire import read


class Model(BaseModel, extra="allow"):
    size: int = 1


@dataclasses.dataclass
class Data:
    size: int = 1


class Slotted:
    """Says it has fields and has no place for them."""

    __slots__ = ()
    model_fields: ClassVar[dict[str, Any]] = {}


@pytest.mark.parametrize("value", [{"size": 1}, collections.ChainMap({"size": 1}), Model(), Data()])
def test_tables_models_and_dataclasses_are_tables(value: object) -> None:
    found = read.as_table(value)
    assert found is not None
    assert found["size"] == 1
    assert read.number(read.table({"it": value}, "it"), "size") == 1


def test_fields_that_a_model_did_not_declare_are_there() -> None:
    assert read.as_table(Model(colour="red")) == {"size": 1, "colour": "red"}


@pytest.mark.parametrize("value", [None, 3, "text", [1], object(), Model, dict])
def test_nothing_else_is_a_table(value: object) -> None:
    assert read.as_table(value) is None
    assert read.table({"it": value}, "it") == {}


def test_a_model_without_a_place_for_fields_is_empty() -> None:
    assert read.as_table(Slotted()) == {}


def test_only_tables_of_a_list_are_given() -> None:
    assert list(read.tables({"it": [{"a": 1}, 3, None, Model()]}, "it")) == [{"a": 1}, {"size": 1}]
    assert list(read.tables({"it": ({"a": 1},)}, "it")) == [{"a": 1}]
    assert list(read.tables({"it": {"a": 1}}, "it")) == []


@pytest.mark.parametrize(
    ("value", "count"), [(3, 3), (3.9, 3), (True, None), ("3", None), (float("nan"), None), (1e300, None), (None, None)]
)
def test_numbers_are_whole_and_finite(value: object, count: int | None) -> None:
    assert read.number({"n": value}, "n") == count


@pytest.mark.parametrize(
    ("value", "amount"), [(3, 3.0), (0.25, 0.25), (True, None), ("3", None), (float("inf"), None), (10**400, None)]
)
def test_amounts_are_finite(value: object, amount: float | None) -> None:
    assert read.amount({"n": value}, "n") == amount


def test_texts_are_texts() -> None:
    assert (read.text({"t": "a"}, "t"), read.text({"t": 3}, "t"), read.text({}, "t")) == ("a", "", "")
    assert (read.said({"t": "a"}, "t"), read.said({"t": ""}, "t")) == ("a", None)


def test_given_picks_what_was_set() -> None:
    class Omit: ...

    assert read.given({"a": 1, "b": None, "c": Omit(), "d": 4}, "a", "b", "c", ours="d") == {"a": 1, "ours": 4}


@pytest.mark.parametrize(
    ("raw", "value"),
    [('{"a": 1}', {"a": 1}), ("not json", "not json"), ("[" * 100_000, "[" * 100_000), ({"a": 1}, {"a": 1})],
)
def test_json_that_is_none_stays_text(raw: object, value: object) -> None:
    assert read.decoded(raw) == value
