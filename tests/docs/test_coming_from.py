"""Each block of the page for those who come from elsewhere makes the spans that it is there to show."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import limelight
from limelight.testing import FakeProvider
from limelight.testing.fake import fail, tool_call
from tests.docs.blocks import blocks
from tests.pipeline.collector import Collector

pytest.importorskip("openai")
pytest.importorskip("anthropic")

PAGE = Path(__file__).parents[2] / "docs/coming-from.md"
INPUT, OUTPUT = "gen_ai.input.messages", "gen_ai.output.messages"
IN, OUT = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
ANY, NONE = re.compile(""), None
GPT, CLAUDE = "chat gpt-4o-mini", "chat claude-sonnet-5-5"


@dataclass(frozen=True)
class Makes:
    """The spans of a block, each after those it is within: `outer > inner`; and what some of them say."""

    tree: tuple[str, ...] = ()
    says: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    prepare: Callable[[FakeProvider], object] = lambda fake: None


MAKES: dict[str, Makes] = {
    "Coming from another tool": Makes(),
    "`track_llm_call`": Makes(
        ("chat own-1",),
        {"chat own-1": {IN: 12, OUT: 3, "gen_ai.response.id": "resp-1", "gen_ai.provider.name": "parlour"}},
    ),
    "What an `LLMTracker` can be told": Makes(
        ("chat own-2",),
        {
            "chat own-2": {
                "gen_ai.provider.name": "anthropic",
                IN: 150,
                "gen_ai.usage.cache_read.input_tokens": 50,
                "gen_ai.usage.cache_write.input_tokens": 100,
                "gen_ai.usage.reasoning.output_tokens": 20,
                "limelight.client_request_id": "order-77",
                "gen_ai.response.model": "own-2-large",
                INPUT: re.compile("a very…"),
                "gen_ai.request.stop_sequences": ["END"],
                "gen_ai.request.stream": True,
                "limelight.cache_hit": False,
                "limelight.attempt.number": 2,
                "gen_ai.response.finish_reasons": ["length"],
                "limelight.metadata": re.compile("v2.1"),
            }
        },
    ),
    "`ModelOperation`": Makes(
        ("embeddings text-embedding-3-small",),
        {"embeddings text-embedding-3-small": {"gen_ai.provider.name": "azure.ai.openai", IN: 4}},
    ),
    "`track_tool_call`": Makes(
        ("execute_tool search",),
        {
            "execute_tool search": {
                "gen_ai.tool.call.id": "call_abc123",
                "limelight.tool.items_returned": 10,
                "limelight.tool.bytes_processed": 2048,
                "limelight.tool.success": True,
            }
        },
    ),
    "`set_llm_attributes` and `set_token_usage`": Makes(
        ("my own bookkeeping",),
        {
            "my own bookkeeping": {
                "gen_ai.request.model": "gpt-4o",
                IN: 150,
                "gen_ai.usage.cache_read.input_tokens": 50,
            }
        },
    ),
    "`llm_instrumented`": Makes(("chat own-1",), {"chat own-1": {IN: 12, OUT: 3, OUTPUT: re.compile("A country")}}),
    "One event, two providers": Makes(
        ("answering", f"answering > {CLAUDE}", f"answering > {GPT}"),
        {
            "answering": {
                "limelight.value.type": ["orders_answered"],
                "limelight.value.amount": [1.0],
                "error.type": NONE,
            },
            f"answering > {CLAUDE}": {
                "error.type": re.compile("RateLimitError"),
                "limelight.event.id": "O-1",
            },
            f"answering > {GPT}": {"error.type": NONE, "limelight.customer.id": "acme"},
        },
        lambda fake: fake.script(fail(429)),
    ),
    "`wrap_openai`": Makes((GPT,), {GPT: {INPUT: re.compile("librarian|Python"), OUTPUT: ANY}}),
    "`wrap_anthropic`": Makes((CLAUDE,), {CLAUDE: {"gen_ai.provider.name": "anthropic"}}),
    "Streams": Makes((GPT,), {GPT: {OUTPUT: ANY, "gen_ai.response.time_to_first_chunk": ANY, OUT: ANY}}),
    "Asynchronous clients": Makes((GPT,)),
    "`start_as_current_span`": Makes(
        ("customer_inquiry", f"customer_inquiry > {GPT}"),
        {
            "customer_inquiry": {"user.id": "user_123", "limelight.metadata": re.compile("enterprise")},
            f"customer_inquiry > {GPT}": {"session.id": "session_456"},
        },
    ),
    "Function calling": Makes(
        (GPT,),
        {GPT: {"gen_ai.tool.definitions": re.compile("Of a city, now"), OUTPUT: re.compile('"get_weather"')}},
        lambda fake: fake.script(tool_call("get_weather", {"city": "Paris"})),
    ),
    "Embeddings": Makes(
        ("embeddings text-embedding-3-small",),
        {
            "embeddings text-embedding-3-small": {
                "gen_ai.embeddings.dimension.count": ANY,
                INPUT: re.compile("Goodbye"),
                IN: ANY,
            }
        },
    ),
    "`OpenAIConfig`": Makes((GPT, GPT), {GPT: {INPUT: NONE}, f"{GPT} #2": {IN: NONE, "limelight.cost.total": NONE}}),
    "Errors": Makes(
        (GPT,),
        {GPT: {"error.type": re.compile("RateLimitError"), "http.response.status_code": 429}},
        lambda fake: fake.script(fail(429)),
    ),
    "Azure": Makes(("chat gpt-4o",), {"chat gpt-4o": {"gen_ai.provider.name": "azure.ai.openai"}}),
    "`setup_export_to_coralogix`": Makes(),
    "`OpenAIInstrumentor`": Makes((GPT,)),  # and elsewhere: the block itself looks
    "`wrap_openai` and `TraceOpenAI`": Makes((GPT,)),
    "`trace`": Makes(
        ("ask", f"ask > {GPT}"),
        {
            "ask": {"limelight.project": "customer-support", "limelight.input": re.compile("capital of France")},
            f"ask > {GPT}": {"deployment.environment.name": "production", "gen_ai.request.max_tokens": 500},
        },
    ),
    "A stream inside": Makes(("ask_in_pieces", f"ask_in_pieces > {GPT}"), {"ask_in_pieces": {"limelight.output": ANY}}),
    "`max_retries`": Makes((GPT,), {GPT: {"error.type": NONE}}, lambda fake: fake.script(fail(500))),
    "The summary on the console": Makes(("ask", f"ask > {GPT}")),
    "`tracium.trace` and `tracium.init`": Makes(
        (GPT,), {GPT: {"gen_ai.agent.name": "Nightjar", "limelight.tags": ["beta"]}}
    ),
    "`agent_trace`": Makes(
        (
            "my-agent",
            "my-agent > analyze",
            f"my-agent > {GPT}",
        ),
        {
            "my-agent": {"gen_ai.operation.name": "invoke_agent"},
            "my-agent > analyze": {"limelight.output": re.compile("look it up")},
        },
    ),
    "Many at once": Makes(("batch", *(f"batch > {GPT}",) * 4)),
}
"""By the heading under which a block stands."""


@pytest.fixture
def collector(
    sound: None, unwrapped: None, monkeypatch: pytest.MonkeyPatch, provider: FakeProvider
) -> Iterator[Collector]:
    with Collector() as collector:
        for name, value in {**provider.environment, "LIMELIGHT_ENDPOINT": collector.url}.items():
            monkeypatch.setenv(name, value)
        yield collector


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with FakeProvider() as provider:
        yield provider


@pytest.mark.timeout(120)
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the page closes no clients
def test_each_block_makes_the_spans_it_is_there_to_show(collector: Collector, provider: FakeProvider) -> None:
    page, names = PAGE.read_text(encoding="utf-8"), {"__name__": "__main__"}
    for block in (block for block in blocks(PAGE) if block.language == "python"):
        heading = above(page, block.line)
        makes, before = MAKES[heading], len(collector.spans)
        makes.prepare(provider)
        exec(compile("\n" * (block.line - 1) + block.text, str(PAGE), "exec"), names)
        assert limelight.flush()
        told = tree(collector.spans[before:])
        assert sorted(path.partition(" #")[0] for path in told) == sorted(makes.tree), heading
        for path, said in makes.says.items():
            assert {key: fits(told[path].get(key), value) for key, value in said.items()} == dict.fromkeys(
                said, True
            ), path
        provider.reset()
    assert len(collector.spans) > len(MAKES)


def test_every_heading_with_code_is_expected() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert {above(page, block.line) for block in blocks(PAGE) if block.language == "python"} == set(MAKES)


def above(page: str, line: int) -> str:
    """The heading that this line stands under."""
    headings = [text for text in page.splitlines()[: line - 1] if re.match("#+ ", text)]
    return headings[-1].lstrip("# ")


def tree(spans: list[Any]) -> dict[str, dict[str, Any]]:
    """Path of names -> attributes; further ones of the same path are numbered."""
    known = {span.span_id: span for span in spans}
    found: dict[str, dict[str, Any]] = {}
    for span in sorted(spans, key=lambda span: int(span.start_time_unix_nano)):
        names, within = [span.name], span
        while (within := known.get(within.parent_span_id)) is not None:
            names.append(within.name)
        path = " > ".join(reversed(names))
        times = sum(1 for one in found if one.partition(" #")[0] == path)
        found[path if not times else f"{path} #{times + 1}"] = {one.key: value(one.value) for one in span.attributes}
    return found


def value(any_value: Any) -> Any:
    kind = any_value.WhichOneof("value")
    return [value(one) for one in any_value.array_value.values] if kind == "array_value" else getattr(any_value, kind)


def fits(found: Any, expected: Any) -> bool:
    if isinstance(expected, re.Pattern):
        return found is not None and bool(expected.search(str(found)))
    return bool(found == expected)
