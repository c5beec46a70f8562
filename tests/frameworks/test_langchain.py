"""LangChain and LangGraph: one tree a request, each model call in it once, whoever sees it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.frameworks.tree import tree

pytest.importorskip("langchain_core")

from langchain_core.documents import Document
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda, RunnableParallel
from langchain_core.tools import tool

if TYPE_CHECKING:
    from limelight.testing import Capture, FakeProvider

pytestmark = pytest.mark.filterwarnings("ignore")
"""What LangChain warns of among its own packages is not ours to mend."""


class Fake(GenericFakeChatModel):
    """A model that no client of ours makes calls for."""

    def bind_tools(self, tools: Any, **_: Any) -> Any:
        return self


def untraced(*answers: AIMessage | str) -> Fake:
    return Fake(messages=iter(answers))


CALL = AIMessage("", tool_calls=[{"name": "weather", "args": {"city": "Oslo"}, "id": "c1"}])


@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"sunny in {city}"


@pytest.fixture
def model(fake: FakeProvider) -> Any:
    openai = pytest.importorskip("langchain_openai")
    return openai.ChatOpenAI(model="gpt-4o-mini", base_url=fake.openai_url, api_key="x")


@pytest.mark.case(25)
def test_a_chain_is_one_trace_with_its_call_inside(model: Any, spans: Capture) -> None:
    chain = ChatPromptTemplate.from_messages([("user", "Say {word}")]) | model | StrOutputParser()
    config = {"tags": ["mine"], "metadata": {"plan": "pro", "thread_id": "t1"}}
    answer = chain.invoke({"word": "hello"}, config=config)
    assert tree(spans) == ["RunnableSequence [chain]", "  chat gpt-4o-mini [llm]"]
    call, chained = spans.all()
    assert chained.json("limelight.input") == {"word": "hello"}
    assert chained.json("limelight.output") == answer
    for span in (call, chained):
        assert span.attributes["limelight.tags"] == ("mine",)
        assert span.json("limelight.metadata")["plan"] == "pro"
        assert span.attributes["session.id"] == "t1"


def test_a_model_that_no_client_is_seen_calling_is_told_by_langchain(spans: Capture) -> None:
    answer = AIMessage(
        "It is sunny",
        usage_metadata={
            "input_tokens": 9,
            "output_tokens": 4,
            "total_tokens": 13,
            "input_token_details": {"cache_read": 5},
            "output_token_details": {"reasoning": 2},
        },
        response_metadata={"model_name": "own-1", "finish_reason": "stop", "id": "r1"},
    )
    untraced(answer).invoke([("system", "Be kind"), ("user", "Weather?")])
    span = spans.one()
    said = span.attributes
    assert said["limelight.kind"] == "llm"
    assert (said["gen_ai.usage.input_tokens"], said["gen_ai.usage.output_tokens"]) == (9, 4)
    assert (said["gen_ai.usage.cache_read.input_tokens"], said["gen_ai.usage.reasoning.output_tokens"]) == (5, 2)
    assert (said["gen_ai.response.model"], said["gen_ai.response.finish_reasons"]) == ("own-1", ("stop",))
    assert [each["role"] for each in span.json("gen_ai.input.messages")] == ["system", "user"]
    assert span.json("gen_ai.output.messages")[0]["parts"] == [{"type": "text", "content": "It is sunny"}]


agents = pytest.importorskip("langchain.agents")
IS_FIRST = not hasattr(agents, "create_agent")
"""Before version 1, LangGraph made the agents, with more steps in them."""
NODE = "agent" if IS_FIRST else "model"
_LOOKED = ["    call_model [chain]", "    RunnableSequence [chain]", "      Prompt [chain]", "      chat [llm]"]
_CALL = [*_LOOKED, "    should_continue [chain]"] if IS_FIRST else ["    chat [llm]"]
AGENT = [
    "helper [agent]",
    f"  {NODE} [chain]",
    *_CALL,
    "  tools [chain]",
    "    execute_tool weather [tool]",
    f"  {NODE} [chain]",
    *_CALL,
]


def helper(model: Any, tools: list[Any], name: str | None = "helper") -> Any:
    if not IS_FIRST:
        return agents.create_agent(model, tools, name=name)
    return pytest.importorskip("langgraph.prebuilt").create_react_agent(model, tools, name=name)


@pytest.mark.parametrize("how", ["invoke", "ainvoke", "stream", "astream"])
async def test_an_agent_is_a_tree_however_it_is_run(spans: Capture, how: str) -> None:
    agent = helper(untraced(CALL, "It is sunny"), [weather])
    given: Any = {"messages": [("user", "Weather in Oslo?")]}
    config: Any = {"configurable": {"thread_id": "t1"}}
    match how:
        case "invoke":
            agent.invoke(given, config)
        case "ainvoke":
            await agent.ainvoke(given, config)
        case "stream":
            list(agent.stream(given, config))
        case "astream":
            assert [piece async for piece in agent.astream(given, config, stream_mode="values")]
    assert tree(spans) == AGENT
    assert {span.attributes["session.id"] for span in spans.all()} == {"t1"}
    found = {span.name: span for span in spans.all()}
    ran = found["execute_tool weather"]
    assert ran.json("gen_ai.tool.call.arguments") == {"city": "Oslo"}
    assert ran.attributes["gen_ai.tool.name"] == "weather"
    assert ran.attributes["gen_ai.tool.call.id"] == "c1"
    assert found["helper"].attributes["gen_ai.agent.name"] == "helper"
    assert found[NODE].json("limelight.metadata")["langgraph_node"] == NODE


def test_what_is_made_of_runnables_within_an_agent_is_no_agent(spans: Capture) -> None:
    """LangChain hands the agent's own metadata down to whatever runs beneath."""

    @tool("weather")
    def look(city: str) -> Any:
        """Tell the weather of a city."""
        return (RunnableLambda(str.upper) | RunnableLambda(str.lower)).invoke(city)

    for name in ("helper", None):
        helper(untraced(CALL, "It is sunny"), [look], name).invoke({"messages": [("user", "Weather?")]})
    kinds = {span.name: span.attributes["limelight.kind"] for span in spans.all()}
    assert (kinds["RunnableSequence"], kinds["lower"], kinds["upper"]) == ("chain",) * 3
    assert (kinds["helper"], kinds["LangGraph"]) == ("agent", "workflow" if IS_FIRST else "agent")


