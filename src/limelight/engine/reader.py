"""The body of one of aiohttp's responses: noted while somebody else reads it.

Everybody draws on the response's `content`, a reader with many verbs; so that gets a stand-in.
"""

from __future__ import annotations

from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from limelight.engine.body import _through_us
from limelight.engine.guard import unfailing
from limelight.engine.stream import _standing_in, _Watched

if TYPE_CHECKING:
    from collections.abc import Callable

    from limelight.engine.call import Call


def watch_reader(response: Any, call: Call) -> None:
    """Note what is read of `response` as chunks of `call`, and end the call with it."""
    call.http = response
    call.opened()
    response.content = _standing_in(WatchedReader, type(response.content))(response.content, call)  # type: ignore[arg-type]
    for name in ("close", "release"):
        setattr(response, name, _leaving(getattr(response, name), call))


def _leaving(close: Callable[[], Any], call: Call) -> Callable[[], Any]:
    def left() -> Any:
        try:
            return close()
        finally:
            call.finish(abandoned=True)

    return left


@unfailing("noting a piece of a body")
def _note(reader: Any, piece: bytes) -> None:
    call = reader._self_call
    if piece and call.chunks is not None:
        call.times.append(perf_counter_ns())
        call.chunks.append(piece)
    if reader.__wrapped__.at_eof():
        call.finish()


def _taking(name: str) -> Callable[..., Any]:
    async def taken(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            piece = await getattr(self.__wrapped__, name)(*args, **kwargs)
        except BaseException as error:
            self._self_call.finish(error=error)
            raise
        _note(self, piece[0] if type(piece) is tuple else piece)
        return piece

    return taken


class WatchedReader(_Watched):
    """A reader is at its end when it has nothing left and nothing more will come."""

    __slots__ = ()

    read = _taking("read")
    readany = _taking("readany")
    readchunk = _taking("readchunk")
    readexactly = _taking("readexactly")
    readline = _taking("readline")
    readuntil = _taking("readuntil")

    iter_any = _through_us("iter_any")
    iter_chunked = _through_us("iter_chunked")
    iter_chunks = _through_us("iter_chunks")
    __aiter__ = _through_us("__aiter__")

    def read_nowait(self, *args: Any, **kwargs: Any) -> bytes:
        piece: bytes = self.__wrapped__.read_nowait(*args, **kwargs)
        _note(self, piece)
        return piece
