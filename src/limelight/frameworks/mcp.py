"""The Model Context Protocol: a request is a span where it is sent, and another where it is answered, in one trace.

Both generations of the library: the first leaves it to us to send the context along, the second does so itself,
with spans of its own, in whose place ours stand.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

from opentelemetry import propagate
from opentelemetry.context import get_current
from opentelemetry.trace import NonRecordingSpan, get_current_span

from limelight.core.dialects import keys
from limelight.core.wire import mcp as wire
from limelight.engine.guard import guarded, unfailing
from limelight.engine.observer import Frame, Observer
from limelight.engine.patch import is_suppressed
from limelight.engine.span import Live, shown
from limelight.engine.stamp import unstamped
from limelight.frameworks._entered import Within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from opentelemetry.context import Context

    from limelight.core.model import Kind, Record
    from limelight.engine.span import Sink

_CARRIED = ("traceparent", "tracestate", "baggage")
_SILENT = "ping"
_TOLD = frozenset({wire.TOOL, wire.PROMPT, wire.RESOURCE, "sampling/createMessage", "elicitation/create"})
"""Requests that a server tells of by themselves; of others when something of ours is in them, or they fail."""


def observer() -> Observer:
    return Observer(
        "mcp",
        "mcp>=1.9",
        {
            "mcp.shared.session:BaseSession.send_request": _sending,
            "mcp.server.lowlevel.server:Server._handle_request": _serving,
            "mcp.shared.session:RequestResponder.respond": _responding,
            "mcp.client.session:ClientSession._received_request": _receiving,
            "mcp.client.session:ClientSession.send_request": _sending_2,
            "mcp.client.session:ClientSession._on_request": _serving_2,
            "mcp.server.session:ServerSession.send_request": _sending_2,
            "mcp.server.runner:ServerRunner._on_request": _serving_2,
            "mcp.shared._otel:otel_span": _adopting,
            "mcp.shared._otel:inject_trace_context": _injecting,
        },
    )


class Message(Frame):
    """A request, at one of its ends."""

    __slots__ = ("answered", "around", "method", "tells")

    def __init__(self, sink: Sink, parent: Context, method: str, params: Any, kind: Kind) -> None:
        called = wire.name(params) if method in wire.NAMED else None
        super().__init__(sink, parent, f"{method} {called}" if called else method, kind=kind, given=params)
        self.subject = called if kind == "tool" else None
        self.method = method
        self.tells = True
        """Is it told of even when nothing of ours is in it?"""
        self.answered: Any = None
        """Whoever answers it, in the first generation."""
        self.around: Live | None = None
        """What has something in it as soon as this has."""
        self.set_attributes(_about(method, params, called))

    @unfailing("ending an MCP request")
    def finish(self, result: Any = None, error: BaseException | None = None) -> None:
        code = getattr(getattr(error, "error", result if error is None else None), "code", None)
        if isinstance(code, int):
            self.set_attributes({keys.RPC_STATUS: str(code), keys.ERROR_TYPE: str(code), keys.OUTCOME: "error"})
        elif self.method == wire.TOOL and wire.is_failed(result):
            self.set_attributes({keys.ERROR_TYPE: "tool_error", keys.OUTCOME: "error"})
        failed = error is not None or isinstance(code, int)
        self.is_parent = self.is_parent or self.tells or failed
        if self.around is not None and self.is_parent:
            self.around.is_parent = True
        super().finish(result, error)

    def record(self) -> Record:
        self.given, self.result = wire.given(self.method, self.given), wire.result(self.method, self.result)
        return super().record()


def _about(method: str, params: Any, called: str | None) -> dict[str, str]:
    about = {keys.MCP_METHOD: method}
    if called:
        about[keys.TOOL_NAME if method == wire.TOOL else keys.PROMPT_NAME] = called
    if method == wire.RESOURCE and (uri := wire.uri(params)):
        about[keys.MCP_RESOURCE] = uri
    return about


# --- where a request is sent ----------------------------------------------------------------


def _sending(observing: Observer, original: Callable[..., Any]) -> Callable[..., Any]:
    """The first generation: the request is a `RootModel` around what it asks."""

    async def send_request(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        told = _sent(observing, getattr(request, "root", request), getattr(self, "_request_id", None))
        with Within(told) as step:
            carried = _carrying(observing, request)
            step.result = await original(self, request if carried is None else carried, *args, **kwargs)
        return step.result

    return send_request


def _sending_2(observing: Observer, original: Callable[..., Any]) -> Callable[..., Any]:
    """The second generation: it sends the current context along by itself."""

    async def send_request(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        with Within(_sent(observing, request)) as step:
            step.result = await original(self, request, *args, **kwargs)
        return step.result

    return send_request


@unfailing("starting an MCP request")
def _sent(observing: Observer, request: Any, number: Any = None) -> Message | None:
    """None where nobody wants to know, or the span around tells of this very call."""
    sink, here = observing.sink_of(None), get_current()
    method, params = request.method, getattr(request, "params", None)
    if sink is None or method == _SILENT or is_suppressed(here):
        return None
    if method == wire.TOOL and (around := _same_call(wire.name(params))) is not None:
        around.set_attributes(_about(method, params, None))
        return None
    message = Message(sink, here, method, params, "tool" if method == wire.TOOL else "task")
    if number is not None:
        message.set_attribute(keys.RPC_ID, str(number))
    return message


def _same_call(called: str | None) -> Live | None:
    """The span around, where a framework tells with it of the tool that is called now: by its name, or its server's and its."""
    around = get_current_span()
    if called is None or not isinstance(around, Live) or around.ended_ns is not None:
        return None
    kind, subject = getattr(around, "kind", None) or getattr(around, "_kind", None), getattr(around, "subject", None)
    if kind != "tool" or (around.has_notes and keys.MCP_METHOD in around.notes.attributes):
        return None
    return around if _plain_name(subject or around.name).endswith(_plain_name(called)) else None


