from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import anthropic
import openai
import pytest

from limelight.testing.fake import cut, disconnect, fail, say, slow
from tests.fake.both import drain, settle

if TYPE_CHECKING:
    from limelight.testing.fake import FakeProvider

Ask = "Callable[..., Any]"
HELLO = [{"role": "user", "content": "Hello"}]
STATUSES = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    429: "RateLimitError",
    500: "InternalServerError",
    503: "InternalServerError",
}


@pytest.fixture(params=["openai", "anthropic"])
def vendor(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def library(vendor: str) -> Any:
    return {"openai": openai, "anthropic": anthropic}[vendor]


@pytest.fixture
def ask(vendor: str, gpt: Any, claude: Any) -> Ask:
    """A chat with either vendor, given what differs from "Hello"."""

    def ask_openai(retries: int = 0, **given: Any) -> Any:
        given = {"model": "gpt-4o", "messages": HELLO, **given}
        return gpt.with_options(max_retries=retries).chat.completions.create(**given)

    def ask_anthropic(retries: int = 0, **given: Any) -> Any:
        given = {"model": "claude-haiku-4-5", "messages": HELLO, "max_tokens": 300, **given}
        return claude.with_options(max_retries=retries).messages.create(**given)

    return ask_openai if vendor == "openai" else ask_anthropic


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("stream", [False, True])
async def test_errors_are_the_library_s_own(ask: Any, library: Any, status: int, stream: bool) -> None:
    with pytest.raises(getattr(library, STATUSES[status])) as caught:
        await settle(ask(model=f"fail-{status}", stream=stream))
    assert caught.value.status_code == status
    assert caught.value.request_id.startswith("req_")


async def test_overloaded(claude: Any) -> None:
    with pytest.raises(anthropic.APIStatusError) as caught:
        await settle(claude.messages.create(model="fail-529", messages=HELLO, max_tokens=9))
    assert caught.value.status_code == 529
    assert caught.value.body["error"]["type"] == "overloaded_error"


async def test_a_wrong_key_is_told_so(ask: Any, library: Any, gpt: Any, claude: Any) -> None:
    gpt.api_key = claude.api_key = "wrong"
    with pytest.raises(library.AuthenticationError):
        await settle(ask())


@pytest.mark.parametrize("given", [{"messages": []}, {"model": ""}, {"messages": ["Hello"]}])
async def test_what_the_real_one_would_not_take(ask: Any, library: Any, given: Any) -> None:
    with pytest.raises((library.BadRequestError, library.NotFoundError)):
        await settle(ask(**given))


async def test_retries_are_told_how_long_to_wait(ask: Any, fake: FakeProvider) -> None:
    await settle(ask(retries=1, model="fail-429-then-ok"))
    assert [request.status for request in fake.requests] == [429, 200]
    assert fake.requests[0].body == fake.requests[1].body


async def test_retries_succeed_every_time_the_call_is_made(ask: Any, fake: FakeProvider) -> None:
    for _ in range(2):
        await settle(ask(retries=2, model="fail-503x2"))
    assert [request.status for request in fake.requests] == [503, 503, 200] * 2


async def test_rate_limits_in_the_headers(ask: Any, library: Any, vendor: str, fake: FakeProvider) -> None:
    fake.script(fail(429, "Slow down.", retry_after=1.5))
    with pytest.raises(library.RateLimitError, match=r"Slow down\.") as caught:
        await settle(ask())
    headers = caught.value.response.headers
    assert (headers["retry-after"], headers["retry-after-ms"]) == ("2", "1500")
    name = {"openai": "x-ratelimit-limit-tokens", "anthropic": "anthropic-ratelimit-input-tokens-limit"}[vendor]
    assert int(headers[name]) > 0


async def test_a_slow_first_byte(ask: Any, fake: FakeProvider) -> None:
    fake.script(say("Late.").slow(first_byte_s=0.15), say("Late again.").slow(first_byte_s=0.15))
    began = time.perf_counter()
    await settle(ask())
    plain_s = time.perf_counter() - began
    stream = await settle(ask(stream=True))
    headers_s = time.perf_counter() - began - plain_s
    await drain(stream)
    assert plain_s >= 0.15
    assert headers_s < 0.15
    assert time.perf_counter() - began >= 0.3


async def test_a_slow_stream(ask: Any, fake: FakeProvider) -> None:
    fake.script(slow(gap_s=0.005))
    began = time.perf_counter()
    events = await drain(ask(stream=True))
    assert time.perf_counter() - began > 0.005 * len(events) * 0.8


async def test_a_timeout_is_noticed_on_both_sides(ask: Any, library: Any, fake: FakeProvider) -> None:
    fake.script(slow(first_byte_s=20))
    with pytest.raises(library.APITimeoutError):
        await settle(ask(timeout=0.1))
    await_end(fake)
    assert fake.requests[0].ending == "client left"


def await_end(fake: FakeProvider) -> None:
    deadline = time.monotonic() + 2
    while fake.requests[-1].ending == "open" and time.monotonic() < deadline:
        time.sleep(0.01)


async def test_a_truncated_stream_ends_without_a_word(ask: Any, fake: FakeProvider) -> None:
    fake.script(cut(after_events=4))
    assert 2 <= len(await drain(ask(stream=True))) <= 4
    await_end(fake)
    assert (fake.requests[0].ending, fake.requests[0].events_sent) == ("cut", 4)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_dropped_connection(ask: Any, fake: FakeProvider, stream: bool) -> None:
    fake.script(disconnect(after_events=3))
    with pytest.raises(Exception, match=r"(?i)connection|peer closed"):
        await drain(ask(stream=stream))
    assert fake.requests[0].ending == "cut"


@pytest.mark.parametrize("stream", [False, True])
async def test_malformed_json(ask: Any, fake: FakeProvider, stream: bool) -> None:
    fake.script(say("Hello").malformed(after_events=3))
    with pytest.raises(json.JSONDecodeError):
        await drain(ask(stream=stream))


async def test_an_error_in_the_stream(ask: Any, library: Any, fake: FakeProvider) -> None:
    fake.script(say("Hello").error_event(after_events=3))
    with pytest.raises(library.APIError, match=r"(?i)error|overloaded"):
        await drain(ask(stream=True))


async def test_an_error_among_response_events(gpt: Any, fake: FakeProvider) -> None:
    fake.script(say("Hello").error_event(after_events=3))
    events = await drain(gpt.responses.create(model="gpt-4o", input="Hi", stream=True))
    assert [event.sequence_number for event in events] == [0, 1, 2, 3]
    assert (events[-1].type, events[-1].code) == ("error", "server_error")


async def test_a_stream_that_stalls_goes_on_later(ask: Any, fake: FakeProvider) -> None:
    fake.script(say("Hello").stall(0.1, after_events=3))
    began = time.perf_counter()
    await drain(ask(stream=True))
    assert time.perf_counter() - began >= 0.1
    await_end(fake)
    assert fake.requests[0].ending == "complete"


async def test_a_stream_left_early_is_noticed(ask: Any, fake: FakeProvider) -> None:
    fake.script(say("word " * 200).slow(gap_s=0.01))
    stream = await settle(ask(stream=True))
    await settle(stream.close())
    await_end(fake)
    assert fake.requests[0].ending == "client left"
    assert fake.requests[0].events_sent < 50


@pytest.mark.parametrize("stream", [False, True])
async def test_usage_can_be_left_out(ask: Any, fake: FakeProvider, vendor: str, stream: bool) -> None:
    fake.script(say("Hello").no_usage())
    result = await settle(ask(stream=stream))
    events = await drain(result) if stream else [result]
    assert all('"usage":{' not in event.model_dump_json(exclude_none=True) for event in events)


async def test_usage_can_be_dictated(ask: Any, fake: FakeProvider, vendor: str) -> None:
    fake.script(say("Hello").usage(input=162, output=20, cache_read=50, cache_write=100))
    usage = (await settle(ask())).usage
    if vendor == "anthropic":
        told = (usage.input_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens)
        assert told == (12, 50, 100)
    else:
        assert (usage.prompt_tokens, usage.prompt_tokens_details.cached_tokens) == (162, 50)
