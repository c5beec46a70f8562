"""Whatever is sent and whatever is asked, nothing breaks: no answer is a 500, and the next sender is served."""

from __future__ import annotations

import contextlib
import json
import math
import random
import string
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limelight.core.dialects import keys
from limelight.server.query.language import QueryError, parse
from limelight.server.serve import running
from tests.server.asking import Client
from tests.server.building import START_NS, TRACE, attribute, chat, protobuf, request, span


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with running(tmp_path_factory.mktemp("hostile")) as url:
        yield Client(url)


def everything(server: Client, trace: str) -> None:
    """Every answer about this trace can be given."""
    found = server.trace(trace)
    for one in found["spans"]:
        assert server.get(f"/api/v1/traces/{trace}/spans/{one['span_id']}").status == 200
    for path in ("traces", "facets", "health", "range", "histogram"):
        assert server.get(f"/api/v1/{path}").status == 200
    server.indexed()


DEEP = "[" * 5_000 + "]" * 5_000
TEXTS = {
    "half a character": '[{"role":"user","parts":[{"type":"text","content":"cut \\ud83d"}]}]',
    "a whole character": '[{"role":"user","parts":[{"type":"text","content":"\\ud83d\\ude00"}]}]',
    "no numbers": '[{"role":"user","parts":[{"type":"tool_call","name":"f","arguments":{"a":NaN,"b":-Infinity,"c":1e999}}]}]',
    "a long number": '[{"role":"user","parts":[{"type":"tool_call","name":"f","arguments":' + "9" * 4_000 + "}]}]",
    "a very long number": '[{"role":"user","parts":[{"type":"tool_call","name":"f","arguments":' + "9" * 10_000 + "}]}]",
    "deep": DEEP,
    "deep within": '[{"role":"user","parts":[{"type":"tool_call","name":"f","arguments":' + DEEP[:2_000] + DEEP[-2_000:] + "}]}]",
    "as deep as is read": '[{"role":"user","parts":[{"type":"tool_call","name":"f","arguments":' + "[" * 190 + "]" * 190 + "}]}]",
    "not JSON": "[{role: user",
    "another shape": '{"role":"user"}',
    "strings": '["a","b"]',
    "odd parts": '[{"role":7,"parts":[null,7,"x",{"type":[]},{"type":"text","content":{"a":1}},{"type":"blob","size":-1}]}]',
    "zero bytes": '[{"role":"user","parts":[{"type":"text","content":"a\\u0000b"}]}]',
    "nothing": "",
}  # fmt: skip


@pytest.mark.parametrize("case", TEXTS)
def test_content_of_any_kind_is_kept_and_shown(server: Client, case: str) -> None:
    trace = f"{1 + list(TEXTS).index(case):032x}"
    names = (
        keys.INPUT_MESSAGES,
        keys.OUTPUT_MESSAGES,
        keys.SYSTEM,
        keys.TOOL_DEFINITIONS,
        keys.METADATA,
        keys.REQUEST_REST,
        keys.INPUT,
        keys.TAGS,
    )
    server.send(span(1, trace=trace, attributes=dict.fromkeys(names, TEXTS[case]) | {keys.KIND: "llm"}), span(2, trace=trace, attributes={keys.KIND: "tool"} | dict.fromkeys((keys.TOOL_ARGUMENTS, keys.TOOL_RESULT), TEXTS[case])))  # fmt: skip
    everything(server, trace)
    shown = json.dumps(server.span(1, trace)["input"], ensure_ascii=False)
    if case == "half a character":
        assert "cut \N{REPLACEMENT CHARACTER}" in shown
    if case == "a whole character":
        assert "\N{GRINNING FACE}" in shown


def test_a_request_in_json_may_be_untidy_too(server: Client) -> None:
    trace = "a1" * 16
    body = json.dumps(request(span(1, trace=trace, name="NAME", attributes={"x": "y"})))
    untidy = body.replace("NAME", "half \\ud83d").replace('"stringValue": "y"', '"doubleValue": NaN')
    assert server.export(untidy.encode()).status == 200
    everything(server, trace)
    assert server.trace(trace)["spans"][0]["name"] == "half \N{REPLACEMENT CHARACTER}"
    assert server.span(1, trace)["attributes"] == {"x": "nan"}


