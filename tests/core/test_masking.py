"""One choke point for everything: texts, JSON, records, other people's attributes."""

from __future__ import annotations

import dataclasses
import gzip
import itertools
import json
import os
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limelight.core.masking import Masker
from limelight.core.masking import masker as module
from limelight.core.masking.spans import found, merged
from limelight.core.model import (
    Attempt,
    Failure,
    Media,
    Message,
    Other,
    Reasoning,
    Record,
    Request,
    Response,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
)

KEY = "sk-proj-aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"
GONE = "[REDACTED:openai_key]"


@pytest.mark.case(57, 66)
def test_a_secret_is_masked_in_every_field_of_a_record():
    """Whatever string field is added to the model later is covered by this test and by the masker alike."""
    record = Record(
        provider=f"p {KEY}",
        operation=f"o {KEY}",
        request=Request(
            model=f"m {KEY}",
            system=(Text(f"s {KEY}"),),
            messages=(
                Message("user", (Text(f"t {KEY}", citations=({"url": f"u {KEY}"},)), Reasoning(f"r {KEY}")), name=f"n {KEY}"),
                Message("assistant", (ToolCall(f"n {KEY}", {"deep": [{"er": f"a {KEY}"}]}, id=f"i {KEY}"), ToolCall("n", f"raw {KEY}"))),
                Message("tool", (ToolResult([f"r {KEY}"], id=f"i {KEY}"), Media("image", uri=f"https://x.example/{KEY}"))),
                Message("user", (Other("refusal", {"refusal": f"r {KEY}"}),)),
            ),
            tools=(Tool(f"n {KEY}", description=f"d {KEY}", parameters={"description": f"p {KEY}"}),),
            params={"user": f"u {KEY}", "stop": [f"s {KEY}"]},
        ),
        response=Response(
            id=f"i {KEY}", model=f"m {KEY}", messages=(Message("assistant", (Text(f"a {KEY}"),)),), status=f"s {KEY}",
            service_tier=f"s {KEY}", system_fingerprint=f"f {KEY}", extra={f"k {KEY}": f"x {KEY}"}, usage=Usage(input=1),
        ),
        failure=Failure(f"t {KEY}", f"m {KEY}", code=f"c {KEY}", request_id=f"r {KEY}", stacktrace=f"File x, line 1\n  {KEY}"),
        attempts=(Attempt(1, request_id=f"r {KEY}"),),
        server_address=f"https://joe:{KEY}@host",
        api=f"a {KEY}", name=f"n {KEY}", call_id=f"c {KEY}", input={"messages": [f"i {KEY}"]}, output=f"o {KEY}",
        session_id=f"s {KEY}", user_id=f"u {KEY}", tags=(f"t {KEY}",), metadata={"k": f"v {KEY}"}, notes=(f"n {KEY}",),
        request_id=f"r {KEY}", limits={"x-ratelimit-reset": f"l {KEY}"},
    )  # fmt: skip
    planted = str(record).count(KEY)
    masked = Masker().record(record)
    assert KEY[8:] not in str(masked)
    assert str(masked).count("[REDACTED:") == planted
    assert masked.response.usage == record.response.usage
    strings = {field.name for field in dataclasses.fields(Record)} - {
        "kind",
        "outcome",
        "cost",
        "timing",
        "server_port",
    }
    assert all(KEY in str(getattr(record, name)) for name in strings)


def test_a_record_without_secrets_is_returned_as_it_is():
    record = Record(
        request=Request(messages=(Message("user", (Text("hello there"),)),), params={"n": [1, "two"]}), tags=("a",)
    )
    assert Masker("pii").record(record) is record


def test_media_in_base64_is_not_searched_but_its_address_is():
    content = "c2stcHJvai" + KEY
    record = Record(
        request=Request(
            messages=(Message("user", (Media("image", content=content, uri=f"https://x.example/?key={KEY}"),)),)
        )
    )
    part = Masker().record(record).request.messages[0].parts[0]
    assert part.content == content
    assert part.uri == f"https://x.example/?key={GONE}"
    inline = Media("image", uri="data:image/png;base64," + KEY)
    assert Masker().record(Record(input=(inline,))).input == (inline,)


