"""OpenAI: endpoints, headers and errors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from limelight.testing.fake import openai_chat
from limelight.testing.fake.exchange import Event, Json, Request
from limelight.testing.fake.tokens import weigh
from limelight.testing.fake.vendor import Route, Shelf, Take, Vendor

if TYPE_CHECKING:
    from limelight.testing.fake.prompt import Prompt
    from limelight.testing.fake.script import Failure

ERRORS: dict[int, tuple[str, str | None, str]] = {
    400: ("invalid_request_error", None, "Your request is not what this endpoint understands."),
    401: (
        "invalid_request_error",
        "invalid_api_key",
        "Incorrect API key provided: wrong. You can find your API key at https://platform.openai.com/account/api-keys.",
    ),
    403: (
        "invalid_request_error",
        "unsupported_country_region_territory",
        "Country, region, or territory not supported",
    ),
    404: (
        "invalid_request_error",
        "model_not_found",
        "The model `{model}` does not exist or you do not have access to it.",
    ),
    409: ("conflict_error", None, "Another request is at work on this."),
    429: (
        "requests",
        "rate_limit_exceeded",
        "Rate limit reached for {model} on requests per min (RPM): Limit 3, Used 3, Requested 1.",
    ),
    500: ("server_error", None, "The server had an error while processing your request. Sorry about that!"),
    503: ("server_error", None, "That model is currently overloaded with other requests."),
}
CACHED_FROM = 1024
CACHED_STEP = 128


def error(failure: Failure, prompt: Prompt, request_id: str) -> Json:
    kind, code, message = ERRORS.get(failure.status, ERRORS[500 if failure.status >= 500 else 400])
    if prompt.operation == "none" and failure.status == 404:
        kind, code, message = "invalid_request_error", None, "Invalid URL or no such object"
    said = failure.message or message.format(model=prompt.model)
    return {"error": {"message": said, "type": kind, "param": None, "code": failure.code or code}}


def error_event() -> Event:
    message = "The server had an error while processing your request. Sorry about that!"
    return Event({"error": {"message": message, "type": "server_error", "param": None, "code": None}})


def headers(take: Take, request_id: str) -> dict[str, str]:
    used = take.tally.input + take.tally.output
    return {
        "x-request-id": request_id,
        "openai-version": "2020-10-01",
        "openai-organization": "limelight-fake",
        "openai-processing-ms": str(20 + used % 400),
        "x-ratelimit-limit-requests": "10000",
        "x-ratelimit-limit-tokens": "200000",
        "x-ratelimit-remaining-requests": "9999",
        "x-ratelimit-remaining-tokens": str(200_000 - used),
        "x-ratelimit-reset-requests": "8.64s",
        "x-ratelimit-reset-tokens": "15ms",
    }


def key(request: Request) -> str | None:
    return (request.header("authorization") or "").removeprefix("Bearer ").strip() or None


def cached(prompt: Prompt, shelf: Shelf) -> tuple[int, int]:
    """Prompts that begin like an earlier one of at least 1,024 tokens are read from the cache, in steps of 128."""
    items = prompt.body.get("messages") or prompt.body.get("input")
    if not isinstance(items, list):
        items = [items]
    start = json.dumps([prompt.model, prompt.body.get("tools"), prompt.body.get("instructions")])
    found, tokens = 0, weigh(prompt.body.get("tools")) + weigh(prompt.body.get("instructions"))
    for item in items:
        start, tokens = start + json.dumps(item), tokens + weigh(item)
        if tokens >= CACHED_FROM:
            found = shelf.prefixes.get(start, found)
            shelf.prefixes[start] = tokens
    return found // CACHED_STEP * CACHED_STEP, 0


ROUTES = (Route("POST", "/v1/chat/completions", openai_chat.reply, openai_chat.read),)

OPENAI = Vendor(
    name="openai",
    claims=lambda request: True,
    routes=ROUTES,
    error=error,
    error_event=error_event,
    headers=headers,
    request_id=lambda ids: ids.hex("req_", 32),
    key=key,
    cached=cached,
)
