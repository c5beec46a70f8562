"""Hosts that speak as OpenAI does: its routes beneath another path, and something of their own in each answer."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from limelight.testing.fake import openai
from limelight.testing.fake.exchange import Event
from limelight.testing.fake.vendor import Vendor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from limelight.testing.fake.exchange import Json, Reply, Request
    from limelight.testing.fake.vendor import Route, Take


def vendor(
    name: str, prefix: str, root: str, dress: Callable[[Take, Reply], Reply], more: Sequence[Route] = ()
) -> Vendor:
    """OpenAI's routes at `/prefix` + `root` instead of `/v1`."""
    return Vendor(
        name=name,
        claims=lambda request: request.path.startswith(f"/{prefix}/"),
        routes=(*more, *openai.ROUTES),
        error=openai.error,
        error_event=openai.error_event,
        headers=headers,
        request_id=lambda ids: ids("req_", 26).lower(),
        key=openai.key,
        path=partial(_path, f"/{prefix}{root}"),
        dress=dress,
    )


def _path(root: str, request: Request) -> str:
    return f"/v1{request.path.removeprefix(root)}"


def headers(take: Take, request_id: str) -> dict[str, str]:
    return {
        "x-request-id": request_id,
        "x-ratelimit-limit-tokens": "12000",
        "x-ratelimit-remaining-tokens": str(12_000 - take.tally.input - take.tally.output),
    }


def each(reply: Reply, edit: Callable[[Json], Json]) -> Reply:
    """Edit the answer, or each piece of it."""
    if reply.events is None:
        return replace(reply, body=edit(reply.body)) if isinstance(reply.body, dict) else reply
    events = (
        Event(edit(event.data)) if isinstance(event.data, dict) and "error" not in event.data else event
        for event in reply.events
    )
    return replace(reply, events=tuple(events))


def said(choice: Json) -> tuple[str, Json]:
    """Where a choice says something, and what."""
    where = "delta" if "delta" in choice else "message"
    return where, choice.get(where) or {}


def thinking_as(field: str, choice: Json) -> Json:
    """The same choice with its thoughts under this host's name for them."""
    where, words = said(choice)
    own = {field if key == "reasoning_content" else key: value for key, value in words.items()}
    return {**choice, where: {key: value for key, value in own.items() if key not in ("refusal", "annotations")}}
