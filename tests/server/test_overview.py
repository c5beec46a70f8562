"""What calls cost and how long they took: the same from single traces and from rollups."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from limelight.core.dialects import keys
from limelight.server.store import overview, sketch
from limelight.server.store.conditions import Window
from limelight.server.store.reader import Reader
from limelight.server.store.sqlite import Store
from tests.server.asking import Client
from tests.server.building import START_NS, TRACE, chat, span

START = START_NS / 1e6
HOUR = 3_600_000
DAY = {"from_ms": START, "to_ms": START + 24 * HOUR}


def call(trace: int, **options: Any) -> dict[str, Any]:
    return chat(1, trace=f"{trace:032x}", **options)


def asked(server: Client, **query: Any) -> Any:
    return server.get("/api/v1/overview", **DAY | query).json


def test_calls_are_summed_over_time_and_by_model(server: Client) -> None:
    server.send(
        call(1, ms=1000, tokens=(100, 20), attributes={keys.FIRST_CHUNK: 0.2}),
        call(2, ms=2000, tokens=(300, 40), at_ms=HOUR * 1.5),
        call(3, ms=4000, model="made-up", tokens=None, error="no", at_ms=HOUR * 23.5),
    )
    found = asked(server, buckets=24)
    total = found["total"]
    assert (total["calls"], total["errors"], total["unpriced"]) == (3, 1, 1)
    assert total["tokens"] == {"input": 400, "output": 60, "cache_read": None, "cache_write": None, "reasoning": None}
    assert total["cost"] == pytest.approx(sum(server.row(f"{number:032x}")["cost"]["total"] for number in (1, 2)))
    assert total["latency_ms"]["p50"] == pytest.approx(2000, rel=0.1)
    assert total["latency_ms"]["p99"] == pytest.approx(4000, rel=0.1)
    assert total["ttft_ms"]["p95"] == pytest.approx(200, rel=0.1)
    assert total["tokens_per_s"] == pytest.approx(60 / 7)
    assert {at: one["calls"] for at, one in enumerate(found["buckets"]) if one["calls"]} == {0: 1, 1: 1, 23: 1}
    assert [one["t_ms"] for one in found["buckets"][:2]] == [START, START + HOUR]
    assert [(one["provider"], one["model"], one["operation"], one["calls"]) for one in found["models"]] == [
        ("openai", "gpt-4o-mini", "chat", 2),
        ("openai", "made-up", "chat", 1),
    ]


def test_nothing_known_is_nothing_said(server: Client) -> None:
    server.send(call(1, model="made-up", tokens=None, ms=None), span(2, trace="d" * 32))
    total = asked(server)["total"]
    assert (total["calls"], total["cost"], total["tokens_per_s"]) == (1, None, None)
    assert set(total["tokens"].values()) | set(total["latency_ms"].values()) == {None}


def test_a_call_reported_twice_counts_once(server: Client) -> None:
    server.send(chat(1), chat(2, parent=1))
    assert asked(server)["total"]["calls"] == 1


def test_what_is_deleted_or_sent_again_is_taken_away(server: Client) -> None:
    server.send(chat(1, tokens=(100, 20)), call(2))
    server.send(chat(1, tokens=(7, 1), error="no"))
    total = asked(server)["total"]
    assert (total["calls"], total["errors"], total["tokens"]["input"]) == (2, 1, 19)
    server.ask("DELETE", f"/api/v1/traces/{TRACE}")
    total = asked(server)["total"]
    assert (total["calls"], total["errors"], total["tokens"]["input"]) == (1, 0, 12)


def test_a_filter_is_refused(server: Client) -> None:
    assert server.get("/api/v1/overview", q="model:x").json["error"]["code"] == "bad_query"


@pytest.mark.parametrize("hours", [24, 24 * 30])
def test_rollups_tell_what_the_traces_tell(fresh: Client, tmp_path: Path, hours: int) -> None:
    models = ("gpt-4o", "gpt-4o-mini", "made-up")
    fresh.send(
        *(
            call(number, ms=100 + 37 * number, tokens=(number, 3), model=models[number % 3], at_ms=hours / 50 * HOUR * number)
            for number in range(1, 50)
        )
    )  # fmt: skip
    window = Window(START_NS, START_NS + hours * 3_600_000_000_000)
    exact = asked(fresh, to_ms=START + hours * HOUR, buckets=12)
    store = Store(tmp_path / "copy.db")
    store.close()
    (tmp_path / "copy.db").write_bytes((tmp_path / "limelight.db").read_bytes())
    (tmp_path / "copy.db-wal").write_bytes((tmp_path / "limelight.db-wal").read_bytes())
    store = Store(tmp_path / "copy.db")
    assert Reader(store).overview(window, 12).total.calls == exact["total"]["calls"] == 49
    with store.reading() as sql:
        rolled = overview.of_rollups(sql, window, 12)
    store.close()
    assert rolled.total.cost == pytest.approx(exact["total"]["cost"])
    assert rolled.total.tokens.input == exact["total"]["tokens"]["input"]
    assert rolled.total.latency_ms.p95 == exact["total"]["latency_ms"]["p95"]
    assert {one.model: one.calls for one in rolled.models} == {one["model"]: one["calls"] for one in exact["models"]}
    assert sum(one.calls for one in rolled.buckets) == 49


@pytest.mark.parametrize("ms", [0.5, 1, 3, 250, 1999, 60_000, 3_600_000])
def test_a_quantile_is_at_most_a_tenth_off(ms: float) -> None:
    many = sketch.unpacked(sketch.packed(sum(sketch.single(ms) for _ in range(1000))))
    (found,) = sketch.quantiles(many, 0.5)
    assert found == pytest.approx(ms, rel=0.11, abs=0.6)


def test_quantiles_of_many_lie_where_they_should() -> None:
    some = sketch.packed(sum(sketch.single(ms) for ms in range(1, 1001)))
    found = sketch.quantiles(sketch.unpacked(some), 0.5, 0.95, 0.99)
    assert found == [pytest.approx(500, rel=0.11), pytest.approx(950, rel=0.11), pytest.approx(990, rel=0.11)]
    assert sketch.quantiles(0, 0.5) == [None]
    assert sketch.packed(0) == b""