def _plain_name(name: str) -> str:
    return re.sub(r"\W", "_", name)


@unfailing("handing the context to an MCP server")
def _carrying(observing: Observer, request: Any) -> Any:
    carrier: dict[str, str] = {}
    if observing.sink_of(None) is not None and getattr(request, "root", request).method != _SILENT:
        propagate.inject(carrier, shown(get_current()))
    return _Carrying(request, carrier) if carrier else None


class _Carrying:
    """The request, with the context in its `_meta` when it is written down; what its sender has put there stays."""

    def __init__(self, request: Any, carrier: Mapping[str, str]) -> None:
        self._request, self._carrier = request, carrier

    @property  # type: ignore[misc]  # mypy would have it writable
    def __class__(self) -> Any:
        return type(self._request)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)

    def model_dump(self, *args: Any, **kwargs: Any) -> Any:
        written = self._request.model_dump(*args, **kwargs)
        with guarded("handing the context to an MCP server"):
            params = written.get("params") or {}
            meta = params.get("_meta") or {}
            if "traceparent" not in meta:
                return {**written, "params": {**params, "_meta": {**self._carrier, **meta}}}
        return written


# --- where it is answered -------------------------------------------------------------------


def _serving(observing: Observer, original: Callable[..., Any]) -> Callable[..., Any]:
    async def handle(self: Any, message: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        told = _came(observing, message, request)
        with Within(told) as step:
            result = await original(self, message, request, *args, **kwargs)
            step.result = _answered(told, message)
        return result

    return handle


def _receiving(observing: Observer, original: Callable[..., Any]) -> Callable[..., Any]:
    """A server's request to its client: to ask a model, or a person."""
    serve = _serving(observing, lambda self, responder, _: original(self, responder))

    async def received(self: Any, responder: Any) -> Any:
        return await serve(self, responder, getattr(responder.request, "root", None))

    return received


def _responding(observing: Observer, original: Callable[..., Any]) -> Callable[..., Any]:
    """An answer goes to the library and not to its caller: it is noted on its way."""

    async def respond(self: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        with _NOTING:
            around = get_current_span()
            if isinstance(around, Message) and around.answered is self:
                around.result = getattr(response, "root", response)
        return await original(self, response, *args, **kwargs)

    return respond


_NOTING = guarded("noting an MCP answer")


@unfailing("starting to answer an MCP request")
def _came(observing: Observer, responder: Any, request: Any) -> Message | None:
    meta = getattr(responder, "request_meta", None)
    carrier = getattr(meta, "model_extra", None) or {}
    told = _begun(observing, request.method, getattr(request, "params", None), carrier, responder.request_id)
    if told is not None:
        told.answered = responder
    return told


@unfailing("ending an MCP request")
def _answered(told: Message | None, responder: Any) -> Any:
    """What was noted.  A request that its sender has called off ends without an answer, and without an exception."""
    if told is None:
        return None
    answer, told.answered, told.result = told.result, None, None
    if answer is None and getattr(responder, "cancelled", False):
        from asyncio import CancelledError

        told.finish(error=CancelledError())
    return answer


def _serving_2(observing: Observer, original: Callable[..., Any]) -> Callable[..., Any]:
    async def on_request(self: Any, dispatch: Any, method: str, params: Any) -> Any:
        with Within(_came_2(observing, dispatch, method, params)) as step:
            step.result = await original(self, dispatch, method, params)
        return step.result

    return on_request


@unfailing("starting to answer an MCP request")
def _came_2(observing: Observer, dispatch: Any, method: str, params: Any) -> Message | None:
    return _begun(observing, method, params, (params or {}).get("_meta") or {}, dispatch.request_id)


def _begun(observing: Observer, method: str, params: Any, meta: Mapping[str, Any], number: Any) -> Message | None:
    sink, here = observing.sink_of(None), get_current()
    if sink is None or method == _SILENT or is_suppressed(here):
        return None
    carrier = {name: value for name in _CARRIED if isinstance(value := meta.get(name), str)}
    parent = propagate.extract(carrier, unstamped(here)) if "traceparent" in carrier else here
    around = get_current_span(parent)
    is_called = "traceparent" in carrier or (isinstance(around, Message) and around.ended_ns is None)
    was_parent = isinstance(around, Live) and around.is_parent
    told = Message(sink, parent, method, params, "tool" if method == wire.TOOL and not is_called else "task")
    told.tells = method in _TOLD
    if isinstance(around, Live) and not told.tells:
        told.around, around.is_parent = around, was_parent
    if number is not None:
        told.set_attribute(keys.RPC_ID, str(number))
    return told


# --- the second generation's own spans ------------------------------------------------------


def _adopting(observing: Observer, original: Callable[..., Any]) -> Callable[..., Any]:
    """Where our span stands for the request, it is the current one and theirs is not made."""

    @contextlib.contextmanager
    def otel_span(name: str, **kwargs: Any) -> Iterator[Any]:
        ours = _ours(kwargs.get("attributes") or {})
        if ours is not None:
            yield ours
            return
        with original(name, **kwargs) as theirs:
            yield theirs

    return otel_span


@unfailing("looking for the MCP request around")
def _ours(attributes: Mapping[str, Any]) -> NonRecordingSpan | None:
    """What the library says about its own span is kept where it is no news of an error: that we see ourselves."""
    around = get_current_span()
    if not isinstance(around, Live) or around.ended_ns is not None or not around.has_notes:
        return None
    if around.notes.attributes.get(keys.MCP_METHOD) != attributes.get(keys.MCP_METHOD):
        return None
    around.set_attributes(
        {name: value for name, value in attributes.items() if name not in (keys.OPERATION, keys.TOOL_NAME)}
    )
    return NonRecordingSpan(around.get_span_context())


def _injecting(observing: Observer, original: Callable[..., Any]) -> Callable[..., Any]:
    """What the sender has put into `_meta` himself stays."""

    def inject_trace_context(meta: dict[str, Any]) -> None:
        if "traceparent" not in meta or not isinstance(get_current_span(), Live):
            original(meta)

    return inject_trace_context
