"""The HTTP server underneath, asked without any client library."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from limelight.testing.fake import FakeProvider, say

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Łódź 🎭 — naïve façade"}]}
CLAUDE = {**BODY, "model": "claude-haiku-4-5", "max_tokens": 300}


def raw(body: dict[str, Any], path: str = "/v1/chat/completions", *more: str) -> bytes:
    payload = json.dumps(body).encode()
    lines = [f"POST {path} HTTP/1.1", "Host: x", "Authorization: Bearer x", f"Content-Length: {len(payload)}", *more]
    return "\r\n".join([*lines, "", ""]).encode() + payload


@pytest.fixture
def line(fake: FakeProvider) -> Iterator[socket.socket]:
    host, _, port = fake.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        yield connection


def pieces(line: socket.socket) -> list[bytes]:
    """The chunks of a chunked answer, as the server cut them."""
    stream = line.makefile("rb")
    while stream.readline().strip():
        pass
    found = []
    while size := int(stream.readline(), 16):
        found.append(stream.read(size))
        stream.readline()
    stream.readline()
    return found


def test_a_connection_serves_one_request_after_the_other(fake: FakeProvider) -> None:
    connection = http.client.HTTPConnection(fake.url.removeprefix("http://"))
    for _ in range(3):
        connection.request("POST", "/v1/chat/completions", json.dumps(BODY), {"Authorization": "Bearer x"})
        response = connection.getresponse()
        assert response.status == 200
        assert json.loads(response.read())["object"] == "chat.completion"
    connection.close()
    assert len(fake.requests) == 3


def test_requests_are_recorded_byte_for_byte(fake: FakeProvider, line: socket.socket) -> None:
    sent = b'{"model":  "gpt-4o", "messages": [{"role":"user","content":"\\u0141"}]}'
    head = b"POST /v1/chat/completions?a=%20b HTTP/1.1\r\nHost: x\r\nX-ODD:  one\r\nauthorization: Bearer x\r\n"
    line.sendall(head + b"Content-Length: %d\r\n\r\n" % len(sent) + sent)
    assert line.recv(12) == b"HTTP/1.1 200"
    [request] = fake.requests
    assert (request.method, request.path, request.query) == ("POST", "/v1/chat/completions", "a=%20b")
    assert request.body == sent
    assert request.headers[:2] == (("Host", "x"), ("X-ODD", "one"))
    assert request.header("x-odd") == "one"
    assert request.json()["messages"][0]["content"] == "Ł"


def test_chunked_requests_and_those_that_wait_for_leave(fake: FakeProvider, line: socket.socket) -> None:
    payload = json.dumps(BODY).encode()
    line.sendall(
        b"POST /v1/chat/completions HTTP/1.1\r\nAuthorization: Bearer x\r\nExpect: 100-continue\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    assert line.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    line.sendall(b"%x\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (9, payload[:9], len(payload) - 9, payload[9:]))
    assert line.recv(12) == b"HTTP/1.1 200"
    assert fake.requests[0].body == payload


def test_events_are_torn_and_glued_even_inside_a_character(line: socket.socket) -> None:
    line.sendall(raw({**BODY, "stream": True}))
    found = pieces(line)
    whole = b"".join(found)
    assert whole.endswith(b"data: [DONE]\n\n")
    assert "🎭 — naïve façade".encode() not in whole, "deltas are shorter than the text"
    assert any(not piece.endswith(b"\n\n") for piece in found), "no event is torn"
    assert any(piece.count(b"\n\n") > 1 for piece in found), "no events are glued"
    assert any(breaks(piece) for piece in found), "no character is torn"


def breaks(piece: bytes) -> bool:
    """Whether a piece ends in the middle of a character."""
    try:
        piece.decode()
    except UnicodeDecodeError:
        return True
    return False


def test_torn_events_do_not_wait_for_each_other(line: socket.socket) -> None:
    """Nagle's algorithm would hold the second half of an event back until the first is acknowledged, 40 ms later."""
    took = []
    for _ in range(5):
        began = time.perf_counter()
        line.sendall(raw({**BODY, "stream": True}))
        pieces(line)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.035


