"""`POST /v1/traces`: what is taken, what is refused, and in which words."""

from __future__ import annotations

import base64
import gzip
import json
import socket
import zlib
from collections import Counter
from urllib.parse import urlsplit

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from limelight.core.dialects import keys
from limelight.server.ingest.body import MAX_BYTES
from tests.server.asking import Client, Reply
from tests.server.building import TRACE, chat, protobuf, request, span

JSON, PROTOBUF = "application/json", "application/x-protobuf"
SENT = request(
    chat(1, question="Hello?", answer="Yes."), span(2, parent=1, attributes={"a": [1, True, 1.5, {"b": "c"}]})
)
BODIES = {JSON: json.dumps(SENT).encode(), PROTOBUF: protobuf(SENT)}
PACKED = {
    "": lambda data: data,
    "identity": lambda data: data,
    "gzip": gzip.compress,
    "GZIP": lambda data: gzip.compress(data[:100]) + gzip.compress(data[100:]),
    "deflate": zlib.compress,
    "Deflate": lambda data: zlib.compress(data)[2:-4],
}


def packed(server: Client, body: bytes, kind: str, encoding: str) -> Reply:
    return server.ask("POST", "/v1/traces", body, {"content-type": kind, "content-encoding": encoding})


@pytest.mark.parametrize("encoding", PACKED)
@pytest.mark.parametrize("kind", BODIES)
def test_every_way_of_sending_says_the_same(server: Client, kind: str, encoding: str) -> None:
    reply = packed(server, PACKED[encoding](BODIES[kind]), kind, encoding)
    assert (reply.status, reply.headers["content-type"]) == (200, kind)
    assert reply.body == {JSON: b"{}", PROTOBUF: b""}[kind]
    first, second = server.trace()["spans"]
    assert (first["preview_in"], first["preview_out"], first["usage"]["input"]) == ("Hello?", "Yes.", 12)
    assert (second["parent_id"], second["service"]) == (first["span_id"], "shop")
    assert server.span(2)["attributes"] == {"a": [1, True, 1.5, {"b": "c"}]}


@pytest.mark.parametrize("kind", BODIES)
def test_a_content_type_may_have_parameters(server: Client, kind: str) -> None:
    assert server.export(BODIES[kind], f"{kind.upper()}; charset=utf-8").status == 200


