"""Whose call a request is: an integration's, somebody else's, nobody's."""

from __future__ import annotations

import asyncio
import gc
import gzip
import types
from typing import TYPE_CHECKING, Any

import aiohttp
import anthropic
import botocore.httpsession
import httpx
import httpx2
import openai
import pytest
import requests
from opentelemetry import context, trace
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY
from opentelemetry.sdk.trace import TracerProvider

import limelight
from limelight.engine import transport
from tests.transport.places import CHAT, PLACES, TALK
from tests.transport.senders import HEADERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from limelight.testing import Capture, FakeProvider

DOORS = (
    (httpx.Client, "send"),
    (httpx.AsyncClient, "send"),
    (httpx2.Client, "send"),
    (httpx2.AsyncClient, "send"),
    (requests.Session, "send"),
    (aiohttp.ClientSession, "_request"),
    (botocore.httpsession.URLLib3Session, "send"),
)
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def post(fake: FakeProvider, **more: Any) -> Any:
    return requests.post(CHAT.url(fake), json=CHAT.asked(**more), headers=HEADERS, timeout=10)


def test_an_integrations_call_is_its_own(fake: FakeProvider, traced: Callable[..., Capture]) -> None:
    spans = traced()
    with openai.OpenAI(base_url=fake.openai_url, api_key="any") as client:
        client.chat.completions.create(model="gpt-4o", messages=TALK)  # type: ignore[arg-type]
    assert "limelight.notes" not in spans.one().attributes


def test_what_an_integration_does_not_know_of_its_library_is_captured(
    fake: FakeProvider, traced: Callable[..., Capture]
) -> None:
    spans = traced()
    with openai.OpenAI(base_url=fake.openai_url, api_key="any") as client:
        client.post("/chat/completions", body=CHAT.asked(), cast_to=object)
    one = spans.one()
    assert one.attributes["limelight.notes"] == ("captured at transport",)
    assert one.attributes["limelight.library"] == "openai"


def test_an_excluded_librarys_calls_are_not_captured_in_another_way(
    fake: FakeProvider, traced: Callable[..., Capture]
) -> None:
    spans = traced(exclude=["anthropic"])
    with anthropic.Anthropic(base_url=fake.anthropic_url, api_key="any") as client:
        client.messages.create(model="claude-haiku-4-5", max_tokens=9, messages=TALK)  # type: ignore[arg-type]
    assert spans.all() == []
    post(fake)
    assert spans.one()


def test_it_can_be_excluded_itself(fake: FakeProvider, traced: Callable[..., Capture]) -> None:
    spans = traced(exclude=["transport"])
    post(fake)
    assert spans.all() == []


def test_attempts_are_seen_without_it(fake: FakeProvider, traced: Callable[..., Capture]) -> None:
    spans = traced(exclude=["transport"])
    with openai.OpenAI(base_url=fake.openai_url, api_key="any", max_retries=1) as client:
        client.chat.completions.create(model="fail-429-then-ok", messages=TALK)  # type: ignore[arg-type]
    assert len(spans.one().events("limelight.attempt")) == 1


@pytest.mark.parametrize("how", ["limelight.instrument", "wrap"])
def test_attempts_are_seen_of_one_library_and_of_one_client(
    fake: FakeProvider, traced: Callable[..., Capture], how: str
) -> None:
    spans = traced("openai")
    with openai.OpenAI(base_url=fake.openai_url, api_key="any", max_retries=1) as client:
        if how == "wrap":
            spans.uninstrument()
            limelight.wrap(client, limelight=spans)
        client.chat.completions.create(model="fail-429-then-ok", messages=TALK)  # type: ignore[arg-type]
    assert len(spans.one().events("limelight.attempt")) == 1
    limelight.uninstrument()


def test_everything_is_undone() -> None:
    before = [vars(owner)[name] for owner, name in DOORS]
    with limelight.Limelight(instrument=False) as one:
        undo = one.instrument("openai", "transport")
        assert all(vars(owner)[name] is not was for (owner, name), was in zip(DOORS, before, strict=True))
        undo.undo()
        assert [vars(owner)[name] for owner, name in DOORS] == before
        one.instrument("anthropic")
        limelight.uninstrument()
        assert [vars(owner)[name] for owner, name in DOORS] == before


@pytest.mark.parametrize("key", [_SUPPRESS_INSTRUMENTATION_KEY, "suppress_language_model_instrumentation"])
def test_what_is_suppressed_is_not_captured(fake: FakeProvider, spans: Capture, key: str) -> None:
    token = context.attach(context.set_value(key, True))
    post(fake)
    context.detach(token)
    assert spans.all() == []


def test_a_call_told_by_hand_is_not_told_again(fake: FakeProvider, spans: Capture) -> None:
    with spans.span("asking", kind="llm"):
        post(fake)
    assert spans.one().name == "asking"
    spans.clear()
    with spans.span("step"):
        post(fake)
    told, step = spans.all()
    assert told.is_child_of(step)


