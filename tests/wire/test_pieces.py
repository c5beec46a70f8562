"""Streams of every make, taken apart; and spoiled ones."""

from __future__ import annotations

import base64
import gzip
import json
import random

import pytest
from botocore.eventstream import EventStreamBuffer

from limelight.core.wire import eventstream
from limelight.core.wire.pieces import array, pieces
from limelight.testing.fake import eventstream as fake

AWS = "application/vnd.amazon.eventstream"
TEXT = {":event-type": "contentBlockDelta", ":content-type": "application/json", ":message-type": "event"}
DELTA = {"contentBlockIndex": 0, "delta": {"text": "Grüße"}}


def aws(*events: tuple[str, object]) -> bytes:
    return b"".join(fake.frame(json.dumps(body).encode(), {**TEXT, ":event-type": kind}) for kind, body in events)


def test_frames_of_aws_are_tables_by_their_type() -> None:
    body = aws(("messageStart", {"role": "assistant"}), ("contentBlockDelta", DELTA))
    found = pieces(body, AWS)
    assert found is not None
    assert [event.data for event in found] == [{"messageStart": {"role": "assistant"}}, {"contentBlockDelta": DELTA}]
    assert found[-1].end == len(body)
    assert len(aws(("messageStart", {"role": "assistant"}))) == found[0].end


def test_our_frames_are_those_of_aws() -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(aws(("contentBlockDelta", DELTA)))
    (event,) = list(buffer)
    assert event.headers[":event-type"] == "contentBlockDelta"
    assert json.loads(event.payload) == DELTA


def test_a_chunk_in_base64_is_bytes_as_the_sdk_has_it() -> None:
    body = aws(("chunk", {"bytes": base64.b64encode(b'{"a":1}').decode(), "p": "ab"}), ("chunk", {"bytes": "A"}))
    first, second = (event.data["chunk"] for event in eventstream.events(body))
    assert first["bytes"] == b'{"a":1}'
    assert second["bytes"] == "A"


def test_an_exception_in_the_stream_is_told_by_its_type() -> None:
    headers = {":exception-type": "throttlingException", ":message-type": "exception"}
    body = fake.frame(b'{"message":"slow down"}', headers)
    (event,) = eventstream.events(body)
    assert event.data == {"throttlingException": {"message": "slow down"}}


@pytest.mark.parametrize("cut", [1, 8, 20, 60])
def test_a_torn_frame_is_passed_over(cut: int) -> None:
    whole = aws(("messageStart", {}))
    torn = whole + aws(("contentBlockDelta", DELTA))[:-cut]
    assert [event.data for event in eventstream.events(torn)] == [{"messageStart": {}}]


def test_frames_without_a_type_or_without_json_are_passed_over() -> None:
    body = fake.frame(b"{}", {":content-type": "x"}) + fake.frame(b"{", TEXT) + aws(("metadata", {"usage": {}}))
    assert [event.data for event in eventstream.events(body)] == [{"metadata": {"usage": {}}}]


def test_headers_that_are_no_texts_are_passed_over() -> None:
    number = b"\x04size\x04\x00\x00\x00\x09" + b"\x02ok\x00" + b"\x03raw\x06\x00\x02ab"
    kind = b"\x0b:event-type\x07\x00\x08metadata"
    payload = b'{"a":1}'
    headers = number + kind
    size = 16 + len(headers) + len(payload)
    frame = size.to_bytes(4, "big") + len(headers).to_bytes(4, "big") + bytes(4) + headers + payload + bytes(4)
    assert [event.data for event in eventstream.events(frame)] == [{"metadata": {"a": 1}}]


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        (b'data: {"a":1}\n\ndata: [DONE]\n\n', "text/event-stream", [{"a": 1}]),
        (b'data: {"a":1}\n\n', "application/json", [{"a": 1}]),
        (b'event: x\ndata: {"a":1}\n\n', "", [{"a": 1}]),
        (b'event: ping\ndata: {"type":"ping"}\n\ndata: {"a":1}\n\n', "text/event-stream", [{"a": 1}]),
        (b'{"a":1}\n{"b":2}\n{"c"', "application/x-ndjson", [{"a": 1}, {"b": 2}]),
        (b'{"a":1}\n{"b":2}\n', "application/stream+json", [{"a": 1}, {"b": 2}]),
        (b'{"a":1}', "application/json", None),
        (b"", "application/json", None),
        (b"plain", "text/plain", None),
    ],
)
def test_what_is_a_stream_and_what_is_one_thing(body: bytes, kind: str, expected: object) -> None:
    found = pieces(body, kind)
    assert (None if found is None else [event.data for event in found]) == expected


def test_an_array_is_read_as_far_as_it_has_come() -> None:
    body = '[{"a":"ü"}\r\n,\r\n{"b":2},3,{"c"'.encode()
    first, second = array(body)
    assert (first.data, second.data) == ({"a": "ü"}, {"b": 2})
    assert body[: first.end].endswith(b"}")
    assert body[: second.end].endswith(b'{"b":2}')
    assert array(b"[") == array(b"[]") == array(b"no") == []


def test_no_bytes_make_it_raise() -> None:
    rng = random.Random(7)
    whole = aws(("messageStart", {}), ("chunk", {"bytes": "YQ=="}), ("contentBlockDelta", DELTA))
    streams = (whole, b'data: {"a":[1]}\n\n' * 3, b'{"a":1}\n{"b":2}\n', b'[{"a":1},\n{"b":[2]}]', gzip.compress(whole))
    for _ in range(4_000):
        body = bytearray(rng.choice(streams))
        for _ in range(rng.randint(1, 6)):
            body[rng.randrange(len(body))] = rng.randrange(256)
        for kind in (AWS, "text/event-stream", "application/x-ndjson", "application/json"):
            pieces(bytes(body[: rng.randint(0, len(body))]), kind)
        array(bytes(body))
