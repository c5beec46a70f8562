"""AWS Bedrock: endpoints, headers and errors.  Signatures are not checked, but somebody must have signed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from limelight.testing.fake import bedrock_agent as agent
from limelight.testing.fake import bedrock_converse as converse
from limelight.testing.fake import bedrock_invoke as invoke
from limelight.testing.fake import eventstream
from limelight.testing.fake.exchange import Event, Json, Reply, Request
from limelight.testing.fake.vendor import Ids, Route, Take, Vendor

if TYPE_CHECKING:
    from limelight.testing.fake.prompt import Prompt
    from limelight.testing.fake.script import Failure

ERRORS = {
    400: ("ValidationException", "The provided model identifier is invalid."),
    401: ("UnrecognizedClientException", "The security token included in the request is invalid."),
    403: ("AccessDeniedException", "You don't have access to the model with the specified model ID."),
    404: ("ResourceNotFoundException", "Could not resolve the foundation model from {model}."),
    408: ("ModelTimeoutException", "The model took too long to answer."),
    424: ("ModelErrorException", "The model made a mistake."),
    429: ("ThrottlingException", "Too many requests, please wait before trying again."),
    500: ("InternalServerException", "The system encountered an unexpected error during processing."),
    503: ("ServiceUnavailableException", "Bedrock is unable to process your request."),
}
_PATHS = re.compile(r"/(model|agents|flows|knowledgebases|guardrail)/.+|/retrieveAndGenerate(Stream)?|/rerank")
_SIGNED = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/]+)/")


def error(failure: Failure, prompt: Prompt, request_id: str) -> Json:
    _, message = ERRORS.get(failure.status, ERRORS[500 if failure.status >= 500 else 400])
    return {"message": failure.message or message.format(model=prompt.model)}


def dress(take: Take, reply: Reply) -> Reply:
    """What an error is says its header."""
    if reply.status < 400:
        return reply
    kind, _ = ERRORS.get(reply.status, ERRORS[500 if reply.status >= 500 else 400])
    return replace(reply, headers={**reply.headers, "x-amzn-errortype": f"{kind}:http://internal.amazon.com/"})


def error_event(take: Take) -> Event:
    return eventstream.exception("throttlingException", "Too many tokens, please wait before trying again.")


def headers(take: Take, request_id: str) -> dict[str, str]:
    return {"x-amzn-requestid": request_id}


def key(request: Request) -> str | None:
    said = request.header("authorization") or ""
    signed = _SIGNED.match(said)
    return signed[1] if signed else said.removeprefix("Bearer ").strip() or None


def body(request: Request, given: Json) -> Json:
    """The address says which model, and whether the answer streams."""
    path = unquote(request.path)
    model = path.removeprefix("/model/").rpartition("/")[0] if path.startswith("/model/") else None
    return {**given, "path": path, **({"modelId": model} if model else {})}


ROUTES = (
    Route("POST", "/model/{}/converse", converse.reply, converse.read),
    Route("POST", "/model/{}/converse-stream", converse.reply, converse.read),
    Route("POST", "/model/{}/invoke", invoke.reply, invoke.read),
    Route("POST", "/model/{}/invoke-with-response-stream", invoke.reply, invoke.read),
    Route("POST", "/model/{}/count-tokens", agent.count, agent.read_count),
    Route("POST", "/guardrail/{}/version/{}/apply", agent.guard, agent.read_guarded),
    Route("POST", "/agents/{}/agentAliases/{}/sessions/{}/text", agent.reply, agent.read),
    Route("POST", "/agents/{}", agent.reply, agent.read),
    Route("POST", "/flows/{}/aliases/{}", agent.flow, agent.read_flow),
    Route("POST", "/knowledgebases/{}/retrieve", agent.retrieve, agent.read_question),
    Route("POST", "/retrieveAndGenerate", agent.generate, agent.read_question),
    Route("POST", "/retrieveAndGenerateStream", agent.generate_stream, agent.read_question),
    Route("POST", "/rerank", agent.rank, agent.read_ranking),
)

BEDROCK = Vendor(
    name="bedrock",
    claims=lambda request: _PATHS.fullmatch(request.path) is not None,
    routes=ROUTES,
    error=error,
    error_event=error_event,
    headers=headers,
    request_id=Ids.uuid,
    key=key,
    body=body,
    dress=dress,
)
