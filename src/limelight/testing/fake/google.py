"""Google: endpoints, headers and errors of the Gemini API and of Vertex."""

from __future__ import annotations

import re
import urllib.parse
from typing import TYPE_CHECKING

from limelight.testing.fake import google_content as content
from limelight.testing.fake import google_interactions as interactions
from limelight.testing.fake import google_media as media
from limelight.testing.fake.exchange import Event, Json, Request
from limelight.testing.fake.vendor import Route, Take, Vendor

if TYPE_CHECKING:
    from limelight.testing.fake.prompt import Prompt
    from limelight.testing.fake.script import Failure

ERRORS = {
    400: ("INVALID_ARGUMENT", "Request contains an invalid argument."),
    401: ("UNAUTHENTICATED", "Request had invalid authentication credentials."),
    403: ("PERMISSION_DENIED", "The caller does not have permission"),
    404: ("NOT_FOUND", "models/{model} is not found for API version v1beta, or is not supported for generateContent."),
    429: ("RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan and billing details."),
    500: ("INTERNAL", "An internal error has occurred."),
    503: ("UNAVAILABLE", "The model is overloaded. Please try again later."),
    504: ("DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
}
PLACE = re.compile(r"^/v1\w*(?:/projects/[^/]+/locations/[^/]+)?(?:/publishers/[^/]+)?(?=/)")
"""What stands before `/models/…`: the version, and Vertex's project, region and publisher."""
ACTIONS = re.compile(r"/models/[^/]+:\w+$")
STEERING = re.compile(r"/models/([^/]+):(\w+)$")


def error(failure: Failure, prompt: Prompt, request_id: str) -> Json:
    status, message = ERRORS.get(failure.status, ERRORS[500 if failure.status >= 500 else 400])
    said = failure.message or message.format(model=prompt.model)
    return {"error": {"code": failure.status, "message": said, "status": failure.code or status}}


def error_event(take: Take) -> Event:
    status, message = ERRORS[503]
    return Event({"error": {"code": 503, "message": message, "status": status}})


def headers(take: Take, request_id: str) -> dict[str, str]:
    return {"server": "scaffolding on HTTPServer2", "vary": "Origin", "x-frame-options": "SAMEORIGIN"}


def key(request: Request) -> str | None:
    bearer = (request.header("authorization") or "").removeprefix("Bearer ").strip()
    asked = dict(urllib.parse.parse_qsl(request.query))
    return request.header("x-goog-api-key") or asked.get("key") or bearer or None


def claims(request: Request) -> bool:
    return bool(
        request.header("x-goog-api-key") is not None
        or request.header("x-goog-api-client") is not None
        or ACTIONS.search(request.path)
    )


def body(request: Request, given: Json) -> Json:
    """The address says which model is asked, and whether it streams."""
    if (found := STEERING.search(urllib.parse.unquote(request.path))) is None:
        return given
    streams = {"stream": True} if found[2] == "streamGenerateContent" else {}
    return {**given, "model": found[1], **streams}


ROUTES = (
    Route("POST", "/models/{}:generateContent", content.reply, content.read),
    Route("POST", "/models/{}:streamGenerateContent", content.reply, content.read),
    Route("POST", "/models/{}:countTokens", media.tokens, media.read_count),
    Route("POST", "/models/{}:embedContent", media.embeddings, media.read_embedding),
    Route("POST", "/models/{}:batchEmbedContents", media.embeddings, media.read_embedding),
    Route("POST", "/models/{}:predict", media.prediction, media.read_prediction),
    Route("POST", "/models/{}:predictLongRunning", media.film, media.read_prediction),
    Route("POST", "/cachedContents", media.cache, media.unread),
    Route("POST", "/interactions", interactions.reply, interactions.read),
    Route("GET", "/models", media.models),
)

GOOGLE = Vendor(
    name="google",
    claims=claims,
    routes=ROUTES,
    error=error,
    error_event=error_event,
    headers=headers,
    request_id=lambda ids: ids("", 20),
    key=key,
    path=lambda request: PLACE.sub("", urllib.parse.unquote(request.path)),
    body=body,
)