@pytest.mark.parametrize(
    ("about", "is_told"),
    [
        ({"gen_ai.operation.name": "chat"}, True),
        ({"gen_ai.operation.name": "invoke_agent"}, False),
        ({"openinference.span.kind": "LLM"}, True),
        ({"openinference.span.kind": "CHAIN"}, False),
        ({"llm.request.type": "chat"}, True),
        ({}, False),
    ],
    ids=str,
)
def test_a_call_told_by_another_instrumentation_is_not_told_again(
    fake: FakeProvider, spans: Capture, about: dict[str, str], is_told: bool
) -> None:
    with TracerProvider().get_tracer("theirs").start_as_current_span("theirs", attributes=about):
        post(fake)
    assert len(spans.all()) == (0 if is_told else 1)


def test_the_library_that_asks_is_named(fake: FakeProvider, spans: Capture) -> None:
    module = types.ModuleType("tinyllm.client")
    code = "import requests\ndef ask(url, body):\n    return requests.post(url, json=body, timeout=10)\n"
    exec(compile(code, "/venv/lib/site-packages/tinyllm/client.py", "exec"), vars(module))
    before = transport.unclaimed["tinyllm"]
    module.ask(CHAT.url(fake), CHAT.asked())
    assert spans.one().attributes["limelight.library"] == "tinyllm"
    assert transport.unclaimed["tinyllm"] == before + 1


async def test_one_http_library_above_another_is_one_call(fake: FakeProvider, spans: Capture) -> None:
    class Above(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            sent = {"data": request.content, "headers": dict(request.headers)}
            async with aiohttp.ClientSession() as session, session.post(str(request.url), **sent) as got:
                return httpx.Response(got.status, headers=dict(got.headers), content=await got.read())

    async with httpx.AsyncClient(transport=Above()) as client:
        await client.post(CHAT.url(fake), json=CHAT.asked(model="fail-429"))
    one = spans.one()
    assert one.attributes["limelight.library"] == "httpx"
    assert one.events("limelight.attempt") == []


def test_a_redirect_is_one_call(fake: FakeProvider, spans: Capture) -> None:
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(str(request.url))
        if len(sent) == 1:
            return httpx.Response(307, headers={"location": "/again/v1/chat/completions"})
        return httpx.Response(200, json={"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]})

    with httpx.Client(transport=httpx.MockTransport(answer), follow_redirects=True) as client:
        client.post("https://api.openai.com/v1/chat/completions", json=CHAT.asked())
    assert len(sent) == 2
    assert spans.one().attributes["gen_ai.provider.name"] == "openai"


@pytest.mark.parametrize("stage", ["asking", "reading"])
async def test_a_call_that_is_cancelled_is_no_error(fake: FakeProvider, spans: Capture, stage: str) -> None:
    begun = asyncio.Event()

    async def ask() -> None:
        model = "slow-stream" if stage == "reading" else "slow-first-byte"
        async with httpx.AsyncClient() as client:
            begun.set()
            asked = CHAT.asked(is_stream=True, model=model)
            async with client.stream("POST", CHAT.url(fake), json=asked, headers=HEADERS) as response:
                async for _ in response.aiter_bytes():
                    pass

    task = asyncio.create_task(ask())
    await begun.wait()
    await asyncio.sleep(0.15)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    one = spans.one()
    assert one.attributes["limelight.outcome"] == "cancelled"
    assert one.error is None
    assert trace.get_current_span() is trace.INVALID_SPAN


def test_a_stream_that_is_dropped_is_told(fake: FakeProvider, spans: Capture) -> None:
    asked = CHAT.asked(is_stream=True, model="slow")
    response = requests.post(CHAT.url(fake), json=asked, headers=HEADERS, timeout=10, stream=True)
    next(response.iter_content(8))
    del response
    gc.collect()
    assert spans.one().attributes["limelight.outcome"] == "incomplete"


READERS: dict[str, Callable[[Any], Any]] = {
    "read": lambda response: response.read(),
    "text": lambda response: response.text(),
    "json": lambda response: response.json(),
    "readany": lambda response: drained(response.content.readany),
    "read_nowait": lambda response: waited(response.content),
    "read some": lambda response: drained(lambda: response.content.read(50)),
    "readchunk": lambda response: chunked(response.content),
    "iter_chunked": lambda response: joined(response.content.iter_chunked(40)),
    "iter_any": lambda response: joined(response.content.iter_any()),
    "iter_chunks": lambda response: paired(response.content.iter_chunks()),
    "lines": lambda response: joined(response.content),
}


async def drained(read: Callable[[], Any]) -> bytes:
    got = b""
    while piece := await read():
        got += piece
    return got


async def waited(content: Any) -> bytes:
    await content.wait_eof()
    got: bytes = content.read_nowait()
    return got


async def chunked(content: Any) -> bytes:
    got = b""
    while not content.at_eof():
        got += (await content.readchunk())[0]
    return got


async def joined(pieces: Any) -> bytes:
    return b"".join([piece async for piece in pieces])


async def paired(pieces: Any) -> bytes:
    return b"".join([piece async for piece, _ in pieces])


@pytest.mark.parametrize("how", READERS)
async def test_every_way_to_read_an_answer_of_aiohttp(fake: FakeProvider, spans: Capture, how: str) -> None:
    path, session = "/v1/chat/completions", aiohttp.ClientSession(fake.url, headers=HEADERS)
    async with session, session.post(path, json=CHAT.asked()) as got:
        assert await READERS[how](got)
    one = spans.one()
    assert "limelight.outcome" not in one.attributes
    assert one.json("gen_ai.output.messages")[0]["finish_reason"] == "stop"


@pytest.mark.parametrize("is_compressed", [False, True])
@pytest.mark.parametrize("how", ["iter_lines", "iter_text", "iter_bytes", "read", "iter_raw"])
def test_every_way_to_read_an_answer_of_httpx(spans: Capture, how: str, is_compressed: bool) -> None:
    body = b'data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
    headers = {"content-type": "text/event-stream"}
    if is_compressed:
        body, headers["content-encoding"] = gzip.compress(body), "gzip"

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers=headers, stream=Pieces(body))

    class Pieces(httpx.SyncByteStream):
        def __init__(self, body: bytes) -> None:
            self.body = body

        def __iter__(self) -> Any:
            yield from (self.body[at : at + 20] for at in range(0, len(self.body), 20))

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        url = "https://api.openai.com/v1/chat/completions"
        with client.stream("POST", url, json=CHAT.asked(is_stream=True)) as response:
            response.read() if how == "read" else list(getattr(response, how)())
    one = spans.one()
    if how == "iter_raw" and is_compressed:
        assert one.attributes["limelight.outcome"] == "incomplete"  # nobody has unpacked it
        return
    assert "limelight.outcome" not in one.attributes
    assert one.json("gen_ai.output.messages")[0]["parts"] == [{"type": "text", "content": "Hi"}]


def test_gemini_streams_an_array_to_those_who_do_not_ask_for_events(spans: Capture) -> None:
    body = b'[{"candidates":[{"content":{"parts":[{"text":"Hel"}]}}]}\r\n,\r\n{"candidates":[{"content":{"parts":[{"text":"lo"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2}}]'

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "application/json"}, content=body)

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        url = "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:streamGenerateContent"
        client.post(url, json=PLACES[4].asked())
    one = spans.one()
    assert one.json("gen_ai.output.messages")[0]["parts"] == [{"type": "text", "content": "Hello"}]
    assert one.attributes["gen_ai.usage.output_tokens"] == 2


