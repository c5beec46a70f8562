"""What is peculiar to Cohere's client: requests from threads, and methods that it keeps as they were."""

from __future__ import annotations

import concurrent.futures
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any

import cohere
import httpx
import pytest

import limelight
from limelight.testing import Capture, FakeProvider

if TYPE_CHECKING:
    from collections.abc import Iterator

MANY = [f"text {number}" for number in range(200)]


@pytest.fixture
def fake() -> Iterator[FakeProvider]:
    with FakeProvider() as fake:
        yield fake


def client(fake: FakeProvider) -> Any:
    return cohere.Client("any", base_url=fake.cohere_url, httpx_client=httpx.Client(verify=False))


def test_texts_that_are_sent_from_threads_are_one_call(fake: FakeProvider) -> None:
    untouched = Executor.map
    with client(fake) as co, Capture() as spans:
        spans.instrument("cohere")
        assert Executor.map is not untouched
        with spans.span("outer"):
            co.embed(texts=MANY, model="embed-english-light-v3.0", input_type="search_query")
        assert len(fake.requests) == 3
        outer = next(one for one in spans.all() if one.name == "outer")
        (call,) = (one for one in spans.all() if one is not outer)
        assert call.is_child_of(outer)
        assert call.attributes["limelight.embeddings.count"] == len(MANY)
        assert len(call.json("gen_ai.input.messages")) == len(MANY)
    limelight.uninstrument()
    assert Executor.map is untouched


def test_other_threads_are_left_alone(fake: FakeProvider) -> None:
    with Capture() as spans, concurrent.futures.ThreadPoolExecutor(2) as pool:
        spans.instrument("cohere")
        with spans.span("outer"):
            assert list(pool.map(str.upper, "ab")) == ["A", "B"]
            assert list(pool.map(lambda _: limelight.current_span(), "ab")) == [None, None]
    limelight.uninstrument()


async def test_texts_that_are_sent_by_tasks_are_one_call(fake: FakeProvider) -> None:
    async with httpx.AsyncClient(verify=False) as transport:
        co = cohere.AsyncClient("any", base_url=fake.cohere_url, httpx_client=transport)
        with Capture() as spans:
            spans.instrument("cohere")
            await co.embed(texts=MANY, model="embed-english-light-v3.0", input_type="search_query")
            assert len(fake.requests) == 3
            assert spans.one().attributes["limelight.embeddings.count"] == len(MANY)
    limelight.uninstrument()


def test_methods_that_a_client_keeps_are_traced_when_it_is_wrapped(fake: FakeProvider) -> None:
    asked: dict[str, Any] = {"model": "command-r-plus", "message": "Hello"}
    with client(fake) as co, Capture() as spans:
        kept = vars(co)["chat"]
        assert limelight.wrap_cohere(co, limelight=spans) is co
        assert vars(co)["chat"] is not kept
        assert limelight.wrap_cohere(co, limelight=spans) is co
        co.chat(**asked)
        assert list(co.chat_stream(**asked))
        assert co.chat_stream(**asked) is not None
        assert len(spans.all()) == 2
        limelight.uninstrument()
        co.chat(**asked)
        assert len(spans.all()) == 2
        spans.shutdown()
