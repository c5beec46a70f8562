"""What came back from the user's call, and how it goes on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limelight.engine.guard import guarded
from limelight.engine.http import is_unread, tee
from limelight.engine.stream import WatchedAsyncManager, WatchedAsyncStream, WatchedManager, WatchedStream

if TYPE_CHECKING:
    from limelight.engine.call import Call

_WATCHING = guarded("watching a result")


def watch(result: Any, call: Call) -> Any:
    """Return `result`, or a proxy of it that sees its stream go by.  Never raises."""
    with _WATCHING:
        return _watch(result, call)
    call.finish()
    return result


def _watch(result: Any, call: Call) -> Any:
    if "http_response" in getattr(result, "__dict__", ()):
        return _raw(result, call)
    kind = type(result)
    if call.operation.fold is not None:
        if hasattr(kind, "__anext__"):
            return WatchedAsyncStream(result, call)
        if hasattr(kind, "__next__"):
            return WatchedStream(result, call)
        if hasattr(kind, "__aenter__"):
            return WatchedAsyncManager(result, call)
        if hasattr(kind, "__enter__"):
            return WatchedManager(result, call)
    call.response = result
    call.finish()
    return result


def _raw(result: Any, call: Call) -> Any:
    """A raw response (`with_raw_response`, `with_streaming_response`): the same object, its body noted."""
    response = result.http_response
    call.http = response
    if is_unread(response):
        tee(response, call)
    else:
        call.finish()
    return result