def test_values_that_json_has_no_word_for(server: Client) -> None:
    trace = "a2" * 16
    built = span(1, trace=trace, attributes={"nan": math.nan, "inf": math.inf, "big": 2**63 - 1, "small": -(2**63)})
    assert server.export(protobuf(request(built)), "application/x-protobuf").status == 200
    everything(server, trace)
    assert server.span(1, trace)["attributes"] == {"nan": "nan", "inf": "inf", "big": 2**63 - 1, "small": -(2**63)}


TIMES = [
    (0, 0),
    (0, START_NS),
    (START_NS, 0),
    (-5, -1),
    (2**64 - 1, 2**64 - 1),
    (10**30, 10**40),
    (1, 2),
    (START_NS, 1),
]


@pytest.mark.parametrize("times", TIMES)
def test_times_of_any_kind(server: Client, times: tuple[int, int]) -> None:
    trace = f"{0xB0 + TIMES.index(times):032x}"
    server.send(chat(1, trace=trace) | {"startTimeUnixNano": str(times[0]), "endTimeUnixNano": times[1]})
    everything(server, trace)
    row = server.row(trace)
    assert row["duration_ms"] is None or row["duration_ms"] >= 0
    assert trace in [one["trace_id"] for one in server.get("/api/v1/traces", limit=1000).json["traces"]]
    if not any(times):
        assert abs(row["started_ms"] / 1000 - time.time()) < 60


def test_a_span_without_a_start_began_when_it_ended(server: Client) -> None:
    server.send(chat(1, trace="c1" * 16) | {"startTimeUnixNano": "0"})
    assert server.row("c1" * 16)["started_ms"] == START_NS / 1e6 + 100


def test_attributes_nested_beyond_reason(server: Client) -> None:
    value: dict[str, Any] = {"stringValue": "x"}
    for _ in range(300):
        value = {"arrayValue": {"values": [value]}}
    trace = "c2" * 16
    server.send(span(1, trace=trace) | {"attributes": [{"key": "deep", "value": value}]})
    everything(server, trace)


def test_a_huge_value_is_cut_in_the_raw_attributes_and_says_so(server: Client) -> None:
    trace = "c3" * 16
    server.send(
        span(1, trace=trace, name="n" * 100_000, attributes={"huge": "x" * 3_000_000, "k" * 10_000: "v"}),
        chat(2, trace=trace, question="y" * 3_000_000),
    )
    everything(server, trace)
    raw, message = server.span(1, trace), server.span(2, trace)
    assert raw["truncated"]
    assert len(raw["attributes"]["huge"]) == 200_001
    assert len(message["input"][0]["parts"][0]["content"]) == 3_000_000
    assert not message["truncated"]


