"""Mistral: endpoints, headers and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limelight.testing.fake import mistral_chat as chat
from limelight.testing.fake import mistral_conversations as conversations
from limelight.testing.fake import mistral_media as media
from limelight.testing.fake import openai
from limelight.testing.fake.exchange import Event, Json, Request
from limelight.testing.fake.prompt import OTHER
from limelight.testing.fake.vendor import Route, Vendor

if TYPE_CHECKING:
    from limelight.testing.fake.prompt import Prompt
    from limelight.testing.fake.script import Failure
    from limelight.testing.fake.vendor import Take

ERRORS = {
    400: ("invalid_request_invalid_args", "3051", "Your request is not what this endpoint understands."),
    403: ("forbidden", "1300", "You are not allowed to use this endpoint."),
    404: ("invalid_model", "1500", "Invalid model: {model}"),
    429: ("rate_limited", "1300", "Rate limit exceeded"),
    500: ("internal_server_error", "3700", "Service unavailable."),
    503: ("service_unavailable", "3505", "Service tier capacity exceeded for this model."),
}
OWN = ("/v1/fim/", "/v1/agents/completions", "/v1/ocr", "/v1/conversations", "/v1/chat/moderations")


def claims(request: Request) -> bool:
    """By the path, where nobody else has it, or by what the client says of itself."""
    return "mistral" in (request.header("user-agent") or "") or request.path.startswith(OWN)


def error(failure: Failure, prompt: Prompt, request_id: str) -> Json:
    if failure.status == 401 and failure.message is None:
        return {"detail": "Unauthorized"}
    kind, code, message = ERRORS.get(failure.status, ERRORS[500 if failure.status >= 500 else 400])
    if prompt.operation == OTHER and failure.status == 404:
        return {"message": "no Route matched with those values", "request_id": request_id}
    said = failure.message or message.format(model=prompt.model)
    return {"object": "error", "message": said, "type": kind, "param": None, "code": failure.code or code}


def error_event(take: Take) -> Event:
    if take.prompt.operation == "conversation":
        return conversations.error_event(take)
    kind, code, message = ERRORS[500]
    return Event({"object": "error", "message": message, "type": kind, "param": None, "code": code})


def headers(take: Take, request_id: str) -> dict[str, str]:
    used = take.tally.input + take.tally.output
    return {
        "mistral-correlation-id": request_id,
        "x-kong-request-id": request_id,
        "x-ratelimit-limit-req-minute": "100",
        "x-ratelimit-remaining-req-minute": "99",
        "x-ratelimit-limit-tokens-minute": "500000",
        "x-ratelimit-remaining-tokens-minute": str(500_000 - used),
        "x-ratelimit-tokens-query-cost": str(used),
    }


ROUTES = (
    Route("POST", "/v1/chat/completions", chat.reply, chat.read),
    Route("POST", "/v1/agents/completions", chat.reply, chat.read_agent),
    Route("POST", "/v1/fim/completions", chat.reply, chat.read_middle),
    Route("POST", "/v1/conversations", conversations.start, conversations.read),
    Route("POST", "/v1/conversations/{}", conversations.go_on, conversations.read),
    Route("POST", "/v1/conversations/{}/restart", conversations.go_on, conversations.read),
    Route("POST", "/v1/embeddings", media.embeddings, media.read("embedding", "input")),
    Route("POST", "/v1/ocr", media.ocr, media.read("ocr", "document")),
    Route(
        "POST",
        "/v1/audio/transcriptions",
        media.transcription,
        media.read("transcription", "file", "file_url", "file_id"),
    ),
    Route("POST", "/v1/audio/speech", media.speech, media.read("speech", "input")),
    Route("POST", "/v1/moderations", media.moderation, media.read("moderation", "input")),
    Route("POST", "/v1/chat/moderations", media.moderation, media.read("moderation", "input")),
    Route("POST", "/v1/classifications", media.classification, media.read("classification", "input")),
    Route("POST", "/v1/chat/classifications", media.classification, media.read("classification", "input")),
)

MISTRAL = Vendor(
    name="mistral",
    claims=claims,
    routes=ROUTES,
    error=error,
    error_event=error_event,
    headers=headers,
    request_id=lambda ids: "-".join(ids.hex("", length) for length in (8, 4, 4, 4, 12)),
    key=openai.key,
    cached=openai.cached,
)
