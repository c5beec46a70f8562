"""Anything at all becomes JSON-like data: bounded, without a raise, without being used up."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import io
import json
import pathlib
import threading
import uuid
from collections import OrderedDict, UserDict, deque, namedtuple
from collections.abc import Mapping

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limelight.core.plain import CUT, MAX_CHARS, MAX_DEPTH, MAX_ITEMS, plain

Point = namedtuple("Point", "x y")  # noqa: PYI024 - the untyped kind is meant


class Colour(enum.Enum):
    RED = "red"
    BLUE = (0, 0, 255)
    DEEP = float("inf")


class Shouting(str):
    __slots__ = ()

    def __str__(self):
        raise RuntimeError


class Model(pydantic.BaseModel):
    model_config = {"extra": "allow"}
    name: str
    inner: list[int] = []


@dataclasses.dataclass
class Pair:
    left: object
    right: object


class NotGiven:
    """Named as an SDK names it."""


class Array:
    """As numpy's: has a shape and a type, and is as long as you like."""

    def __init__(self, shape, item=None):
        self.shape, self.dtype, self._item = shape, "float32", item

    def __str__(self):
        raise AssertionError("must not be written out")

    def item(self):
        return self._item


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (2.5, 2.5),
        ("text", "text"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (2**5_000, "<int of 5001 bits>"),
        (Shouting("hi"), "hi"),
        (Colour.RED, "red"),
        (Colour.BLUE, "BLUE"),
        (Colour.DEEP, "inf"),
        (b"abc", "<3 bytes>"),
        (bytearray(2), "<2 bytes>"),
        (memoryview(b"abcd"), "<4 bytes>"),
        (dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.timezone.utc), "2026-01-02T03:04:05+00:00"),
        (dt.date(2026, 1, 2), "2026-01-02"),
        (dt.time(3, 4), "03:04:00"),
        (dt.timedelta(seconds=90), "0:01:30"),
        (decimal.Decimal("1.10"), "1.10"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (pathlib.PurePosixPath("/a/b"), "/a/b"),
        (range(3), "range(0, 3)"),
        (NotGiven(), None),
        ([1, (2, 3), {4}], [1, [2, 3], [4]]),
        (frozenset("a"), ["a"]),
        (deque([1]), [1]),
        (Point(1, 2), [1, 2]),
        ({"a": {1: None}, "gone": NotGiven()}, {"a": {"1": None}}),
        (OrderedDict(a=1), {"a": 1}),
        (UserDict(a=1), {"a": 1}),
        (Pair(1, [Pair(2, 3)]), {"left": 1, "right": [{"left": 2, "right": 3}]}),
        (Model(name="n", other=1), {"name": "n", "inner": [], "other": 1}),
        (Pair, "<class Pair>"),
        (Array((2, 3)), "<Array (2, 3) float32>"),
        (Array((), 1.5), 1.5),
        (Array((), True), True),
        (io.StringIO("x"), "<StringIO>"),
    ],
)
def test_each_kind_of_value_has_its_plain_form(value, expected):
    found = plain(value)
    assert found == expected
    assert type(found) is type(expected)
    json.dumps(found, allow_nan=False)


@pytest.mark.case(42)
def test_a_pydantic_class_is_shown_as_its_schema():
    assert plain({"response_format": Model})["response_format"]["properties"]["name"]["type"] == "string"


def test_a_lock_or_any_object_is_shown_as_it_calls_itself():
    assert plain({"lock": threading.Lock()})["lock"].startswith("<unlocked _thread.lock")
    assert len(plain(type("Long", (), {"__str__": lambda self: "x" * 10**6})())) == MAX_CHARS


def test_generators_and_iterators_are_not_used_up():
    async def later():
        yield 1

    numbers, pending = iter([1, 2, 3]), later()
    assert plain([numbers, (n for n in "ab"), pending]) == ["<list_iterator>", "<generator>", "<async_generator>"]
    assert list(numbers) == [1, 2, 3]


@pytest.mark.case(54)
def test_a_cycle_is_named_and_a_value_that_comes_twice_is_shown_twice():
    ring: list[object] = [1]
    ring.append({"again": ring})
    assert plain(ring) == [1, {"again": "<cycle>"}]
    shared = {"a": 1}
    assert plain([shared, shared]) == [{"a": 1}, {"a": 1}]


@pytest.mark.case(54)
def test_depth_is_bounded():
    deep: list[object] = []
    for _ in range(10_000):
        deep = [deep]
    assert json.dumps(plain(deep)).count("[") == MAX_DEPTH + 1
    assert CUT in json.dumps(plain(deep), ensure_ascii=False)


def count(value: object) -> int:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(count, items))


@pytest.mark.case(54)
@pytest.mark.parametrize(
    "value",
    [
        list(range(10**6)),
        dict.fromkeys(range(10**6)),
        [list(range(MAX_ITEMS - 5))] * 40,
        [[0] * 300 for _ in range(10_000)],
        {"a": [{"b": list(range(10**5))}] * 10},
    ],
)
def test_the_number_of_items_is_bounded_over_the_whole_value_and_says_so(value):
    found = plain(value)
    assert count(found) <= MAX_ITEMS + MAX_DEPTH
    assert CUT in json.dumps(found, ensure_ascii=False)


def test_a_value_of_just_the_allowed_size_is_whole():
    assert plain(list(range(MAX_ITEMS))) == list(range(MAX_ITEMS))


class Endless(Mapping):
    def __getitem__(self, key):
        return key

    def __len__(self):
        return 3

    def __iter__(self):
        number = 0
        while True:
            yield (number := number + 1)


@pytest.mark.case(54)
def test_a_mapping_that_lies_about_its_length_ends():
    assert count(plain(Endless())) <= MAX_ITEMS + 2


def fail(*args):
    raise OSError("no")


BROKEN = {
    "str": type("BadStr", (), {"__str__": fail}),
    "property": type("BadProperty", (), {"__pydantic_fields__": {}, "__dict__": property(fail)}),
    "getattr": type("BadGetattr", (), {"__getattr__": fail}),
    "items": type("BadItems", (dict,), {"items": fail}),
    "iter": type("BadIter", (list,), {"__iter__": fail}),
    "class": type("BadClass", (), {"__class__": property(fail)}),
    "shape": type("BadItem", (), {"shape": (), "dtype": "x", "item": fail}),
}


@pytest.mark.case(54, 80)
@pytest.mark.parametrize("kind", BROKEN.values(), ids=BROKEN)
def test_what_fails_names_itself_and_spoils_nothing_else(kind):
    found = plain({"before": 1, "broken": kind(), "after": [2]})
    assert found == {"before": 1, "broken": f"<{kind.__name__}: OSError>", "after": [2]}


def test_a_key_that_fails_costs_its_table_only():
    assert plain([{BROKEN["str"](): 1}, 2]) == ["<dict: OSError>", 2]


def test_what_is_no_exception_passes():
    def stop(self):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plain([type("Stop", (), {"__str__": stop})()])


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
)


@given(_JSON)
def test_plain_data_is_not_changed(value):
    assert plain(value) == value
