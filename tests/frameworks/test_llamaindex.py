"""LlamaIndex: queries, workflows, tools and models are a tree, and a model's call stands in it once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from limelight.engine import guard
from limelight.testing.fake import fail
from tests.frameworks.tree import tree

pytest.importorskip("llama_index.core")

from llama_index.core import Document, MockEmbedding, VectorStoreIndex
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse, LLMMetadata, MessageRole
from llama_index.core.instrumentation import root_dispatcher
from llama_index.core.llms import CustomLLM, MockLLM
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.tools import FunctionTool
from llama_index.core.workflow import StartEvent, StopEvent, Workflow, step

if TYPE_CHECKING:
    from collections.abc import Callable

    from limelight.testing import Capture, FakeProvider

pytestmark = pytest.mark.filterwarnings("ignore")


class House(CustomLLM):
    """A model of one's own, by a client that we trace."""

    client: Any = None

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(model_name="gpt-4o-mini")

    def _ask(self, prompt: str, **settings: Any) -> Any:
        messages: Any = [{"role": "user", "content": prompt}]
        return self.client.chat.completions.create(model="gpt-4o-mini", messages=messages, **settings)

    @llm_completion_callback()
    def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:
        return CompletionResponse(text=self._ask(prompt).choices[0].message.content)

    @llm_completion_callback()
    def stream_complete(self, prompt: str, formatted: bool = False, **_: Any) -> Any:
        def pieces() -> Any:
            text = ""
            for chunk in self._ask(prompt, stream=True):
                delta = (chunk.choices[0].delta.content if chunk.choices else None) or ""
                text += delta
                yield CompletionResponse(text=text, delta=delta)

        return pieces()


@pytest.fixture
def house(fake: FakeProvider) -> House:
    openai = pytest.importorskip("openai")
    return House(client=openai.OpenAI(base_url=fake.openai_url, api_key="x"))


def index() -> Any:
    return VectorStoreIndex.from_documents([Document(text="tea is hot")], embed_model=MockEmbedding(embed_dim=3))


def tree_of(model: str, engine: str = "query", synthesis: str = "synthesize") -> list[str]:
    return [
        f"RetrieverQueryEngine.{engine} [chain]",
        "  retrieval VectorIndexRetriever [retrieval]",
        "    embeddings [embedding]",
        f"  CompactAndRefine.{synthesis} [chain]",
        f"    {model} [llm]",
    ]


def test_a_query_is_one_tree_with_its_call_inside(house: House, spans: Capture) -> None:
    engine = index().as_query_engine(llm=house)
    indexed = len(spans.all())
    answer = engine.query("Is tea hot?")
    assert tree(spans)[indexed:] == tree_of("chat gpt-4o-mini")
    found = {span.name.split()[0]: span for span in spans.all()}
    assert found["chat"].attributes["gen_ai.provider.name"] == "openai"
    assert found["retrieval"].json("limelight.input") == "Is tea hot?"
    assert [node["text"] for node in found["retrieval"].json("limelight.output")] == ["tea is hot"]
    assert found["RetrieverQueryEngine.query"].json("limelight.output") == str(answer)


async def test_asynchronously_too(house: House, spans: Capture) -> None:
    engine = index().as_query_engine(llm=house)
    indexed = len(spans.all())
    await engine.aquery("Is tea hot?")
    assert tree(spans)[indexed:] == tree_of("chat gpt-4o-mini", "aquery", "asynthesize")


def test_an_answer_that_is_read_later_belongs_to_its_query(house: House, spans: Capture) -> None:
    engine = index().as_query_engine(llm=house, streaming=True)
    indexed = len(spans.all())
    answer = engine.query("Is tea hot?")
    pieces = []
    for piece in answer.response_gen:
        with spans.span("mine"):
            pieces.append(piece)
    assert "".join(pieces)
    found = tree(spans)[indexed:]
    assert found[:5] == tree_of("chat gpt-4o-mini")
    assert set(found[5:]) == {"mine [chain]"}


