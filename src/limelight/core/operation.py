"""The two words a provider is written in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from limelight.core.model import Kind, Request, Response
from limelight.core.wire.read import Table


@dataclass(frozen=True, slots=True)
class Injection:
    """Something a stream says only when asked, and how to ask without its reader noticing."""

    ask: Callable[[Table], Table]
    """The call's keyword arguments -> further ones, to be sent in their stead; empty for nothing."""
    take: Callable[[Any], bool]
    """Take it out of a piece of the stream; True when nothing is left, and the caller is not to see the piece."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One kind of call and the methods that make it.

    The readers are pure.  They run in the background, on tables that may be decoded
    JSON or an SDK's own objects (see `wire/read.py`), and may fail without harm.
    """

    name: str
    """OpenTelemetry's operation name."""
    targets: tuple[str, ...]
    """`package.module:Class.method` or `package.module:function`, sync and async alike; one that this version lacks
    is passed over.  With `[Word]` behind it: only calls whose first argument is that word, and then the second one
    is the table that `request` reads."""
    request: Callable[[Table], Request]
    """From the call's arguments by parameter name."""
    response: Callable[[Table], Response]
    fold: Callable[[Sequence[Table]], Table] | None = None
    """Put the chunks of a stream together into what `response` reads."""
    is_content: Callable[[Table], bool] | None = None
    """Does this chunk carry a piece of the answer (not merely a header)?"""
    keep: Callable[[Any], Any] | None = None
    """Of a large answer, what `response` needs: called before the user has it, so it may only look, and quickly.
    Of a stream, what it says beside its chunks: `response` reads it beneath what `fold` has made of those."""
    within: tuple[str, ...] = ()
    """Keys of an answer that is a dict: beneath one of them lies its stream, or a body not yet read."""
    kind: Kind = "llm"
    api: str | None = None
    inject: Injection | None = None
    """What may be asked for beside what the caller asks for, where he allows it."""


OWNER = "_limelight_owner"


def client_of(part: Any) -> Any:
    """As Stainless writes clients: a resource keeps its client as `_client`, a client its HTTP client."""
    return part if hasattr(part, "with_options") else getattr(part, "_client", part)


def base_url_of(client: Any) -> str | None:
    base = getattr(client, "base_url", None)
    return None if base is None else str(base)


@dataclass(frozen=True, slots=True)
class Integration:
    """Everything we know about one client library."""

    name: str
    package: str
    """The distribution and its oldest supported version, as `openai>=1.6`."""
    operations: tuple[Operation, ...]
    provider: Callable[[str | None, Any], str] | None = None
    """(host, owner) -> who really answers; the integration's own name unless given."""
    owner: Callable[[Any], Any] = client_of
    """(client, or any part of one) -> the object that all its parts share: `wrap()` marks it, every call asks it.
    None: its calls are none of ours."""
    address: Callable[[Any], str | None] = base_url_of
    """Owner -> base URL."""
    defaults: Callable[[Any], Table] | None = None
    """Owner -> the arguments it adds where a call says nothing."""
    retrying: Callable[[Any, Any], Any] | None = None
    """(client, or a part of one, how often) -> its like, of a client that tries again so often: for the `max_retries`
    of one call, which clients want to be told beforehand."""
    remark: str | None = None
    """What the readers of its records should know."""
    covers: frozenset[str] = frozenset()
    """Integrations whose calls beneath one of ours are part of it, beside itself; `*` is every one."""
    carriers: tuple[str, ...] = ()
    """`module:Class.map(self, function, …)` by which the library hands work on to threads: beneath our calls,
    that work runs in our context."""
    parts: tuple[str, ...] = ()
    """`module:Class.__init__(self, owner, …)` of parts that forget whose they are: they keep it as `OWNER`."""
    native_tracers: tuple[str, ...] = ()
    """`module:Class.property` that gives the library's own OpenTelemetry tracer: None beneath our calls.  Or the
    `module:Class.hook(self, context, request)` that starts its span and hands on the request: passed over."""
    native_spans: frozenset[str] = frozenset()
    """Instrumentation scopes under which the library itself reports the calls we trace."""