@pytest.mark.parametrize(
    ("key", "value", "kind"),
    [
        ("password", "x9!", "password"),
        ("user_password", "correct horse battery staple", "password"),
        ("api_key", "abcd1234", "credential"),
        ("x-api-key", "abcd1234", "credential"),
        ("apiKey", "abcdefgh-IJKLMNOP-7", "credential"),
        ("client_secret", "q8w7e6r5", "credential"),
        ("connectionString", "Server=x;Uid=joe;Pw=1", "credential"),
        ("private_key", "aB3/" * 2_000, "credential"),
        ("token", "0123456789abcdef", "credential"),
        ("device_token", "0123456789abcdef", "credential"),
        ("Authorization", "Bearer abcd1234", "authorization"),
        ("authorization", "abcd1234efgh", "authorization"),
        ("Set-Cookie", "sid=abcd1234; Path=/", "authorization"),
        ("http.request.header.authorization", "Basic am9lOnNlY3JldA==", "authorization"),
    ],
)
def test_a_value_is_judged_by_the_key_it_stands_under(key, value, kind):
    gone = f"[REDACTED:{kind}]"
    assert Masker().value({"a": [{key: value}]}) == {"a": [{key: gone}]}
    assert Masker().attributes({key: value}) == {key: gone}
    assert Masker().attributes({key: [value, value]}) == {key: [gone, gone]}
    assert Masker().attributes({key: (value,)}) == {key: (gone,)}


@pytest.mark.parametrize(
    ("key", "value", "kind"),
    [
        ("ssn", "123456789", "ssn"),
        ("social_security_number", 123456789, "ssn"),
        ("phone", "5551234567", "phone"),
        ("customer.phone_number", 5551234567, "phone"),
        ("mobile", "0151 23456789", "phone"),
        ("card", 4111111111111111, "card_number"),
        ("anything", "4111111111111111", "card_number"),
    ],
)
def test_a_number_of_somebodys_need_be_no_text(key, value, kind):
    gone = f"[REDACTED:{kind}]"
    assert Masker("pii").value({"a": [{key: value}]}) == {"a": [{key: gone}]}
    assert Masker("pii").attributes({key: value, "n": 7}) == {key: gone, "n": 7}
    assert Masker().value({key: value}) == {key: value}
    if kind == "card_number":
        assert Masker("pii").value([value]) == [gone]


def test_numbers_of_nobodys_stay_numbers():
    table = {
        "created": 1770741628,
        "ns": 1770741628123456789,
        "id": 4111111111111112,
        "is_phone": True,
        "phone": 12,
        "ssn": 1.5,
    }
    assert Masker("pii").value(table) == table
    assert Masker("pii").attributes(table) == table


@pytest.mark.parametrize(
    "value",
    [
        {"token": "Hello", "logprob": -0.5, "bytes": [1, 2]},
        {"max_tokens": 5, "password": {"type": "string"}, "required": ["password", "api_key"]},
        {"password": "", "api_key": None, "secret": False, "token": 12345678901234567890},
        {"password": "<your password>", "api_key": "${API_KEY}", "authorization": "Bearer $TOKEN"},
        {"cookie": "yes", "monkey": "abcd1234", "keys": ["abcd1234"], 7: "abcd1234"},
        {"a": (1, 2.5, None, True, "x"), "b": object},
    ],
)
def test_tables_without_secrets_stay(value):
    assert Masker().value(value) == value
    assert Masker().attributes(value) == value


def test_foreign_attributes_are_masked_in_keys_values_lists_and_bytes():
    masked = Masker().attributes({f"k.{KEY}": f"v {KEY}", "list": [f"l {KEY}", 1], "raw": f"b {KEY}".encode(), "n": 3})
    assert masked == {f"k.{GONE}": f"v {GONE}", "list": [f"l {GONE}", 1], "raw": f"b {GONE}".encode(), "n": 3}
    assert Masker().attributes({"raw": bytes(range(256))}) == {"raw": bytes(range(256))}


def test_a_bottomless_value_ends():
    deep: list[object] = [KEY]
    wide: dict[str, object] = {"a": KEY}
    for _ in range(5_000):
        deep, wide = [deep], {"a": wide}
    assert KEY not in str_of(Masker().value(deep))
    assert "too_deep" in str_of(Masker().value(deep))
    assert "too_deep" in str_of(Masker().value(wide))


def str_of(value: object) -> str:
    return json.dumps(value)