REFUSED = {
    "no content type": (b"{}", {}, 415, "content_type"),
    "another content type": (b"{}", {"content-type": "text/plain"}, 415, "content_type"),
    "another encoding": (b"{}", {"content-type": JSON, "content-encoding": "br"}, 415, "encoding"),
    "not gzip": (b"{}", {"content-type": JSON, "content-encoding": "gzip"}, 400, "encoding"),
    "half a gzip": (gzip.compress(b"{}" * 99)[:-9], {"content-type": JSON, "content-encoding": "gzip"}, 400, "encoding"),
    "not deflate": (b"\x00\xff", {"content-type": JSON, "content-encoding": "deflate"}, 400, "encoding"),
    "not JSON": (b"{", {"content-type": JSON}, 400, "malformed"),
    "not UTF-8": (b"\xff\xfe\x00{", {"content-type": JSON}, 400, "malformed"),
    "another JSON": (b'{"resourceSpans": 7}', {"content-type": JSON}, 400, "malformed"),
    "a list": (b"[1, 2]", {"content-type": JSON}, 400, "malformed"),
    "a string": (b'"spans"', {"content-type": JSON}, 400, "malformed"),
    "null": (b"null", {"content-type": JSON}, 400, "malformed"),
    "nothing": (b"", {"content-type": JSON}, 400, "malformed"),
    "deeper than deep": (b"[" * 100_000, {"content-type": JSON}, 400, "malformed"),
    "half a protobuf": (BODIES[PROTOBUF][:-7], {"content-type": PROTOBUF}, 400, "malformed"),
    "not protobuf": (b"resourceSpans", {"content-type": PROTOBUF}, 400, "malformed"),
    "time in words": (b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":"now"}]}]}]}', {"content-type": JSON}, 400, "malformed"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_and_counted(server: Client, case: str) -> None:
    body, headers, status, reason = REFUSED[case]
    before = server.health()["received"]
    reply = server.ask("POST", "/v1/traces", body, headers)
    assert reply.status == status
    received = server.health()["received"]
    assert Counter(received["rejected"]) - Counter(before["rejected"]) == {reason: 1}
    assert (received["requests"] - before["requests"], received["accepted"] - before["accepted"]) == (1, 0)
    if headers.get("content-type") == PROTOBUF:  # google.rpc.Status: 1 = code, 2 = message
        assert reply.headers["content-type"] == PROTOBUF
        assert reply.body[:3] == b"\x08\x03\x12"
        assert reply.body.endswith(received["last_rejected"]["reason"].encode())
    else:
        assert reply.json["message"] == received["last_rejected"]["reason"]


def test_an_empty_request_is_no_mistake(fresh: Client) -> None:
    assert fresh.export(b"", PROTOBUF).status == 200
    assert fresh.export(b"{}").status == 200
    assert fresh.health()["received"]["rejected"] == {}


def test_a_body_that_grows_is_refused_before_it_has_grown(fresh: Client) -> None:
    for bomb, encoding in (
        (gzip.compress(bytes(MAX_BYTES + 1)), "gzip"),
        (zlib.compress(bytes(MAX_BYTES + 1)), "deflate"),
    ):
        assert len(bomb) < 100_000
        assert packed(fresh, bomb, JSON, encoding).status == 413
    assert fresh.health()["received"]["rejected"] == {"too_large": 2}


def test_a_body_announced_as_too_large_is_not_waited_for(server: Client) -> None:
    where = urlsplit(server.url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as line:
        head = f"POST /v1/traces HTTP/1.1\r\nhost: {where.netloc}\r\ncontent-type: {JSON}\r\ncontent-length: 99999999999\r\n\r\n"
        line.sendall(head.encode())
        assert line.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_body_that_does_not_end_is_cut_off(fresh: Client) -> None:
    where = urlsplit(fresh.url)
    with socket.create_connection((where.hostname, where.port), timeout=20) as line:
        line.sendall(
            f"POST /v1/traces HTTP/1.1\r\nhost: {where.netloc}\r\ncontent-type: {JSON}\r\ntransfer-encoding: chunked\r\n\r\n".encode()
        )
        chunk = b"f4240\r\n" + bytes(1_000_000) + b"\r\n"
        for _ in range(MAX_BYTES // 1_000_000 + 2):
            line.sendall(chunk)
        assert line.recv(100).startswith(b"HTTP/1.1 413 ")
    assert fresh.health()["received"]["rejected"] == {"too_large": 1}


def test_a_sender_that_goes_away_is_no_trouble(server: Client) -> None:
    where = urlsplit(server.url)
    with socket.create_connection((where.hostname, where.port)) as line:
        line.sendall(
            f"POST /v1/traces HTTP/1.1\r\nhost: {where.netloc}\r\ncontent-type: {JSON}\r\ncontent-length: 100\r\n\r\n{{".encode()
        )
    assert server.export(BODIES[JSON]).status == 200


BAD_IDS = {
    "traceId": ["", "ab", "0" * 32, "x" * 32, TRACE + "00", 7, None],
    "spanId": ["", "ab", "0" * 16, "é" * 16, 7, None],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field in BAD_IDS for value in BAD_IDS[field]])
def test_a_span_without_an_id_costs_itself_only(server: Client, field: str, value: object) -> None:
    before = server.health()["received"]
    reply = server.export(json.dumps(request(chat(1), span(2) | {field: value})).encode())
    assert reply.status == 200
    assert reply.json["partialSuccess"]["rejectedSpans"] == "1"
    assert "16 bytes" in reply.json["partialSuccess"]["errorMessage"]
    assert server.row()["span_count"] == 1
    after = server.health()["received"]
    assert (after["spans"] - before["spans"], after["accepted"] - before["accepted"]) == (2, 1)
    assert Counter(after["rejected"]) - Counter(before["rejected"]) == {"ids": 1}


def test_partial_success_in_protobuf(server: Client) -> None:
    body = protobuf(request(chat(1), span(2) | {"traceId": "abcd"}))
    reply = ExportTraceServiceResponse.FromString(server.export(body, PROTOBUF).body)
    assert reply.partial_success.rejected_spans == 1
    assert server.row()["span_count"] == 1


def test_ids_in_base64_are_read_too(server: Client) -> None:
    written = chat(1) | {
        "traceId": base64.b64encode(bytes.fromhex(TRACE)).decode(),
        "spanId": base64.b64encode(b"\x00" * 7 + b"\x05").decode(),
    }
    server.send(written)
    assert server.span(5)["kind"] == "llm"


@pytest.mark.parametrize("holes", ["events", "links", "attributes", "status", "name", "parentSpanId"])
def test_null_stands_for_nothing(server: Client, holes: str) -> None:
    server.send(span(1) | {holes: None})
    assert server.row()["span_count"] == 1


def test_what_comes_with_a_span_is_kept(server: Client) -> None:
    event = {
        "name": "retry",
        "timeUnixNano": "1790000000050000000",
        "attributes": [{"key": "n", "value": {"intValue": 3}}],
    }
    link = {"traceId": "ab" * 16, "spanId": "cd" * 8}
    server.send(span(1, events=[event], links=[link], attributes={"nothing": "", keys.OPERATION: "execute_tool"}))
    found = server.span(1)
    assert found["events"] == [{"name": "retry", "at_ms": 1790000000050.0, "attributes": {"n": 3}}]
    assert found["links"] == [{"trace_id": "ab" * 16, "span_id": "cd" * 8}]
    assert found["scope"] == {"name": "tests", "version": "1"}
    assert found["resource"] == {"service.name": "shop"}


def test_values_of_every_json_spelling(server: Client) -> None:
    values = {
        "string": {"stringValue": "x"}, "number_as_int": {"intValue": 7}, "int_as_text": {"intValue": "-7"}, "double": {"doubleValue": 0.5},
        "nan": {"doubleValue": "NaN"}, "endless": {"doubleValue": "-Infinity"}, "yes": {"boolValue": True}, "bytes": {"bytesValue": "AAAA"},
        "empty": {}, "null": None, "future": {"newValue": 1}, "huge": {"intValue": "99999999999999999999"}, "list": {"arrayValue": {}},
        "table": {"kvlistValue": {"values": [{"key": "k", "value": {"stringValue": "v"}}]}},
    }  # fmt: skip
    server.send(span(1) | {"attributes": [{"key": key, "value": value} for key, value in values.items()]})
    assert server.span(1)["attributes"] == {
        "string": "x", "number_as_int": 7, "int_as_text": -7, "double": 0.5, "nan": "nan", "endless": "-inf", "yes": True,
        "bytes": "<3 bytes>", "empty": None, "null": None, "future": None, "huge": "99999999999999999999", "list": [], "table": {"k": "v"},
    }  # fmt: skip
