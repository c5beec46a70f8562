"""Calls of models over `aiohttp`: of the client itself, and of libraries that are built on it."""

from __future__ import annotations

import asyncio
import functools
import os
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

KEY = "sk-" + "proj-" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1x"
CHAT = "/v1/chat/completions"


def asked(words: str, **more: Any) -> dict[str, Any]:
    return {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": words}], **more}


def in_a_session(call: Callable[[aiohttp.ClientSession, str], Awaitable[object]]) -> Callable[[str], object]:
    @functools.wraps(call)
    def run(url: str) -> object:
        async def work() -> object:
            headers = {"authorization": f"Bearer {KEY}"}
            async with aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(limit=2)) as session:
                return await call(session, url)

        return asyncio.run(work(), debug=True)

    return run


@in_a_session
async def aiohttp_plain(session: aiohttp.ClientSession, url: str) -> object:
    async with session.post(url + CHAT, json=asked(f"Hello {KEY}")) as answer:
        assert str(answer.url) == url + CHAT
        return answer.status, answer.reason, answer.content_type, await answer.json()


@in_a_session
async def aiohttp_at_once(session: aiohttp.ClientSession, url: str) -> object:
    async def ask(words: str) -> object:
        async with session.post(url + CHAT, json=asked(words), raise_for_status=True) as answer:
            return (await answer.json())["choices"]

    return await asyncio.gather(*(ask(f"word {number}") for number in range(8)))


@in_a_session
async def aiohttp_lines(session: aiohttp.ClientSession, url: str) -> object:
    async with session.post(url + CHAT, json=asked("Stream", stream=True)) as answer:
        return [line async for line in answer.content]


@in_a_session
async def aiohttp_abandoned(session: aiohttp.ClientSession, url: str) -> object:
    """Closed in the middle of its stream, and another call after it."""
    async with session.post(url + CHAT, json=asked("Stop", stream=True)) as answer:
        first = await answer.content.readline()
    async with session.post(url + CHAT, json=asked("And then")) as answer:
        return first, await answer.json()


@in_a_session
async def aiohttp_failed(session: aiohttp.ClientSession, url: str) -> object:
    async with session.post(url + "/v1/nothing", json={}) as answer:
        return answer.status, answer.ok, await answer.text()


@in_a_session
async def aiohttp_form(session: aiohttp.ClientSession, url: str) -> object:
    """Its boundary is another one each time."""
    form = aiohttp.FormData({"model": "whisper-1"})
    form.add_field("file", b"RIFF....", filename="a.wav")
    async with session.post(url + "/v1/audio/transcriptions", data=form) as answer:
        return answer.status, await answer.json()


@in_a_session
async def aiohttp_iterated(session: aiohttp.ClientSession, url: str) -> object:
    """A body that can be read once, and a server that is asked first whether it wants it."""

    async def body() -> AsyncIterator[bytes]:
        yield b'{"model": "gpt-4o-mini", '
        yield b'"messages": [{"role": "user", "content": "In pieces"}]}'

    about = {"content-type": "application/json"}
    async with session.post(url + CHAT, data=body(), headers=about, expect100=True) as answer:
        return await answer.json()


def litellm_plain_and_streamed(url: str) -> object:
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # nothing is to be downloaded
    import litellm

    before, litellm.disable_aiohttp_transport = litellm.disable_aiohttp_transport, False

    async def work() -> object:
        about = {"model": "openai/gpt-4o-mini", "api_base": f"{url}/v1", "api_key": KEY, "max_retries": 0}
        question: list[Any] = [{"role": "user", "content": "Hello"}]
        plain = await litellm.acompletion(messages=question, **about)
        stream = await litellm.acompletion(messages=question, stream=True, **about)
        words = [chunk.choices[0].delta.content async for chunk in stream]
        await litellm.close_litellm_async_clients()
        return plain.choices[0].message.content, words

    try:
        return asyncio.run(work())
    finally:
        litellm.disable_aiohttp_transport = before


def aiobotocore(url: str) -> object:
    from aiobotocore.session import get_session

    async def work() -> object:
        about = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "y"}
        messages = [{"role": "user", "content": [{"text": "Hi"}]}]
        ask: dict[str, Any] = {"modelId": "anthropic.claude-sonnet-5-5-v1:0", "messages": messages}
        async with get_session().create_client("bedrock-runtime", endpoint_url=url, **about) as client:
            plain = await client.converse(**ask)
            streamed = await client.converse_stream(**ask)
            return plain["output"], [event async for event in streamed["stream"]]

    return asyncio.run(work())


AIOHTTP = [
    aiohttp_plain, aiohttp_at_once, aiohttp_lines, aiohttp_abandoned, aiohttp_failed, aiohttp_form, aiohttp_iterated,
    litellm_plain_and_streamed, aiobotocore,
]  # fmt: skip
