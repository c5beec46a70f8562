"""The same request through every HTTP library, and its answer read in every manner that the library offers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
import httpx
import httpx2
import requests
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

HEADERS = {"authorization": "Bearer sk-canary", "cookie": "session=sk-canary"}
Pieces = list[bytes]


@dataclass(frozen=True)
class Sender:
    name: str
    library: str
    ask: Callable[[str, Any], Awaitable[tuple[int, bytes]]]
    """(url, body) -> status and content."""
    read: Callable[[str, Any, int | None], Awaitable[bytes]]
    """(url, body, pieces) -> what a stream has brought, of which so many pieces are read, or all."""
    broken: tuple[type[Exception], ...]

    def __str__(self) -> str:
        return self.name


def _httpx(library: Any) -> tuple[Sender, Sender]:
    async def ask(url: str, body: Any) -> tuple[int, bytes]:
        with library.Client() as client:
            response = client.post(url, json=body, headers=HEADERS)
            assert type(response) is library.Response
            return response.status_code, response.content

    async def read(url: str, body: Any, some: int | None) -> bytes:
        got: Pieces = []
        with library.Client() as client, client.stream("POST", url, json=body, headers=HEADERS) as response:
            for piece in response.iter_bytes():
                got.append(piece)
                if len(got) == some:
                    break
        return b"".join(got)

    async def ask_async(url: str, body: Any) -> tuple[int, bytes]:
        async with library.AsyncClient() as client:
            response = await client.post(url, json=body, headers=HEADERS)
            return response.status_code, response.content

    async def read_async(url: str, body: Any, some: int | None) -> bytes:
        got: Pieces = []
        async with (
            library.AsyncClient() as client,
            client.stream("POST", url, json=body, headers=HEADERS) as response,
        ):
            async for piece in response.aiter_raw():
                got.append(piece)
                if len(got) == some:
                    break
        return b"".join(got)

    name, broken = library.__name__, (library.HTTPError,)
    return Sender(name, name, ask, read, broken), Sender(f"{name}-async", name, ask_async, read_async, broken)


def _at_once(function: Callable[..., Any]) -> Callable[..., Any]:
    """What blocks, for those who wait."""

    async def run(*args: Any) -> Any:
        return function(*args)

    return run


def _requests_ask(url: str, body: Any) -> tuple[int, bytes]:
    response = requests.post(url, json=body, headers=HEADERS, timeout=10)
    assert type(response) is requests.Response
    return response.status_code, response.content


def _requests_read(url: str, body: Any, some: int | None) -> bytes:
    got: Pieces = []
    with requests.post(url, json=body, headers=HEADERS, timeout=10, stream=True) as response:
        for piece in response.iter_lines(chunk_size=64, delimiter=b"\n"):
            got.append(piece)
            if len(got) == some:
                break
    return b"\n".join(got)


async def _aiohttp_ask(url: str, body: Any) -> tuple[int, bytes]:
    async with aiohttp.ClientSession() as session, session.post(url, json=body, headers=HEADERS) as response:
        assert type(response) is aiohttp.ClientResponse
        return response.status, await response.read()


async def _aiohttp_read(url: str, body: Any, some: int | None) -> bytes:
    got: Pieces = []
    async with aiohttp.ClientSession() as session, session.post(url, json=body, headers=HEADERS) as response:
        assert isinstance(response.content, aiohttp.StreamReader)
        async for piece in response.content:
            got.append(piece)
            if len(got) == some:
                break
    return b"".join(got)


def _botocore(url: str, body: Any, *, is_stream: bool) -> Any:
    content = {"content-type": "application/json", **HEADERS}
    request = AWSRequest("POST", url, data=json.dumps(body), headers=content, stream_output=is_stream)
    return URLLib3Session().send(request.prepare())


async def _botocore_ask(url: str, body: Any) -> tuple[int, bytes]:
    response = _botocore(url, body, is_stream=False)
    return response.status_code, response.content


async def _botocore_read(url: str, body: Any, some: int | None) -> bytes:
    response = _botocore(url, body, is_stream=True)
    got: Pieces = []
    for piece in iter(lambda: response.raw.read(256), b""):
        got.append(piece)
        if len(got) == some:
            break
    response.raw.close()
    return b"".join(got)


SENDERS = (
    *_httpx(httpx),
    *_httpx(httpx2),
    Sender("requests", "requests", _at_once(_requests_ask), _at_once(_requests_read), (requests.RequestException,)),
    Sender("aiohttp", "aiohttp", _aiohttp_ask, _aiohttp_read, (aiohttp.ClientError,)),
    Sender("botocore", "botocore", _botocore_ask, _botocore_read, (Exception,)),
)
