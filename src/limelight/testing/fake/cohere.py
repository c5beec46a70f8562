"""Cohere: endpoints, headers and errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limelight.testing.fake import cohere_chat as chat
from limelight.testing.fake import cohere_rank as rank
from limelight.testing.fake import cohere_v1 as first
from limelight.testing.fake import openai
from limelight.testing.fake.prompt import OTHER
from limelight.testing.fake.vendor import Route, Vendor

if TYPE_CHECKING:
    from limelight.testing.fake.exchange import Event, Json, Request
    from limelight.testing.fake.prompt import Prompt
    from limelight.testing.fake.script import Failure
    from limelight.testing.fake.vendor import Take

ERRORS = {
    400: "invalid request: your request is not what this endpoint understands.",
    401: "invalid api token",
    403: "your token is not allowed to use this endpoint",
    404: "model '{model}' not found, make sure the correct model ID was used and that you have access to the model.",
    429: "You are using a Trial key, which is limited to 20 API calls / minute.",
    500: "internal server error, this has been reported to our developers.",
    503: "service unavailable, please try again",
}
PATHS = frozenset({"/v1/chat", "/v1/generate", "/v1/summarize", "/v1/classify", "/v1/embed", "/v1/tokenize"})


def claims(request: Request) -> bool:
    """By the path, where nobody else has it, or by what the client says of itself."""
    return request.header("x-fern-sdk-name") == "cohere" or request.path in PATHS or request.path.startswith("/v2/")


def path(request: Request) -> str:
    """The first clients of the fifth generation have the version in their base URL."""
    return request.path if request.path.startswith(("/v1/", "/v2/")) else f"/v1{request.path}"


def error(failure: Failure, prompt: Prompt, request_id: str) -> Json:
    message = ERRORS.get(failure.status, ERRORS[500 if failure.status >= 500 else 400])
    if prompt.operation == OTHER and failure.status == 404:
        message = "page not found"
    return {"id": request_id, "message": failure.message or message.format(model=prompt.model)}


def error_event(take: Take) -> Event:
    """How a stream says that it failed, in the version of the API that was asked."""
    if path(take.request) == "/v2/chat":
        return chat.error_event(take)
    said = {"text": "", "finish_reason": "ERROR", "generation_id": ""}
    return first.line("stream-end", finish_reason="ERROR", response=said)


def headers(take: Take, request_id: str) -> dict[str, str]:
    return {
        "x-debug-trace-id": request_id,
        "num_tokens": str(take.tally.input + take.tally.output),
        "num_chars": str(4 * take.tally.input),
        "x-trial-endpoint-call-limit": "20",
        "x-trial-endpoint-call-remaining": "19",
    }


ROUTES = (
    Route("POST", "/v2/chat", chat.reply, chat.read),
    Route("POST", "/v2/embed", rank.embed, rank.read("embedding", "texts", "images", "inputs")),
    Route("POST", "/v2/rerank", rank.rerank, rank.read("rerank", "query")),
    Route("POST", "/v2/parse", rank.parse, rank.read("parse", "document")),
    Route("POST", "/v2/audio/transcriptions", rank.transcription, rank.read("transcription", "file")),
    Route("POST", "/v1/chat", first.reply, first.read),
    Route("POST", "/v1/generate", first.generate, first.read_generate),
    Route("POST", "/v1/summarize", first.summarize, first.read_summarize),
    Route("POST", "/v1/embed", rank.embed, rank.read("embedding", "texts", "images")),
    Route("POST", "/v1/rerank", rank.rerank, rank.read("rerank", "query")),
    Route("POST", "/v1/classify", rank.classify, rank.read("classify", "inputs")),
    Route("POST", "/v1/tokenize", rank.tokenize, rank.read("tokenize", "text")),
    Route("GET", "/v1/models", rank.models),
)

COHERE = Vendor(
    name="cohere",
    claims=claims,
    routes=ROUTES,
    error=error,
    error_event=error_event,
    headers=headers,
    request_id=lambda ids: ids.hex("", 32),
    key=openai.key,
    cached=openai.cached,
    path=path,
)