def test_thousands_of_spans_of_one_trace(server: Client) -> None:
    trace = "c4" * 16
    spans = [span(1, trace=trace)] + [chat(number, parent=number // 2, trace=trace) for number in range(2, 4_001)]
    for first in range(0, len(spans), 1_000):
        assert server.export(protobuf(request(*spans[first : first + 1_000])), "application/x-protobuf").status == 200
    began = time.monotonic()
    found = server.trace(trace)
    assert (found["trace"]["span_count"], len(found["spans"])) == (4_000, 4_000)
    assert time.monotonic() - began < 5


WORDS = ["model:", "-", '"', "|", "*", ":", ">", "<=", "cost", "attr.", "status:ok", "NEAR(", "AND", "OR", "NOT", "^", "{", "}", "(", ")", "+", "\0", "é", "\N{GRINNING FACE}", " ", "'", ";", "%", "\\", "[", "]", "?", "\ufeff", "\u2028", "a", "1e5", "2s", "$", ","]  # fmt: skip


def test_no_question_breaks_the_server(server: Client) -> None:
    server.send(chat(1, question="something to be found"))
    chance = random.Random(3)
    for _ in range(300):
        q = "".join(chance.choices(WORDS, k=chance.randint(1, 30)))
        path = chance.choice(["traces", "facets", "histogram"])
        reply = server.get(f"/api/v1/{path}", q=q)
        assert reply.status in {200, 400}, (q, reply.body)


PATHS = ["traces", "histogram", "facets", "complete", "range", "health", "openapi.json", f"traces/{TRACE}", f"traces/{TRACE}/spans/{1:016x}", "traces/x", "traces/x/spans/y", "test-trace"]  # fmt: skip
NAMES = ["q", "from_ms", "to_ms", "limit", "cursor", "buckets", "field", "prefix", "other"]


def test_no_address_breaks_the_server(server: Client) -> None:
    chance = random.Random(5)
    odd = [*WORDS, "-1", "0", "9" * 30, "1e308", "nan", "x" * 3_000, "1-1", "%", ""]
    for _ in range(400):
        path = "/api/v1/" + chance.choice(PATHS) + chance.choice(["", "", "", "/", "/x", "%00", "%ff", "/.."])
        query = {
            chance.choice(NAMES): "".join(chance.choices(odd, k=chance.randint(0, 3)))
            for _ in range(chance.randint(0, 4))
        }
        method = chance.choice(["GET", "GET", "GET", "GET", "HEAD", "POST", "DELETE", "PUT"])
        reply = server.ask(method, path + "?" + urlencode(query), headers={"content-length": "0"})
        assert reply.status < 500, (method, path, query, reply.body)


def test_no_spoiled_request_breaks_the_server(server: Client) -> None:
    """Bytes of a good request changed here and there, in both spellings."""
    good = request(
        chat(1, question="Hello", answer="Hi", attributes={"list": [1, "a", {"b": 2.5}]}), span(2, parent=1, error="x")
    )
    bodies = {"application/json": json.dumps(good).encode(), "application/x-protobuf": protobuf(good)}
    chance = random.Random(11)
    spice = [b"\x00", b"\xff", b"\xff" * 9, b"null", b"[]", b"{}", b"-1", b'"', b"9" * 30, b"\\ud800", b"true", b""]
    for number in range(400):
        kind = list(bodies)[number % 2]
        body = bytearray(bodies[kind])
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(body))
            body[at : at + chance.randint(0, 12)] = chance.choice(spice)
        assert server.export(bytes(body), kind).status in {200, 400}, bytes(body)
    for row in server.get("/api/v1/traces", limit=1000).json["traces"]:
        assert server.get(f"/api/v1/traces/{row['trace_id']}").status == 200


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KNOWN = [value for name, value in vars(keys).items() if name.isupper() and isinstance(value, str)]
ATTRIBUTES = st.dictionaries(
    st.sampled_from(KNOWN + list(keys.USAGE.values()) + list(keys.COST.values())), VALUES, max_size=8
)


def told(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    return (
        attribute(value if not isinstance(value, (list, dict)) else json.loads(json.dumps(value), parse_constant=str))
        if not _hollow(value)
        else {"stringValue": json.dumps(value)}
    )


def _hollow(value: Any) -> bool:
    inner = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else []
    return any(one is None or _hollow(one) for one in inner)


def test_no_attribute_of_any_type_breaks_the_server(server: Client) -> None:
    number = iter(range(0xE0000, 0xF0000))

    @settings(max_examples=150, deadline=None, database=None)
    @given(ATTRIBUTES)
    def ask(attributes: dict[str, Any]) -> None:
        trace = f"{next(number):032x}"
        written = [{"key": key, "value": told(value)} for key, value in attributes.items()]
        server.send(span(1, trace=trace) | {"attributes": written})
        assert server.get(f"/api/v1/traces/{trace}/spans/{1:016x}").status == 200

    ask()


@settings(max_examples=500, deadline=None, database=None)
@given(
    st.text(alphabet=st.sampled_from(list(string.printable + "é\0\u2028")), max_size=200)
    | st.lists(st.sampled_from(WORDS), max_size=40).map("".join)
)
def test_a_filter_is_read_or_refused(query: str) -> None:
    try:
        parse(query)
        position = 0
    except QueryError as problem:
        position = problem.position
    assert 0 <= position <= len(query)


@pytest.mark.parametrize(
    "piece", ["a|", "a:b|", '"', 'a:"b"|', "-", ":", "a" * 3, "*", " ", "a.", "_-", 'x:"', "1.", "||", "a:b c:"]
)
def test_reading_a_filter_takes_no_time(piece: str) -> None:
    query = (piece * 2_000)[:2_000]
    began = time.perf_counter()
    for text in (query, "model:" + query[:-6], query[:-1] + '"', "cost>" + query[:-5]):
        with contextlib.suppress(QueryError):
            parse(text)
    assert time.perf_counter() - began < 0.5


def test_a_pattern_takes_no_time(tmp_path: Path) -> None:
    with running(tmp_path) as url:
        client = Client(url)
        client.send(
            *[
                chat(1, trace=f"{number + 1:032x}", model="a" * 199, attributes={"n": "a" * 199})
                for number in range(200)
            ]
        )
        began = time.monotonic()
        assert client.found("model:" + "*a" * 7 + "*b") == []
        assert client.found("attr.n:" + "*a" * 7 + "*b") == []
        assert time.monotonic() - began < 2
