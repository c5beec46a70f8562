"""What a call was set to: every parameter but the content, under one name for all providers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limelight.core.plain import plain
from limelight.core.wire.read import JSON, Table, as_table, is_given, listed, said, table

if TYPE_CHECKING:
    from collections.abc import Mapping

TRANSPORT = frozenset({"extra_headers", "extra_query", "extra_body", "timeout", "stream_cls", "model"})
"""How to send, not what to ask for.  Headers carry credentials: they are never looked at."""
RENAMED = {
    "max_completion_tokens": "max_tokens",
    "max_output_tokens": "max_tokens",
    "max_tokens_to_sample": "max_tokens",
    "stop_sequences": "stop",
}
_SCALARS = frozenset({str, bool})


def merged(body: Table) -> Table:
    """The arguments as they go out: the clients lay `extra_body` over the parameters they know."""
    extra = body.get("extra_body")
    if extra is None:
        return body
    more = as_table(extra)
    return {**body, **more} if more else body


def settings(body: Table, content: frozenset[str], renamed: Mapping[str, str] = RENAMED) -> dict[str, JSON]:
    """Everything given that is neither content nor transport, as plain JSON."""
    found: dict[str, JSON] = {}
    for key, value in body.items():
        if value is None or key in content or key in TRANSPORT:
            continue
        if type(value) in _SCALARS:
            found[renamed.get(key, key)] = value
        elif is_given(value):
            found[renamed.get(key, key)] = plain(value)
    if "stop" in found:
        found["stop"] = texts(found["stop"])
    return found


def texts(value: Any) -> tuple[str, ...]:
    """One text or many, as many."""
    return (value,) if isinstance(value, str) else tuple(item for item in listed(value) if isinstance(item, str))


def effort(found: dict[str, JSON], key: str) -> None:
    """Lift `{effort: …}` out of the table that some APIs put it in."""
    if level := said(table(found, key), "effort"):
        found.setdefault("reasoning_effort", level)
