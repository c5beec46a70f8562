"""What `brokle-automatic-tracing` promises, held by Limelight: a call tells all, and costs next to nothing."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

import limelight
from limelight.core.dialects import keys
from limelight.sdk.config import ConfigError
from limelight.testing import Capture
from limelight.testing.fake import say, tool_call
from tests.pipeline.collector import Collector

if TYPE_CHECKING:
    from limelight.testing import FakeProvider

openai = pytest.importorskip("openai")
SYSTEM = {"role": "system", "content": "You are a librarian."}
USER = {"role": "user", "content": "What is Python?"}
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Of a city, now",
        "parameters": {"type": "object", "properties": {"location": {"type": "string"}}},
    },
}


@pytest.fixture
def client(fake: FakeProvider, spans: Capture) -> Iterator[Any]:
    with openai.OpenAI(base_url=fake.openai_url, api_key="any") as client:
        yield client


def test_a_call_says_all_that_was_promised(client: Any, fake: FakeProvider, spans: Capture) -> None:
    fake.script(say("A language.").usage(input=150, output=89).slow(first_byte_s=0.05))
    before = time.perf_counter()
    answer = client.chat.completions.create(model="gpt-4o-mini", messages=[SYSTEM, USER])
    took = time.perf_counter() - before
    one = spans.one()
    said = one.attributes
    assert one.name == "chat gpt-4o-mini"
    assert (said[keys.REQUEST_MODEL], said[keys.RESPONSE_MODEL]) == ("gpt-4o-mini", answer.model)
    assert "librarian" in said[keys.INPUT_MESSAGES]
    assert [each["parts"][0]["content"] for each in one.json(keys.INPUT_MESSAGES)][-1] == "What is Python?"
    assert [each["parts"][0]["content"] for each in one.json(keys.OUTPUT_MESSAGES)] == ["A language."]
    assert said[keys.USAGE["input"]] + said[keys.USAGE["output"]] == answer.usage.total_tokens == 239
    assert said[keys.COST["total"]] == pytest.approx((150 * 1 + 89 * 2) / 1e6)
    assert 0.05 <= one.duration_s <= took
    assert one.error is None
    assert keys.OUTCOME not in said
    assert said[keys.FINISH_REASONS] == ("stop",)


def test_a_stream_says_all_that_was_promised(client: Any, fake: FakeProvider, spans: Capture) -> None:
    fake.script(say("Once upon a time there was a span.").usage(input=10, output=9))
    stream = client.chat.completions.create(
        model="gpt-4o-mini", messages=[USER], stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    one = spans.one()
    said = one.attributes
    assert 0 < said[keys.FIRST_CHUNK] <= said[keys.FIRST_CONTENT] <= one.duration_s
    assert [each["parts"][0]["content"] for each in one.json(keys.OUTPUT_MESSAGES)] == [
        "Once upon a time there was a span."
    ]
    assert (said[keys.USAGE["input"]], said[keys.USAGE["output"]]) == (10, 9)
    assert keys.USAGE_SOURCE not in said  # as reported
    assert said[keys.CHUNKS] == len(chunks)
    assert said[keys.FINISH_REASONS] == ("stop",)


def test_tokens_that_nobody_reports_are_guessed_and_marked(client: Any, spans: Capture) -> None:
    list(client.chat.completions.create(model="gpt-4o-mini", messages=[USER], stream=True))
    said = spans.one().attributes
    assert said[keys.USAGE["input"]] > 0
    assert said[keys.USAGE["output"]] > 0
    assert said[keys.USAGE_SOURCE] == "estimated"


def test_cached_tokens_are_told(client: Any, fake: FakeProvider, spans: Capture) -> None:
    fake.script(say("Yes.").usage(input=50, cache_read=40, output=2))
    answer = client.chat.completions.create(model="gpt-4o-mini", messages=[USER])
    assert answer.usage.prompt_tokens_details.cached_tokens == 40
    assert spans.one().attributes[keys.USAGE["cache_read"]] == 40


def test_tools_are_told_with_their_calls(client: Any, fake: FakeProvider, spans: Capture) -> None:
    fake.script(tool_call("get_weather", {"location": "Paris"}))
    answer = client.chat.completions.create(model="gpt-4o-mini", messages=[USER], tools=[WEATHER])
    one = spans.one()
    (tool,) = one.json(keys.TOOL_DEFINITIONS)
    assert (tool["name"], tool["description"]) == ("get_weather", "Of a city, now")
    assert tool["parameters"] == WEATHER["function"]["parameters"]  # type: ignore[index]
    (message,) = one.json(keys.OUTPUT_MESSAGES)
    (part,) = message["parts"]
    assert (part["name"], part["arguments"]) == ("get_weather", {"location": "Paris"})
    assert part["id"] == answer.choices[0].message.tool_calls[0].id


def test_embeddings_are_counted_and_never_kept(client: Any, spans: Capture) -> None:
    answer = client.embeddings.create(model="text-embedding-3-small", input=["Hello world", "Goodbye world"])
    said = spans.one().attributes
    assert said[keys.REQUEST_MODEL] == "text-embedding-3-small"
    assert "Goodbye world" in said[keys.INPUT_MESSAGES]
    assert said[keys.DIMENSIONS] == len(answer.data[0].embedding)
    assert said[keys.EMBEDDING_COUNT] == 2
    assert said[keys.USAGE["input"]] == answer.usage.prompt_tokens
    assert str(answer.data[0].embedding[0]) not in str(said)


def test_two_projects_each_get_their_own_with_their_own_key(fake: FakeProvider) -> None:
    with (
        Collector() as first,
        Collector() as second,
        limelight.Limelight(endpoint=first.url, api_key="key-a", spool="off") as ours,
        limelight.Limelight(endpoint=second.url, api_key="key-b", spool="off") as theirs,
    ):
        for each in (ours, theirs):
            with openai.OpenAI(base_url=fake.openai_url, api_key="any") as client:
                limelight.wrap_openai(client, limelight=each).chat.completions.create(model="m", messages=[USER])
            assert each.flush()
        limelight.uninstrument()
    assert [len(one.spans) for one in (first, second)] == [1, 1]
    assert [one.headers[0]["authorization"] for one in (first, second)] == ["Bearer key-a", "Bearer key-b"]


@pytest.mark.parametrize("name", ["openai", "anthropic", "google", "cohere", "bedrock", "mistral", "groq"])
async def test_each_vendors_client_is_wrapped_by_its_name(name: str, fake: FakeProvider, spans: Capture) -> None:
    from tests.conformance.drive import settle
    from tests.conformance.subjects import SUBJECTS

    subject = next((one for one in SUBJECTS if one.name == name), None)
    if subject is None:
        pytest.skip(f"the client of {name} is not installed")
    spans.uninstrument()
    wrap, ask = getattr(limelight, f"wrap_{name}"), subject.asks[0]
    client = await subject.client(fake, "sync")
    assert wrap(client, limelight=spans) is client
    await settle(subject.ways["plain"].ask(client, ask, ask.arguments))
    assert spans.one().attributes[keys.USAGE["input"]] > 0
    if name != "openai":
        wrong = f"`wrap_{name}\\(\\)` takes a client of `{name}`, got one of `openai`"
        with openai.OpenAI(api_key="any") as other, pytest.raises(ConfigError, match=wrong):
            wrap(other, limelight=spans)
    limelight.uninstrument()


def test_a_span_is_brought_up_to_date(spans: Capture) -> None:
    with spans.span("inquiry") as span:
        span.update(input="first", metadata={"tier": "basic"})
        span.update(output="An answer", metadata={"tier": "enterprise", "pages": 2})
    one = spans.one()
    assert (one.json(keys.INPUT), one.json(keys.OUTPUT)) == ("first", "An answer")
    assert one.json(keys.METADATA) == {"tier": "enterprise", "pages": 2}


def test_a_call_costs_less_than_a_millisecond(spans: Capture) -> None:
    @spans.llm_instrumented(provider="parlour")
    def ask(model: str, messages: list[Any]) -> dict[str, Any]:
        return {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}

    taken = []
    for _ in range(200):
        before = time.perf_counter()
        ask("m", [USER])
        taken.append(time.perf_counter() - before)
    assert statistics.median(taken) < 0.001
    assert len(spans.all()) == 200
