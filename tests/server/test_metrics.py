"""Metrics are taken politely: their sender is told that all is well, and the store holds nothing of them."""

from __future__ import annotations

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)

import limelight
from limelight.server.ingest.body import MAX_BYTES
from tests.server.asking import Client

PROTOBUF, JSON = "application/x-protobuf", "application/json"


@pytest.mark.parametrize(
    ("kind", "body"), [(PROTOBUF, ExportMetricsServiceRequest().SerializeToString()), (JSON, b"{}")]
)
def test_a_sender_is_thanked_in_his_own_words(kind: str, body: bytes, server: Client) -> None:
    reply = server.ask("POST", "/v1/metrics", body, {"content-type": kind})
    assert (reply.status, reply.headers["content-type"]) == (200, kind)
    assert reply.body == (b"{}" if kind == JSON else ExportMetricsServiceResponse().SerializeToString())


def test_what_no_sender_of_metrics_would_send_is_refused(server: Client) -> None:
    assert server.ask("POST", "/v1/metrics", b"?", {"content-type": "text/plain"}).status == 415
    assert server.get("/v1/metrics").status == 405
    huge = {"content-type": PROTOBUF, "content-length": str(MAX_BYTES + 1)}
    assert server.ask("POST", "/v1/metrics", b"", huge).status == 413


def test_the_libraries_own_metrics_arrive_without_a_complaint(server: Client, caplog: pytest.LogCaptureFixture) -> None:
    with limelight.Limelight(endpoint=server.url, metrics=True) as lime:
        with lime.llm_call(provider="openai", model="gpt-4o") as call:
            call.set_tokens(10, 5)
        assert lime.flush()
    assert caplog.records == []
    assert server.get("/api/v1/traces").json["total"]["value"] == 1
