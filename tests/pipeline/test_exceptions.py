"""Every client library has exceptions of its own, and keeps the answer behind them in its own way (B7)."""

from __future__ import annotations

from typing import Any

import aiohttp
import anthropic
import httpx
import httpx2
import openai
import pytest
import requests
from botocore.exceptions import ClientError, EndpointConnectionError
from cohere.core.api_error import ApiError
from google.genai import errors as google
from huggingface_hub.errors import HfHubHTTPError
from mistralai.client.errors import SDKError
from multidict import CIMultiDict, CIMultiDictProxy
from ollama import ResponseError
from yarl import URL

from limelight.pipeline.failures import limits, of_exception, of_headers, of_refusal, of_response, telling

HEADERS = {
    "X-Request-Id": "r1",
    "Retry-After": "2",
    "X-RateLimit-Remaining-Tokens": "0",
    "authorization": "Bearer sk-canary",
    "set-cookie": "session=canary",
    "openai-organization": "acme",
}
REQUEST = httpx.Request("POST", "https://api.example.com/v1/chat")
ANSWER = httpx.Response(429, headers=HEADERS, json={"error": {"message": "slow down"}}, request=REQUEST)
ASKED = aiohttp.RequestInfo(URL("https://x"), "POST", CIMultiDictProxy(CIMultiDict()), URL("https://x"))


def of_requests() -> requests.HTTPError:
    response = requests.Response()
    response.status_code = 429
    response.headers.update(HEADERS)
    return requests.HTTPError("slow down", response=response)


def of_botocore() -> ClientError:
    about = {"HTTPStatusCode": 429, "RequestId": "r1", "HTTPHeaders": {"retry-after": "2"}, "RetryAttempts": 0}
    said: Any = {"Error": {"Code": "ThrottlingException", "Message": "slow down"}, "ResponseMetadata": about}
    return ClientError(said, "Converse")


EXCEPTIONS: dict[str, tuple[Exception, str | None]] = {
    "openai": (openai.RateLimitError("slow down", response=ANSWER, body={"code": "rate_limited"}), "rate_limited"),  # type: ignore[arg-type]
    "anthropic": (
        anthropic.RateLimitError("slow down", response=ANSWER, body={"error": {"type": "rate_limit_error"}}),  # type: ignore[arg-type]
        "rate_limit_error",
    ),
    "google": (google.ClientError(429, {"error": {"status": "RESOURCE_EXHAUSTED"}}, ANSWER), "RESOURCE_EXHAUSTED"),
    "botocore": (of_botocore(), "ThrottlingException"),
    "cohere": (ApiError(status_code=429, headers=HEADERS, body={"message": "slow down"}), None),
    "mistral": (SDKError("slow down", ANSWER), None),
    "huggingface": (HfHubHTTPError("slow down", response=ANSWER), None),
    "httpx": (httpx.HTTPStatusError("slow down", request=REQUEST, response=ANSWER), None),
    "requests": (of_requests(), None),
    "aiohttp": (
        aiohttp.ClientResponseError(ASKED, (), status=429, headers=CIMultiDictProxy(CIMultiDict(HEADERS))),
        None,
    ),
}


@pytest.mark.parametrize("family", EXCEPTIONS)
def test_status_request_id_and_when_to_come_again(family: str) -> None:
    error, code = EXCEPTIONS[family]
    failure = of_exception(error)
    assert (failure.status, failure.code, failure.request_id, failure.retry_after_s) == (429, code, "r1", 2.0)
    assert failure.message == str(error)


def test_one_that_keeps_the_status_only() -> None:
    failure = of_exception(ResponseError("slow down", 429))
    assert (failure.status, failure.request_id, failure.retry_after_s) == (429, None, None)


@pytest.mark.parametrize(
    "error",
    [
        OSError(2, "no such file"),
        UnicodeDecodeError("utf-8", b"", 0, 0, ""),
        SystemExit(3),
        EndpointConnectionError(endpoint_url="x"),
    ],
)
def test_others_have_no_status(error: BaseException) -> None:
    assert (of_exception(error).status, of_exception(error).code) == (None, None)


class CodedError(Exception):
    code: Any = "429"
    status: Any = True


def test_a_code_that_is_the_status_is_none() -> None:
    assert (of_exception(CodedError()).code, of_exception(CodedError()).status) == (None, None)


@pytest.mark.parametrize(
    "headers",
    [
        httpx.Headers(HEADERS),
        httpx2.Headers(HEADERS),
        HEADERS,
        requests.structures.CaseInsensitiveDict(HEADERS),
        CIMultiDict(HEADERS),
    ],
    ids=lambda headers: type(headers).__module__,
)
def test_of_headers_only_those_are_kept_that_tell_limits(headers: Any) -> None:
    assert limits(telling(headers)) == {"retry-after": "2", "x-ratelimit-remaining-tokens": "0"}
    assert of_headers(headers).request_id == "r1"


def test_no_headers_tell_nothing_and_long_ones_are_cut() -> None:
    assert limits(telling(None)) == {}
    assert limits(telling({"x-ratelimit-reset": "9" * 999})) == {"x-ratelimit-reset": "9" * 200}
    assert of_response({}).status is None


@pytest.mark.parametrize(
    ("body", "message", "code"),
    [
        ({"error": {"message": "no", "code": "c"}}, "no", "c"),
        ({"type": "error", "error": {"type": "overloaded_error", "message": "no"}}, "no", "overloaded_error"),
        ({"error": "no"}, "no", None),
        ({"message": "no"}, "no", None),
        ({"detail": "no"}, "no", None),
        ({"text": "<html>"}, "<html>", None),
        ({}, "", None),
    ],
)
def test_a_refusal_is_told_in_the_providers_words(body: Any, message: str, code: str | None) -> None:
    failure = of_refusal(503, body)
    assert (failure.type, failure.status, failure.message, failure.code) == ("503", 503, message, code)
