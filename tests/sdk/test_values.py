"""Whatever goes into a traced function and comes out of it: recorded, bounded, and handed on as it is."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import decimal
import io
import json
import threading
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from typing import Any

import pydantic
import pytest

from limelight.core.plain import CUT, MAX_ITEMS
from limelight.testing import Capture

numpy = pytest.importorskip("numpy")
GIGABYTE = 125_000_000
"""Pointers."""


class Vast(Sequence[int]):
    """As long as a list of a gigabyte, and as small as itself."""

    read = 0

    def __len__(self) -> int:
        return GIGABYTE

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            raise MemoryError
        Vast.read += 1
        return place


class Row(pydantic.BaseModel):
    name: str
    at: dt.datetime


@dataclasses.dataclass
class Point:
    x: float
    of: Any = None


class Rude:
    def __repr__(self) -> str:
        raise OSError("no")

    __str__ = __repr__


def ring() -> list[Any]:
    made: list[Any] = [1]
    made.append(made)
    return made


RING = ring()
NOW = dt.datetime(2026, 11, 21, tzinfo=dt.timezone.utc)
VALUES: dict[str, tuple[Any, Any]] = {
    "datetime": (NOW, "2026-11-21T00:00:00+00:00"),
    "decimal": (decimal.Decimal("1.50"), "1.50"),
    "set": ({1}, [1]),
    "bytes": (b"x" * 10, "<10 bytes>"),
    "numpy": (numpy.zeros((1000, 1000), dtype="float32"), "<ndarray (1000, 1000) float32>"),
    "number of numpy": (numpy.float64(1.5), 1.5),
    "pydantic": (Row(name="n", at=NOW), {"name": "n", "at": "2026-11-21T00:00:00+00:00"}),
    "dataclass": (Point(1.5, Point(2.0)), {"x": 1.5, "of": {"x": 2.0, "of": None}}),
    "cycle": (Point(1.0, RING), {"x": 1.0, "of": [1, "<cycle>"]}),
    "rude": (Rude(), "<Rude: OSError>"),
    "file": (io.BytesIO(b"x"), "<BytesIO>"),
}


@pytest.mark.case(54, 80)
@pytest.mark.parametrize(("value", "shown"), VALUES.values(), ids=VALUES)
async def test_anything_is_recorded_and_handed_on(spans: Capture, value: Any, shown: Any) -> None:
    @spans.trace
    def same(thing: Any) -> Any:
        return thing

    @spans.trace
    async def later(*, thing: Any) -> Any:
        await asyncio.sleep(0)
        return thing

    assert same(value) is value
    assert await later(thing=value) is value
    for span in spans.all():
        assert span.json("limelight.input") == {"thing": shown}
        assert span.json("limelight.output") == shown


@pytest.mark.case(54, 80)
def test_locks_and_strangers_say_what_they_are(spans: Capture) -> None:
    @spans.trace
    def same(*things: Any) -> Any:
        return things

    things = (threading.Lock(), threading, lambda: None, Row, NotImplemented, object())
    assert same(*things) == things
    shown = spans.one().json("limelight.input")["things"]
    assert len(shown) == len(things)
    assert "lock" in shown[0]


@pytest.mark.case(54)
def test_a_gigabyte_is_looked_into_as_far_as_it_is_shown(spans: Capture) -> None:
    @spans.trace
    def same(thing: Any) -> Any:
        return thing

    vast = Vast()
    assert same(vast) is vast
    assert same([vast])[0] is vast
    for span in spans.all():
        assert CUT in json.dumps(span.json("limelight.output"), ensure_ascii=False)
        assert len(span.attributes["limelight.output"]) < 10 * MAX_ITEMS
    assert 0 < Vast.read <= 4 * (MAX_ITEMS + 2)


@pytest.mark.case(54)
@pytest.mark.parametrize("made", [list, dict.fromkeys], ids=["list", "dict"])
def test_of_a_long_container_no_more_is_copied_than_is_shown(spans: Capture, made: Any) -> None:
    """On the caller's thread, and in memory."""
    long = made(range(2_000_000))

    @spans.trace(output=False)
    def length(thing: Any) -> int:
        return len(thing)

    tracemalloc.start()
    try:
        with spans.span("outer"):
            assert length(long) == 2_000_000
            copied = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert copied < 8 * 1_000_000  # one pointer for each item would be 16 million bytes
    assert CUT in json.dumps(spans.all()[0].json("limelight.input"), ensure_ascii=False)


@pytest.mark.case(54)
async def test_what_a_generator_yields_is_not_kept_for_ever(spans: Capture) -> None:
    @spans.trace
    def count(to: int) -> Iterator[int]:
        yield from range(to)

    @spans.trace
    async def count_later(to: int) -> Any:
        for each in range(to):
            yield each

    assert sum(1 for _ in count(MAX_ITEMS * 2)) == MAX_ITEMS * 2
    assert [each async for each in count_later(MAX_ITEMS + 10)][-1] == MAX_ITEMS + 9
    for span in spans.all():
        shown = span.json("limelight.output")
        assert len(shown) <= MAX_ITEMS + 1
        assert shown[-1] == CUT


def test_a_later_change_is_not_what_was_given(spans: Capture) -> None:
    @spans.trace
    def add(items: list[int], table: dict[str, int]) -> list[int]:
        items.append(2)
        table["b"] = 2
        return items

    with spans.span("outer"):
        add([1], {"a": 1}).append(3)
    assert spans.all()[0].json("limelight.input") == {"items": [1], "table": {"a": 1}}
    assert spans.all()[0].json("limelight.output") == [1, 2]


def test_the_caller_does_not_wait_for_what_is_slow_to_show(spans: Capture) -> None:
    shown = threading.Event()

    class Slow:
        def __str__(self) -> str:
            shown.wait(5)
            return "slow"

    @spans.trace
    def same(thing: Any) -> Any:
        return thing

    before = time.perf_counter()
    same(Slow())
    taken = time.perf_counter() - before
    shown.set()
    assert taken < 4
    assert spans.one().json("limelight.output") == "slow"