def test_equal_requests_get_equal_pieces(fake: FakeProvider, line: socket.socket) -> None:
    line.sendall(raw({**BODY, "stream": True}))
    first = pieces(line)
    fake.reset()
    line.sendall(raw({**BODY, "stream": True}))
    assert pieces(line) == first


def test_anthropic_pings_and_pads(line: socket.socket) -> None:
    line.sendall(raw({**CLAUDE, "stream": True}, "/v1/messages"))
    whole = b"".join(pieces(line))
    assert b'event: ping\ndata: {"type":"ping"}\n\n' in whole
    assert b"  }\n\n" in whole
    for event in filter(None, whole.split(b"\n\n")):
        name, data = event.split(b"\n")
        assert json.loads(data.removeprefix(b"data: "))["type"] == name.removeprefix(b"event: ").decode()


def test_many_streams_at_once(fake: FakeProvider) -> None:
    fake.script(*(say("word " * 20).slow(gap_s=0.005) for _ in range(40)))
    ends = []

    def read() -> None:
        connection = http.client.HTTPConnection(fake.url.removeprefix("http://"))
        headers = {"Authorization": "Bearer x"}
        connection.request("POST", "/v1/chat/completions", json.dumps({**BODY, "stream": True}), headers)
        ends.append(connection.getresponse().read()[-14:])
        connection.close()

    readers = [threading.Thread(target=read) for _ in range(40)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(timeout=10)
    assert ends == [b"data: [DONE]\n\n"] * 40


@pytest.mark.parametrize(
    "junk", [b"\x16\x03\x01\x02\x00\r\n", b"GET\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n"]
)
def test_junk_is_hung_up_on(fake: FakeProvider, line: socket.socket, junk: bytes) -> None:
    line.sendall(junk)
    assert line.recv(100) == b""
    assert fake.requests == []


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"'])
def test_bodies_that_are_not_json_objects_are_bad_requests(line: socket.socket, body: bytes) -> None:
    line.sendall(
        b"POST /v1/chat/completions HTTP/1.1\r\nAuthorization: Bearer x\r\nContent-Length: %d\r\n\r\n" % len(body)
        + body
    )
    assert line.recv(12) == b"HTTP/1.1 400"


def test_close_is_honoured(line: socket.socket) -> None:
    line.sendall(raw(BODY, "/v1/chat/completions", "Connection: close"))
    received = b""
    while data := line.recv(1 << 16):
        received += data
    assert received.startswith(b"HTTP/1.1 200 OK")


def test_stopping_drops_open_streams_and_can_be_repeated() -> None:
    fake = FakeProvider()
    fake.script(say("word " * 500).slow(gap_s=0.05))
    connection = http.client.HTTPConnection(fake.url.removeprefix("http://"), timeout=5)
    connection.request(
        "POST", "/v1/chat/completions", json.dumps({**BODY, "stream": True}), {"Authorization": "Bearer x"}
    )
    response = connection.getresponse()
    assert response.read(20)
    fake.stop()
    fake.stop()
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        response.read()
    connection.close()
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection(fake.url.removeprefix("http://")).connect()


def test_anthropic_s_legacy_completions_in_a_stream(line: socket.socket) -> None:
    body = {
        "model": "claude-2.1",
        "max_tokens_to_sample": 60,
        "prompt": "\n\nHuman: Say hi\n\nAssistant:",
        "stream": True,
    }
    line.sendall(raw(body, "/v1/complete", "anthropic-version: 2023-06-01"))
    events = [event.split(b"\ndata: ") for event in b"".join(pieces(line)).split(b"\n\n") if event]
    told = [json.loads(data) for name, data in events if name == b"event: completion"]
    assert "Say hi" in "".join(part["completion"] for part in told)
    assert [part["stop_reason"] for part in told[-2:]] == [None, "stop_sequence"]
