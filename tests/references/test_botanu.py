"""What `botanu-llm-tracking` promises, held by Limelight."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import limelight
from limelight.core.dialects import keys
from limelight.testing import Capture
from limelight.testing.fake import fail
from tests.pipeline.collector import Collector

if TYPE_CHECKING:
    from pathlib import Path

    from limelight.testing import FakeProvider
    from limelight.testing.capture import Captured

anthropic = pytest.importorskip("anthropic")
openai = pytest.importorskip("openai")
QUESTION = [{"role": "user", "content": "Where is my parcel?"}]


def test_cached_tokens_are_those_read_from_the_cache(spans: Capture) -> None:
    with spans.llm_call(provider="openai", model="m") as call:
        call.set_tokens(input=150, output=200, cached=50)
    assert spans.one().attributes[keys.USAGE["cache_read"]] == 50
    assert spans.one().attributes[keys.USAGE["input"]] == 150


def test_at_rate_nought_the_setters_write_nothing(traced: Any) -> None:
    spans = traced(capture_rate=0.0)
    with spans.llm_call(provider="openai", model="m") as call:
        call.set_input_content("a question").set_output_content("an answer").set_tokens(input=2, output=3)
    assert "a question" not in str(spans.one().span)
    assert "an answer" not in str(spans.one().span)
    assert spans.one().attributes[keys.USAGE["output"]] == 3


@pytest.mark.parametrize(
    "told",
    [
        "ann@acme.example",
        "+1 (555) 123-4567",
        "078-05-1120",
        "4111 1111 1111 1111",
        "203.0.113.7",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
        "sk-proj-" + "aB3dE5gH7jK9mN1pQ3sT5vX7zB9dF1hJ3lN5pR7tV9xZ1bD3",
    ],
    ids=["email", "phone", "ssn", "card", "ip", "jwt", "key"],
)
def test_what_identifies_people_is_masked(traced: Any, told: str) -> None:
    spans = traced(mask="pii")
    with spans.llm_call(provider="openai", model="m") as call:
        call.set_input_content(f"I am at {told} today").set_output_content(f"So {told} it is")
    assert told not in str(spans.one().span)
    assert "today" in spans.one().attributes[keys.INPUT_MESSAGES]


def test_every_parameter_has_its_attribute(spans: Capture) -> None:
    with spans.llm_call(provider="openai", model="m") as call:
        call.set_request_params(
            temperature=0.7,
            top_p=0.9,
            max_tokens=1000,
            stop_sequences=["END"],
            frequency_penalty=0.5,
            presence_penalty=0.3,
        )
    said = spans.one().attributes
    assert {key: said[f"gen_ai.request.{key}"] for key in ("temperature", "top_p", "max_tokens")} == {
        "temperature": 0.7,
        "top_p": 0.9,
        "max_tokens": 1000,
    }
    assert (said["gen_ai.request.frequency_penalty"], said["gen_ai.request.presence_penalty"]) == (0.5, 0.3)
    assert said["gen_ai.request.stop_sequences"] == ("END",)


def test_an_error_that_goes_no_further_can_be_told(spans: Capture) -> None:
    with spans.llm_call(provider="openai", model="m") as call:
        call.set_error(TimeoutError("too late"))
    assert spans.one().attributes[keys.ERROR_TYPE] == "TimeoutError"
    assert spans.one().error is not None


@pytest.mark.parametrize(
    "constant",
    [
        "CHAT",
        "TEXT_COMPLETION",
        "EMBEDDINGS",
        "GENERATE_CONTENT",
        "EXECUTE_TOOL",
        "CREATE_AGENT",
        "INVOKE_AGENT",
        "RERANK",
        "IMAGE_GENERATION",
        "SPEECH_TO_TEXT",
        "TEXT_TO_SPEECH",
    ],
)
def test_an_operation_goes_by_its_constants_value(spans: Capture, constant: str) -> None:
    with spans.llm_call(provider="openai", model="m", operation=constant.lower()):
        pass
    assert spans.one().attributes[keys.OPERATION] == constant.lower()
    assert constant.lower() in limelight.OPERATIONS
    assert len(limelight.OPERATIONS) == 11


def test_a_tool_can_be_told_everything_late(spans: Capture) -> None:
    with spans.tool_call("search") as tool:
        tool.set_tool_call_id("call_abc123")
        tool.set_error(LookupError("gone"))
        tool.add_metadata(query_type="semantic")
    said = spans.one().attributes
    assert (said[keys.TOOL_CALL_ID], said[keys.ERROR_TYPE]) == ("call_abc123", "LookupError")
    assert spans.one().json(keys.METADATA) == {"query_type": "semantic"}


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("openai", "openai"),
        ("OpenAI", "openai"),
        ("azure_openai", "azure.ai.openai"),
        ("azure-openai", "azure.ai.openai"),
        ("anthropic", "anthropic"),
        ("claude", "anthropic"),
        ("bedrock", "aws.bedrock"),
        ("aws_bedrock", "aws.bedrock"),
        ("vertex", "gcp.vertex_ai"),
        ("vertexai", "gcp.vertex_ai"),
        ("gemini", "gcp.gemini"),
        ("cohere", "cohere"),
        ("mistral", "mistral_ai"),
        ("mistralai", "mistral_ai"),
        ("together", "together"),
        ("togetherai", "together"),
        ("groq", "groq"),
    ],
)
def test_a_provider_goes_by_one_name(spans: Capture, name: str, known: str) -> None:
    with spans.llm_call(provider=name, model="m"):
        limelight.set_llm_attributes(provider=name)
    assert spans.one().attributes[keys.PROVIDER] == known


def test_the_attributes_are_those_of_opentelemetry(spans: Capture) -> None:
    with spans.llm_call(provider="openai", model="gpt-4") as call:
        call.set_tokens(input=150, output=200).set_request_id("chatcmpl-1").set_response_model("gpt-4-0613")
        call.set_input_content("a question").set_output_content("an answer")
    said = spans.one().attributes
    assert {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4",
        "gen_ai.response.model": "gpt-4-0613",
        "gen_ai.usage.input_tokens": 150,
        "gen_ai.usage.output_tokens": 200,
        "gen_ai.response.id": "chatcmpl-1",
    }.items() <= said.items()
    assert "a question" in said["gen_ai.input.messages"]
    assert "an answer" in said["gen_ai.output.messages"]


def test_every_fact_of_a_call_can_be_put_on_the_current_span(spans: Capture) -> None:
    with spans.span("mine", kind="llm"):
        limelight.set_llm_attributes(
            provider="azure_openai",
            model="gpt-4",
            operation="text_completion",
            input_tokens=150,
            output_tokens=200,
            streaming=True,
            provider_request_id="chatcmpl-1",
        )
    with spans.span("counted", kind="llm"):
        limelight.set_token_usage(input_tokens=5, output_tokens=7, cached_tokens=2)
    mine, counted = told(spans, "mine").attributes, told(spans, "counted").attributes
    assert {key: mine.get(key) for key in mine if key.startswith("gen_ai.")} == {
        "gen_ai.provider.name": "azure.ai.openai",
        "gen_ai.request.model": "gpt-4",
        "gen_ai.operation.name": "text_completion",
        "gen_ai.usage.input_tokens": 150,
        "gen_ai.usage.output_tokens": 200,
        "gen_ai.request.stream": True,
        "gen_ai.response.id": "chatcmpl-1",
    }
    assert [counted[keys.USAGE[name]] for name in ("input", "output", "cache_read")] == [5, 7, 2]


def told(spans: Capture, name: str) -> Captured:
    return next(one for one in spans.all() if one.name == name)


@pytest.mark.case(74)
def test_a_fallback_is_two_attempts_of_one_event(fake: FakeProvider, spans: Capture) -> None:
    claude = anthropic.Anthropic(base_url=fake.anthropic_url, api_key="any", max_retries=0)
    gpt = openai.OpenAI(base_url=fake.openai_url, api_key="any")
    fake.script(fail(429))

    @spans.event(workflow="answering", event_id=lambda data: data["id"], customer_id=lambda data: data["customer_id"])
    def answer(data: dict[str, str]) -> str:
        try:
            claude.messages.create(model="claude-sonnet-5-5", max_tokens=9, messages=QUESTION)
        except anthropic.RateLimitError:
            answered = gpt.chat.completions.create(model="gpt-4o-mini", messages=QUESTION)
            limelight.outcome(value_type="items_processed", value_amount=1)
        return str(answered.choices[0].message.content)

    assert answer({"id": "O-1", "customer_id": "acme"})
    event = told(spans, "answering")
    failed, made = told(spans, "chat claude-sonnet-5-5"), told(spans, "chat gpt-4o-mini")
    assert failed.is_child_of(event)
    assert made.is_child_of(event)
    assert len({one.attributes[keys.RUN] for one in (event, failed, made)}) == 1
    assert {one.attributes[keys.CUSTOMER] for one in (event, failed, made)} == {"acme"}
    assert (failed.attributes[keys.HTTP_STATUS], failed.attributes.get(keys.COST["total"])) == (429, None)
    assert made.error is None
    assert made.attributes[keys.COST["total"]] > 0
    assert (event.error, event.attributes[keys.VALUE_AMOUNT]) == (None, (1.0,))
    claude.close()
    gpt.close()


@pytest.mark.case(74)
async def test_a_fallback_told_by_hand_is_counted_once(fake: FakeProvider, spans: Capture) -> None:
    """As people write it who come from there: a block by hand around each client, which is traced already."""
    claude = anthropic.AsyncAnthropic(base_url=fake.anthropic_url, api_key="any", max_retries=0)
    gpt = openai.AsyncOpenAI(base_url=fake.openai_url, api_key="any")
    fake.script(fail(429))

    async with spans.event("answering", event_id="O-1"):
        try:
            with spans.llm_call(provider="anthropic", model="one") as call:
                call.set_attempt(1)
                await claude.messages.create(model="claude-sonnet-5-5", max_tokens=9, messages=QUESTION)
        except anthropic.RateLimitError:
            with spans.llm_call(provider="openai", model="two") as call:
                call.set_attempt(2)
                answer = await gpt.chat.completions.create(model="gpt-4o-mini", messages=QUESTION)
                call.set_tokens(input=answer.usage.prompt_tokens, output=answer.usage.completion_tokens)
                limelight.outcome(value_type="items_processed", value_amount=1)
    first, second, event = told(spans, "chat one"), told(spans, "chat two"), told(spans, "answering")
    assert [one.attributes[keys.ATTEMPT_NUMBER] for one in (first, second)] == [1, 2]
    assert [one.attributes[keys.KIND] for one in (first, second)] == ["task", "task"]
    assert told(spans, "chat claude-sonnet-5-5").is_child_of(first)
    assert told(spans, "chat gpt-4o-mini").is_child_of(second)
    counted = [one for one in spans.all() if keys.USAGE["input"] in one.attributes]
    assert [one.name for one in counted] == ["chat gpt-4o-mini"]
    assert event.attributes[keys.VALUE_TYPE] == ("items_processed",)
    assert keys.VALUE_TYPE not in second.attributes
    await claude.close()
    await gpt.close()


NEXT = """
import subprocess, sys
import limelight
from opentelemetry import propagate
from opentelemetry.context import attach

