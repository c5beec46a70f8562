"""Record what models answer, once, and play it back: beneath `httpx`, `httpx2`, `requests`, `botocore` and `aiohttp`.

    with replayed(Path("weather.jsonl")):
        agent.run("Is it cold in Oslo?")

The client libraries run as they are.  What they would send over the network is looked up instead.  It is everything that
leaves the machine, and calls of models wherever they are; a test client that talks to your application in memory never gets here.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import io
import ipaddress
import sys
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from limelight.core.endpoint import target
from limelight.engine.targets import replace, when_imported
from limelight.providers._transport import ENDPOINTS
from limelight.testing.cassette import Answer, Cassette, Sent, UnrecordedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Send = Callable[..., Any]


@contextlib.contextmanager
def replayed(
    path: Path, *, record: bool = False, refuse: Callable[[str], NoReturn] | None = None
) -> Iterator[Cassette]:
    """Answer from `path`; with `record`, from the network, and write what came.

    Args:
        refuse: What to do about a request that was not recorded; by default `UnrecordedError` is raised.
    """
    cassette, undo = Cassette(path, record=record, refuse=refuse), list[Any]()
    is_open = [True]

    def patch(place: str, step: Callable[[Cassette], Callable[[Send], Send]]) -> None:
        if is_open and (done := replace(place, step(cassette))):
            undo.append(done)

    for place, step in STEPS:
        when_imported(place, lambda place=place, step=step: patch(place, step))  # type: ignore[misc]
    try:
        yield cassette
    finally:
        is_open.clear()
        while undo:
            undo.pop()()
        cassette.save()


def is_taken(sent: Sent) -> bool:
    """Is it a call of a model, or anything else that leaves the machine?"""
    host = urlsplit(sent.url).hostname or ""
    if not _is_here(host):
        return True
    return sent.method.upper() == "POST" and target(sent.url, sent.body, ENDPOINTS) is not None


def _is_here(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _httpx(cassette: Cassette) -> Callable[[Send], Send]:
    def step(original: Send) -> Send:
        def handle_request(self: Any, request: Any) -> Any:
            sent = _httpx_sent(request, request.read())
            if not is_taken(sent):
                return original(self, request)
            if not cassette.record:
                return _httpx_answer(request, cassette.answer(sent))
            response = original(self, request)
            answer = Answer(response.status_code, response.headers, response.read())
            response.close()
            return _httpx_answer(request, cassette.keep(sent, answer))

        return handle_request

    return step


def _httpx_async(cassette: Cassette) -> Callable[[Send], Send]:
    def step(original: Send) -> Send:
        async def handle_async_request(self: Any, request: Any) -> Any:
            sent = _httpx_sent(request, await request.aread())
            if not is_taken(sent):
                return await original(self, request)
            if not cassette.record:
                return _httpx_answer(request, cassette.answer(sent))
            response = await original(self, request)
            answer = Answer(response.status_code, response.headers, await response.aread())
            await response.aclose()
            return _httpx_answer(request, cassette.keep(sent, answer))

        return handle_async_request

    return step


def _httpx_sent(request: Any, body: bytes) -> Sent:
    return Sent(request.method, str(request.url), body, request.headers.get("content-type", ""))


def _httpx_answer(request: Any, answer: Answer) -> Any:
    """A stream, which is read or not like one from the network."""
    library = sys.modules[type(request).__module__.partition(".")[0]]
    return library.Response(answer.status, headers=answer.headers, stream=library.ByteStream(answer.body))


def _requests(cassette: Cassette) -> Callable[[Send], Send]:
    def step(original: Send) -> Send:
        def send(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
            sent = Sent(request.method, request.url, _bytes(request.body), request.headers.get("content-type", ""))
            if not is_taken(sent):
                return original(self, request, *args, **kwargs)
            if not cassette.record:
                return self.build_response(request, _urllib3(cassette.answer(sent)))
            response = original(self, request, *args, **kwargs)
            answer = Answer(response.status_code, response.headers, response.content)
            return self.build_response(request, _urllib3(cassette.keep(sent, answer)))

        return send

    return step


def _botocore(cassette: Cassette) -> Callable[[Send], Send]:
    def step(original: Send) -> Send:
        def send(self: Any, request: Any) -> Any:
            kind = request.headers.get("content-type", "")
            kind = kind.decode() if isinstance(kind, bytes) else str(kind)
            sent = Sent(request.method, request.url, _bytes(request.body), kind)
            if not is_taken(sent):
                return original(self, request)
            if not cassette.record:
                return _botocore_answer(request, cassette.answer(sent))
            response = original(self, request)
            answer = Answer(response.status_code, dict(response.headers), response.content)
            return _botocore_answer(request, cassette.keep(sent, answer))

        return send

    return step


def _botocore_answer(request: Any, answer: Answer) -> Any:
    botocore = sys.modules  # its session has just been asked to send, so all of it is there
    headers = botocore["botocore.compat"].HTTPHeaders.from_dict(dict(answer.headers))
    response = botocore["botocore.awsrequest"].AWSResponse(request.url, answer.status, headers, _urllib3(answer))
    if not request.stream_output:
        response.content  # noqa: B018 - reads it, as the session does
    return response


def _aiohttp(cassette: Cassette) -> Callable[[Send], Send]:
    """Where a connection is asked for: what comes over it is read by aiohttp itself, whatever its version makes of it."""

    def step(original: Send) -> Send:
        async def connect(self: Any, req: Any, *args: Any, **kwargs: Any) -> Any:
            kind = req.headers.get("content-type", "")
            sent = Sent(req.method, str(req.url), await _aiohttp_body(req.body), kind)
            is_socket = "upgrade" in req.headers
            if not is_taken(sent) or (is_socket and cassette.record):
                return await original(self, req, *args, **kwargs)
            if not cassette.record:
                return _aiohttp_connection(self, req, cassette.answer(sent))
            answer = await _aiohttp_exchange(req, await original(self, req, *args, **kwargs))
            return _aiohttp_connection(self, req, cassette.keep(sent, answer))

        return connect

    return step


async def _aiohttp_body(body: Any) -> bytes:
    if not body:
        return b""
    if not hasattr(body, "as_bytes"):
        raise UnrecordedError("this version of aiohttp does not tell what it sends: recordings need 3.12.2 or later")
    return bytes(await body.as_bytes())


async def _aiohttp_exchange(request: Any, connection: Any) -> Answer:
    try:
        connection.protocol.set_response_params(skip_payload=request.method == "HEAD")
        response = await request.send(connection)
        await response.start(connection)
        return Answer(response.status, response.headers, await response.read())
    finally:
        connection.close()  # unless it has gone back to be used again


def _aiohttp_connection(connector: Any, request: Any, answer: Answer) -> Any:
    """One over which the answer has come already, and on which nobody hears what is asked."""
    loop, aiohttp = asyncio.get_running_loop(), sys.modules  # its connector has just been asked, so all of it is there
    protocol = aiohttp["aiohttp.client_proto"].ResponseHandler(loop)
    protocol.connection_made(_Unheard())
    if "expect" in request.headers:
        protocol.data_received(b"HTTP/1.1 100 Continue\r\n\r\n")
    protocol.data_received(_on_the_wire(answer))
    return aiohttp["aiohttp.connector"].Connection(connector, request.connection_key, protocol, loop)


class _Unheard(asyncio.Transport):
    """Takes what is written, and does nothing with it."""

    _closed = False

    def write(self, data: object) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def is_closing(self) -> bool:
        return self._closed

    def close(self) -> None:
        self._closed = True

    abort = close


def _on_the_wire(answer: Answer) -> bytes:
    about = {**answer.headers, "content-length": len(answer.body), "connection": "close"}
    first = f"HTTP/1.1 {answer.status} {http.client.responses.get(answer.status, '')}"
    head = "\r\n".join((first, *(f"{name}: {value}" for name, value in about.items()), "", ""))
    return head.encode("utf-8", "surrogateescape") + answer.body


def _urllib3(answer: Answer) -> Any:
    file = io.BytesIO(answer.body)
    return sys.modules["urllib3"].HTTPResponse(
        body=file, headers=dict(answer.headers), status=answer.status, preload_content=False
    )


def _bytes(body: Any) -> bytes:
    """Of a file that is sent, only that there is one: it could not be read again."""
    if isinstance(body, str):
        return body.encode()
    return bytes(body) if isinstance(body, (bytes, bytearray)) else b""


STEPS = (
    ("httpx:HTTPTransport.handle_request", _httpx),
    ("httpx:AsyncHTTPTransport.handle_async_request", _httpx_async),
    ("httpx2:HTTPTransport.handle_request", _httpx),
    ("httpx2:AsyncHTTPTransport.handle_async_request", _httpx_async),
    ("requests.adapters:HTTPAdapter.send", _requests),
    ("botocore.httpsession:URLLib3Session.send", _botocore),
    ("aiohttp.connector:BaseConnector.connect", _aiohttp),
)
