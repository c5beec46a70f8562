"""Streams and generators as applications use them, with real clients (docs/cases.md, 1 to 13)."""

from __future__ import annotations

import asyncio
import gc
import time
from typing import TYPE_CHECKING, Any

import pytest

from limelight.testing.fake import say, slow, think
from tests.frameworks.tree import tree

openai = pytest.importorskip("openai")
anthropic = pytest.importorskip("anthropic")

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from limelight.testing import Capture, FakeProvider

ASKED: dict[str, Any] = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Tell me of Oslo"}]}
STORY = say("Oslo is a city by the sea. " * 8)

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # a stream left early keeps the vendor's socket


@pytest.fixture
async def gpt(fake: FakeProvider) -> AsyncIterator[Any]:
    async with openai.AsyncOpenAI(base_url=fake.openai_url, api_key="any", max_retries=0) as client:
        yield client


@pytest.fixture
def sync_gpt(fake: FakeProvider) -> Iterator[Any]:
    with openai.OpenAI(base_url=fake.openai_url, api_key="any", max_retries=0) as client:
        yield client


@pytest.mark.case(1, 2)
async def test_an_answer_streamed_through_fastapi_is_one_trace_that_ends_with_its_last_piece(
    gpt: Any, fake: FakeProvider, spans: Capture
) -> None:
    fastapi = pytest.importorskip("fastapi")
    from fastapi.responses import StreamingResponse

    app = fastapi.FastAPI()

    @app.get("/tell")
    async def tell() -> StreamingResponse:
        with spans.span("look up"):
            pass

        async def pieces() -> AsyncIterator[str]:
            stream = await gpt.chat.completions.create(**ASKED, stream=True)
            async for chunk in stream:
                yield f"data: {chunk.model_dump_json()}\n\n"
            with spans.span("remember"):
                await asyncio.sleep(0)

        return StreamingResponse(pieces(), media_type="text/event-stream")

    fake.script(STORY.slow(gap_s=0.005))
    sent = await get(app, "/tell")
    assert sent.count(b"data: ") > 8
    assert tree(spans) == [
        "GET /tell [http]",
        "  look up [chain]",
        "  chat gpt-4o [llm]",
        "  remember [chain]",
    ]
    served = spans.all()[-1].span
    assert served.end_ns >= max(one.span.end_ns for one in spans.all())


async def get(app: Any, path: str) -> bytes:
    """Ask an ASGI application, in this loop."""
    scope = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "scheme": "http"}
    scope |= {"method": "GET", "path": path, "raw_path": path.encode(), "root_path": "", "query_string": b""}
    scope |= {"headers": [(b"host", b"test")], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2)}
    body = []

    async def receive() -> Any:
        await asyncio.sleep(0)
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        body.append(message.get("body", b""))

    await app(scope, receive, send)
    return b"".join(body)


