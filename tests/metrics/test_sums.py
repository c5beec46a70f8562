"""Sums: exact, bounded, since the start or since the last time, and nobody's but this process's."""

from __future__ import annotations

import bisect
import os
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric as Decoded

from limelight.core.dialects.metrics import ATTEMPTS, COST, METRICS, OVERFLOW, TOKEN_USAGE, TOKENS, Measurement
from limelight.pipeline import metrics
from limelight.pipeline.metrics import Aggregation, Sums
from tests.metrics.backend import labels, only

LABELS = (("gen_ai.provider.name", "openai"), ("server.port", 443))


def decoded(sums: Sums) -> dict[str, Decoded]:
    found = [Decoded.FromString(data) for data in sums.encoded()]
    return {metric.name: metric for metric in found}


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=50))
def test_a_histogram_says_what_was_put_into_it(values: list[int]) -> None:
    sums = Aggregation()
    for value in values:
        sums.add(Measurement(TOKEN_USAGE, value, LABELS))
    metric = decoded(sums.taken())["gen_ai.client.token.usage"]
    point = only(metric)
    assert (metric.unit, metric.histogram.aggregation_temporality) == (
        "{token}",
        AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE,
    )
    assert (point.count, point.sum, point.min, point.max) == (len(values), sum(values), min(values), max(values))
    assert tuple(point.explicit_bounds) == TOKENS
    counts = [0] * (len(TOKENS) + 1)
    for value in values:
        counts[bisect.bisect_left(TOKENS, value)] += 1
    assert list(point.bucket_counts) == counts
    assert labels(point) == {"gen_ai.provider.name": "openai", "server.port": 443}
    assert 0 < point.start_time_unix_nano <= point.time_unix_nano <= time.time_ns()


def test_a_counter_grows_and_knows_fractions() -> None:
    sums = Aggregation()
    for value in (0.5, 0.25):
        sums.add(Measurement(COST, value, LABELS))
        sums.add(Measurement(ATTEMPTS, 1, LABELS))
    found = decoded(sums.taken())
    assert only(found["limelight.client.cost"]).as_double == 0.75
    assert only(found["limelight.client.attempts"]).as_int == 2
    assert found["limelight.client.cost"].sum.is_monotonic


@pytest.mark.parametrize("is_delta", [True, False])
def test_sums_are_told_again_or_only_once(is_delta: bool) -> None:
    sums = Aggregation(is_delta=is_delta)
    sums.add(Measurement(ATTEMPTS, 1, LABELS))
    first = sums.taken()
    sums.add(Measurement(ATTEMPTS, 1, LABELS))
    second = sums.taken()
    counts = [only(decoded(each)["limelight.client.attempts"]).as_int for each in (first, second)]
    assert counts == ([1, 1] if is_delta else [1, 2])
    assert second.period.start_ns == (first.period.end_ns if is_delta else first.period.start_ns)
    assert bool(sums.taken().points) is not is_delta


@pytest.mark.parametrize("is_delta", [True, False])
def test_what_nobody_took_is_told_again(is_delta: bool) -> None:
    sums = Aggregation(is_delta=is_delta)
    other = (("gen_ai.provider.name", "anthropic"),)
    for value in (3, 5000):
        sums.add(Measurement(TOKEN_USAGE, value, LABELS))
    sums.add(Measurement(ATTEMPTS, 1, LABELS))
    refused = sums.taken()
    sums.add(Measurement(TOKEN_USAGE, 70, LABELS))
    sums.add(Measurement(ATTEMPTS, 1, other))
    sums.give_back(refused)
    found = decoded(sums.taken())
    point = only(found["gen_ai.client.token.usage"])
    assert (point.count, point.sum, point.min, point.max, sum(point.bucket_counts)) == (3, 5073, 3, 5000, 3)
    assert point.start_time_unix_nano == refused.period.start_ns
    assert [each.as_int for each in found["limelight.client.attempts"].sum.data_points] == [1, 1]


def test_sums_that_were_taken_do_not_change() -> None:
    sums = Aggregation()
    sums.add(Measurement(TOKEN_USAGE, 3, LABELS))
    taken = sums.taken()
    sums.add(Measurement(TOKEN_USAGE, 3, LABELS))
    assert only(decoded(taken)["gen_ai.client.token.usage"]).count == 1


def test_series_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "MAX_SERIES", 3)
    sums = Aggregation()
    for number in range(10):
        sums.add(Measurement(ATTEMPTS, 1, (("gen_ai.request.model", f"model-{number}"),)))
    points = decoded(sums.taken())["limelight.client.attempts"].sum.data_points
    assert [point.as_int for point in points] == [1, 1, 1, 7]
    assert labels(points[-1]) == dict(OVERFLOW)
    assert labels(points[-1])["otel.metric.overflow"] is True


def test_no_measurement_is_lost_between_threads() -> None:
    sums, taken = Aggregation(is_delta=True), []

    def count() -> None:
        for _ in range(2_000):
            sums.add(Measurement(ATTEMPTS, 1, LABELS))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        taken.append(sums.taken())
    taken.append(sums.taken())
    told = [point.total for each in taken for series in each.points.values() for point in series.values()]
    assert sum(told) == 8_000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_counts_its_own() -> None:
    sums = Aggregation()
    sums.add(Measurement(ATTEMPTS, 1, LABELS))
    child = os.fork()
    if child == 0:
        sums.add(Measurement(ATTEMPTS, 5, LABELS))
        told = only(decoded(sums.taken())["limelight.client.attempts"]).as_int
        os._exit(told)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 5
    assert only(decoded(sums.taken())["limelight.client.attempts"]).as_int == 1


def test_every_metric_has_a_name_of_its_own() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    assert all(metric.description and metric.unit for metric in METRICS)
