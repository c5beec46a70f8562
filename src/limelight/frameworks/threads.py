"""Threads, pools and processes: what they do belongs to the trace of whoever started them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry import propagate
from opentelemetry.context import attach, detach, get_current

from limelight.engine.exits import leaving
from limelight.engine.guard import guarded, unfailing
from limelight.engine.observer import Observer
from limelight.engine.span import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from opentelemetry.context import Context

_CARRIER = "_limelight_carrier"
_OURS = "limelight-"
"""How the names of our own threads begin."""


def observer() -> Observer:
    return Observer(
        "threads",
        "",
        {
            "threading:Thread.start": _starting,
            "concurrent.futures.thread:ThreadPoolExecutor.submit": _submitting,
            "concurrent.futures.process:ProcessPoolExecutor.submit": _sending,
            "multiprocessing.process:BaseProcess.start": _leaving_with,
            "multiprocessing.process:BaseProcess._bootstrap": _arriving,
        },
    )


class Within:
    """A function that runs in the context in which it was handed over."""

    __slots__ = ("_context", "_function")

    def __init__(self, function: Callable[..., Any], context: Context) -> None:
        self._function, self._context = function, context

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        token = attach(self._context)
        try:
            return self._function(*args, **kwargs)
        finally:
            detach(token)


class Abroad:
    """The same for another process: the context goes along as headers do."""

    def __init__(self, function: Callable[..., Any], carrier: dict[str, str]) -> None:
        self._function, self._carrier = function, carrier

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        token = attach(propagate.extract(self._carrier))
        try:
            return self._function(*args, **kwargs)
        finally:
            detach(token)


def carried() -> dict[str, str]:
    """The current context as headers, for whoever works on in another process."""
    carrier: dict[str, str] = {}
    with guarded("handing on the context"):
        propagate.inject(carrier, shown(get_current()))
    return carrier


def _starting(observing: Observer, original: Callable[..., Any]) -> Callable[..., Any]:
    def start(self: Any, *args: Any, **kwargs: Any) -> Any:
        with guarded("handing the context to a thread"):
            if (context := get_current()) and not _serves_many(self):
                self.run = Within(self.run, context)
        return original(self, *args, **kwargs)

    return start


def _serves_many(thread: Any) -> bool:
    """Does it outlive whoever happens to start it?  So do a pool's threads, and our own."""
    pooled = getattr(getattr(thread, "_target", None), "__module__", "") == "concurrent.futures.thread"
    return pooled or thread.name.startswith(_OURS)


def _submitting(observing: Observer, original: Callable[..., Any]) -> Callable[..., Any]:
    def submit(self: Any, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        context = get_current()
        return original(self, Within(fn, context) if context else fn, *args, **kwargs)

    return submit


def _sending(observing: Observer, original: Callable[..., Any]) -> Callable[..., Any]:
    def submit(self: Any, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        carrier = carried()
        return original(self, Abroad(fn, carrier) if carrier else fn, *args, **kwargs)

    return submit


def _leaving_with(observing: Observer, original: Callable[..., Any]) -> Callable[..., Any]:
    def start(self: Any, *args: Any, **kwargs: Any) -> Any:
        if carrier := carried():
            setattr(self, _CARRIER, carrier)
        return original(self, *args, **kwargs)

    return start


def _arriving(observing: Observer, original: Callable[..., Any]) -> Callable[..., Any]:
    def bootstrap(self: Any, *args: Any, **kwargs: Any) -> Any:
        _arrive(self)
        try:
            return original(self, *args, **kwargs)
        finally:
            leaving()

    return bootstrap


@unfailing("taking up the context")
def _arrive(process: Any) -> None:
    if carrier := getattr(process, _CARRIER, None):
        attach(propagate.extract(carrier))