@pytest.mark.case(4)
def test_decorated_generators_within_each_other_may_be_left_anywhere(
    sync_gpt: Any, spans: Capture, unraised: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    @spans.trace
    def inner() -> Iterator[str]:
        for chunk in sync_gpt.chat.completions.create(**ASKED, stream=True):
            yield chunk.id

    @spans.trace
    def outer() -> Iterator[str]:
        yield from inner()

    for taken in (1, 3, 1_000):
        for _ in zip(range(taken), outer(), strict=False):
            assert spans.span("x").get_span_context().trace_id
        gc.collect()
        whole = taken == 1_000
        assert tree(spans) == [
            f"outer [chain]{'' if whole else ' cancelled'}",
            f"  inner [chain]{'' if whole else ' cancelled'}",
            f"    chat gpt-4o [llm]{'' if whole else ' incomplete'}",
        ]
        spans.clear()
    assert unraised == []
    assert caplog.records == []


@pytest.mark.case(6)
def test_flask_streams_with_its_own_context_and_may_be_left(
    sync_gpt: Any, spans: Capture, unraised: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    flask = pytest.importorskip("flask")
    app = flask.Flask("parlour")

    @app.get("/tell")
    def tell() -> Any:
        @flask.stream_with_context
        def pieces() -> Iterator[str]:
            for chunk in sync_gpt.chat.completions.create(**ASKED, stream=True):
                yield flask.request.path + chunk.id

        return app.response_class(pieces())

    for taken in (2, 1_000):
        answer = app.test_client().get("/tell", buffered=False)
        assert [piece for _, piece in zip(range(taken), answer.response, strict=False)]
        answer.close()
        gc.collect()
        assert len({one.span.context.trace_id for one in spans.all()}) == 1
        assert sorted(one.name for one in spans.all()) == ["GET /tell", "chat gpt-4o"]
        spans.clear()
    assert unraised == []
    assert caplog.records == []


@pytest.mark.case(11)
@pytest.mark.parametrize("how", ["close", "async with"])
async def test_closing_an_asynchronous_stream_hangs_up(
    gpt: Any, fake: FakeProvider, spans: Capture, unraised: list[Any], how: str
) -> None:
    fake.script((STORY + STORY + STORY).slow(gap_s=0.01))
    stream = await gpt.chat.completions.create(**ASKED, stream=True)
    if how == "close":
        await anext(stream)
        await stream.close()
    else:
        async with stream as inner:
            async for _ in inner:
                break
    until = time.monotonic() + 10
    while fake.requests[0].ending == "open" and time.monotonic() < until:  # noqa: ASYNC110 - the provider runs in another thread
        await asyncio.sleep(0.01)
    assert fake.requests[0].ending == "client left"
    assert stream.response.is_closed
    assert spans.one().attributes["limelight.outcome"] == "incomplete"
    assert unraised == []


@pytest.mark.case(12)
async def test_a_decorated_async_generator_lasts_as_long_as_its_reader_and_keeps_its_children(
    gpt: Any, spans: Capture
) -> None:
    @spans.trace
    async def told() -> AsyncIterator[str]:
        for _ in range(2):
            stream = await gpt.chat.completions.create(**ASKED, stream=True)
            async for chunk in stream:
                yield chunk.id

    started = time.monotonic()
    async for _ in told():
        await asyncio.sleep(0)
        with spans.span("the reader's"):
            pass
    took_s = time.monotonic() - started
    whole = next(one for one in spans.all() if one.name == "told")
    calls = [one for one in spans.all() if one.name == "chat gpt-4o"]
    assert len(calls) == 2
    assert all(call.is_child_of(whole) for call in calls)
    assert not any(one.is_child_of(whole) for one in spans.all() if one.name == "the reader's")
    assert max(call.duration_s for call in calls) < whole.duration_s <= took_s


def from_openai(fake: FakeProvider) -> Iterator[Any]:
    with openai.OpenAI(base_url=fake.openai_url, api_key="any") as client:
        yield from client.chat.completions.create(**ASKED, stream=True)


def from_responses(fake: FakeProvider) -> Iterator[Any]:
    with openai.OpenAI(base_url=fake.openai_url, api_key="any") as client:
        yield from client.responses.create(model="gpt-4o", input="Tell me of Oslo", stream=True)


def from_anthropic(fake: FakeProvider) -> Iterator[Any]:
    with anthropic.Anthropic(base_url=fake.anthropic_url, api_key="any") as client:
        yield from client.messages.create(
            model="claude-sonnet-5-5", max_tokens=100, messages=ASKED["messages"], stream=True
        )


@pytest.mark.case(13)
@pytest.mark.parametrize("stream", [from_openai, from_responses, from_anthropic], ids=lambda one: one.__name__)
def test_the_first_token_is_the_first_that_says_something(
    stream: Callable[[FakeProvider], Iterator[Any]], fake: FakeProvider, spans: Capture
) -> None:
    fake.script(STORY.slow(gap_s=0.02))
    for _ in stream(fake):
        pass
    said = spans.one().attributes
    first, content = said["gen_ai.response.time_to_first_chunk"], said["limelight.time_to_first_content"]
    assert first > 0
    assert first + 0.01 < content < spans.one().duration_s  # headers and empty pieces come a gap or more before


@pytest.mark.case(13)
def test_a_thought_is_a_token_too(fake: FakeProvider, spans: Capture) -> None:
    fake.script((think("Let me see. " * 5) + STORY).slow(gap_s=0.01))
    texts: list[float] = []
    started = time.monotonic()
    for event in from_anthropic(fake):
        if event.type == "content_block_delta" and event.delta.type == "text_delta":
            texts.append(time.monotonic() - started)
    assert spans.one().attributes["limelight.time_to_first_content"] < texts[0]


@pytest.mark.case(7)
def test_a_slow_stream_that_is_never_read_is_told_of(sync_gpt: Any, fake: FakeProvider, spans: Capture) -> None:
    fake.script(slow(gap_s=0.005))
    stream = sync_gpt.chat.completions.create(**ASKED, stream=True)
    del stream
    gc.collect()
    assert spans.one().attributes["limelight.outcome"] == "incomplete"
