"""Who and what a stretch of the program is about: carried in OpenTelemetry's context, stamped on every span beneath.

It goes on to other processes as baggage, which every W3C propagator sends along.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from opentelemetry import baggage
from opentelemetry.context import Context, create_key

from limelight.core.dialects import keys
from limelight.core.model import NOTHING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KEY = create_key("limelight-stamp")

USER, SESSION, TAGS = "limelight.user_id", "limelight.session_id", "limelight.tags"
METADATA, MARK = "limelight.metadata.", "limelight.mark."
"""Names in the baggage, and how those begin of which there are many."""
MARKS = frozenset({keys.EVENT, keys.RUN, keys.WORKFLOW, keys.CUSTOMER, keys.PROJECT, keys.ENVIRONMENT})
"""What a stranger's request may mark our spans with, and no other attribute."""
MAX_CARRIED_CHARS = 256
"""A longer value stays in its process: the header is for everybody on the way."""


@dataclass(frozen=True, slots=True)
class Stamp:
    user_id: str | None = None
    session_id: str | None = None
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    marks: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    """Attributes under their own names: the business event, its run, its customer."""

    def over(self, outer: Stamp) -> Stamp:
        """This stamp inside another: the inner word wins, tags and metadata add up."""
        return Stamp(
            user_id=self.user_id or outer.user_id,
            session_id=self.session_id or outer.session_id,
            tags=tuple(dict.fromkeys((*outer.tags, *self.tags))),
            metadata={**outer.metadata, **self.metadata},
            marks={**outer.marks, **self.marks},
        )


BLANK = Stamp()


def stamp_of(context: Context) -> Stamp:
    """What was said in this process, or else came with the request."""
    found = context.get(_KEY)
    if isinstance(found, Stamp):
        return found
    came = baggage.get_all(context)
    return _received(came) if came else BLANK


def unstamped(context: Context) -> Context:
    """As if nothing had been said in this process: what comes with a request counts."""
    return Context({key: value for key, value in context.items() if key != _KEY}) if _KEY in context else context


def stamped(context: Context, stamp: Stamp) -> Context:
    whole = stamp.over(stamp_of(context))
    context = Context({**context, _KEY: whole})
    for name, value in _carried(whole):
        if len(value) <= MAX_CARRIED_CHARS:
            context = baggage.set_baggage(name, value, context)
    return context


def _carried(stamp: Stamp) -> Iterator[tuple[str, str]]:
    if stamp.user_id:
        yield USER, stamp.user_id
    if stamp.session_id:
        yield SESSION, stamp.session_id
    if stamp.tags:
        yield TAGS, "\n".join(stamp.tags)
    for name, value in stamp.metadata.items():
        if isinstance(value, (str, int, float)):
            yield METADATA + name, str(value)
    for name, mark in stamp.marks.items():
        yield MARK + name, mark


def _received(came: Mapping[str, object]) -> Stamp:
    said = {name: str(value) for name, value in came.items() if name.startswith("limelight.")}
    if not said:
        return BLANK
    return Stamp(
        user_id=said.get(USER),
        session_id=said.get(SESSION),
        tags=tuple(said[TAGS].split("\n")) if said.get(TAGS) else (),
        metadata=_under(METADATA, said),
        marks={name: mark for name, mark in _under(MARK, said).items() if name in MARKS},
    )


def _under(start: str, said: Mapping[str, str]) -> dict[str, str]:
    return {name[len(start) :]: value for name, value in said.items() if name.startswith(start)}
