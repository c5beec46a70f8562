"""Anthropic: endpoints, headers and errors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from limelight.testing.fake import anthropic_batches as batches
from limelight.testing.fake import anthropic_messages as messages
from limelight.testing.fake.exchange import Event, Json, Request
from limelight.testing.fake.prompt import OTHER
from limelight.testing.fake.tokens import weigh
from limelight.testing.fake.vendor import Route, Shelf, Take, Vendor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from limelight.testing.fake.prompt import Prompt
    from limelight.testing.fake.script import Failure

ERRORS = {
    400: ("invalid_request_error", "Your request is not what this endpoint understands."),
    401: ("authentication_error", "invalid x-api-key"),
    403: ("permission_error", "Your API key does not have permission to use the specified resource."),
    404: ("not_found_error", "model: {model}"),
    413: ("request_too_large", "Request exceeds the maximum size"),
    429: (
        "rate_limit_error",
        "This request would exceed your organization's rate limit of 50 requests per minute.",
    ),
    500: ("api_error", "Internal server error"),
    529: ("overloaded_error", "Overloaded"),
}


def error(failure: Failure, prompt: Prompt, request_id: str) -> Json:
    kind, message = ERRORS.get(failure.status, ERRORS[500 if failure.status >= 500 else 400])
    if prompt.operation == OTHER and failure.status == 404:
        message = "Not Found"
    said = failure.message or message.format(model=prompt.model)
    return {
        "type": "error",
        "error": {"type": failure.code or kind, "message": said},
        "request_id": request_id,
    }


def error_event(take: Take) -> Event:
    return Event({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, "error")


def headers(take: Take, request_id: str) -> dict[str, str]:
    told = {"request-id": request_id, "anthropic-organization-id": "limelight-fake"}
    for kind, limit, used in (
        ("requests", 4000, 1),
        ("input-tokens", 2_000_000, take.tally.input),
        ("output-tokens", 400_000, take.tally.output),
    ):
        told[f"anthropic-ratelimit-{kind}-limit"] = str(limit)
        told[f"anthropic-ratelimit-{kind}-remaining"] = str(limit - used)
        told[f"anthropic-ratelimit-{kind}-reset"] = "2026-02-25T06:13:20Z"
    return told


def key(request: Request) -> str | None:
    bearer = (request.header("authorization") or "").removeprefix("Bearer ").strip()
    return request.header("x-api-key") or bearer or None


def cached(prompt: Prompt, shelf: Shelf) -> tuple[int, int]:
    """Cache breakpoints: the longest known prefix is read, what follows up to the last one is written.

    The real one ignores prefixes below 1,024 tokens; here any length will do, so that tests can be short.
    """
    start, tokens, known, read, last = prompt.model, 0, 0, 0, 0
    for block, marked in _blocks(prompt.body):
        start, tokens = start + json.dumps(block), tokens + weigh(block)
        known = shelf.prefixes.get(start, known)
        if marked:
            read, last = known, tokens
            shelf.prefixes[start] = tokens
    return read, last - read


def _blocks(body: Json) -> Iterator[tuple[Any, bool]]:
    """What can be cached, in the order in which it is (tools, system, messages), and where a breakpoint stands."""
    blocks = list(body.get("tools") or ())
    for holder in ({"content": body.get("system")}, *(body.get("messages") or ())):
        content = holder.get("content")
        blocks += content if isinstance(content, list) else [{"type": "text", "text": content or ""}]
    for at, block in enumerate(blocks, 1):
        marked = "cache_control" in block or (at == len(blocks) and "cache_control" in body)
        yield {key: value for key, value in block.items() if key != "cache_control"}, marked


ROUTES = (
    Route("POST", "/v1/messages", messages.reply, messages.read),
    Route("POST", "/v1/messages/count_tokens", batches.tokens, batches.read_count),
    Route("POST", "/v1/messages/batches", batches.create),
    Route("GET", "/v1/messages/batches", batches.batches),
    Route("GET", "/v1/messages/batches/{}", batches.retrieve),
    Route("DELETE", "/v1/messages/batches/{}", batches.delete),
    Route("GET", "/v1/messages/batches/{}/results", batches.results),
    Route("POST", "/v1/messages/batches/{}/cancel", batches.cancel),
    Route("POST", "/v1/complete", batches.completion, batches.read_completion),
    Route("GET", "/v1/models", batches.models),
    Route("GET", "/v1/models/{}", batches.model),
)

ANTHROPIC = Vendor(
    name="anthropic",
    claims=lambda request: (
        request.header("anthropic-version") is not None or request.path.startswith(("/v1/messages", "/v1/complete/"))
    ),
    routes=ROUTES,
    error=error,
    error_event=error_event,
    headers=headers,
    request_id=lambda ids: ids("req_011", 21),
    key=key,
    cached=cached,
)
