"""LlamaIndex: an agent with two tools, one of which asks an index."""

from __future__ import annotations

import asyncio

from llama_index.core import Document, VectorStoreIndex
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.tools import QueryEngineTool
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.openai import OpenAI

import limelight

limelight.init(service_name="llamaindex-example")
model = OpenAI(model="gpt-4o-mini")
cities = VectorStoreIndex.from_documents([Document(text="Paris lies on the Seine.")], embed_model=OpenAIEmbedding())


def get_weather(city: str) -> str:
    """Current weather of a city"""
    return f"drizzle and 11 °C in {city}"


async def main() -> None:
    engine = cities.as_query_engine(llm=model)
    about = QueryEngineTool.from_defaults(engine, name="about_cities", description="What is known of cities")
    agent = FunctionAgent(name="traveller", tools=[get_weather, about], llm=model, streaming=False)
    with limelight.context(user_id="ada", session_id="example-session"):
        print(await agent.run("What is the weather in Paris?"))
        print(await engine.aquery("Where does Paris lie?"))


asyncio.run(main())