limelight.init()
if len(sys.argv) == 1:
    with limelight.context(user_id="ann", tags=["vip"]), limelight.event("support", event_id="T1", customer_id="acme"):
        headers = {}
        propagate.inject(headers)
        subprocess.run([sys.executable, __file__, headers["traceparent"], headers["baggage"]], check=True)
else:
    attach(propagate.extract({"traceparent": sys.argv[1], "baggage": sys.argv[2]}))
    with limelight.llm_call(provider="parlour", model="own"):
        pass
"""


def test_a_real_next_process_belongs_to_the_event(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(NEXT)
    with Collector() as collector:
        around = {"LIMELIGHT_ENDPOINT": collector.url, "LIMELIGHT_SPOOL": "off", "PATH": "/usr/bin"}
        ended = subprocess.run([sys.executable, program], env=around, capture_output=True, text=True, timeout=50)
        assert (ended.returncode, ended.stderr) == (0, "")
        found = {
            span.name: (span, {pair.key: pair.value.string_value for pair in span.attributes})
            for span in collector.spans
        }
    (event, marks), (call, stamped) = found["support"], found["chat own"]
    assert call.parent_span_id == event.span_id
    for key in (keys.RUN, keys.EVENT, keys.WORKFLOW, keys.CUSTOMER, keys.USER):
        assert stamped[key] == marks[key]
        assert stamped[key]
