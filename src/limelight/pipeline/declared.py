"""Steps of which somebody says, through attributes, what call of a model they stand for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from limelight.core.dialects import keys

if TYPE_CHECKING:
    from limelight.core.model import Record
    from limelight.engine.span import Live

_STEPS = frozenset({"chain", "task"})
_MODELS = frozenset({"llm", "embedding", "rerank"})


def declared(record: Record, live: Live) -> Record:
    """The call that the step stands for.  One with something inside stays a step: what is inside tells of the call."""
    if live.is_parent or not live.has_notes or record.kind not in _STEPS or record.operation is not None:
        return record
    said = live.notes.attributes
    if keys.REQUEST_MODEL not in said or keys.OPERATION not in said:
        return record
    from limelight.core.dialects.genai_read import read  # most programs say no such thing
    from limelight.core.dialects.span import Span

    call = read(Span(attributes=said))
    if call.kind not in _MODELS:
        return record
    return replace(
        record,
        kind=call.kind,
        operation=call.operation,
        provider=call.provider,
        request=call.request,
        response=call.response,
        timing=call.timing,
    )