async def test_a_get_is_none_of_ours(fake: FakeProvider, spans: Capture) -> None:
    url = CHAT.url(fake)
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        assert response.status >= 400
    async with httpx.AsyncClient() as client:
        await client.get(url)
    assert spans.all() == []


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff", '{"model": "gpt-4o"}'], ids=str)
def test_a_body_that_makes_no_sense_is_a_call_all_the_same(spans: Capture, body: bytes | str) -> None:
    with httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(400, text="no"))) as client:
        client.post("https://api.openai.com/v1/chat/completions", content=body)
    one = spans.one()
    assert one.attributes["error.type"] == "400"
    assert one.error == "no"


def test_a_body_that_is_sent_piece_by_piece_is_not_taken_from_the_sender(spans: Capture) -> None:
    pieces = iter([b'{"model": "gpt-4o", ', b'"messages": []}'])
    got: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        got.append(request.read())
        return httpx.Response(200, json={})

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        client.post("https://api.openai.com/v1/chat/completions", content=pieces)
    assert got == [b'{"model": "gpt-4o", "messages": []}']
    assert "gen_ai.request.model" not in spans.one().attributes


@pytest.mark.parametrize(
    ("url", "provider", "address"),
    [
        ("https://user:sk-canary@llm.acme.example/v1/chat/completions?key=sk-canary#x", "openai", "llm.acme.example"),
        ("https://acme.openai.azure.com/openai/deployments/my%2Dgpt/chat/completions", "azure.ai.openai", "acme.openai.azure.com"),
        ("http://[::1]:11434/v1/chat/completions", "ollama", "::1"),
        ("https://openrouter.ai/api/v1/chat/completions", "openrouter", "openrouter.ai"),
    ],
)  # fmt: skip
def test_who_answers_and_where_without_what_is_secret(spans: Capture, url: str, provider: str, address: str) -> None:
    with httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(200, json={}))) as client:
        client.post(url, json=CHAT.asked() if "azure" not in url else {"messages": TALK})
    one = spans.one()
    assert one.attributes["gen_ai.provider.name"] == provider
    assert one.attributes["server.address"] == address
    assert one.attributes["gen_ai.request.model"] == ("my-gpt" if "azure" in url else "gpt-4o")
    assert "canary" not in str(one.span)


async def test_a_request_beneath_a_call_that_is_called_off_is_no_failed_try(
    fake: FakeProvider, traced: Callable[..., Capture]
) -> None:
    spans = traced()
    async with openai.AsyncOpenAI(base_url=fake.openai_url, api_key="any") as client:
        asked = client.chat.completions.create(model="slow-first-byte", messages=TALK)  # type: ignore[arg-type]
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asked, 0.1)
    one = spans.one()
    assert one.attributes["limelight.outcome"] == "cancelled"
    assert one.events("limelight.attempt") == []
