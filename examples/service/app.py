"""A service as it runs in production: FastAPI behind gunicorn, a LangGraph graph, two vendors' clients and a queue.

Start it with `limelight serve`, then in this folder, each in a terminal of its own:

    celery -A app:queue worker --pool solo
    gunicorn --preload -w 4 -k asgi app:app
    curl http://127.0.0.1:8000/ask/Oslo
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from anthropic import Anthropic, AsyncAnthropic
from celery import Celery
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from langchain_openai import ChatOpenAI
from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

import limelight

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

limelight.init(service_name="parlour")

CLAUDE = "claude-sonnet-5-5"
FOLDER = Path(os.environ.get("PARLOUR_QUEUE") or tempfile.gettempdir())

queue = Celery("parlour", broker="filesystem://")
queue.conf.broker_transport_options = {
    "data_folder_in": str(FOLDER),
    "data_folder_out": str(FOLDER),
    "control_folder": str(FOLDER / "control"),
}


@queue.task(name="remember")
def remember(city: str) -> str:
    """Done later, by the worker."""
    said = Anthropic().messages.create(
        model=CLAUDE, max_tokens=64, messages=[{"role": "user", "content": f"Remember {city}"}]
    )
    return said.id


class State(TypedDict):
    city: str
    answer: str


async def look(state: State) -> dict[str, str]:
    said = await ChatOpenAI(model="gpt-4o-mini").ainvoke(f"What is the weather in {state['city']}?")
    return {"answer": str(said.content)}


graph = StateGraph(State)
graph.add_node("look", look)
graph.add_edge(START, "look")
graph.add_edge("look", END)
weather = graph.compile()

app = FastAPI()


@app.get("/ask/{city}")
async def ask(city: str) -> dict[str, str]:
    """A graph that asks one vendor, and a task that will ask the other."""
    found = await weather.ainvoke({"city": city, "answer": ""})
    remember.delay(city)
    return {"answer": found["answer"]}


@app.get("/tell/{city}")
async def tell(city: str) -> StreamingResponse:
    """An answer that streams while it is made; whoever asks may leave in the middle."""

    async def words() -> AsyncIterator[str]:
        question = [{"role": "user", "content": f"Tell me about {city}"}]
        async with AsyncAnthropic().messages.stream(model=CLAUDE, max_tokens=512, messages=question) as stream:
            async for word in stream.text_stream:
                yield word

    return StreamingResponse(words(), media_type="text/plain")
