"""Answers are recorded once and played again: the same to the client, without a network, without a secret."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp.test_utils
import aiohttp.web
import httpx
import pytest
import requests
from anthropic import Anthropic
from openai import APIConnectionError, AsyncOpenAI, BadRequestError, OpenAI

from limelight.testing import FakeProvider, UnrecordedError, capture, replayed
from limelight.testing.fake import fail, say, tool_call
from tests.testing.aiohttp_calls import AIOHTTP, CHAT, KEY, aiohttp_lines, aiohttp_plain, in_a_session

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    # LiteLLM drops what it had not begun on an earlier test's loop when it is first used on another.
    pytest.mark.filterwarnings("ignore:.*Logging.async_success_handler:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:.*Logging.async_success_handler:pytest.PytestUnraisableExceptionWarning"),
]
HOST = "models.example"
NOWHERE = f"http://{HOST}"
"""Names no machine: whoever goes to the network fails."""
AUTHORIZED = {"authorization": f"Bearer {KEY}"}


def question(words: str) -> dict[str, Any]:
    return {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": words}]}


def openai_plain(url: str) -> object:
    with OpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0) as client:
        answer = client.chat.completions.create(**question(f"Hello {KEY}"))
        return answer.to_dict(), answer._request_id


def openai_streamed(url: str) -> object:
    with OpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0) as client:
        return [chunk.to_dict() for chunk in client.chat.completions.create(**question("Stream"), stream=True)]


def openai_raw(url: str) -> object:
    with OpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0) as client:
        return client.chat.completions.with_raw_response.create(**question("Raw")).content


def openai_async(url: str) -> object:
    async def run() -> object:
        async with AsyncOpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0) as client:
            one, two = await asyncio.gather(*(client.chat.completions.create(**question(word)) for word in ("a", "b")))
            stream = await client.chat.completions.create(**question("c"), stream=True)
            return one.to_dict(), two.to_dict(), [chunk.to_dict() async for chunk in stream]

    return asyncio.run(run())


def openai_file(url: str) -> object:
    with OpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0) as client:
        return client.audio.transcriptions.create(model="whisper-1", file=("a.wav", b"RIFF....")).to_dict()


def anthropic_streamed(url: str) -> object:
    with Anthropic(base_url=url, api_key=KEY, max_retries=0) as client:
        ask = {"model": "claude-sonnet-5-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}
        with client.messages.stream(**ask) as stream:
            return list(stream.text_stream), stream.get_final_message().to_dict()


def requests_plain(url: str) -> object:
    answer = requests.post(
        f"{url}/v1/chat/completions", json=question("Hello"), headers={"authorization": f"Bearer {KEY}"}
    )
    return answer.status_code, answer.json()


def requests_streamed(url: str) -> object:
    ask = {**question("Hello"), "stream": True}
    with requests.post(f"{url}/v1/chat/completions", json=ask, headers=AUTHORIZED, stream=True) as answer:
        return list(answer.iter_lines())


def bedrock(url: str) -> object:
    import boto3

    about = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "y", "endpoint_url": url}
    client = boto3.client("bedrock-runtime", **about)
    ask = {"modelId": "anthropic.claude-sonnet-5-5-v1:0", "messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
    plain = client.converse(**ask)["output"]
    streamed = list(client.converse_stream(**ask)["stream"])
    client.close()
    return plain, streamed


CALLS = [
    openai_plain, openai_streamed, openai_raw, openai_async, openai_file, anthropic_streamed, requests_plain, requests_streamed, bedrock,
    *AIOHTTP,
]  # fmt: skip


@pytest.fixture(scope="module")
def provider() -> Any:
    with FakeProvider() as provider:
        yield provider


@pytest.fixture
def fake(provider: FakeProvider) -> FakeProvider:
    provider.reset()
    return provider


def root(fake: FakeProvider) -> str:
    return f"{NOWHERE}:{urlsplit(fake.openai_url).port}"


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    """The host is on loopback, at every port but the usual one."""
    looked_up = socket.getaddrinfo

    def look_up(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name != HOST:
            return looked_up(host, port, *args, **kwargs)
        if port in (80, "80", "http"):
            raise socket.gaierror(socket.EAI_NONAME, "no such host")
        return looked_up("127.0.0.1", port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__name__)
def test_what_was_answered_is_answered_again(call: Callable[[str], object], fake: FakeProvider, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "one.jsonl"
    with replayed(path, record=True):
        first = call(root(fake))
    made = len(fake.requests)
    assert made
    assert KEY not in path.read_text()
    for _ in range(2):
        with replayed(path):
            assert call(NOWHERE) == first
    assert len(fake.requests) == made


def test_outside_of_it_everything_is_as_before(fake: FakeProvider, tmp_path: Path) -> None:
    with replayed(tmp_path / "one.jsonl", record=True):
        pass
    openai_plain(root(fake))
    requests_plain(root(fake))
    assert len(fake.requests) == 2
    with pytest.raises(APIConnectionError):
        openai_plain(NOWHERE)


def test_the_file_can_be_read_by_people_and_holds_no_header_of_a_request(fake: FakeProvider, tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    fake.script(say(f"Your key is {KEY}."))
    with replayed(path, record=True):
        openai_plain(root(fake))
    (line,) = map(json.loads, path.read_text().splitlines())
    assert (line["method"], line["host"], line["path"]) == ("POST", HOST, "/v1/chat/completions")
    assert line["request"] == question("Hello [REDACTED:openai_key]")
    assert line["json"]["choices"][0]["message"]["content"] == "Your key is [REDACTED:openai_key]."
    assert set(line["headers"]) <= {"content-type", "x-request-id", "openai-version", "openai-processing-ms"}
    assert set(line) == {"method", "host", "path", "request", "status", "headers", "json"}


def test_equal_requests_get_their_answers_in_order(fake: FakeProvider, tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"

    def ask(url: str) -> list[str]:
        said = []
        with OpenAI(base_url=f"{url}/v1", api_key="x", max_retries=0) as client:
            for _ in range(3):
                try:
                    said.append(client.chat.completions.create(**question("Again")).choices[0].finish_reason)
                except BadRequestError as error:
                    said.append(str(error.status_code))
        return said

    fake.script(say("One."), fail(400, "no"), tool_call("look", {}))
    with replayed(path, record=True):
        ask(root(fake))
    with replayed(path):
        assert ask(NOWHERE) == ["stop", "400", "tool_calls"]


def test_a_request_that_was_not_recorded_says_what_to_do(fake: FakeProvider, tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    with (
        replayed(path),
        pytest.raises(UnrecordedError, match=r"there is no .*one\.jsonl\. Run the test with --limelight-record"),
    ):
        requests_plain(NOWHERE)
    with replayed(path, record=True):
        requests_plain(root(fake))
    other = {**question("Something else"), "stream": True}
    with (
        replayed(path),
        pytest.raises(UnrecordedError, match=r"has 1 answers of that address, to other requests .*Something else"),
    ):
        requests.post(f"{NOWHERE}/v1/chat/completions", json=other)
    with replayed(path), pytest.raises(UnrecordedError, match=r"GET api\.example/x: .* has none of that address"):
        requests.get("https://api.example/x")


def test_a_server_of_ones_own_is_left_alone(fake: FakeProvider, tmp_path: Path) -> None:
    address = fake.openai_url
    with replayed(tmp_path / "one.jsonl"):
        assert requests.get(f"{address}/nothing").status_code in (401, 404)
        with pytest.raises(UnrecordedError):  # but for a model that runs there
            requests.post(f"{address}/chat/completions", json=question("Hello"))
    assert [exchange.path for exchange in fake.requests] == ["/v1/nothing"]


def test_threads_may_share_a_cassette(fake: FakeProvider, tmp_path: Path) -> None:
    path, words = tmp_path / "one.jsonl", [f"word {number}" for number in range(12)]

    def each(url: str) -> dict[str, object]:
        said: dict[str, object] = {}

        def ask(word: str) -> None:
            answer = requests.post(f"{url}/v1/chat/completions", json=question(word), headers=AUTHORIZED)
            said[word] = answer.json()["choices"]

        threads = [threading.Thread(target=ask, args=(word,)) for word in words]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return said

    with replayed(path, record=True):
        first = each(root(fake))
    with replayed(path):
        assert each(NOWHERE) == first
    assert len(first) == len(words)


def test_aiohttp_says_as_itself_what_was_not_recorded(fake: FakeProvider, tmp_path: Path) -> None:
    with replayed(tmp_path / "one.jsonl"), pytest.raises(UnrecordedError, match=r"POST models\.example/v1/chat"):
        aiohttp_plain(NOWHERE)


def test_aiohttp_reads_a_long_answer_as_slowly_as_it_likes(fake: FakeProvider, tmp_path: Path) -> None:
    @in_a_session
    async def read(session: aiohttp.ClientSession, url: str) -> object:
        async with session.post(url + CHAT, json=question("Long"), read_bufsize=1_000) as answer:
            sizes = []
            async for piece in answer.content.iter_chunked(10_000):
                await asyncio.sleep(0)
                sizes.append(len(piece))
            return sum(sizes)

    path = tmp_path / "one.jsonl"
    fake.script(say("word " * 100_000))
    with replayed(path, record=True):
        first = read(root(fake))
    with replayed(path):
        assert read(NOWHERE) == first
    assert isinstance(first, int)
    assert first > 500_000


def test_what_is_played_to_aiohttp_is_traced(fake: FakeProvider, tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    said = []
    for record, url in ((True, root(fake)), (False, NOWHERE)):
        with capture() as spans, replayed(path, record=record):
            aiohttp_lines(url)
            said.append(spans.one().attributes["gen_ai.output.messages"])
    assert said[0] == said[1]


class Moved(BaseHTTPRequestHandler):
    """Sends whoever asks at the old place to the new one."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        is_old = self.path == CHAT
        self.send_response(307 if is_old else 200)
        if is_old:
            self.send_header("location", "/new?from=old")
        self.send_header("content-length", "0" if is_old else "2")
        self.end_headers()
        self.wfile.write(b"" if is_old else b"{}")

    def log_message(self, *about: object) -> None:
        pass


