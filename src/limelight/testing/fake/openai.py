"""OpenAI: endpoints, headers and errors."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from limelight.testing.fake import openai_chat, openai_completions, openai_responses
from limelight.testing.fake import openai_media as media
from limelight.testing.fake import openai_storage as storage
from limelight.testing.fake.exchange import Event, Json, Request
from limelight.testing.fake.prompt import OTHER
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
    if prompt.operation == OTHER and failure.status == 404:
        kind, code, message = "invalid_request_error", None, "Invalid URL or no such object"
    said = failure.message or message.format(model=prompt.model)
    return {"error": {"message": said, "type": kind, "param": None, "code": failure.code or code}}


def error_event(take: Take) -> Event:
    """An error in the middle of a stream; responses have an event type for it."""
    if take.prompt.operation == "response":
        return openai_responses.error_event(take)
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


ROUTES = (
    Route("POST", "/v1/chat/completions", openai_chat.reply, openai_chat.read),
    Route("POST", "/v1/completions", openai_completions.reply, openai_completions.read),
    Route("POST", "/v1/responses", openai_responses.reply, openai_responses.read),
    Route("POST", "/v1/responses/input_tokens", openai_responses.count),
    Route("GET", "/v1/responses/{}", openai_responses.retrieve),
    Route("GET", "/v1/responses/{}/input_items", openai_responses.input_items),
    Route("POST", "/v1/responses/{}/cancel", openai_responses.cancel),
    Route("DELETE", "/v1/responses/{}", openai_responses.delete),
    Route("POST", "/v1/embeddings", media.embeddings, partial(media.read, "embedding", "input")),
    Route("POST", "/v1/images/generations", media.image, partial(media.read, "image", "prompt")),
    Route("POST", "/v1/images/edits", media.image, partial(media.read, "image", "prompt")),
    Route("POST", "/v1/images/variations", media.image, partial(media.read, "image", "image")),
    Route("POST", "/v1/audio/speech", media.speech, partial(media.read, "speech", "input")),
    Route("POST", "/v1/audio/transcriptions", media.transcription, partial(media.read, "transcription", "file")),
    Route("POST", "/v1/audio/translations", media.transcription, partial(media.read, "translation", "file")),
    Route("POST", "/v1/moderations", media.moderation, partial(media.read, "moderation", "input")),
    Route("GET", "/v1/models", storage.models),
    Route("GET", "/v1/models/{}", storage.model),
    Route("POST", "/v1/files", storage.upload),
    Route("GET", "/v1/files", storage.files),
    Route("GET", "/v1/files/{}", storage.file),
    Route("GET", "/v1/files/{}/content", storage.content),
    Route("DELETE", "/v1/files/{}", storage.delete_file),
    Route("POST", "/v1/batches", storage.create_batch),
    Route("GET", "/v1/batches", storage.batches),
    Route("GET", "/v1/batches/{}", storage.batch),
    Route("POST", "/v1/batches/{}/cancel", storage.cancel_batch),
)

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
