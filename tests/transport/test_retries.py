"""`max_retries` of one call (case 62), and what is told of tries by clients without a hook for it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import anthropic
import groq
import httpx
import openai
import pytest
import together
from opentelemetry.context import Context

import limelight
from limelight.core.model import Request, Response
from limelight.core.operation import Integration, Operation
from limelight.engine.call import Call, Exchange
from limelight.pipeline import read
from limelight.pipeline.pipeline import Pipeline, Policy
from tests.conformance.drive import settle
from tests.transport.places import TALK

if TYPE_CHECKING:
    from collections.abc import Callable

    from limelight.testing import Capture, FakeProvider

ASKED: dict[str, Any] = {"model": "fail-429x2", "messages": TALK}
CLIENTS: dict[str, tuple[str, Any, Callable[[Any], Any]]] = {
    "openai": ("openai_url", openai.OpenAI, lambda client: client.chat.completions),
    "openai async": ("openai_url", openai.AsyncOpenAI, lambda client: client.chat.completions),
    "openai responses": ("openai_url", openai.OpenAI, lambda client: client.responses),
    "anthropic": ("anthropic_url", anthropic.Anthropic, lambda client: client.messages),
    "anthropic async": ("anthropic_url", anthropic.AsyncAnthropic, lambda client: client.messages),
    "groq": ("groq_url", groq.Groq, lambda client: client.chat.completions),
    "together": ("together_url", together.Together, lambda client: client.chat.completions),
}
EVERY_CLIENT = pytest.mark.parametrize("name", CLIENTS)


def build(fake: FakeProvider, name: str) -> tuple[Any, Any]:
    url, kind, part = CLIENTS[name]
    client = kind(base_url=getattr(fake, url), api_key="any", max_retries=0)
    return client, part(client)


def asked(name: str) -> dict[str, Any]:
    if name == "openai responses":
        return {"model": "fail-429x2", "input": "Hi"}
    return {**ASKED, "max_tokens": 9} if "anthropic" in name else ASKED


@pytest.mark.case(62)
@EVERY_CLIENT
async def test_one_call_may_say_how_often_it_is_tried(
    fake: FakeProvider, traced: Callable[..., Capture], name: str
) -> None:
    spans = traced()
    client, part = build(fake, name)
    answer = await settle(part.create(**asked(name), max_retries=2))
    assert "max_retries" not in str([request.body for request in fake.requests])
    one = spans.one()
    assert answer.id == one.attributes["gen_ai.response.id"]
    assert [tried["http.response.status_code"] for tried in one.events("limelight.attempt")] == [429, 429]
    assert "max_retries" not in str(one.span)
    fake.reset()
    with pytest.raises((openai.APIError, anthropic.APIError, groq.APIError, together.APIError)):
        await settle(part.create(**asked(name)))  # the next one is asked once again
    assert len(fake.requests) == 1
    await settle(client.close())


@pytest.mark.parametrize("how", ["stream", "raw", "helper", "none given", "wrapped"])
def test_it_goes_with_every_way_to_ask(fake: FakeProvider, traced: Callable[..., Capture], how: str) -> None:
    spans = traced()
    with openai.OpenAI(base_url=fake.openai_url, api_key="any", max_retries=2 if how == "none given" else 0) as client:
        if how == "wrapped":
            spans.uninstrument()
            spans.wrap(client)
        chat = client.chat.completions
        match how:
            case "stream":
                stream = chat.create(**ASKED, stream=True, max_retries=2)
                assert isinstance(stream, openai.Stream)
                assert list(stream)
            case "raw":
                assert chat.with_raw_response.create(**ASKED, max_retries=2).parse().choices
            case "helper":
                with chat.stream(**ASKED, max_retries=2) as helper:  # type: ignore[call-arg]
                    assert helper.get_final_completion().choices
            case "none given":
                assert chat.create(**ASKED, max_retries=None).choices
            case "wrapped":
                assert chat.create(**ASKED, max_retries=2).choices
    assert len(spans.one().events("limelight.attempt")) == 2
    limelight.uninstrument()


def test_too_few_tries_are_the_vendors_exception(fake: FakeProvider, traced: Callable[..., Capture]) -> None:
    spans = traced()
    with openai.OpenAI(base_url=fake.openai_url, api_key="any", max_retries=0) as client:
        with pytest.raises(openai.RateLimitError):
            client.chat.completions.create(**ASKED, max_retries=1)
        assert len(spans.one().events("limelight.attempt")) == 1


@pytest.mark.case(62)
def test_untraced_it_is_what_it_was(fake: FakeProvider) -> None:
    client = openai.OpenAI(base_url=fake.openai_url, api_key="any")
    with client, pytest.raises(TypeError, match="max_retries"):
        client.chat.completions.create(**ASKED, max_retries=1)


def attempts(*exchanges: Exchange, error: BaseException | None = None) -> list[int | None]:
    operation = Operation("chat", (), lambda body: Request(), lambda body: Response())
    call = Call(Pipeline(Policy(), ()), Integration("any", "any", (operation,)), operation, None, {}, Context())
    call.exchanges = exchanges
    call.finish(error=error)
    return [attempt.status for attempt in read.record(call).attempts]


def test_what_one_library_does_for_another_is_one_attempt() -> None:
    inner, outer = Exchange(2, 3, 503), Exchange(1, 4, 503)
    assert attempts(inner, outer, Exchange(5, 6, 200)) == [503]


def test_the_last_one_is_told_by_the_failure_unless_somebody_called_it_off() -> None:
    tried = Exchange(1, 2, 503), Exchange(3, 4)
    assert attempts(*tried, error=ValueError()) == [503]
    assert attempts(*tried, error=KeyboardInterrupt()) == [503, None]
    assert attempts(*tried) == [503, None]


def test_a_connection_that_fails_is_an_attempt_without_a_status(traced: Callable[..., Capture]) -> None:
    spans = traced()
    tries: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        tries.append(request)
        if len(tries) == 1:
            raise httpx.ConnectError("nobody there", request=request)
        choice = {"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}
        said = {"id": "c1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
        return httpx.Response(200, json=said, headers={"x-request-id": "r1", "x-ratelimit-remaining-tokens": "7"})

    with contextlib.ExitStack() as stack:
        inner = stack.enter_context(httpx.Client(transport=httpx.MockTransport(answer)))
        client = groq.Groq(api_key="any", max_retries=1, http_client=inner)
        client.chat.completions.create(model="m", messages=TALK)  # type: ignore[arg-type]
    one = spans.one()
    (attempt,) = one.events("limelight.attempt")
    assert "http.response.status_code" not in attempt
    assert attempt["limelight.attempt.wait"] > 0
    assert one.attributes["limelight.request_id"] == "r1"
    assert one.attributes["http.response.header.x-ratelimit-remaining-tokens"] == ("7",)
