"""Who and what a stretch of the program is about: carried in OpenTelemetry's context, stamped on every span beneath."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context, create_key

from limelight.core.model import NOTHING

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEY = create_key("limelight-stamp")


@dataclass(frozen=True, slots=True)
class Stamp:
    user_id: str | None = None
    session_id: str | None = None
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=lambda: NOTHING)

    def over(self, outer: Stamp) -> Stamp:
        """This stamp inside another: the inner word wins, tags and metadata add up."""
        return Stamp(
            user_id=self.user_id or outer.user_id,
            session_id=self.session_id or outer.session_id,
            tags=tuple(dict.fromkeys((*outer.tags, *self.tags))),
            metadata={**outer.metadata, **self.metadata},
        )


BLANK = Stamp()


def stamp_of(context: Context) -> Stamp:
    found = context.get(_KEY)
    return found if isinstance(found, Stamp) else BLANK


def stamped(context: Context, stamp: Stamp) -> Context:
    return Context({**context, _KEY: stamp.over(stamp_of(context))})