def test_an_agent_that_is_a_node_of_a_graph_is_one(spans: Capture) -> None:
    from langgraph.graph import START, MessagesState, StateGraph

    graph = StateGraph(MessagesState)
    graph.add_node("helper", helper(untraced("Hello"), []))
    graph.add_edge(START, "helper")
    given: Any = {"messages": [("user", "Hello")]}
    graph.compile().invoke(given)
    assert tree(spans)[:4] == [
        "LangGraph [workflow]",
        "  helper [chain]",
        "    helper [agent]",
        f"      {NODE} [chain]",
    ]


def test_what_the_reader_does_between_pieces_is_not_the_graphs(model: Any, spans: Capture) -> None:
    agent = helper(model, [])
    with spans.span("request"):
        for _ in agent.stream({"messages": [("user", "Hello")]}, stream_mode="messages"):
            with spans.span("mine"):
                pass
    found = tree(spans)
    call = [line[2:] for line in _LOOKED[:-1]] if IS_FIRST else []
    called = f"{'        ' if IS_FIRST else '      '}chat gpt-4o-mini [llm]"
    opening = [
        "request [chain]",
        "  helper [agent]",
        f"    {NODE} [chain]",
        *(f"    {line}" for line in call),
        called,
    ]
    assert found[: len(opening)] == opening
    assert set(found[len(opening) :]) == {"  mine [chain]"}


def test_a_stream_that_is_left_is_one_call(model: Any, spans: Capture) -> None:
    stream = model.stream("Hello")
    next(stream)
    stream.close()
    with spans.span("after"):
        pass
    names = [span.name for span in spans.all()]
    assert sorted(names) == ["after", "chat gpt-4o-mini"]


