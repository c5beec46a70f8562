"""What is done to a record between being read and being written."""

from __future__ import annotations

import datetime as dt

import pytest

from limelight.core.model import (
    Failure,
    Media,
    Message,
    Other,
    Part,
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
from limelight.pipeline import stages
from limelight.pipeline.stages import MAX_MEDIA_CHARS, MAX_TEXT_CHARS

LONG = "x" * (MAX_TEXT_CHARS + 1_000)
CUT = f"{'x' * MAX_TEXT_CHARS}… [1,000 of {len(LONG):,} characters cut]"
IMAGE = "A" * (MAX_MEDIA_CHARS + 4)

PARTS: list[tuple[Part, Part]] = [
    (Text(LONG), Text(CUT)),
    (Reasoning(LONG), Reasoning(CUT)),
    (ToolCall("f", {"deep": [{"er": LONG}], "n": 1}), ToolCall("f", {"deep": [{"er": CUT}], "n": 1})),
    (ToolResult((LONG, 1), "id"), ToolResult([CUT, 1], "id")),
    (Other("refusal", {"content": LONG}), Other("refusal", {"content": CUT})),
    (Media("image", content=IMAGE), Media("image", size=len(IMAGE) * 3 // 4)),
    (Media("image", content=IMAGE, size=7), Media("image", size=7)),
]
SHORT: list[Part] = [
    Text("a"),
    Reasoning("b"),
    ToolCall("f", {"a": [1, "x"]}),
    ToolResult({"a": None}),
    Other("refusal", {"content": "no"}),
    Media("image", content="AAAA"),
    Media("image", uri="https://example.com/x.png"),
]


@pytest.mark.case(51)
@pytest.mark.parametrize(("part", "shorter"), PARTS, ids=lambda part: type(part).__name__)
def test_what_is_too_long_is_cut_and_says_so(part: Part, shorter: Part) -> None:
    before = Record(
        request=Request(system=(part,), messages=(Message("user", (Text("kept"), part)),)),
        response=Response(messages=(Message("assistant", (part,), finish_reason="stop"),)),
    )
    after = stages.cut(before)
    assert after.request.system == (shorter,)
    assert after.request.messages == (Message("user", (Text("kept"), shorter)),)
    assert after.response.messages == (Message("assistant", (shorter,), finish_reason="stop"),)
    assert before.request.system == (part,)


def test_a_record_that_is_short_enough_is_the_same_object() -> None:
    record = Record(
        request=Request(system=tuple(SHORT), messages=(Message("user", tuple(SHORT)),)),
        response=Response(messages=(Message("assistant", tuple(SHORT)),)),
        input={"a": ["b"]},
        output=[1, None],
    )
    assert stages.cut(record) is record


def test_what_a_step_was_given_and_gave_is_cut() -> None:
    record = stages.cut(Record(input={"a": LONG}, output=[LONG]))
    assert (record.input, record.output) == ({"a": CUT}, [CUT])


SECRET = "what was said"
FULL = Record(
    kind="llm",
    request=Request(
        model="m",
        system=(Text(SECRET),),
        messages=(Message("user", (Text(SECRET),)),),
        tools=(Tool("f", description=SECRET, parameters={"d": SECRET}),),
        params={"temperature": 0.5, "stream": True, "user": SECRET, "service_tier": "flex", "metadata": {"a": SECRET}},
    ),
    response=Response(
        id="r",
        messages=(Message("assistant", (Text(SECRET),), finish_reason="stop"),),
        usage=Usage(input=1, output=2),
        extra={"x": SECRET},
    ),
    failure=Failure("E", SECRET, status=400, stacktrace=SECRET),
    outcome="error",
    input=SECRET,
    output=SECRET,
    tags=("t",),
    user_id="u",
    session_id="s",
    metadata={"m": 1},
)


def test_without_content_everything_else_stays() -> None:
    record = stages.without_content(FULL, "because")
    assert SECRET not in repr(record)
    assert record.request.model == "m"
    assert record.request.tools == (Tool("f"),)
    assert record.request.params == {"temperature": 0.5, "stream": True, "service_tier": "flex"}
    assert record.response.messages == (Message("assistant", (), finish_reason="stop"),)
    assert record.response.usage == Usage(input=1, output=2)
    assert record.failure == Failure("E", "", status=400)
    assert (record.tags, record.user_id, record.session_id, record.metadata) == (("t",), "u", "s", {"m": 1})
    assert record.notes == ("because",)


def test_where_masking_failed_identities_go_as_well() -> None:
    record = stages.bodiless(FULL)
    assert SECRET not in repr(record)
    assert (record.tags, record.user_id, record.session_id, dict(record.metadata)) == ((), None, None, {})
    assert record.notes == ("content dropped: masking failed",)


def test_a_step_of_the_program_has_no_price() -> None:
    at = dt.datetime(2026, 11, 1, tzinfo=dt.timezone.utc)
    step = Record(kind="tool", response=Response(model="gpt-4o", usage=Usage(input=1, output=1)))
    assert stages.priced(step, at) is step