async def test_an_answer_that_is_read_later_asynchronously(spans: Capture) -> None:
    engine = index().as_query_engine(llm=MockLLM(max_tokens=4), streaming=True)
    indexed = len(spans.all())
    answer = await engine.aquery("Is tea hot?")
    assert [piece async for piece in answer.async_response_gen()]
    assert tree(spans)[indexed:] == tree_of("chat", "aquery", "asynthesize")


def test_a_model_that_no_client_is_seen_calling_is_told_by_llamaindex(spans: Capture) -> None:
    answer = Told().chat([ChatMessage(role="system", content="Be kind"), ChatMessage(role="user", content="Tea?")])
    assert answer.message.content == "yes"
    said = spans.one().attributes
    assert (said["limelight.kind"], said["gen_ai.request.model"]) == ("llm", "own-1")
    assert (said["gen_ai.usage.input_tokens"], said["gen_ai.usage.output_tokens"]) == (9, 4)
    assert said["gen_ai.usage.cache_read.input_tokens"] == 5
    assert [each["role"] for each in spans.one().json("gen_ai.input.messages")] == ["system", "user"]
    assert spans.one().json("gen_ai.output.messages")[0]["parts"] == [{"type": "text", "content": "yes"}]


class Told(MockLLM):
    model: str = "own-1"

    @llm_chat_callback()
    def chat(self, messages: Any, **_: Any) -> ChatResponse:
        made = ChatMessage(role=MessageRole.ASSISTANT, content="yes")
        used = {"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 5}}
        return ChatResponse(message=made, raw={"usage": used})


@pytest.mark.parametrize("way", ["read", "closed", "dropped"])
def test_a_stream_is_told_once_however_it_ends(spans: Capture, way: str) -> None:
    stream = MockLLM(max_tokens=9).stream_complete("one two three four")
    next(stream)
    first = next(stream)
    match way:
        case "read":
            list(stream)
        case "closed":
            stream.close()
    del stream
    assert first.text
    assert tree(spans) == ["chat [llm]"]
    assert spans.one().json("gen_ai.output.messages")[0]["parts"][0]["content"].startswith(first.text)


def test_a_stream_that_nobody_reads_was_never_asked_for(house: House, spans: Capture) -> None:
    house.stream_complete("hello")
    assert spans.all() == []
    house.complete("hello")
    assert tree(spans) == ["chat gpt-4o-mini [llm]"]


async def test_a_model_that_streams_by_another_of_its_methods_is_told_once(spans: Capture) -> None:
    async for _ in await MockLLM(max_tokens=4).astream_chat([ChatMessage(role="user", content="hello")]):
        pass
    assert tree(spans) == ["chat [llm]"]


def test_a_failed_call_is_told_by_its_client(fake: FakeProvider, house: House, spans: Capture) -> None:
    fake.script(fail(400))
    with pytest.raises(Exception, match="400"):
        house.complete("hello")
    assert tree(spans) == ["chat gpt-4o-mini [llm] openai.BadRequestError"]


class Kitchen(Workflow):
    model: Any = None
    fails = False
    waits = False

    @step
    async def boil(self, event: StartEvent) -> StopEvent:
        if self.fails:
            raise LookupError("no water")
        if self.waits:
            await asyncio.sleep(60)
        tool = FunctionTool.from_defaults(pour, name="pour")
        await tool.acall(cup="blue")
        return StopEvent(result=str(self.model.complete(event.word)) if self.model else event.word)


def pour(cup: str) -> str:
    """Pour into a cup."""
    return f"the {cup} cup is full"


async def test_a_workflow_is_a_tree_of_its_steps(house: House, spans: Capture) -> None:
    kitchen = Kitchen()
    kitchen.model = house
    with spans.span("request"):
        answer = await kitchen.run(word="tea")
    assert tree(spans) == [
        "request [chain]",
        "  Kitchen [workflow]",
        "    boil [chain]",
        "      execute_tool pour [tool]",
        "      chat gpt-4o-mini [llm]",
    ]
    found = {span.name: span for span in spans.all()}
    assert found["execute_tool pour"].json("gen_ai.tool.call.arguments") == {"cup": "blue"}
    assert found["execute_tool pour"].json("gen_ai.tool.call.result") == "the blue cup is full"
    assert found["Kitchen"].json("limelight.input") == "tea"
    assert found["Kitchen"].json("limelight.output") == answer


async def test_a_failed_workflow_says_so(spans: Capture) -> None:
    kitchen = Kitchen()
    kitchen.fails = True
    with pytest.raises(Exception, match="no water"):
        await kitchen.run(word="tea")
    found = tree(spans)
    assert found[-1] == "  boil [chain] LookupError"
    assert spans.all()[-1].attributes["limelight.outcome"] == "error"


async def test_a_workflow_that_is_called_off_is_no_error(spans: Capture) -> None:
    kitchen = Kitchen()
    kitchen.waits = True
    running = kitchen.run(word="tea")
    await asyncio.sleep(0.1)
    await running.cancel_run()
    with pytest.raises(BaseException):  # noqa: B017, PT011 - which one depends on the version
        await running
    assert tree(spans)
    assert {span.attributes.get("limelight.outcome", "ok") for span in spans.all()} <= {"cancelled", "ok"}


def test_a_tool_that_is_called_by_its_name_is_told_once(spans: Capture) -> None:
    FunctionTool.from_defaults(pour, name="pour")(cup="red")
    assert tree(spans) == ["execute_tool pour [tool]"]


def test_content_is_left_out_where_it_is_not_wanted(traced: Callable[..., Capture]) -> None:
    spans = traced(capture_content=False)
    index().as_query_engine(llm=MockLLM()).query("Is tea hot?")
    FunctionTool.from_defaults(pour, name="pour")(cup="secret")
    assert not any(word in str([dict(span.attributes) for span in spans.all()]) for word in ("hot", "secret"))


def test_left_alone_it_is_as_it_was(traced: Callable[..., Capture]) -> None:
    before = (list(root_dispatcher.span_handlers), list(root_dispatcher.event_handlers))
    spans = traced("openai")
    index().as_query_engine(llm=MockLLM()).query("Is tea hot?")
    assert spans.all() == []
    traced("llamaindex").shutdown()
    assert (root_dispatcher.span_handlers, root_dispatcher.event_handlers) == before


def test_whoever_listens_already_goes_on_listening(spans: Capture) -> None:
    from llama_index.core.instrumentation.event_handlers import BaseEventHandler

    class Mine(BaseEventHandler):
        heard: list[str] = []  # noqa: RUF012 - a field, as the library has it

        def handle(self, event: Any, **_: Any) -> None:
            self.heard.append(type(event).__name__)

    root_dispatcher.add_event_handler(mine := Mine())
    MockLLM().complete("hello")
    root_dispatcher.event_handlers = [each for each in root_dispatcher.event_handlers if each is not mine]
    assert mine.heard == ["LLMCompletionStartEvent", "LLMCompletionEndEvent"]
    assert tree(spans) == ["chat [llm]"]


def test_our_own_mistake_is_not_the_callers(spans: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise RuntimeError("ours")

    before = dict(guard.errors)
    monkeypatch.setattr("limelight.frameworks.llamaindex._kind", fails)
    assert str(index().as_query_engine(llm=MockLLM()).query("Is tea hot?"))
    assert guard.errors.pop("starting a step of LlamaIndex") > 0
    assert dict(guard.errors) == before


def test_it_may_be_imported_later() -> None:
    program = (
        "from limelight.testing import capture\n"
        "spans = capture(mask=None)\n"
        "from llama_index.core.llms import MockLLM\n"
        "MockLLM().complete('hello')\n"
        "assert [span.name for span in spans.all()] == ['chat'], spans.all()\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=50)
