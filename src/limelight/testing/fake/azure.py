"""Azure OpenAI: OpenAI's formats under other addresses, with content filter results around them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from limelight.testing.fake import openai
from limelight.testing.fake.exchange import Event, Json, Reply, Request
from limelight.testing.fake.vendor import Take, Vendor

if TYPE_CHECKING:
    from limelight.testing.fake.prompt import Prompt
    from limelight.testing.fake.script import Failure

_DEPLOYMENT = re.compile(r"/openai/deployments/([^/]+)/(.+)")
_PLAIN = re.compile(r"/openai/(?:v1/)?(.+)")

SAFE = {"filtered": False, "severity": "safe"}
CATEGORIES: Json = {"hate": SAFE, "self_harm": SAFE, "sexual": SAFE, "violence": SAFE}
CLEAR = {"filtered": False, "detected": False}
ERRORS = {
    401: ("401", "Access denied due to invalid subscription key or wrong API endpoint."),
    404: ("DeploymentNotFound", "The API deployment for this resource does not exist."),
    429: (
        "429",
        "Requests to the ChatCompletions_Create Operation have exceeded the call rate limit of your current pricing tier.",
    ),
}


def path(request: Request) -> str:
    if found := _DEPLOYMENT.fullmatch(request.path):
        return f"/v1/{found[2]}"
    return _PLAIN.sub(r"/v1/\1", request.path)


def body(request: Request, given: Json) -> Json:
    """The deployment in the address names the model."""
    found = _DEPLOYMENT.fullmatch(request.path)
    return {**given, "model": given.get("model") or found[1]} if found else given


def error(failure: Failure, prompt: Prompt, request_id: str) -> Json:
    if failure.status in ERRORS:
        code, message = ERRORS[failure.status]
        return {"error": {"code": failure.code or code, "message": failure.message or message}}
    return openai.error(failure, prompt, request_id)


def headers(take: Take, request_id: str) -> dict[str, str]:
    return {
        "apim-request-id": request_id,
        "x-request-id": request_id,
        "x-ms-region": "Nowhere",
        "x-ratelimit-limit-requests": "2500",
        "x-ratelimit-limit-tokens": "250000",
        "x-ratelimit-remaining-requests": "2499",
        "x-ratelimit-remaining-tokens": str(250_000 - take.tally.input - take.tally.output),
    }


def dress(take: Take, reply: Reply) -> Reply:
    """Filter results per choice; a stream opens with a chunk that has them and no choice at all."""
    if take.prompt.operation != "chat" or reply.status != 200:
        return reply
    verdict = [{"prompt_index": 0, "content_filter_results": {**CATEGORIES, "jailbreak": CLEAR}}]
    if reply.events is None:
        assert isinstance(reply.body, dict)
        return replace(reply, body={**reply.body, "choices": _filtered(reply.body), "prompt_filter_results": verdict})
    opening: Json = {
        "choices": [],
        "created": 0,
        "id": "",
        "model": "",
        "object": "",
        "prompt_filter_results": verdict,
    }
    chunks = (
        replace(event, data={**event.data, "choices": _filtered(event.data)})
        for event in reply.events[:-1]
        if isinstance(event.data, dict)
    )
    return replace(reply, events=(Event(opening), *chunks, reply.events[-1]))


def _filtered(chunk: Json) -> list[Json]:
    """A delta with text carries its verdict, the first one an empty verdict."""
    choices: list[Json] = chunk["choices"]
    return [{**choice, "content_filter_results": CATEGORIES if _speaks(choice) else {}} for choice in choices]


def _speaks(choice: Json) -> bool:
    return bool((choice.get("delta") or choice.get("message") or {}).get("content"))


def key(request: Request) -> str | None:
    return request.header("api-key") or openai.key(request)


AZURE = Vendor(
    name="azure",
    claims=lambda request: request.path.startswith("/openai/"),
    routes=openai.ROUTES,
    error=error,
    error_event=openai.error_event,
    headers=headers,
    request_id=lambda ids: "-".join(ids.hex("", length) for length in (8, 4, 4, 4, 12)),
    key=key,
    cached=openai.cached,
    path=path,
    body=body,
    dress=dress,
)
