"""What came back from the user's call, and how it goes on from there."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from limelight.engine.body import watch_within
from limelight.engine.http import is_unread, tee
from limelight.engine.stream import (
    WatchedAsyncIterable,
    WatchedAsyncManager,
    WatchedAsyncStream,
    WatchedEitherStream,
    WatchedManager,
    WatchedStream,
    watched,
)

if TYPE_CHECKING:
    from limelight.engine.call import Call
    from limelight.engine.stream import _Watched


def watch(result: Any, call: Call) -> Any:
    """Return `result`, or what stands before it and sees its stream go by."""
    if "http_response" in getattr(result, "__dict__", ()):
        return _raw(result, call)
    operation = call.operation
    if operation.fold is not None and (how := _stand_in(type(result))) is not None:  # type: ignore[arg-type]
        return watched(result, call, how)
    if operation.within and type(result) is dict and watch_within(result, call):
        return result
    call.response = result
    if (keep := operation.keep) is not None:
        call.response = keep(result)
    call.finish()
    return result


@functools.lru_cache(512)
def _stand_in(kind: type) -> type[_Watched] | None:
    """How results of a class are read, if piece by piece.  Asked once for each: pydantic's classes answer slowly."""
    if hasattr(kind, "__anext__"):
        return WatchedEitherStream if hasattr(kind, "__next__") else WatchedAsyncStream
    if hasattr(kind, "__next__"):
        return WatchedStream
    if hasattr(kind, "__aenter__"):
        return WatchedAsyncManager
    if hasattr(kind, "__aiter__"):
        return WatchedAsyncIterable
    return WatchedManager if hasattr(kind, "__enter__") else None


def _raw(result: Any, call: Call) -> Any:
    """A raw response (`with_raw_response`, `with_streaming_response`): the same object, its body noted."""
    response = result.http_response
    if is_unread(response):
        tee(response, call)
    else:
        call.http = response
        call.finish()
    return result