def test_levels_and_functions_can_be_combined():
    masker = Masker(["pii", lambda text: text.replace("Jane", "J."), str.upper])
    assert masker.text("Jane: jane@example.com") == "J.: [REDACTED:EMAIL]"
    assert masker.counts == {"email": 1, "custom": 2}
    assert Masker(str.upper).text(f"use {KEY}") == f"use {KEY}".upper()
    assert Masker([]).value({"password": "hunter2", "text": KEY}) == {"password": "hunter2", "text": KEY}


def test_what_was_done_is_told_in_figures():
    masker = Masker("pii")
    masker.text(f"{KEY} and joe@example.com and ann@example.com")
    masker.dropped += 1
    assert masker.stats() == {"seen": 1, "masked": {"openai_key": 1, "email": 2}, "dropped": 1}


def test_a_function_may_fail_and_the_caller_hears_of_it():
    def broken(text: str) -> str:
        raise RuntimeError(f"no {text}")

    with pytest.raises(RuntimeError, match="no hi"):
        Masker(broken).text("hi")
    with pytest.raises(TypeError, match="must return a string, got int"):
        Masker(len).text("hi")  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", ["nlp", "PII", ["secrets", "all"], [3]])
def test_an_unknown_level_is_a_clear_error(wrong):
    with pytest.raises(ValueError, match=r"`mask` must be `secrets`, `pii`, a function, or a list of these, got"):
        Masker(wrong)


def test_a_message_that_comes_again_is_masked_once_and_counted_each_time():
    calls: list[str] = []

    def note(text: str) -> str:
        calls.append(text)
        return text

    masker = Masker(["secrets", note])
    history = f"the key is {KEY}. " + "lorem ipsum " * 20
    for _ in range(3):
        assert masker.text("".join(history)).startswith(f"the key is {GONE}.")
    assert len(calls) == 1
    assert masker.counts == {"openai_key": 3}
    assert masker.seen == 3


def test_what_is_remembered_is_bounded_and_the_newest_is_kept():
    masker = Masker()
    texts = [f"{number} " + "x y " * 5_000 for number in range(400)]
    for text in texts:
        masker.text(text)
    kept = [*masker._young, *masker._old]
    assert sum(text.__sizeof__() for text in kept) <= module.CACHE_BYTES
    assert texts[-1] in kept
    assert texts[0] not in kept
    masker.text("z " * module.CACHE_BYTES)
    assert all(len(text) < module.CACHE_BYTES for text in (*masker._young, *masker._old))


def test_a_text_that_is_used_again_survives_the_change_of_generations():
    masker = Masker()
    loved = "loved " * 100
    for number in range(2_000):
        masker.text(loved)
        masker.text(f"{number} " + "x y " * 1_000)
    assert loved in masker._young or loved in masker._old


_PIECES = st.sampled_from([
    KEY, "password=", '"', "'", "\\", "\n", ": ", "=", "hunter2", "https://", "joe:", "@", "host", "Bearer ", "Authorization: ",
    "-----BEGIN PRIVATE KEY-----", "-----END", "4111 1111 1111 1111", "joe@example.com", "[REDACTED:", "]", "AKIA", "eyJ", ".", "-", "日本",
    "cookie: a=", "token", "key", "api_", "--", " ", "{", "}", "sig=", "?", "Basic ", "2001:db8::1", "+44 20 7946 0958", "\ud800", "İ",
])  # fmt: skip
_TEXTS = st.lists(_PIECES | st.text(max_size=12), max_size=30).map("".join)


@given(_TEXTS)
def test_masking_never_raises_and_masking_again_changes_nothing(text):
    for level in ("secrets", "pii"):
        once = Masker(level).text(text)
        assert Masker(level).text(once) == once


@given(_TEXTS, _TEXTS)
def test_a_key_between_any_two_texts_is_found(before, after):
    before, after = before.replace(KEY, ""), after.replace(KEY, "")
    assert KEY not in Masker().text(f"{before} {KEY} {after}")


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20), st.sampled_from("abc"))))
def test_merged_spans_cover_the_same_places_in_order_without_overlap(raw):
    spans = [(start, start + length, kind) for start, length, kind in raw if length]
    joined = merged(spans)
    assert {at for start, end, _ in spans for at in range(start, end)} == {
        at for start, end, _ in joined for at in range(start, end)
    }
    assert all(one[1] <= two[0] for one, two in itertools.pairwise(joined))


