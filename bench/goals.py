"""What has to be reached, as figures to print beside those that were measured."""

from __future__ import annotations

REFERENCE_US = 683.0
"""A bare call of case a on the machine that the goals were set on; every figure is scaled to that speed."""

ADDED_US = {"a": 15.0, "b": 40.0, "c": 250.0, "d": 20.0, "e": 25.0, "f": 15.0}
TOTAL_US = {"a": 100.0, "c": 900.0}
ALONE_US = {"a": 5.0, "b": 8.0, "c": 50.0}
IMPORT_MS, INIT_MS = 30.0, 150.0
SOAK_P99_US, SOAK_CALLS_S, SOAK_RSS_MB, SOAK_DELIVERED = 250.0, 1300.0, 10.0, 1.0

QUERY_MS = {
    "latest 50 traces": 2.0,
    "tree of 25 spans": 2.0,
    "tree of 5,000 spans": 150.0,
    "model + user + status": 5.0,
    "provider + latency": 5.0,
    "word, rare": 5.0,
    "word, common": 5.0,
    "word, absent": 5.0,
    "attribute = value": 10.0,
    "overview 30 d": 30.0,
    "facets 30 d": 20.0,
}
INGEST_SPANS_S = 5000.0
IDLE_MB, INGEST_MB, INSTALLED_MB = 120.0, 250.0, 40.0
START_S = 1.0
BYTES_PER_SPAN = 2500.0
