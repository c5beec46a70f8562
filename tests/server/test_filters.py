"""The filter language, asked of a server that knows eight traces."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from limelight.core.dialects import keys
from limelight.server.serve import running
from tests.server.asking import Client
from tests.server.building import START_NS, chat, span

MINUTE = 60_000


def traces() -> Iterator[dict[str, object]]:
    """Each a minute after the one before, named after its letter."""
    told = [
        chat(attributes={keys.USER: "u1", keys.SESSION: "s1", keys.TAGS: ["red", "blue"]}, question="Where is my refund?"),
        chat(model="gpt-4o", tokens=(200_000, 10_000), ms=3_000, attributes={keys.FIRST_CHUNK: 0.7}, question="refund the customer"),
        chat(model="gpt-4o-2024-08-06", error="slow down", attributes={keys.ERROR_TYPE: "openai.RateLimitError"}),
        chat(model="claude-sonnet-4-5", tokens=(5, 5), attributes={keys.PROVIDER: "anthropic", keys.RESPONSE_MODEL: "claude-sonnet-4-5-20250929"}),
        span(attributes={keys.OPERATION: "execute_tool", keys.TOOL_NAME: "lookup", "http.route": "/a b"}),
        span(attributes={keys.OPERATION: "invoke_agent", keys.AGENT_NAME: "clerk", "retries": 3, "is_new": True}),
        chat(tokens=None, model="made-up", ms=None),
        chat(question="Ünïcode ist schön", attributes={keys.OUTCOME: "cancelled"}),
    ]  # fmt: skip
    for place, one in enumerate(told):
        letter = chr(ord("a") + place)
        start, end = int(str(one["startTimeUnixNano"])), int(str(one["endTimeUnixNano"]))
        late = place * MINUTE * 1_000_000
        yield one | {
            "traceId": f"{place + 1:032x}",
            "name": letter,
            "startTimeUnixNano": str(start + late),
            "endTimeUnixNano": str(end and end + late),
        }


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with running(tmp_path_factory.mktemp("filters")) as url:
        client = Client(url)
        for place, one in enumerate(traces()):
            client.send(
                one,
                resource={
                    "service.name": "shop" if place % 2 else "bank",
                    "deployment.environment": "prod" if place < 4 else "dev",
                },
            )
        client.indexed()
        yield client


FILTERS = {
    "": "abcdefgh",
    "   ": "abcdefgh",
    "model:gpt-4o": "b",
    "model=gpt-4o": "b",
    "model:gpt-4o*": "abch",
    "model:*4o-mini": "ah",
    "model:gpt-4o|made-up": "bg",
    "model:gpt-4o-m*|claude*": "adh",
    "model:claude-sonnet-4-5-20250929": "d",
    "response_model:claude*": "d",
    'model:"gpt-4o"': "b",
    'model:"gpt-4o"|"made-up"': "bg",
    "-model:gpt-4o*": "defg",
    "model:GPT-4O": "",
    "model:[a-z]*": "",
    "model:gpt?4o*": "",
    "provider:anthropic": "d",
    "service:shop": "bdfh",
    "service:*": "abcdefgh",
    "kind:tool": "e",
    "kind:tool|agent": "ef",
    "-kind:llm": "ef",
    "operation:chat op:chat": "abcdgh",
    "status:error": "c",
    "status:running": "g",
    "status:incomplete": "h",
    "status:ok": "abdef",
    "status:o*|r*": "abdefg",
    "-status:ok": "cgh",
    "error:openai.RateLimitError": "c",
    "error:RateLimitError": "c",
    "error_type:*Limit*": "c",
    "-error:RateLimitError kind:llm": "abdgh",
    "tool:lookup": "e",
    "agent:clerk": "f",
    "user:u1": "a",
    "user_id:u1 session:s1 session_id:s1": "a",
    "tag:red tags:blue": "a",
    "env:prod": "abcd",
    "environment:dev": "efgh",
    "name:b": "b",
    'name:"b"|c': "bc",
    "attr.retries:3": "f",
    "attr.is_new:true": "f",
    'attr.http.route:"/a b"': "e",
    "attr.http.route:/a*": "e",
    "attr.nothing:1": "",
    "-attr.retries:3": "abcdegh",
    "cost>0.1": "b",
    "cost>$0.1": "b",
    "cost<0.1": "acdh",
    "-cost<0.1": "befg",
    "cost>=0": "abcdh",
    "tokens>100k": "b",
    "tokens:210000": "b",
    "tokens<=15": "acdh",
    "tokens=10": "d",
    "duration>2s": "b",
    "duration>2000": "b",
    "duration>=3000ms": "b",
    "latency<.05m": "acdefh",
    "duration>1h": "",
    "-duration<2s": "bg",
    "ttft>500ms": "b",
    "ttft<1s": "b",
    "refund": "ab",
    "REFUND": "ab",
    "refun*": "ab",
    "refun": "",
    '"my refund"': "a",
    '"refund my"': "",
    "refund customer": "b",
    "refund -customer": "a",
    "-refund": "cdefgh",
    "unicode": "h",
    "schön": "h",
    "schon": "h",
    '"Ünïcode ist"': "h",
    "refund model:gpt-4o status:ok cost>0.1": "b",
    "!!!": "",
    "-!!!": "abcdefgh",
    '""': "",
    "-": "",
    "*": "",
    "\N{GRINNING FACE}": "",
    "NEAR(refund)": "",
    "refund AND customer": "",
    "user|u1": "",
    "12:30": "",
    "nul\0byte": "",
}


@pytest.mark.parametrize("q", FILTERS)
def test_a_filter_finds(server: Client, q: str) -> None:
    found = server.found(q)
    assert "".join(sorted(found)) == FILTERS[q]
    assert found == sorted(found, reverse=True)
    total = server.get("/api/v1/traces", q=q).json["total"]
    assert total == {"value": len(found), "capped": False}


@pytest.mark.parametrize("q", FILTERS)
def test_the_histogram_and_the_facets_count_the_same(server: Client, q: str) -> None:
    whole = {"from_ms": START_NS / 1e6, "to_ms": START_NS / 1e6 + 8 * MINUTE}
    histogram = server.get("/api/v1/histogram", q=q, buckets=8, **whole).json
    expected = [int(letter in FILTERS[q]) for letter in "abcdefgh"]
    assert [one["total"] for one in histogram["buckets"]] == expected
    assert sum(one["errors"] for one in histogram["buckets"]) == ("c" in FILTERS[q])
    facets = {one["field"]: one["values"] for one in server.get("/api/v1/facets", q=q, **whole).json["facets"]}
    assert sum(one["count"] for one in facets["service"]) == len(FILTERS[q])
    assert sum(one["errors"] for one in facets["service"]) == ("c" in FILTERS[q])


REFUSED = {
    "models:gpt": (0, "`models` is no field"),
    "status:ok  foo:1": (11, "`foo` is no field"),
    "cost>much": (5, "`much` is no amount"),
    "duration>2k": (9, "write it like `duration>2s`"),
    "tokens>2s": (7, "`2s` is no amount"),
    "model>3": (0, "`model` is no number"),
    "model:": (6, "needs a value"),
    'say "this': (4, "a quote is not closed"),
    "x" * 2_001: (2_000, "at most 2,000 characters"),
    "a " * 60: (99, "at most 50 conditions"),
    "model:" + "|".join("x" * 60): (0, "at most 50 alternatives"),
    "model:" + "*a" * 9: (6, "at most 8 `*`"),
}


@pytest.mark.parametrize("q", REFUSED)
def test_a_filter_that_cannot_be_read_says_where_and_why(server: Client, q: str) -> None:
    for path in ("traces", "histogram", "facets"):
        reply = server.get(f"/api/v1/{path}", q=q)
        position, words = REFUSED[q]
        assert (reply.status, reply.json["error"]["code"], reply.json["error"]["position"]) == (
            400,
            "bad_query",
            position,
        )
        assert words in reply.json["error"]["message"]


def test_a_window_holds_its_start_and_not_its_end(server: Client) -> None:
    start = START_NS / 1e6
    for q in ("", "kind:*"):
        assert server.found(q, from_ms=start + MINUTE, to_ms=start + 3 * MINUTE) == ["c", "b"]
        assert server.found(q, from_ms=start + 0.001, to_ms=start + MINUTE) == []
        totals = server.get("/api/v1/traces", q=q, from_ms=start + 30_000, to_ms=start + 3 * MINUTE).json["total"]
        assert totals["value"] == 2
        facets = server.get("/api/v1/facets", q=q, from_ms=start + MINUTE, to_ms=start + 3 * MINUTE).json["facets"]
        assert [one["value"] for one in facets[0]["values"]] == ["gpt-4o", "gpt-4o-2024-08-06"]


def test_the_range_is_from_the_first_to_the_last(server: Client) -> None:
    assert server.get("/api/v1/range").json == {"first_ms": START_NS / 1e6, "last_ms": START_NS / 1e6 + 7 * MINUTE}


@pytest.mark.parametrize("limit", [1, 3, 4, 8, 9])
def test_pages_follow_each_other_without_a_gap(server: Client, limit: int) -> None:
    found, cursor, pages = "", "", 0
    while cursor is not None:
        page = server.get("/api/v1/traces", limit=limit, cursor=cursor).json
        found += "".join(row["name"] for row in page["traces"])
        cursor, pages = page["next_cursor"], pages + 1
    assert found == "hgfedcba"
    assert pages == -(-8 // limit)


BAD = [
    ("traces", "limit", value) for value in ("0", "1001", "-1", "x", "1.5", "²", "١", "9" * 5_000)
] + [
    ("traces", "cursor", value) for value in ("x", "1", "1-", "-1-1", "²-1", f"{2**63}-1", f"1-{'9' * 5_000}")
] + [
    ("histogram", "buckets", value) for value in ("0", "501", "x")
] + [
    (path, name, value) for path in ("traces", "histogram", "facets") for name in ("from_ms", "to_ms") for value in ("x", "nan", "inf", "-inf", "1e999")
]  # fmt: skip


@pytest.mark.parametrize(("path", "name", "value"), BAD)
def test_a_number_that_is_none_is_refused(server: Client, path: str, name: str, value: str) -> None:
    reply = server.get(f"/api/v1/{path}", **{name: value})
    assert reply.status == 400
    assert name in reply.json["error"]["message"]


def test_a_window_must_not_end_before_it_begins(server: Client) -> None:
    assert server.get("/api/v1/traces", from_ms=5, to_ms=5).json["error"]["code"] == "bad_range"


COMPLETED = {
    ("model", "gpt"): ["gpt-4o", "gpt-4o-2024-08-06", "gpt-4o-mini"],
    ("model", "zzz"): [],
    ("service", ""): ["bank", "shop"],
    ("error_type", "open"): ["openai.RateLimitError"],
    ("environment", "p"): ["prod"],
    ("attr.http.route", ""): ["/a b"],
    ("nothing", ""): [],
    ("", "attr.http"): ["attr.http.route"],
    ("", "mod"): ["model"],
    ("", "%"): [],
    ("model", "x" * 10_000): [],
}


@pytest.mark.parametrize(("field", "prefix"), COMPLETED)
def test_what_can_follow(server: Client, field: str, prefix: str) -> None:
    assert server.get("/api/v1/complete", field=field, prefix=prefix).json == {"values": COMPLETED[field, prefix]}


def test_facets_name_every_field(server: Client) -> None:
    found = {
        one["field"]: [(v["value"], v["count"], v["errors"]) for v in one["values"]]
        for one in server.get("/api/v1/facets").json["facets"]
    }
    assert set(found) == {
        "model",
        "provider",
        "service",
        "tool",
        "error_type",
        "user",
        "tag",
        "environment",
        "operation",
    }
    assert found["provider"] == [("openai", 5, 1), ("anthropic", 1, 0)]
    assert found["error_type"] == [("openai.RateLimitError", 1, 1)]
    assert sorted(found["tag"]) == [("blue", 1, 0), ("red", 1, 0)]