ADVERSARIAL = [
    "a", "0", "-", "sk-", "-eyJ", "eyJa.", "key=", 'password="', "password: ", "://", "://a:", "@", "a@", "a@a.", "+1 ", "1.", "1:",
    "::", "-----BEGIN PRIVATE KEY-----", "Bearer ", "Bearer a", "Basic YTpi ", "cookie: a=", "authorization: ", "AKIAABCDEFGHIJKLMNOP ",
    "DE89 ", "(555) ", "SG.aaaaaaaaaaaaaaaaaaaa-", "api_key=\\", "?sig=", "token=token=", "authorization: digest ", "pass>", "1 2", "é", "xoxb-",
    "https://discord.com/api/webhooks/", "-gl", "--password ", "0.", "00 ", "+", "(", "(555) 123", "1-", "1.1.1.", "::1:", "1:a:", "0.0,", "a@a",
    "%40a", "aa00 ", "DE00", "tokens_", '{"token":"', "sk-a-", "-sk-", "\\n", "-----BEGIN PRIVATE KEY-----\\\\n", "eyJaaaaaaaaaaaaaaaa.", "phone 1 ",
    "social security 1 ", "secret: ", "://a@", "cookie: a=b; ", "basic ", "key=a", 'password=\\"', "%40", "tokens: 1", "AKIAAAAAAAAAAAAAAAAAAAA",
]  # fmt: skip


@pytest.mark.parametrize("piece", ADVERSARIAL)
def test_work_grows_with_the_length_of_a_hostile_text_and_no_faster(piece):
    """Counted, not timed: no part of the text is reported over and over.

    What one look may cost is bounded by the patterns: see the next test.
    """
    text = piece * (100_000 // len(piece))
    spans = list(found(text, module._finders({"pii"})[0]))
    assert sum(end - start for start, end, _ in spans) <= 8 * len(text)


@pytest.mark.slow
@pytest.mark.parametrize("piece", ADVERSARIAL)
def test_a_hostile_megabyte_takes_twice_as_long_as_half_of_it(piece):
    """CPU of this thread, which other programs do not share; at the second try at the latest."""

    def seconds(chars: int) -> float:
        masker, text = Masker("pii"), piece * (chars // len(piece))
        began = time.thread_time()
        masker.text(text)
        return time.thread_time() - began

    assert any(seconds(1_000_000) < 3 * seconds(500_000) for _ in range(2))


def _patterns() -> dict[str, re.Pattern[str]]:
    from limelight.core.masking import fields, keys, personal, places, plausible

    modules = (fields, keys, personal, places, plausible)
    return {name: value for part in modules for name, value in vars(part).items() if isinstance(value, re.Pattern)}


def test_no_pattern_repeats_a_repetition_without_bound():
    """But for the two in `plausible`, whose every turn begins with a sign that the turn before cannot hold."""
    repeated_group = re.compile(r"\)(?:[*+]|\{\d*,\})")
    patterns = {name: str(pattern.pattern) for name, pattern in _patterns().items()}
    assert len(patterns) > 20
    found = [name for name, shape in patterns.items() if repeated_group.search(re.sub(r"\\.|\[[^\]]*\]", "x", shape))]
    assert found == ["_IDENTIFIER", "_WORDS"]


def _corpus() -> Path:
    folder = os.environ.get("LIMELIGHT_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus"
    return Path(folder) / "dev.jsonl.gz"


@pytest.mark.corpus
@pytest.mark.skipif(not _corpus().exists(), reason="the recordings are kept outside the repository")
@pytest.mark.parametrize("level", ["secrets", "pii"])
def test_real_traffic_is_hardly_touched(level):
    texts: set[str] = set()

    def collect(value: object) -> None:
        if isinstance(value, str) and len(value) >= 20:
            texts.add(value)
        for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            collect(item)

    with gzip.open(_corpus(), "rt") as lines:
        for line in lines:
            exchange = json.loads(line)
            collect([exchange["request"].get("body"), exchange["response"].get("body")])
    masker = Masker(level)
    touched = [text for text in texts if masker.text(text) != text]
    assert len(texts) > 2_000
    assert len(touched) / len(texts) <= 0.005
