"""Server-sent events as servers write them, and as they break off."""

from __future__ import annotations

import json

import pytest

from limelight.core.wire import sse


def test_events_are_objects_with_the_place_where_they_end() -> None:
    body = b'data: {"n": 1}\n\nevent: more\ndata: {"n": 2}\n\ndata: [DONE]\n\n'
    assert sse.events(body) == [(16, {"n": 1}), (44, {"n": 2})]


@pytest.mark.parametrize("gap", [b"\n\n", b"\r\n\r\n", b"\r\r"])
@pytest.mark.parametrize("start", [b"data: ", b"data:", b"id: 7\ndata: ", b": a comment\ndata: "])
def test_line_ends_and_fields_are_the_servers_choice(gap: bytes, start: bytes) -> None:
    body = b"".join(start + json.dumps({"n": n}).encode() + gap for n in range(3))
    assert [event.data["n"] for event in sse.events(body)] == [0, 1, 2]
    assert [body[: event.end].endswith(gap) for event in sse.events(body)] == [True] * 3


def test_data_may_have_several_lines() -> None:
    assert sse.events(b'data: {"a":\ndata: 1}\n\n')[0].data == {"a": 1}


@pytest.mark.parametrize("torn", [b'data: {"n": ', b"data: {]", b"data: nonsense", b"data: [1]", b"data: 3", b"data:"])
def test_what_is_no_object_is_passed_over(torn: bytes) -> None:
    body = b'data: {"n": 1}\n\n' + torn + b'\n\ndata: {"n": 2}\n\n'
    assert [event.data["n"] for event in sse.events(body)] == [1, 2]


def test_an_event_with_two_objects_is_none() -> None:
    body = b'data: {"n": 1},{"n": 5}\n\ndata: {"n": 2}\n\n'
    assert [event.data["n"] for event in sse.events(body)] == [2]


def test_a_body_larger_than_one_go_is_whole() -> None:
    body = b"".join(b'data: {"n": %d, "pad": "%b"}\n\n' % (n, b"x" * 1_000) for n in range(300))
    assert len(body) > 3 * sse.MAX_AT_ONCE
    assert [event.data["n"] for event in sse.events(body)] == list(range(300))


def test_what_nests_too_deep_costs_itself_only() -> None:
    deep = b'data: {"a": ' + b"[" * 200_000 + b"\n\n"
    assert [event.data for event in sse.events(deep + b'data: {"n": 1}\n\n')] == [{"n": 1}]


def test_nothing_is_no_event() -> None:
    assert sse.events(b"") == []


def test_a_line_of_json_is_an_event_too() -> None:
    body = b'{"at": 1}\n{"at": 2}\r\n\n[3]\n{"at": 4'
    assert sse.events(body) == [(10, {"at": 1}), (21, {"at": 2})]
