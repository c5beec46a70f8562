"""What came back from the user's call, and how it goes on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from limelight.engine.body import watch_within
from limelight.engine.http import is_unread, tee
from limelight.engine.stream import (
    WatchedAsyncManager,
    WatchedAsyncStream,
    WatchedEitherStream,
    WatchedManager,
    WatchedStream,
    watched,
)

if TYPE_CHECKING:
    from limelight.engine.call import Call


def watch(result: Any, call: Call) -> Any:
    """Return `result`, or what stands before it and sees its stream go by."""
    if "http_response" in getattr(result, "__dict__", ()):
        return _raw(result, call)
    kind = type(result)
    if call.operation.fold is not None:
        if hasattr(kind, "__anext__") and hasattr(kind, "__next__"):
            return watched(result, call, WatchedEitherStream)
        if hasattr(kind, "__anext__"):
            return watched(result, call, WatchedAsyncStream)
        if hasattr(kind, "__next__"):
            return watched(result, call, WatchedStream)
        if hasattr(kind, "__aenter__"):
            return watched(result, call, WatchedAsyncManager)
        if hasattr(kind, "__enter__"):
            return watched(result, call, WatchedManager)
    if call.operation.within and kind is dict and watch_within(result, call):
        return result
    call.response = result
    if (keep := call.operation.keep) is not None:
        call.response = keep(result)
    call.finish()
    return result


def _raw(result: Any, call: Call) -> Any:
    """A raw response (`with_raw_response`, `with_streaming_response`): the same object, its body noted."""
    response = result.http_response
    if is_unread(response):
        tee(response, call)
    else:
        call.http = response
        call.finish()
    return result
