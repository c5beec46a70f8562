"""Bedrock's `apply_guardrail`: a text or picture is judged, and perhaps replaced, without a model."""

from __future__ import annotations

from limelight.core.model import Message, Request, Response
from limelight.core.plain import plain
from limelight.core.wire import bedrock_content
from limelight.core.wire.bedrock_converse import about
from limelight.core.wire.params import settings
from limelight.core.wire.read import Table, said, tables, text


def request(body: Table) -> Request:
    """What is judged was written by the user, or by the model."""
    parts = bedrock_content.content([{"guardContent": each} for each in tables(body, "content")])
    role = "assistant" if text(body, "source") == "OUTPUT" else "user"
    return Request(
        messages=(Message("assistant" if role == "assistant" else "user", parts),) if parts else (),
        params=settings(body, frozenset({"content"})),
    )


def response(body: Table) -> Response:
    """What is said instead, and why."""
    parts = bedrock_content.content(body.get("outputs"))
    extra = {
        "guardrail.action": said(body, "action"),
        "guardrail.reason": said(body, "actionReason"),
        "guardrail.assessments": body.get("assessments") or None,
        "guardrail.usage": body.get("usage"),
        "guardrail.coverage": body.get("guardrailCoverage"),
    }
    return Response(
        messages=(Message("assistant", parts),) if parts else (),
        extra={**about(body), **{key: plain(value) for key, value in extra.items() if value is not None}},
    )