async def test_parallel_branches_and_batches_keep_their_places(model: Any, spans: Capture) -> None:
    both = RunnableParallel(a=model, b=RunnableLambda(model.invoke).with_config(run_name="b"))
    await both.ainvoke("Hello")
    model.batch(["one", "two"])
    await asyncio.gather(*(model.ainvoke(word) for word in ("three", "four")))
    found = tree(spans)
    assert found[0] == "RunnableParallel<a,b> [chain]"
    assert sorted(found[1:4]) == ["    chat gpt-4o-mini [llm]", "  b [chain]", "  chat gpt-4o-mini [llm]"]
    assert found[4:] == ["chat gpt-4o-mini [llm]"] * 4
    await model.root_async_client.close()


def test_spans_of_the_programs_own_nest_within_nodes_and_tools(spans: Capture) -> None:
    @tool
    def look(word: str) -> str:
        """Look it up."""
        with spans.span("database"):
            return word

    look.invoke({"word": "x"})
    assert tree(spans) == ["execute_tool look [tool]", "  database [chain]"]


def test_a_retriever_says_what_it_was_asked_and_found(spans: Capture) -> None:
    class Shelf(BaseRetriever):
        def _get_relevant_documents(self, query: str, **_: Any) -> list[Document]:
            return [Document("Oslo is in Norway", metadata={"page": 3})]

    Shelf().invoke("Where is Oslo?")
    span = spans.one()
    assert (span.name, span.attributes["limelight.kind"]) == ("retrieval Shelf", "retrieval")
    assert span.json("limelight.input") == "Where is Oslo?"
    assert span.json("limelight.output")[0]["page_content"] == "Oslo is in Norway"


def test_an_error_is_where_it_happened(spans: Capture) -> None:
    @tool
    def broken(city: str) -> str:
        """Fail."""
        raise LookupError("no such city")

    with pytest.raises(LookupError):
        broken.invoke({"city": "Oslo"})
    assert tree(spans) == ["execute_tool broken [tool] LookupError"]
    assert spans.one().error == "no such city"


async def test_a_cancelled_branch_is_no_error(spans: Capture) -> None:
    async def slow(word: str) -> str:
        await asyncio.sleep(30)
        return word

    task = asyncio.create_task(RunnableLambda(slow).ainvoke("x"))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert tree(spans) == ["slow [chain] cancelled"]


@pytest.mark.case(56)
def test_an_interrupt_and_a_command_are_no_errors(spans: Capture) -> None:
    pytest.importorskip("langgraph")
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import END, START, StateGraph
    from langgraph.types import Command, interrupt
    from typing_extensions import TypedDict

    class State(TypedDict):
        said: str

    def ask(state: State) -> Any:
        return Command(goto="done", update={"said": interrupt("Shall I?")})

    graph = StateGraph(State)
    graph.add_node("ask", ask)
    graph.add_node("done", lambda state: state)
    graph.add_edge(START, "ask")
    graph.add_edge("done", END)
    compiled = graph.compile(checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "t1"}}
    compiled.invoke({"said": ""}, config)
    assert tree(spans) == ["LangGraph [workflow]", "  ask [chain]"]
    spans.clear()
    compiled.invoke(Command(resume="yes"), config)
    assert tree(spans) == ["LangGraph [workflow]", "  ask [chain]", "  done [chain]"]


def test_a_subgraph_is_a_branch_of_the_tree(spans: Capture) -> None:
    pytest.importorskip("langgraph")
    from langgraph.graph import START, StateGraph
    from typing_extensions import TypedDict

    class State(TypedDict):
        said: str

    inner = StateGraph(State)
    inner.add_node("deep", lambda state: {"said": "deep"})
    inner.add_edge(START, "deep")
    outer = StateGraph(State)
    outer.add_node("sub", inner.compile(name="sub"))
    outer.add_edge(START, "sub")
    outer.compile(name="whole").invoke({"said": ""})
    kind = "chain" if IS_FIRST else "workflow"
    assert tree(spans) == [f"whole [{kind}]", "  sub [chain]", "    sub [chain]", "      deep [chain]"]


def test_switched_off_langchain_is_as_it_was(spans: Capture) -> None:
    import langchain_core.callbacks.manager as manager

    assert "limelight" in manager._configure.__code__.co_filename
    spans.uninstrument()
    assert "limelight" not in manager._configure.__code__.co_filename
    untraced("Hi").invoke("Hello")
    assert spans.all() == []