def over_requests(url: str) -> object:
    answer = requests.post(url + CHAT, json={})
    return answer.status_code, urlsplit(answer.url).path, [each.status_code for each in answer.history]


def over_httpx(url: str) -> object:
    answer = httpx.post(url + CHAT, json={}, follow_redirects=True)
    return answer.status_code, answer.url.path, [each.status_code for each in answer.history]


@in_a_session
async def over_aiohttp(session: aiohttp.ClientSession, url: str) -> object:
    async with session.post(url + CHAT, json={}) as answer:
        return answer.status, answer.url.path, [each.status for each in answer.history]


@pytest.mark.parametrize("call", [over_requests, over_httpx, over_aiohttp], ids=lambda call: call.__name__)
def test_who_is_sent_elsewhere_goes_there_again(call: Callable[[str], object], tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    with ThreadingHTTPServer(("127.0.0.1", 0), Moved) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with replayed(path, record=True):
            assert call(f"{NOWHERE}:{server.server_port}") == (200, "/new", [307])
        server.shutdown()
    with replayed(path):
        assert call(NOWHERE) == (200, "/new", [307])


def test_a_web_socket_goes_to_the_network_while_recording_and_nowhere_after(fake: FakeProvider, tmp_path: Path) -> None:
    async def talk(address: str) -> str:
        async with aiohttp.ClientSession() as session, session.ws_connect(address) as socket:
            await socket.send_str("hello")
            return await socket.receive_str()

    async def echo(request: aiohttp.web.Request) -> aiohttp.web.WebSocketResponse:
        socket = aiohttp.web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(f"{await socket.receive_str()} again")
        return socket

    async def work() -> None:
        app = aiohttp.web.Application()
        app.router.add_get("/talk", echo)
        server = aiohttp.test_utils.TestServer(app)
        async with server:
            address = f"ws://{HOST}:{server.port}/talk"
            with replayed(tmp_path / "one.jsonl", record=True):
                assert await talk(address) == "hello again"
            with replayed(tmp_path / "one.jsonl"), pytest.raises(UnrecordedError, match=r"GET models\.example/talk"):
                await talk(address)

    asyncio.run(work())
